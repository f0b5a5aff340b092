"""The parts that an employer was entrusted with: those to fill first, then the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func
from sqlalchemy.orm import Session

from portal.declarations import policies, queries, rules, wording
from portal.declarations.models import Declaration, DelegatedPart
from portal.declarations.views.blueprint import address_of
from portal.declarations.views.part_page import stand_of
from portal.kernel.actor import Actor
from portal.kernel.french import format_date, typo
from portal.kernel.paging import last_page, page_within
from portal.vocabulary import DeclarationState, PartState

PAGE_SIZE = 30


@dataclass(frozen=True)
class PartListing:
    """One page of them, ready to be shown."""

    rows: Sequence[dict[str, Any]]
    total: int
    page: int
    last_page: int

    @property
    def waiting(self) -> Sequence[dict[str, Any]]:
        return [row for row in self.rows if row["waits"]]

    @property
    def others(self) -> Sequence[dict[str, Any]]:
        return [row for row in self.rows if not row["waits"]]


def read(session: Session, actor: Actor, today: date, page: int) -> PartListing:
    """All of them, a page at a time: what waits first, the soonest due, then the latest months."""
    every = queries.own_parts(actor)
    total = session.scalar(every.with_only_columns(func.count())) or 0
    page = page_within(page, total, PAGE_SIZE)
    waits = and_(DelegatedPart.state == PartState.OPEN, Declaration.state.in_(DeclarationState.awaited()))
    order = (case((waits, 0), else_=1), case((waits, Declaration.due_on)), Declaration.month.desc(), DelegatedPart.id)
    wanted = queries.with_month(every).order_by(*order).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    rows = [row_of(part, today) for part in session.scalars(wanted)] if total else []
    return PartListing(rows, total, page, last_page(total, PAGE_SIZE))


def first_waiting(session: Session, actor: Actor, today: date) -> PartListing:
    """Those to fill, the soonest due, for the list of declarations; and how many parts there are in all."""
    total = session.scalar(queries.own_parts(actor).with_only_columns(func.count())) or 0
    waiting = queries.with_month(queries.to_fill(actor)).order_by(Declaration.due_on, DelegatedPart.id)
    rows = [row_of(part, today) for part in session.scalars(waiting.limit(PAGE_SIZE))] if total else []
    return PartListing(rows, total, 1, 1)


def row_of(part: DelegatedPart, today: date) -> dict[str, Any]:
    contract, declaration = part.declaration.contract, part.declaration
    due_on, (status, tone) = rules.part_due_on(declaration.due_on), stand_of(part, today)
    late = f"en retard depuis le {format_date(due_on)}"
    return {
        "month": declaration.month.label,
        "object": contract.object,
        "meta": typo(f"Marché {contract.number} · confié par {declaration.organisation.shown_name}"),
        "status": status,
        "tone": tone,
        "due_on": due_on,
        "due": late if due_on < today else wording.days_away((due_on - today).days),
        "url": address_of(declaration, "part"),
        "waits": policies.is_to_fill(part),
        "action": "Corriger" if part.to_correct else "Reprendre" if part.saved_at else "Remplir",
    }
