"""Lines entrusted to employers: the parts of a month, for who fills them and for who deposits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, false, func, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from portal.contracts.models import Contract
from portal.contracts.queries import MOST_OFFERED
from portal.declarations import policies, rules
from portal.declarations.models import Declaration, DelegatedPart, Delegation, Deposit, DepositLine, Line, Participant
from portal.declarations.queries.doubts import doubts_against
from portal.declarations.rules import Doubt
from portal.directory.models import Organisation, organisation_search
from portal.directory.queries import being
from portal.directory.queries.listing import with_whole_numbers
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.vocabulary import DeclarationState, PartState, Permission

_SHOWN_FIRST = 5
_NAMES_ONLY = (lazyload(Organisation.offered), lazyload(Organisation.served))


def part_of(session: Session, actor: Actor, reference: str) -> DelegatedPart:
    """The part that the actor's organisation fills in a month; NotFound for anyone else, the declarant included.

    Nothing of the month is loaded beside: not the other lines, not the deposits.
    """
    part = session.scalar(
        with_month(select(DelegatedPart).join(DelegatedPart.declaration))
        .where(Declaration.reference == reference, DelegatedPart.employer_id == actor.organisation_id)
        .options(
            selectinload(DelegatedPart.lines).joinedload(Line.participant).joinedload(Participant.person),
            joinedload(DelegatedPart.declaration).joinedload(Declaration.contract).selectinload(Contract.followers),
        )
    )
    if part is None or not policies.can_fill(actor, part):
        raise NotFound
    return part


def part_in(session: Session, declaration: Declaration, part_id: int) -> DelegatedPart:
    """One of the parts of a declarant's month; NotFound otherwise."""
    for part in parts_of(session, declaration):
        if part.id == part_id:
            return part
    raise NotFound


def parts_of(session: Session, declaration: Declaration) -> Sequence[DelegatedPart]:
    """The parts of a month with the names of their employers, in the order of names."""
    parts = select(DelegatedPart).join(DelegatedPart.employer).where(DelegatedPart.declaration_id == declaration.id)
    named = parts.options(joinedload(DelegatedPart.employer).options(*_NAMES_ONLY))
    return session.scalars(named.order_by(Organisation.sort_name, DelegatedPart.id)).all()


def line_in_part(part: DelegatedPart, line_id: int) -> Line:
    """One of its lines; NotFound otherwise."""
    for line in part.lines:
        if line.id == line_id:
            return line
    raise NotFound


def remarks_on(session: Session, part: DelegatedPart) -> Mapping[int, str]:
    """By participant id: what the facilitateur said of the employer's lines in the last deposit, once sent back."""
    if part.declaration.state is not DeclarationState.RETURNED:
        return {}
    last = select(func.max(Deposit.id)).where(Deposit.declaration_id == part.declaration_id).scalar_subquery()
    said = select(DepositLine.participant_id, DepositLine.remark).where(
        DepositLine.deposit_id == last, DepositLine.employer_id == part.employer_id, DepositLine.remark.is_not(None)
    )
    return {participant_id: str(remark) for participant_id, remark in session.execute(said)}


def hours_before_in_part(session: Session, part: DelegatedPart) -> Mapping[int, Decimal]:
    """By person id: the hours of an employer's own lines in the month before; those of the others are not theirs."""
    hours = func.sum(Line.hours)
    before = (
        select(Participant.person_id, hours)
        .join(Line, Line.participant_id == Participant.id)
        .join(Declaration, Declaration.id == Line.declaration_id)
        .where(
            Declaration.contract_id == part.declaration.contract_id,
            Declaration.organisation_id == part.declaration.organisation_id,
            Declaration.month == part.declaration.month + -1,
            Line.employer_id == part.employer_id,
            Line.hours > 0,
        )
        .group_by(Participant.person_id)
    )
    return dict(session.execute(before).all())


