"""The months that may be accepted together, the others with why, and what became of those that were ticked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session

from portal.declarations import queries, wording
from portal.declarations.models import Declaration, Deposit
from portal.declarations.queries import TOGETHER_A_PAGE, Standing
from portal.declarations.views.blueprint import address_of
from portal.kernel.actor import Actor
from portal.kernel.french import format_instant, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.paging import last_page, page_within
from portal.vocabulary import DeclarationState

_MOVED = "elle a changé pendant que vous répondiez : relisez-la"


@dataclass(frozen=True)
class TogetherPage:
    standings: Sequence[Standing]
    total: int
    page: int

    @classmethod
    def read(cls, session: Session, actor: Actor, page: int) -> "TogetherPage":
        total = session.scalar(queries.to_check(actor).with_only_columns(func.count())) or 0
        page = page_within(page, total, TOGETHER_A_PAGE)
        return cls(queries.to_accept(session, actor, page), total, page)

    @property
    def last_page(self) -> int:
        return last_page(self.total, TOGETHER_A_PAGE)

    @property
    def plain(self) -> list[dict[str, Any]]:
        """Those of which there is nothing to say."""
        return [_row(each) for each in self.standings if not each.findings.reasons]

    @property
    def flagged(self) -> list[dict[str, Any]]:
        return [_row(each) for each in self.standings if each.findings.reasons]

    @property
    def values(self) -> list[str]:
        return [row["value"] for row in self.plain]


def _row(standing: Standing) -> dict[str, Any]:
    declaration, deposit = standing.declaration, standing.deposit
    return {
        **_named(declaration),
        "value": f"{declaration.reference}:{declaration.version}",
        "hours": "néant" if deposit.is_nil else format_hours(deposit.hours),
        "people": None if deposit.is_nil else plural(deposit.people, "personne"),
        "deposited": f"déposée le {format_instant(deposit.at)}",
        "comment": deposit.comment,
        "reasons": standing.findings.reasons,
        "check_url": address_of(declaration, "check"),
    }


def _named(declaration: Declaration) -> dict[str, Any]:
    contract = declaration.contract
    return {
        "id": f"mois-{declaration.id}",
        "what": typo(f"{declaration.month.label.capitalize()}, {declaration.organisation.shown_name}"),
        "meta": typo(f"Marché {contract.number} · {contract.object}"),
        "url": address_of(declaration),
    }


@dataclass(frozen=True)
class Outcome:
    """Each of those that were ticked: accepted now, by somebody else, or not, and why."""

    accepted: Sequence[dict[str, Any]]
    left: Sequence[dict[str, Any]]
    gone: int
    """Those that this person no longer checks."""

    @classmethod
    def read(cls, session: Session, actor: Actor, references: Sequence[str]) -> "Outcome":
        wanted = queries.checked_by(actor).where(Declaration.reference.in_(references))
        months = queries.named_months(session, wanted.order_by(Declaration.id))
        standings = queries.standings_of(session, months)
        accepted = [each for each in standings if _is_mine(each, actor)]
        left = [each for each in standings if not _is_mine(each, actor)]
        return cls(
            [_done(each) for each in accepted], [_not_done(each) for each in left], len(references) - len(months)
        )

    @property
    def title(self) -> str:
        done = plural(len(self.accepted), "déclaration acceptée", "déclarations acceptées")
        left = len(self.left) + self.gone
        return typo(f"{done}, {left} non" if left else done)


def _is_mine(standing: Standing, actor: Actor) -> bool:
    is_accepted = standing.declaration.state is DeclarationState.ACCEPTED
    return is_accepted and standing.deposit.decided_by_label == actor.label[:300]


def _done(standing: Standing) -> dict[str, Any]:
    deposit = standing.deposit
    kept = f"{format_hours(deposit.retained_hours or Decimal(0))} retenues, {plural(deposit.people, 'personne')}"
    return {**_named(standing.declaration), "why": "néant" if deposit.is_nil else kept}


def _not_done(standing: Standing) -> dict[str, Any]:
    return {**_named(standing.declaration), "why": typo(_why(standing.declaration, standing.deposit, standing))}


def _why(declaration: Declaration, deposit: Deposit, standing: Standing) -> str:
    if declaration.state is DeclarationState.DEPOSITED:
        return " ; ".join(standing.findings.reasons) or _MOVED
    words = wording.state_words(declaration, checks=True).lower()
    if deposit.decided_at is None:
        return words
    return f"déjà {words} par {deposit.decided_by_label}, le {format_instant(deposit.decided_at)}"
