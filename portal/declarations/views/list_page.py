"""The months that wait for someone, then the others: rows ready to be shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, joinedload

from portal.contracts.models import Contract
from portal.declarations import queries, wording
from portal.declarations.models import Declaration
from portal.declarations.views.blueprint import address_of
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date, typo
from portal.kernel.paging import last_page, page_within
from portal.vocabulary import DeclarationState

PAGE_SIZE = 30
_AWAITED = DeclarationState.awaited()
_FILING = {
    0: ("À déposer", "les plus anciennes d’abord"),
    1: ("Déposées, en vérification", "vous n’avez rien à faire"),
    2: ("Closes", "les plus récentes d’abord"),
}
_CHECKING = {
    0: ("À vérifier", "les plus anciennes d’abord"),
    1: ("Attendues", "le déclarant a encore à faire"),
    2: ("Closes", "les plus récentes d’abord"),
}


@dataclass(frozen=True)
class Listing:
    """One page of the list, in sections."""

    sections: Sequence[dict[str, Any]]
    total: int
    page: int
    last_page: int


def read(session: Session, actor: Actor, today: date, page: int, *, checks: bool, late: bool = False) -> Listing:
    """The months that one files, or checks, or those of them that are late; what waits for this person comes first."""
    every = queries.checked_by(actor) if checks else queries.own(actor)
    if late:
        every = every.where(Declaration.state.in_(_AWAITED), Declaration.due_on < today)
    total = session.scalar(select(func.count()).select_from(every.subquery())) or 0
    page = page_within(page, total, PAGE_SIZE)
    rows = session.scalars(_ordered(every, checks=checks).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    return Listing(_sections(rows, today, checks=checks), total, page, last_page(total, PAGE_SIZE))


def _ordered(every: Select[Declaration], *, checks: bool) -> Select[Declaration]:
    rank = _rank(checks=checks)
    awaited_since = case((rank == 0, Declaration.saved_at)) if checks else case((rank == 0, Declaration.due_on))
    oldest_first = case((rank == 1, Declaration.due_on))
    return every.options(
        joinedload(Declaration.contract).joinedload(Contract.buyer), joinedload(Declaration.organisation)
    ).order_by(rank, awaited_since, oldest_first, Declaration.month.desc(), Declaration.id)


def _rank(*, checks: bool) -> ColumnElement[int]:
    """0: waits for this person; 1: waits for the other side; 2: closed."""
    deposited, awaited = (0, 1) if checks else (1, 0)
    return case(
        (Declaration.state == DeclarationState.DEPOSITED, deposited),
        (Declaration.state.in_(_AWAITED), awaited),
        else_=2,
    )


def _sections(rows: Sequence[Declaration], today: date, *, checks: bool) -> list[dict[str, Any]]:
    titles = _CHECKING if checks else _FILING
    return [
        {
            "title": titles[rank][0],
            "note": titles[rank][1],
            "waits": rank == 0,
            "rows": [_row(row, today, checks=checks) for row in of_rank],
        }
        for rank, of_rank in groupby(rows, key=lambda row: _rank_of(row, checks=checks))
    ]


def _rank_of(declaration: Declaration, *, checks: bool) -> int:
    if declaration.state is DeclarationState.DEPOSITED:
        return 0 if checks else 1
    if declaration.state in _AWAITED:
        return 1 if checks else 0
    return 2


def _row(declaration: Declaration, today: date, *, checks: bool) -> dict[str, Any]:
    contract = declaration.contract
    buyer = contract.buyer.shown_name if contract.buyer else contract.buyer_name
    words = wording.state_words(declaration, checks=checks)
    return {
        "month": declaration.month.label,
        "object": contract.object,
        "meta": f"Marché {contract.number} · {declaration.organisation.shown_name if checks else buyer}",
        "status": words if not declaration.is_late_on(today) else typo(f"{words}, en retard"),
        "tone": wording.tone(declaration, today, checks=checks),
        "due_on": declaration.due_on,
        "due": _due(declaration, today, checks=checks),
        "url": address_of(declaration, "check" if checks and _rank_of(declaration, checks=True) == 0 else "show"),
        "action": _action(declaration, checks=checks),
    }


def _due(declaration: Declaration, today: date, *, checks: bool) -> str:
    """« dans 7 jours », « depuis 3 jours » once it is late; for who checks, the day of the deposit."""
    if checks and declaration.saved_at:
        return f"déposée le {format_date(paris_date(declaration.saved_at))}"
    days = (declaration.due_on - today).days
    if declaration.is_late_on(today):
        return f"en retard depuis le {format_date(declaration.due_on)}"
    return wording.days_away(days)


def _action(declaration: Declaration, *, checks: bool) -> str:
    if checks:
        return "Vérifier" if declaration.state is DeclarationState.DEPOSITED else "Ouvrir"
    return _ACTIONS.get(declaration.state, "Ouvrir")


_ACTIONS = {
    DeclarationState.EXPECTED: "Remplir",
    DeclarationState.DRAFT: "Reprendre",
    DeclarationState.RETURNED: "Corriger",
}
