"""What people type about a groupement: shape and syntax only."""

from typing import Any

from flask import g
from flask_wtf.form import _Auto
from wtforms import BooleanField, HiddenField, IntegerField, RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, StopValidation
from wtforms.widgets import HiddenInput

from portal.accounts.rules import is_plain_name
from portal.directory.forms import LineField, TicksField, WordsField
from portal.forecast.award_forms import ContractForm
from portal.groupements.facts import About, Offer, Share
from portal.groupements.models import Groupement
from portal.groupements.rules import percent
from portal.groupements.translation import lot_name
from portal.kernel.errors import Unreadable
from portal.kernel.hundredths import parse_hundredths, to_hundredths
from portal.web import SafeForm, VersionedForm
from portal.web.fields import HoursField, ReadField, at_most

_UNIT_LENGTH = 2


class PartField(ReadField):
    """A share of the whole, typed in percent, kept in basis points."""

    def read(self, typed: str) -> int:
        share = parse_hundredths(typed.removesuffix("%"), what="La part", example="33,34")
        if not 0 <= share <= 100:
            raise Unreadable("Une part va de 0 à 100 %.")
        return to_hundredths(share)

    def write(self, value: int) -> str:
        return percent(value)[:-_UNIT_LENGTH]


def _plain_name(_: object, field: LineField) -> None:
    if not is_plain_name(field.data or ""):
        raise StopValidation("Écrivez un nom, sans adresse de site ni caractère invisible.")


class _AboutFields(SafeForm):
    name = LineField(
        "Nom du groupement",
        [DataRequired("Donnez un nom au groupement."), at_most(120), _plain_name],
        description="Celui que les membres, puis l’acheteur, liront : « Groupement des Trois Berges ».",
    )
    presentation = WordsField(
        "Ce que vous cherchez",
        [at_most(1000)],
        description="Deux phrases pour qui voudrait vous rejoindre : ce que vous savez faire, qui vous manque.",
        render_kw={"rows": 4},
    )
    open_to_requests = BooleanField(
        "Ouvert aux demandes",
        default=True,
        description="Les structures qui regardent ce lot voient le nom du groupement et qui le mène, "
        "et peuvent demander à le rejoindre.",
    )

    @property
    def about(self) -> About:
        return About(
            name=self.name.data or "",
            presentation=self.presentation.data or None,
            open_to_requests=bool(self.open_to_requests.data),
        )


class OpenForm(_AboutFields):
    """A groupement in a name."""


class AboutForm(_AboutFields, VersionedForm):
    """What a groupement says of itself, and the lots that it answers."""

    lots = TicksField("Lots auxquels vous répondez")

    def __init__(self, formdata: Any = _Auto, obj: Groupement | None = None, **kwargs: Any) -> None:
        chosen = {"lots": [str(lot.number) for lot in obj.lots]} if obj else {}
        super().__init__(formdata, obj=None, **(_told_by(obj) if obj else {}), **chosen, **kwargs)
        if formdata is None and isinstance(g.get("posted_form"), AboutForm):
            self.lots.choices = g.posted_form.lots.choices

    def offer(self, groupement: Groupement) -> None:
        """The lots of the project that still take candidacies, and those already chosen."""
        live = [lot for lot in groupement.project.lots if lot.award is None]
        kept = [lot for lot in groupement.lots if lot not in live]
        self.lots.choices = [
            SelectChoice(str(lot.number), lot_name(lot) + (" (clos)" if lot in kept else "")) for lot in (*live, *kept)
        ]

    @property
    def numbers(self) -> set[int]:
        return {int(number) for number in self.lots.data or ()}


def _told_by(groupement: Groupement) -> dict[str, Any]:
    return {
        "version": groupement.version,
        "name": groupement.name,
        "presentation": groupement.presentation,
        "open_to_requests": groupement.open_to_requests,
    }


class InviteForm(SafeForm):
    """An invitation, and the share it proposes."""

    siret = HiddenField()
    message = WordsField(
        "Votre message", [at_most(1000)], description="Pourquoi elle, pour quoi faire.", render_kw={"rows": 4}
    )
    part = PartField("Part proposée")
    hours = HoursField("Heures proposées")
    tasks = LineField("Ce qu’elle fera", [at_most(500)], description="« Gymnases de Saint-Aubrin, remplacements ».")

    @property
    def offer(self) -> Offer:
        return Offer(self.message.data or None, Share(self.part.data, self.hours.data, self.tasks.data or None))


class AnswerForm(SafeForm):
    """Yes or no; a no says why."""

    answer = RadioField(
        "Votre réponse",
        [InputRequired("Choisissez votre réponse.")],
        choices=[SelectChoice("yes", "Accepter"), SelectChoice("no", "Décliner")],
    )
    reason = WordsField(
        "Pourquoi, si vous déclinez",
        [at_most(500)],
        description="Une phrase suffit : elle sera lue.",
        render_kw={"rows": 3},
    )

    @property
    def accepted(self) -> bool:
        return bool(self.answer.data == "yes")


class MessageForm(SafeForm):
    """A request to join."""

    message = WordsField(
        "Votre message",
        [at_most(1000)],
        description="Ce que vous apporteriez : métier, communes, heures.",
        render_kw={"rows": 4},
    )


class ButtonForm(SafeForm):
    """A button and nothing to type."""


class ReasonForm(SafeForm):
    reason = WordsField("Pourquoi ?", [at_most(500)], render_kw={"rows": 3})


class StepForm(VersionedForm):
    """A step of the whole groupement, as it stood when it was read."""


class EndForm(VersionedForm):
    """Likewise, saying why."""

    reason = WordsField("Pourquoi ?", [at_most(500)], render_kw={"rows": 3})


class AcceptForm(SafeForm):
    """`number`: the very agreement that was read."""

    number = IntegerField(validators=[InputRequired("Rouvrez l’accord, et relisez-le.")], widget=HiddenInput())


class AwardForm(ContractForm):
    """The contract that the groupement's composition goes to."""
