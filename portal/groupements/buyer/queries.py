"""The groupements of a project, for its buyer: those that prepare, those that filed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.forecast.models import Lot
from portal.groupements import translation
from portal.groupements.buyer.rules import PREPARING, Preparing
from portal.groupements.facts import ACTIVE
from portal.groupements.models import CompositionChange, Groupement, GroupementLot
from portal.groupements.queries import whole
from portal.vocabulary import GroupementState


@dataclass
class OnLot:
    """What prepares on one lot: totals of all, and those that chose to be named."""

    preparing: list[Preparing] = field(default_factory=list)
    named: list[Groupement] = field(default_factory=list)


def preparing_on(session: Session, lot_ids: Collection[int]) -> Mapping[int, OnLot]:
    """By lot; by name and never by date, for an order would tell who came when. A fixed number of statements."""
    there = select(GroupementLot.groupement_id).where(GroupementLot.lot_id.in_(lot_ids)).scalar_subquery()
    prepare = whole().where(Groupement.id.in_(there), Groupement.state.in_(PREPARING))
    found: dict[int, OnLot] = defaultdict(OnLot)
    for groupement in session.scalars(prepare.order_by(Groupement.name, Groupement.public_id)):
        if hours := _hours(groupement):
            for lot in groupement.lots:
                found[lot.id].preparing.append(Preparing(hours, _wanted(groupement.lots)))
                found[lot.id].named.extend([groupement] if groupement.named_to_buyer else [])
    return found


def _hours(groupement: Groupement) -> tuple[Decimal, ...]:
    """Of those who are in, zero for who told none; nothing when nobody is in yet."""
    return tuple(each.hours or Decimal(0) for each in groupement.members if each.state in ACTIVE)


def _wanted(lots: Sequence[Lot]) -> Decimal | None:
    """Over all the lots that it answers, when they count alike: members share their hours over all of them."""
    terms = [translation.lot_terms(lot) for lot in lots]
    alike = len({each.hours_per_year for each in terms}) == 1 and all(each.hours_wanted for each in terms)
    return sum((each.hours_wanted or Decimal(0) for each in terms), Decimal(0)) if alike else None


@dataclass(frozen=True)
class Filed:
    groupement: Groupement
    waits: bool
    """Whether a change of its composition waits for the buyer (R2142-26)."""

    def answers(self, lot: Lot) -> bool:
        return lot.id in {each.id for each in self.groupement.lots}


def filed_in(session: Session, project_id: int) -> list[Filed]:
    """The candidacies filed for a project that still runs, by name."""
    there = (Groupement.project_id == project_id, Groupement.state == GroupementState.FILED)
    found = session.scalars(whole().where(*there).order_by(Groupement.name, Groupement.public_id)).all()
    asked = select(CompositionChange.groupement_id).where(CompositionChange.decided_at.is_(None))
    waiting = set(session.scalars(asked.where(CompositionChange.groupement_id.in_([each.id for each in found]))))
    return [Filed(each, each.id in waiting) for each in found]
