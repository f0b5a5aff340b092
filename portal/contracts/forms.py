"""What a buyer types about a contract that runs: what it promises, the months it declares, who follows it."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Self

from flask import g
from flask_wtf.form import _Auto
from wtforms import BooleanField, RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from portal.contracts.facts import CommitmentFacts, ReportingFacts
from portal.contracts.models import Commitment, Contract, ContractTitulaire
from portal.directory.forms import WordsField
from portal.kernel.errors import Unreadable
from portal.kernel.french import typo
from portal.kernel.month import Month
from portal.vocabulary import ActionKind, CommitmentKind
from portal.web import VersionedForm
from portal.web.fields import HoursField, MonthField, NumberField, ReadField, WholeField, percent_field, read_month

NOBODY = "personne"
_MEMBER = re.compile("hours_[0-9]+")
_MOST_ACTIONS = 10_000
_LONGEST_REASON = 300


class MemberHoursForm(VersionedForm):
    """What is promised of hours; `for_titulaires` adds those of each member of a groupement."""

    @classmethod
    def for_titulaires(cls, titulaires: Sequence[ContractTitulaire]) -> type[Self]:
        """The form with one field for each member's hours, when there are several."""
        live = [held for held in titulaires if held.left_on is None]
        if len(live) < 2:
            return cls
        fields = {f"hours_{held.id}": HoursField(held.shown_name) for held in live}
        return type(f"Group{cls.__name__}", (cls,), fields)

    @property
    def member_fields(self) -> list[ReadField]:
        return [field for field in self if isinstance(field, ReadField) and _MEMBER.fullmatch(field.short_name)]

    @property
    def hours_of(self) -> dict[int, Decimal | None]:
        """The hours of each member, by titulaire id."""
        return {int(field.short_name.removeprefix("hours_")): field.data for field in self.member_fields}


class CommitmentForm(MemberHoursForm):
    """What is promised, kind by kind, and by each member of a groupement."""

    fixed_hours = HoursField(
        "Heures d’insertion", description="Sur toute la durée du marché : « 12 000 » ou « 970,50 »."
    )
    labour_share = NumberField(
        "Part des heures de main-d’œuvre",
        description="Des heures déclarées chaque mois par les titulaires, une fois le mois accepté.",
    )
    hours_per_k = NumberField(
        "Heures par millier d’euros commandé",
        description="Pour un accord-cadre : notez les commandes sur la page du marché, ou importez-les.",
    )
    internship = WholeField("Stages", least=0, most=_MOST_ACTIONS)
    immersion = WholeField("Immersions", least=0, most=_MOST_ACTIONS)
    sponsorship = WholeField("Parrainages", least=0, most=_MOST_ACTIONS)

    def __init__(self, formdata: Any = _Auto, obj: Contract | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=obj, **(_promised(obj) if obj else {}), **kwargs)

    def promised(self, before: Sequence[Commitment]) -> list[CommitmentFacts]:
        """What is promised now, each with the note it had."""
        notes = {(held.kind, held.action): held.note for held in before}
        return [
            CommitmentFacts(kind, Decimal(quantity), action, notes.get((kind, action)))
            for kind, action, quantity in self._quantities()
            if quantity
        ]

    def _quantities(self) -> list[tuple[CommitmentKind, ActionKind | None, Any]]:
        kinds = (CommitmentKind.FIXED_HOURS, CommitmentKind.LABOUR_SHARE, CommitmentKind.HOURS_PER_K)
        measured = [(kind, None, self[kind.value].data) for kind in kinds]
        return [*measured, *((CommitmentKind.ACTIONS, action, self[action.value].data) for action in ActionKind)]


class SuspendedField(WordsField):
    """One month a line, with its reason after a colon: « août 2027 : fermeture d’été »."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        read_suspended(self.data or "")


class ReportingForm(VersionedForm):
    """Which months are declared, when, and what counts."""

    first_month = MonthField("Premier mois à déclarer", description="« septembre 2027 ». Vide : rien n’est à déclarer.")
    last_month = MonthField("Dernier mois à déclarer")
    due_day = WholeField(
        "Jour d’échéance",
        [InputRequired("Indiquez un jour du mois.")],
        least=1,
        most=28,
        description="Du mois suivant ; reporté au premier jour ouvré.",
    )
    suspended = SuspendedField(
        "Mois suspendus",
        description="Un par ligne, avec son motif : « août 2027 : fermeture d’été ». Rien n’y est à déclarer.",
    )
    counts_training = BooleanField("Les heures de formation comptent")
    training_cap_percent = percent_field(
        "Part des heures de formation, au plus", description="Dans les heures retenues. Vide : sans plafond."
    )
    counting_months = WholeField(
        "Période de prise en compte",
        [InputRequired("Indiquez un nombre de mois.")],
        least=1,
        most=120,
        description="Après l’entrée d’une personne ; au-delà, ses heures sont déclarées, pas retenues.",
    )

    def __init__(self, formdata: Any = _Auto, obj: Contract | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=obj, **({"suspended": suspended_words(obj)} if obj else {}), **kwargs)

    @property
    def facts(self) -> ReportingFacts:
        return ReportingFacts(
            first_month=self.first_month.data,
            last_month=self.last_month.data,
            due_day=self.due_day.data,
            suspended=read_suspended(self.suspended.data or ""),
            counts_training=bool(self.counts_training.data),
            training_cap_percent=self.training_cap_percent.data,
            counting_months=self.counting_months.data,
        )


class FollowForm(VersionedForm):
    """Who checks what is declared: the buyer, a body of facilitation, or nobody."""

    organisation = RadioField(
        "Qui vérifie les déclarations ?", [InputRequired("Choisissez une organisation, ou personne.")], choices=[]
    )

    def __init__(self, formdata: Any = _Auto, obj: Contract | None = None, **kwargs: Any) -> None:
        followed = {"organisation": obj.follower.organisation.siret if obj.follower else NOBODY} if obj else {}
        super().__init__(formdata, obj=obj, **followed, **kwargs)
        if formdata is None and isinstance(g.get("posted_form"), FollowForm):
            self.organisation.choices = g.posted_form.organisation.choices

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        self.organisation.choices = [SelectChoice(value, label) for value, label in choices]


def read_suspended(text: str) -> dict[Month, str | None]:
    """Raises ValueError, in French, for a line that starts with no month."""
    found: dict[Month, str | None] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        month, _, reason = line.partition(":")
        try:
            found[read_month(month.strip())] = reason.strip()[:_LONGEST_REASON] or None
        except Unreadable:
            raise ValueError(
                typo(f"« {line} » ne commence pas par un mois : écrivez par exemple « août 2027 : fermeture ».")
            ) from None
    return found


def suspended_words(contract: Contract) -> str:
    """The suspended months as `read_suspended` reads them."""
    return "\n".join(
        held.month.label + (typo(f" : {held.reason}") if held.reason else "") for held in contract.suspensions
    )


def _promised(contract: Contract) -> dict[str, Any]:
    data: dict[str, Any] = {f"hours_{held.id}": held.hours for held in contract.titulaires}
    for held in contract.commitments:
        name = held.action.value if held.action else held.kind.value
        data[name] = int(held.quantity) if held.action else held.quantity
    return data
