"""What structures have promised elsewhere: parts of sealed groupements, hours of running contracts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, lazyload, selectinload

from portal.calibration.engaged import yearly
from portal.contracts.models import Contract, ContractTitulaire
from portal.contracts.promised import promised_of
from portal.forecast.models import Lot
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, GroupementLot, Member
from portal.vocabulary import GroupementState, Trade

_HOLDING = frozenset({GroupementState.SEALED, GroupementState.FILED})
"""Once awarded, the contract says it."""

_ZERO = Decimal(0)
_WHOLE = 10_000


@dataclass(frozen=True)
class Promise:
    """Hours a year that one structure has promised elsewhere."""

    hours: Decimal
    lot_ids: frozenset[int] = frozenset()
    """The lots of the groupement that promises them: there they are given, not taken."""
    until: date | None = None
    """The last day of the contract; None: not known, or not begun."""

    def takes_from(self, lot_id: int, start: date) -> bool:
        """Whether these hours are missing for a lot whose work begins on that day."""
        return lot_id not in self.lot_ids and (self.until is None or self.until >= start)


Promises = Mapping[int, Mapping[Trade, list[Promise]]]
"""By organisation, then trade."""


def promises_of(session: Session, organisation_ids: Collection[int], trades: Collection[Trade], day: date) -> Promises:
    """What these organisations have promised in these trades: seven statements at most."""
    found: dict[int, dict[Trade, list[Promise]]] = defaultdict(lambda: defaultdict(list))
    for organisation_id, trade, promise in _of_groupements(session, organisation_ids, trades):
        found[organisation_id][trade].append(promise)
    for organisation_id, trade, promise in _of_contracts(session, organisation_ids, trades, day):
        found[organisation_id][trade].append(promise)
    return found


def _of_groupements(
    session: Session, organisation_ids: Collection[int], trades: Collection[Trade]
) -> Iterable[tuple[int, Trade, Promise]]:
    rows: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in session.execute(_parts(organisation_ids)):
        rows[row.groupement_id, row.organisation_id].append(row)
    for (_, organisation_id), lots in rows.items():
        hours, lot_ids = _a_year(lots), frozenset(row.lot_id for row in lots)
        for trade, share in _by_trade(lots).items():
            if trade in trades:
                yield organisation_id, trade, Promise(hours * share, lot_ids)


def _parts(organisation_ids: Collection[int]) -> Any:
    """One row for each part of a sealed groupement and each lot it answers."""
    lot = (Lot.id.label("lot_id"), Lot.trade, Lot.hours_wanted, Lot.hours_per_year, Lot.duration_months)
    return (
        select(Member.groupement_id, Member.organisation_id, Member.hours, *lot)
        .join(Groupement, Groupement.id == Member.groupement_id)
        .join(GroupementLot, GroupementLot.groupement_id == Groupement.id)
        .join(Lot, Lot.id == GroupementLot.lot_id)
        .where(
            Groupement.state.in_(_HOLDING),
            Member.state.in_(ACTIVE),
            Member.hours > 0,
            Member.organisation_id.in_(organisation_ids),
        )
        .order_by(Groupement.id, Lot.id)
    )


def _a_year(lots: Collection[Any]) -> Decimal:
    """The hours of a part: each year's where the lots say theirs so, else over the longest of them."""
    hours: Decimal = next(iter(lots)).hours
    if all(row.hours_per_year for row in lots):
        return hours
    return yearly(hours, max((row.duration_months or 0 for row in lots), default=0))


def _by_trade(lots: Collection[Any]) -> dict[Trade, Decimal]:
    """How one part over several lots is shared between their trades: by their hours, else evenly."""
    weigh = all(row.hours_wanted for row in lots)
    weights: dict[Trade, Decimal] = defaultdict(lambda: _ZERO)
    for row in lots:
        weights[row.trade] += row.hours_wanted if weigh else 1
    total = sum(weights.values(), _ZERO)
    return {trade: weight / total for trade, weight in weights.items()}


def _of_contracts(
    session: Session, organisation_ids: Collection[int], trades: Collection[Trade], day: date
) -> Iterable[tuple[int, Trade, Promise]]:
    wanted = set(organisation_ids)
    contracts = session.scalars(_running(organisation_ids, trades, day)).all()
    hours = promised_of(session, contracts, day) if contracts else {}
    for contract in contracts:
        for titulaire, share in _shares(contract, hours.get(contract.id, _ZERO), day):
            if contract.trade and titulaire.organisation_id in wanted and share:
                promise = Promise(yearly(share, _months(contract)), until=contract.ends_on)
                yield titulaire.organisation_id, contract.trade, promise


def _running(organisation_ids: Collection[int], trades: Collection[Trade], day: date) -> Select[Contract]:
    """Contracts of the trades that run on that day, promise something, and that one of these holds."""
    held = select(ContractTitulaire.contract_id).where(ContractTitulaire.organisation_id.in_(organisation_ids))
    return (
        select(Contract)
        .where(
            Contract.id.in_(held),
            Contract.trade.in_(trades),
            Contract.notified_on <= day,
            or_(Contract.ends_on.is_(None), Contract.ends_on >= day),
            Contract.commitments.any(),
        )
        .options(
            selectinload(Contract.titulaires).lazyload(ContractTitulaire.organisation),
            selectinload(Contract.commitments),
            lazyload(Contract.buyer),
        )
        .order_by(Contract.id)
    )


def _shares(contract: Contract, hours: Decimal, day: date) -> Iterable[tuple[ContractTitulaire, Decimal]]:
    """Each one's own hours; else its part of those promised; else an even share."""
    live = [each for each in contract.titulaires if each.left_on is None or each.left_on > day]
    for titulaire in live:
        if titulaire.hours is not None:
            yield titulaire, titulaire.hours
        elif titulaire.part is not None:
            yield titulaire, hours * titulaire.part / _WHOLE
        else:
            yield titulaire, hours / len(live)


def _months(contract: Contract) -> int | None:
    if contract.duration_months or contract.ends_on is None:
        return contract.duration_months
    return round((contract.ends_on - contract.notified_on).days * 12 / 365)
