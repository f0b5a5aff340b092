"""Handing the month in."""

from wtforms import BooleanField

from portal.web import VersionedForm


class DepositForm(VersionedForm):
    different_hours = BooleanField("Ce sont d’autres heures, que personne d’autre n’a déclarées")
