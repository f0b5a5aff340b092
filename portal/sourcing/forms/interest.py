"""What an organisation says of a lot."""

from collections.abc import Iterable
from typing import Any

from flask import g
from flask_wtf.form import _Auto
from wtforms import BooleanField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from portal.directory.forms import TicksField, WordsField
from portal.sourcing.facts import Word
from portal.sourcing.models import Interest
from portal.vocabulary import DisinterestReason, InterestKind
from portal.web import VersionedForm
from portal.web.fields import HoursField, at_most, pick_field, tell_field


class InterestForm(VersionedForm):
    """Its word, and who reads its name; `version` 0: nothing said yet."""

    kind = tell_field(
        "Ce que vous en dites", InterestKind, [InputRequired("Choisissez ce que vous en dites.")], validate_choice=False
    )
    hours = HoursField(
        "Heures que vous pourriez tenir",
        description="Sur toute la durée du lot, même à peu près. Elles s’ajoutent à celles des autres.",
    )
    communes = TicksField("Communes où vous iriez", description="Aucune cochée : toutes celles du lot.")
    disinterest = pick_field("Si le lot ne vous intéresse pas, pourquoi ?", DisinterestReason, blank="Choisir")
    note = WordsField(
        "Un mot de vous",
        [at_most(500)],
        description="Lu par ceux qui lisent votre nom, et eux seuls.",
        render_kw={"rows": 3},
    )
    named_to_buyer = BooleanField("L’acheteur lit notre nom, nos heures, nos communes et notre mot")
    named_to_others = BooleanField(
        "Les autres structures et les réseaux lisent notre nom, ce que nous cherchons et notre mot"
    )

    def __init__(self, formdata: Any = _Auto, obj: Interest | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=None, **_told_by(obj), **kwargs)
        if formdata is None and isinstance(g.get("posted_form"), InterestForm):
            self.communes.choices = g.posted_form.communes.choices

    def offer(self, communes: Iterable[tuple[str, str]]) -> None:
        """The communes to choose among: pairs (code, name)."""
        self.communes.choices = [SelectChoice(code, name) for code, name in communes]

    @property
    def word(self) -> Word:
        return Word(
            kind=self.kind.data,
            hours=self.hours.data,
            commune_codes=tuple(self.communes.data or ()),
            named_to_buyer=bool(self.named_to_buyer.data),
            named_to_others=bool(self.named_to_others.data),
            disinterest=self.disinterest.data,
            note=self.note.data or None,
        )


def _told_by(interest: Interest | None) -> dict[str, Any]:
    if interest is None:
        return {"version": 0, "communes": []}
    plain = ("version", "kind", "hours", "disinterest", "note", "named_to_buyer", "named_to_others")
    codes = sorted(place.commune_code for place in interest.communes)
    return {name: getattr(interest, name) for name in plain} | {"communes": codes}