def doubts_of_part(before: Mapping[int, Decimal], part: DelegatedPart) -> Sequence[Doubt]:
    """What deserves an explanation of an employer's lines, against `hours_before_in_part`."""
    found = doubts_against(before, part.declaration, part.lines)
    return [doubt for doubt in found if doubt.line_id is not None]


def own_parts(actor: Actor) -> Select[DelegatedPart]:
    """The parts of the organisation one files for, in no order, joined to their months."""
    mine = actor.organisation_id is not None and actor.may(Permission.DECLARATION_FILE)
    whose = DelegatedPart.employer_id == actor.organisation_id if mine else false()
    return select(DelegatedPart).join(DelegatedPart.declaration).where(whose)


def to_fill(actor: Actor) -> Select[DelegatedPart]:
    """Those still to be handed: `policies.is_to_fill`, in SQL."""
    return own_parts(actor).where(_is_open())


def _is_open() -> ColumnElement[bool]:
    return and_(DelegatedPart.state == PartState.OPEN, Declaration.state.in_(DeclarationState.awaited()))


@dataclass(frozen=True)
class WaitingParts:
    """What an employer has to fill: how many, and the first ones due."""

    total: int
    first: Sequence[DelegatedPart]


def waiting_to_fill(session: Session, actor: Actor) -> WaitingParts:
    waiting = to_fill(actor)
    total = session.scalar(waiting.with_only_columns(func.count())) or 0
    first = with_month(waiting).order_by(Declaration.due_on, DelegatedPart.id).limit(_SHOWN_FIRST)
    return WaitingParts(total, session.scalars(first).all() if total else [])


def with_month(parts: Select[DelegatedPart]) -> Select[DelegatedPart]:
    """With what an employer may know of the month: contract, buyer, declarant."""
    month = joinedload(DelegatedPart.declaration)
    return parts.options(
        month.joinedload(Declaration.contract).joinedload(Contract.buyer).options(*_NAMES_ONLY),
        month.joinedload(Declaration.organisation).options(*_NAMES_ONLY),
        joinedload(DelegatedPart.employer).options(*_NAMES_ONLY),
    )


# Delegations


def delegations_of(session: Session, actor: Actor, contract: Contract) -> Sequence[Delegation]:
    """To whom the actor's organisation entrusts lines of a contract now, in the order of names; nothing for others."""
    if not policies.can_entrust(actor, contract):
        return []
    live = (
        Delegation.contract_id == contract.id,
        Delegation.organisation_id == actor.organisation_id,
        Delegation.until.is_(None),
    )
    named = select(Delegation).join(Delegation.employer).where(*live)
    named = named.options(joinedload(Delegation.employer).options(*_NAMES_ONLY))
    return session.scalars(named.order_by(Organisation.sort_name, Delegation.id)).all()


def delegation_of(session: Session, actor: Actor, contract: Contract, delegation_id: int) -> Delegation:
    """One of them; NotFound otherwise."""
    for delegation in delegations_of(session, actor, contract):
        if delegation.id == delegation_id:
            return delegation
    raise NotFound


def employers_called(session: Session, words: str, day: date, *, but: int | None) -> Sequence[Organisation]:
    """The first structures that employ, found by name, city or SIRET; never `but`, the one that entrusts."""
    matching = organisation_search.ids_matching(with_whole_numbers(words), prefix=True)
    if matching is None:
        return []
    found = select(Organisation).where(
        Organisation.id.in_(matching), being(rules.EMPLOYING, day), Organisation.id != but
    )
    in_order = found.options(selectinload(Organisation.kinds)).order_by(Organisation.sort_name, Organisation.siret)
    return session.scalars(in_order.limit(MOST_OFFERED)).all()


# The same hours, once


def told_twice(lines: Iterable[Line]) -> Mapping[int, Sequence[Line]]:
    """By person id: the lines with hours of whoever stands more than once in what is deposited, by two employers."""
    of_person: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.hours:
            of_person[line.participant.person_id].append(line)
    return {person_id: those for person_id, those in of_person.items() if len(those) > 1}
