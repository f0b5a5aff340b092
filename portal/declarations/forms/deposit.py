"""Handing the month in."""

from collections.abc import Iterable

from wtforms import BooleanField, HiddenField

from portal.declarations import rules
from portal.declarations.models import DelegatedPart
from portal.web import VersionedForm


class DepositForm(VersionedForm):
    different_hours = BooleanField("Ce sont d’autres heures, que personne d’autre n’a déclarées")
    without_parts = BooleanField("Déposer sans ces parts : leurs heures manqueront")
    parts_seen = HiddenField("")

    def show(self, parts: Iterable[DelegatedPart]) -> None:
        """What the page tells of the parts: which are handed, and in which version."""
        seen = rules.as_seen(parts)
        self.parts_seen.data = " ".join(f"{id_}:{version or 0}" for id_, version in sorted(seen.items()))

    @property
    def seen(self) -> dict[int, int | None]:
        """As posted; what cannot be read was never shown."""
        pairs = (pair.partition(":") for pair in (self.parts_seen.data or "").split())
        return {int(id_): int(version) or None for id_, _, version in pairs if id_.isdecimal() and version.isdecimal()}
