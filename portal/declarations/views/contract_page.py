"""What the page of a contract shows of its months: where each stands, and promised against retained hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.contracts.models import Contract
from portal.declarations import policies, queries, wording
from portal.declarations.models import Declaration
from portal.declarations.queries import MonthTotal
from portal.declarations.views.blueprint import address_of
from portal.declarations.views.curve import Curve
from portal.kernel.actor import Actor
from portal.kernel.french import typo
from portal.kernel.hours import format_hours
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState

_SHOWN = 6
"""How many of the last months are in sight; the others are below, with the data."""


@dataclass(frozen=True)
class ContractMonths:
    rows: Sequence[dict[str, Any]]
    """One for each month that is over, the last one first."""
    curve: Curve | None
    sentence: str | None

    @property
    def shown(self) -> Sequence[dict[str, Any]]:
        return self.rows[:_SHOWN]


def read(session: Session, actor: Actor, contract: Contract, today: date) -> ContractMonths:
    kept = queries.promises_of(session, [contract], today)[contract.id]
    totals = queries.months_of(session, contract, kept)
    past = [total for total in totals if total.month.last_day < today]
    stands = _standing(session, actor, contract, today)
    rows = [_row(total, stands.get(total.month, [])) for total in reversed(past)]
    promised = kept.hours
    curve = Curve(totals, past, promised) if promised and len(totals) > 1 else None
    return ContractMonths(rows, curve, _sentence(past, promised))


def _standing(session: Session, actor: Actor, contract: Contract, today: date) -> Mapping[Month, list[dict[str, Any]]]:
    """By month, what this person may know of each member's declaration; its address when they may open it."""
    every = select(Declaration).where(Declaration.contract_id == contract.id).order_by(Declaration.organisation_id)
    loaded = every.options(
        joinedload(Declaration.organisation),
        joinedload(Declaration.contract).selectinload(Contract.followers),
        joinedload(Declaration.contract).selectinload(Contract.titulaires),
    )
    told: dict[Month, list[dict[str, Any]]] = {}
    members = {(each.organisation.id, each.month) for each in queries.member_months(session, actor, contract)}
    for declaration in session.scalars(loaded):
        opens = policies.can_read(actor, declaration)
        if opens or (declaration.organisation_id, declaration.month) in members:
            told.setdefault(declaration.month, []).append(_stand(declaration, actor, today, opens=opens))
    return told


def _stand(declaration: Declaration, actor: Actor, today: date, *, opens: bool) -> dict[str, Any]:
    deposited = declaration.state is DeclarationState.DEPOSITED
    checks = policies.can_check(actor, declaration) if deposited else not policies.can_file(actor, declaration)
    words = wording.state_words(declaration, checks=checks)
    return {
        "who": declaration.organisation.shown_name,
        "words": typo(f"{words}, en retard") if declaration.is_late_on(today) else words,
        "tone": wording.tone(declaration, today, checks=checks),
        "url": address_of(declaration) if opens else None,
        "is_accepted": declaration.state is DeclarationState.ACCEPTED,
    }


def _row(total: MonthTotal, stands: list[dict[str, Any]]) -> dict[str, Any]:
    is_known = total.retained or any(stand["is_accepted"] for stand in stands)
    return {
        "month": total.month.label,
        "stands": stands,
        "retained": format_hours(total.retained) if is_known else "—",
        "to_date": format_hours(total.retained_to_date),
        "promised": wording.whole_hours(total.promised_to_date),
    }


def _sentence(past: Sequence[MonthTotal], promised: Decimal) -> str | None:
    """The result in words, before the curve shows it."""
    if not past or not promised:
        return None
    last = past[-1]
    gap = last.retained_to_date - last.promised_to_date
    compared = f"{wording.whole_hours(abs(gap))} {'de plus' if gap >= 0 else 'de moins'} que le rythme promis"
    done = f"{wording.whole_hours(last.retained_to_date)} retenues à fin {last.month.label}"
    return typo(f"{done}, sur {format_hours(promised)} promises : {compared}.")
