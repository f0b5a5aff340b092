"""The deposited months that one checks, with what is worth a look in each: a fixed number of statements for all."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, exists, func, or_, select, tuple_, union
from sqlalchemy.orm import Session, aliased, joinedload, lazyload, selectinload

from portal.contracts.models import Contract
from portal.declarations import rules
from portal.declarations.models import Declaration, Deposit, DepositLine, Eligibility, Line, Participant, Person
from portal.declarations.queries.doubts import doubts_against
from portal.declarations.queries.months import to_check
from portal.declarations.queries.people import is_unanswered
from portal.declarations.queries.reach import is_counted
from portal.declarations.rules.together import Findings
from portal.directory.models import HeldKind, Organisation
from portal.kernel.actor import Actor
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState, EligibilityState

TOGETHER_A_PAGE = 50
_NAMES_ONLY = (lazyload(Organisation.offered), lazyload(Organisation.served))


@dataclass(frozen=True)
class Standing:
    """One month with its last deposit, and what is worth a look in it."""

    declaration: Declaration
    deposit: Deposit
    findings: Findings


def count_to_accept(session: Session, actor: Actor) -> int:
    """Of the oldest deposited months, a page of them, those of which there is nothing to say."""
    return sum(not each.findings.reasons for each in to_accept(session, actor, 1))


def to_accept(session: Session, actor: Actor, page: int) -> Sequence[Standing]:
    """A page of the deposited months that one checks, those that have waited longest first."""
    latest = select(func.max(Deposit.at)).where(Deposit.declaration_id == Declaration.id).scalar_subquery()
    months = to_check(actor).order_by(latest, Declaration.id).limit(TOGETHER_A_PAGE)
    return standings_of(session, session.scalars(_named(months).offset((page - 1) * TOGETHER_A_PAGE)).all())


def named_months(session: Session, months: Select[Declaration]) -> Sequence[Declaration]:
    """Months with their contract, buyer and declarant."""
    return session.scalars(_named(months)).all()


def standings_of(session: Session, months: Sequence[Declaration]) -> Sequence[Standing]:
    """What is worth a look in each of these months; those never deposited are left out."""
    deposits = _last_deposits(session, months)
    filed = [month for month in months if month.id in deposits]
    before, states = _hours_before(session, filed), _eligibility(session, filed, deposits)
    ids = [month.id for month in filed]
    alike, shared = set(session.scalars(_alike(ids))), set(session.scalars(_shared(ids)))
    return [
        Standing(month, deposits[month.id], _findings(month, deposits[month.id], before, states, alike, shared))
        for month in filed
    ]


def _named(months: Select[Declaration]) -> Select[Declaration]:
    return months.options(
        joinedload(Declaration.contract).joinedload(Contract.buyer).options(*_NAMES_ONLY),
        joinedload(Declaration.organisation).options(*_NAMES_ONLY),
    )


def _last_deposits(session: Session, months: Collection[Declaration]) -> dict[int, Deposit]:
    last = select(func.max(Deposit.id)).where(Deposit.declaration_id.in_([month.id for month in months]))
    lines = selectinload(Deposit.lines).joinedload(DepositLine.participant).joinedload(Participant.person)
    made = session.scalars(select(Deposit).where(Deposit.id.in_(last.group_by(Deposit.declaration_id))).options(lines))
    return {deposit.declaration_id: deposit for deposit in made}


_Before = Mapping[tuple[int, int, Month], Mapping[int, Decimal]]
_States = Mapping[tuple[int, int], EligibilityState]


def _findings(
    month: Declaration,
    deposit: Deposit,
    before: _Before,
    states: _States,
    alike: Collection[int],
    shared: Collection[int],
) -> Findings:
    contract = month.contract
    terms = rules.Terms(contract.counts_training, contract.training_cap_percent, contract.counting_months)
    known = {line.id: states[month.id, line.id] for line in deposit.lines}
    was = before.get((month.contract_id, month.organisation_id, month.month + -1), {})
    kept = {line.id: rules.retained(month.month, line, known[line.id], terms).hours for line in deposit.lines}
    open_lines = {line_id for line_id, state in known.items() if state is EligibilityState.TO_CONFIRM}
    return Findings(
        doubts=tuple(doubts_against(was, month, deposit.lines, told=deposit)),
        undecided=len(open_lines),
        cut=sum(kept[line.id] < line.hours for line in deposit.lines if line.id not in open_lines),
        is_alike=month.id in alike,
        is_shared=month.id in shared,
        was_returned=deposit.number > 1,
    )


def _hours_before(session: Session, months: Collection[Declaration]) -> _Before:
    """By contract, declarant and month, then by person: the hours of the last deposit of the month before."""
    wanted = [(month.contract_id, month.organisation_id, month.month + -1) for month in months]
    made = aliased(Deposit)
    last = select(func.max(made.id)).where(made.declaration_id == Declaration.id).scalar_subquery()
    key = (Declaration.contract_id, Declaration.organisation_id, Declaration.month)
    rows = session.execute(
        select(*key, Participant.person_id, func.sum(DepositLine.hours))
        .select_from(Declaration)
        .join(Deposit, Deposit.id == last)
        .join(DepositLine, DepositLine.deposit_id == Deposit.id)
        .join(Participant, Participant.id == DepositLine.participant_id)
        .where(tuple_(*key).in_(wanted), DepositLine.hours > 0)
        .group_by(*key, Participant.person_id)
    )
    found: dict[tuple[int, int, Month], dict[int, Decimal]] = defaultdict(dict)
    for contract_id, organisation_id, month, person_id, hours in rows:
        found[contract_id, organisation_id, month][person_id] = hours
    return found


def _eligibility(session: Session, months: Collection[Declaration], deposits: Mapping[int, Deposit]) -> _States:
    """By declaration and deposited line: what would hold if nobody decided anything now."""
    lines = [(month, line) for month in months for line in deposits[month.id].lines]
    people = {line.participant.person_id for _, line in lines}
    buyers = {month.contract.buyer_id for month in months if month.contract.buyer_id}
    decided = select(Eligibility.buyer_id, Eligibility.person_id, Eligibility.state).where(
        Eligibility.buyer_id.in_(buyers), Eligibility.person_id.in_(people)
    )
    known = {(buyer_id, person_id): state for buyer_id, person_id, state in session.execute(decided)}
    held = _presuming_kinds(session, {line.employer_id or month.organisation_id for month, line in lines})
    states = {}
    for month, line in lines:
        decision = known.get((month.contract.buyer_id or 0, line.participant.person_id))
        kinds = held[line.employer_id or month.organisation_id]
        presumed = any(_holds(kind, month.month) for kind in kinds)
        states[month.id, line.id] = rules.eligibility(None, decision, presumed=presumed)
    return states


def _presuming_kinds(session: Session, organisations: Collection[int]) -> Mapping[int, Sequence[HeldKind]]:
    kinds = select(HeldKind).where(HeldKind.organisation_id.in_(organisations), HeldKind.kind.in_(rules.PRESUMING))
    held: dict[int, list[HeldKind]] = defaultdict(list)
    for kind in session.scalars(kinds):
        held[kind.organisation_id].append(kind)
    return held


def _holds(kind: HeldKind, month: Month) -> bool:
    """On the first or the last day of the month (CCAG, 16.1)."""
    days = (month.first_day, month.last_day)
    return any(kind.valid_from <= day and (kind.valid_to is None or kind.valid_to >= day) for day in days)


def _shared(months: Collection[int]) -> Select[Any]:
    """Months with somebody whose hours somebody else has filed too, in the same contract and month."""
    month, other, other_line = aliased(Declaration), aliased(Declaration), aliased(Line)
    mine, theirs = aliased(Participant), aliased(Participant)
    return (
        select(month.id)
        .join(Line, Line.declaration_id == month.id)
        .join(mine, mine.id == Line.participant_id)
        .join(theirs, theirs.person_id == mine.person_id)
        .join(other_line, other_line.participant_id == theirs.id)
        .join(other, other.id == other_line.declaration_id)
        .where(
            month.id.in_(months),
            mine.id != theirs.id,
            Line.hours > 0,
            other_line.hours > 0,
            is_counted(),
            is_counted(other_line),
            other.contract_id == month.contract_id,
            other.month == month.month,
            or_(
                other.id == month.id,
                other.state.in_({DeclarationState.DEPOSITED, DeclarationState.ACCEPTED}),
            ),
        )
    )


def _alike(months: Collection[int]) -> Any:
    """Months with somebody who may be another person of the same buyer, of whom nobody has answered."""
    mine, me, theirs, them = aliased(Participant), aliased(Person), aliased(Participant), aliased(Person)
    bought = aliased(Contract)
    told_to_buyer = exists().where(
        DepositLine.participant_id == theirs.id,
        Deposit.id == DepositLine.deposit_id,
        Declaration.id == Deposit.declaration_id,
        Contract.id == Declaration.contract_id,
        Contract.buyer_id == bought.buyer_id,
    )
    month = aliased(Declaration)
    alike = (
        select(month.id)
        .join(bought, bought.id == month.contract_id)
        .join(Line, Line.declaration_id == month.id)
        .join(mine, mine.id == Line.participant_id)
        .join(me, me.id == mine.person_id)
    )
    return union(
        *(
            alike.join(them, same)
            .join(theirs, theirs.person_id == them.id)
            .where(month.id.in_(months), them.id != me.id, told_to_buyer)
            .where(is_unanswered(func.coalesce(bought.buyer_id, 0), me.id, them.id))
            for same in (them.phonetic == me.phonetic, them.swapped == me.swapped)
        )
    )
