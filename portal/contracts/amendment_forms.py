"""What a buyer types of an amendment, opened on the contract as it stands."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import g
from flask_wtf.form import _Auto
from wtforms import RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from portal.contracts.facts import AmendmentFacts
from portal.contracts.forms import MemberHoursForm, SuspendedField, read_suspended, suspended_words
from portal.contracts.models import Contract, ContractTitulaire
from portal.directory.forms import LineField, TicksField, WordsField
from portal.directory.models import Organisation
from portal.kernel.french import typo
from portal.kernel.month import Month
from portal.web.fields import DayField, HoursField, MonthField, WholeField

_UNCHANGED = ""
_MOST_NUMBERED = 999


class AmendmentForm(MemberHoursForm):
    """What the amendment says; what is left as it stands does not change."""

    amendment_number = WholeField(
        "Numéro de l’avenant", [InputRequired("Indiquez son numéro.")], least=1, most=_MOST_NUMBERED
    )
    signed_on = DayField("Signé le", [InputRequired("Indiquez le jour de la signature.")], description="« 03/12/2026 »")
    effective_on = DayField(
        "Prend effet le",
        [InputRequired("Indiquez le jour où il prend effet.")],
        description="Ce qui était dû avant ce jour le reste.",
    )
    reason = WordsField(
        "Motif",
        [InputRequired("Dites pourquoi le marché change : les titulaires le liront."), Length(max=1000)],
        description="En une phrase. Les titulaires la lisent.",
    )
    fixed_hours = HoursField("Heures d’insertion promises", description="En tout, sur toute la durée du marché.")
    ends_on = DayField("Fin du marché")
    last_month = MonthField(
        "Dernier mois à déclarer", description="S’il était celui de la fin du marché, il la suit quand elle change."
    )
    suspended = SuspendedField(
        "Mois suspendus", description="Un par ligne, avec son motif : « août 2027 : fermeture d’été ». Rien n’y est dû."
    )
    leaving = TicksField("Titulaires qui partent", choices=[])
    sought = LineField(
        "Chercher qui rejoint le marché", [Length(max=200)], description="Dans l’annuaire : nom, ville ou SIRET."
    )
    joining = TicksField("Titulaires qui rejoignent", choices=[])
    leader = RadioField("Mandataire", choices=[], default=_UNCHANGED)

    def __init__(self, formdata: Any = _Auto, obj: Contract | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=obj, **(_as_it_stands(obj) if obj else {}), **kwargs)
        if obj is not None:
            self._offer_holders([held for held in obj.titulaires if held.left_on is None])
        posted = g.get("posted_form")
        if formdata is None and isinstance(posted, AmendmentForm):
            self.joining.choices, self.leader.choices = posted.joining.choices, posted.leader.choices

    def offer(self, found: Sequence[Organisation]) -> None:
        """Who may join: found in the directory, or chosen already."""
        bodies = {body.siret: body.shown_name for body in found}
        self.joining.choices = [
            SelectChoice(body.siret, typo(f"{body.shown_name}, SIRET {body.shown_siret}")) for body in found
        ]
        self.leader.choices = [
            *(self.leader.choices or ()),
            *(SelectChoice(siret, name) for siret, name in bodies.items()),
        ]

    @property
    def chosen(self) -> Collection[str]:
        """The SIRETs of who joins."""
        return self.joining.data or ()

    def facts(self, contract: Contract, joining: Mapping[str, int]) -> AmendmentFacts:
        """`joining`: organisation ids by SIRET, of who was chosen."""
        ids = {held.organisation.siret: held.organisation_id for held in contract.titulaires if held.organisation}
        return AmendmentFacts(
            number=self.amendment_number.data,
            signed_on=self.signed_on.data,
            effective_on=self.effective_on.data,
            reason=self.reason.data or "",
            promised_hours=self.fixed_hours.data or Decimal(0),
            hours_of=self.hours_of,
            ends_on=self.ends_on.data,
            last_month=self._last_month(contract),
            suspended=read_suspended(self.suspended.data or ""),
            leaving=frozenset(int(id_) for id_ in self.leaving.data or ()),
            joining=tuple(joining.values()),
            mandataire=({**ids, **joining}).get(self.leader.data or ""),
        )

    def _last_month(self, contract: Contract) -> Month | None:
        """The month typed; that of the new end when the last one was that of the end, and was left alone."""
        typed: Month | None = self.last_month.data
        followed = contract.ends_on is not None and contract.last_month == Month.of(contract.ends_on)
        moved = self.ends_on.data is not None and self.ends_on.data != contract.ends_on
        return Month.of(self.ends_on.data) if followed and moved and typed == contract.last_month else typed

    def _offer_holders(self, live: list[ContractTitulaire]) -> None:
        self.leaving.choices = [SelectChoice(str(held.id), held.shown_name) for held in live]
        self.leader.choices = [
            SelectChoice(_UNCHANGED, "Sans changement"),
            *(SelectChoice(held.organisation.siret, held.shown_name) for held in live if held.organisation),
        ]


def _as_it_stands(contract: Contract) -> dict[str, Any]:
    told: dict[str, Any] = {f"hours_{held.id}": held.hours for held in contract.titulaires}
    return told | {
        "amendment_number": max((each.number for each in contract.amendments), default=0) + 1,
        "fixed_hours": contract.promised_hours or None,
        "suspended": suspended_words(contract),
    }
