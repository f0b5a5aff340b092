"""What is known of the people of a month: for who checks it, and for the acts that must not count anyone twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Contract
from portal.declarations import rules
from portal.declarations.models import (
    Declaration,
    Deposit,
    DepositLine,
    Eligibility,
    Likeness,
    Line,
    Participant,
    Person,
    SamePerson,
)
from portal.declarations.queries.reach import checked_contracts, is_counted
from portal.directory.models import HeldKind, Organisation
from portal.kernel.actor import Actor
from portal.vocabulary import DeclarationState, EligibilityState, PathPrescripteur, Public


@dataclass(frozen=True)
class KnownEligibility:
    """What is known of a person for a buyer: for the facilitateur only."""

    state: EligibilityState
    criterion: Public | None = None
    prescripteur: PathPrescripteur | None = None
    proof_seen_on: date | None = None
    attested_on: date | None = None


def knows_matricule(session: Session, actor: Actor, matricule: str) -> bool:
    """Whether the organisation one acts for has already given this number to somebody."""
    mine = Participant.organisation_id == actor.organisation_id
    return session.scalar(select(Participant.id).where(mine, Participant.matricule == matricule)) is not None


def eligibility_of(session: Session, declaration: Declaration) -> Mapping[int, KnownEligibility]:
    """By person id: what would hold if the facilitateur decided nothing now."""
    people = {line.participant.person_id for line in declaration.lines}
    known = select(Eligibility).where(
        Eligibility.buyer_id == declaration.contract.buyer_id, Eligibility.person_id.in_(people)
    )
    rows = {row.person_id: row for row in session.scalars(known)}
    presumed = presumed_people(session, declaration)
    return {person_id: _known(rows.get(person_id), presumed=person_id in presumed) for person_id in people}


def _known(row: Eligibility | None, *, presumed: bool) -> KnownEligibility:
    if row is None:
        return KnownEligibility(rules.eligibility(None, None, presumed=presumed))
    state = rules.eligibility(None, row.state, presumed=presumed)
    return KnownEligibility(state, row.criterion, row.prescripteur, row.proof_seen_on, row.attested_on)


def presumed_people(session: Session, declaration: Declaration) -> frozenset[int]:
    """The ids of the people of the month who are presumed eligible: whoever employs them, who is the declarant unless
    the line was entrusted, was such a structure on the first or the last day of the month (CCAG, 16.1).

    Hours of somebody whom a structure only expected, or does not hand, are those of who declares them.
    """
    month, declarant = declaration.month, declaration.organisation_id
    told = [line for line in declaration.counted_lines if rules.tells_something(line)]
    people = {line.participant.person_id for line in told}
    lines = [*told, *(line for line in declaration.lines if line.participant.person_id not in people)]
    employers = {line.employer_id or declarant for line in lines}
    held_on = (
        and_(HeldKind.valid_from <= day, or_(HeldKind.valid_to.is_(None), HeldKind.valid_to >= day))
        for day in (month.first_day, month.last_day)
    )
    presuming = select(HeldKind.organisation_id).where(
        HeldKind.organisation_id.in_(employers), HeldKind.kind.in_(rules.PRESUMING), or_(*held_on)
    )
    found = set(session.scalars(presuming))
    return frozenset(line.participant.person_id for line in lines if (line.employer_id or declarant) in found)


def also_declared(session: Session, declaration: Declaration) -> Mapping[int, Sequence[Organisation]]:
    """By participant id: who else has filed hours of the same person, in the same contract and month.

    For the facilitateur; a declarant is told that somebody did, never who.
    """
    mine, theirs = aliased(Participant), aliased(Participant)
    their_line = aliased(Line)
    rows = session.execute(
        select(mine.id, Organisation)
        .join(Line, Line.participant_id == mine.id)
        .join(theirs, theirs.person_id == mine.person_id)
        .join(their_line, their_line.participant_id == theirs.id)
        .join(Declaration, Declaration.id == their_line.declaration_id)
        .join(Organisation, Organisation.id == Declaration.organisation_id)
        .where(
            Line.declaration_id == declaration.id,
            Line.hours > 0,
            their_line.hours > 0,
            is_counted(),
            is_counted(their_line),
            Declaration.contract_id == declaration.contract_id,
            Declaration.month == declaration.month,
            Declaration.organisation_id != declaration.organisation_id,
            Declaration.state.in_({DeclarationState.DEPOSITED, DeclarationState.ACCEPTED}),
        )
        .order_by(Organisation.sort_name, Organisation.id)
    )
    found: dict[int, list[Organisation]] = {}
    for participant_id, organisation in rows:
        found.setdefault(participant_id, []).append(organisation)
    return found


@dataclass(frozen=True)
class NearMatch:
    """A person of the month who may be somebody already known to the same buyer, written otherwise."""

    participant: Participant
    other_matricule: str | None
    """None when nobody whom one checks declares them."""
    other_declarant: str
    sounds_alike: bool
    """Otherwise the birth date is the same but for day and month."""


def near_matches(session: Session, actor: Actor, declaration: Declaration) -> Sequence[NearMatch]:
    """People never merged alone: for the facilitateur to look at, within one buyer, until somebody answers."""
    mine, me = aliased(Participant), aliased(Person)
    theirs, them = aliased(Participant), aliased(Person)
    sides = (mine, me, theirs, them)
    alike = _near(actor, declaration, sides, them.phonetic == me.phonetic, sounds_alike=True)
    swapped = _near(actor, declaration, sides, them.swapped == me.swapped, sounds_alike=False)
    rows = session.execute(union_all(alike, swapped))
    known = {line.participant_id: line.participant for line in declaration.lines}
    found = [NearMatch(known[participant_id], *told) for participant_id, *told in rows]
    return sorted(found, key=lambda match: (match.participant.id, match.other_declarant, match.other_matricule or ""))


def _near(
    actor: Actor, declaration: Declaration, sides: tuple[Any, ...], same: ColumnElement[bool], *, sounds_alike: bool
) -> Select[Any]:
    mine, me, theirs, them = sides
    deposited = exists().where(
        DepositLine.participant_id == theirs.id,
        Deposit.id == DepositLine.deposit_id,
        Declaration.id == Deposit.declaration_id,
        Contract.id == Declaration.contract_id,
        Contract.buyer_id == declaration.contract.buyer_id,
    )
    matricule = case((deposited.where(Contract.id.in_(checked_contracts(actor))), theirs.matricule))
    return (
        select(mine.id, matricule, Organisation.shown_name, literal(sounds_alike))
        .join(Line, Line.participant_id == mine.id)
        .join(me, me.id == mine.person_id)
        .join(them, same)
        .join(theirs, theirs.person_id == them.id)
        .join(Organisation, Organisation.id == theirs.organisation_id)
        .where(Line.declaration_id == declaration.id, them.id != me.id, deposited)
        .where(is_unanswered(literal(declaration.contract.buyer_id), me.id, them.id))
    )


def is_unanswered(buyer_id: ColumnElement[int], one: Any, other: Any) -> ColumnElement[bool]:
    """Whether nobody has said yet, for the buyer, if two persons are one; nor through others who are one with both."""
    low, high = case((one < other, one), else_=other), case((one < other, other), else_=one)
    answered = exists().where(Likeness.buyer_id == buyer_id, Likeness.low_id == low, Likeness.high_id == high)
    return and_(~answered, counted_as(buyer_id, one) != counted_as(buyer_id, other))


def counted_as(buyer_id: ColumnElement[int], person_id: Any) -> ColumnElement[int]:
    """Whom a person counts as, for a buyer."""
    same = aliased(SamePerson)
    oldest = select(same.counted_as_id).where(same.buyer_id == buyer_id, same.person_id == person_id)
    return func.coalesce(oldest.scalar_subquery(), person_id)
