"""Who is interested in a lot: totals without a name, and the names of those who agreed, for those they agreed to."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager

from portal.contracts.queries import bare
from portal.directory.models import Organisation
from portal.sourcing.facts import NOTHING_SAID, Totals
from portal.sourcing.models import Interest, InterestWord
from portal.vocabulary import InterestKind

_MOST_NAMES = 100
"""Of one lot: beyond, the totals tell enough."""

_LIVE: ColumnElement[bool] = Interest.kind != InterestKind.NOT_INTERESTED


def interest_totals(session: Session, lot_ids: Collection[int]) -> Mapping[int, Totals]:
    """What all say of each of these lots: one statement. A lot of which nobody says anything has no entry."""
    groups = (Interest.lot_id, Interest.kind, Interest.disinterest, Interest.named_to_buyer)
    counted = select(*groups, func.count(), func.sum(Interest.hours)).where(Interest.lot_id.in_(lot_ids))
    by_lot: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(counted.group_by(*groups)):
        by_lot[row.lot_id].append(row)
    return {lot_id: _totals(rows) for lot_id, rows in by_lot.items()}


def _totals(rows: Sequence[Any]) -> Totals:
    kinds: Counter[Any] = Counter()
    reasons: Counter[Any] = Counter()
    hours, unnamed = Decimal(0), 0
    for _, kind, disinterest, named, count, offered in rows:
        kinds[kind] += count
        if kind.is_live:
            hours += offered or 0
            unnamed += 0 if named else count
        else:
            reasons[disinterest] += count
    return Totals(kinds=kinds, reasons=reasons, hours=hours, unnamed=unnamed)


def public_totals_of(session: Session, lot_id: int) -> int | None:
    return interest_totals(session, [lot_id]).get(lot_id, NOTHING_SAID).public


def hours_of_others(session: Session, lot_id: int, but: int | None) -> Decimal:
    """What the interested offer together; `but` the reader: by changing its own word, it would measure the rest."""
    offered = select(func.coalesce(func.sum(Interest.hours), 0)).where(Interest.lot_id == lot_id, _LIVE)
    return Decimal(session.scalar(offered.where(Interest.organisation_id != but) if but is not None else offered) or 0)


def interest_of(session: Session, lot_id: int, organisation_id: int | None) -> Interest | None:
    """What an organisation says of a lot, for its own people."""
    own = (Interest.lot_id == lot_id, Interest.organisation_id == organisation_id)
    return session.scalar(select(Interest).where(*own))


def words_of(session: Session, interest: Interest) -> Sequence[InterestWord]:
    """All that it said in turn, the latest first, for its own people."""
    told = select(InterestWord).where(InterestWord.interest_id == interest.id)
    return session.scalars(told.order_by(InterestWord.id.desc()).limit(_MOST_NAMES)).all()


def named_to_buyer(session: Session, lot_ids: Collection[int]) -> Mapping[int, Sequence[Interest]]:
    """Those who agreed that the buyer reads their name, by lot, the interested first."""
    by_lot: dict[int, list[Interest]] = defaultdict(list)
    agreed = (Interest.lot_id.in_(lot_ids), Interest.named_to_buyer.is_(True))
    for interest in session.scalars(_named(*agreed).limit(_MOST_NAMES * len(lot_ids))):
        by_lot[interest.lot_id].append(interest)
    return by_lot


def named_to_others(session: Session, lot_id: int, but: int | None) -> Sequence[Interest]:
    """Those interested who agreed that other structures and networks read their name; `but` one's own."""
    agreed = (Interest.lot_id == lot_id, Interest.named_to_others.is_(True), _LIVE)
    others = _named(*agreed).where(Interest.organisation_id != but) if but is not None else _named(*agreed)
    return session.scalars(others.limit(_MOST_NAMES)).all()


def _named(*agreed: ColumnElement[bool]) -> Select[Interest]:
    """By name, never by date: an order would tell who came when."""
    named = select(Interest).join(Interest.organisation).options(contains_eager(Interest.organisation).options(*bare()))
    return named.where(*agreed).order_by(_LIVE.desc(), Organisation.sort_name, Organisation.siret)
