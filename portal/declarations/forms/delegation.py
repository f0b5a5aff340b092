"""Entrusting lines to who employs, taking them back, handing a part and giving it back."""

from collections.abc import Sequence

from wtforms import RadioField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from portal.declarations.forms.month import NO_NAME
from portal.directory.forms import WordsField
from portal.kernel.month import Month
from portal.web import SafeForm, VersionedForm


class EntrustForm(SafeForm):
    """To whom, among the structures found, and from which month on."""

    employer = RadioField("La structure qui emploie", [InputRequired("Choisissez une structure.")], choices=[])
    since = SelectField(
        "À partir du mois",
        [InputRequired("Choisissez un mois.")],
        description="Elle remplit sa part de chaque mois, dès celui-ci.",
        choices=[],
    )

    def offer(self, found: Sequence[tuple[str, str]], months: Sequence[Month]) -> None:
        self.employer.choices = [SelectChoice(siret, label) for siret, label in found]
        self.since.choices = [SelectChoice(str(month), month.label) for month in months]


class EndForm(SafeForm):
    """The last month entrusted."""

    until = SelectField("Dernier mois confié", [InputRequired("Choisissez un mois.")], choices=[])

    def offer(self, months: Sequence[Month]) -> None:
        """The first one is the month before any was entrusted."""
        mistake, *entrusted = months
        none = SelectChoice(str(mistake), "Aucun : c’était une erreur")
        self.until.choices = [*(SelectChoice(str(month), month.label) for month in entrusted), none]


class HandBackForm(VersionedForm):
    """What the employer is to correct."""

    words = WordsField(
        "Ce qui est à corriger",
        [InputRequired("Dites-le en une phrase : l’employeur la lira."), Length(max=500, message="Un peu plus court.")],
        description=NO_NAME,
    )


class HandForm(VersionedForm):
    """Nothing to type: the part as it stands."""
