"""Persons who may be one, within the buyers that one checks: what is known of each, without a name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select, union, union_all
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Contract
from portal.declarations import rules
from portal.declarations.models import Declaration, Deposit, DepositLine, Likeness, Line, Participant, Path, Person
from portal.declarations.queries.people import is_unanswered
from portal.declarations.queries.reach import bought_by_whom_one_checks, checked_contracts
from portal.declarations.rules import Pair
from portal.directory.models import Organisation
from portal.directory.queries import names_of
from portal.kernel.actor import Actor
from portal.kernel.month import Month
from portal.vocabulary import AgeBand, DeclarationState, LikenessAnswer, Sex

LIKENESSES_A_PAGE = 20
_AGES = tuple(AgeBand)
_AGE_RANK = case({age: rank for rank, age in enumerate(_AGES)}, value=DepositLine.age_band)


@dataclass(frozen=True)
class Side:
    """What is known of one of both with one declarant."""

    declarant: str
    matricule: str | None
    """None for a contract that one does not check, or once anonymised."""
    first: Month
    last: Month
    age_band: AgeBand | None


@dataclass(frozen=True)
class Resemblance:
    """Two persons of one buyer who may be one."""

    buyer_id: int
    buyer: str
    pair: Pair
    sounds_alike: bool
    """Otherwise the birth date is the same but for day and month."""
    sexes: tuple[Sex | None, Sex | None]
    sides: tuple[Sequence[Side], Sequence[Side]]
    answer: LikenessAnswer | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


def count_open(session: Session, actor: Actor) -> int:
    """How many pairs wait for an answer."""
    return session.scalar(select(func.count()).select_from(_open(actor).subquery())) or 0


def open_resemblances(session: Session, actor: Actor, page: int) -> Sequence[Resemblance]:
    """Pairs that nobody has answered, in a steady order, a page at a time."""
    pairs = _open(actor).subquery()
    ordered = select(pairs).order_by(pairs.c.buyer_id, pairs.c.low, pairs.c.high)
    rows = session.execute(_paged(ordered, page)).all()
    return _told(session, actor, [_Found(*row) for row in rows])


def count_answered(session: Session, actor: Actor) -> int:
    return session.scalar(_answered(actor).with_only_columns(func.count(Likeness.id))) or 0


def answered_resemblances(session: Session, actor: Actor, page: int) -> Sequence[Resemblance]:
    """Pairs that were answered, the last one first."""
    low, high = aliased(Person), aliased(Person)
    told = (
        _answered(actor)
        .join(low, low.id == Likeness.low_id)
        .join(high, high.id == Likeness.high_id)
        .with_only_columns(Likeness.buyer_id, Likeness.low_id, Likeness.high_id, low.phonetic == high.phonetic)
        .add_columns(Likeness.answer, Likeness.decided_by_label, Likeness.decided_at)
        .order_by(Likeness.decided_at.desc(), Likeness.id.desc())
    )
    return _told(session, actor, [_Found(*row) for row in session.execute(_paged(told, page))])


def is_pair_of(session: Session, actor: Actor, buyer_id: int, pair: Pair) -> bool:
    """Whether both are known to a buyer whose contracts one checks, and look alike or were said to."""
    low, high = aliased(Person), aliased(Person)
    alike = or_(low.phonetic == high.phonetic, low.swapped == high.swapped)
    found = select(low.id).where(low.id == pair[0], high.id == pair[1], low.id < high.id, alike)
    reached = literal(buyer_id).in_(bought_by_whom_one_checks(actor))
    return (
        session.scalar(found.where(reached, *(_known_to(literal(buyer_id), each.id) for each in (low, high))))
        is not None
    )


@dataclass(frozen=True)
class _Found:
    buyer_id: int
    low: int
    high: int
    sounds_alike: bool
    answer: LikenessAnswer | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


def _open(actor: Actor) -> Select[Any]:
    """Starts from the people of the buyers in reach, by their paths and the months to check, which are few beside the
    lines of all years; then goes by the indexes of the prints."""
    buyers = bought_by_whom_one_checks(actor)
    accepted = select(Contract.buyer_id, Path.person_id).join(Path, Path.contract_id == Contract.id)
    deposited = (
        select(Contract.buyer_id, Participant.person_id)
        .join(Declaration, Declaration.contract_id == Contract.id)
        .join(Line, Line.declaration_id == Declaration.id)
        .join(Participant, Participant.id == Line.participant_id)
        .where(Declaration.state == DeclarationState.DEPOSITED)
    )
    people = union(*(each.where(Contract.buyer_id.in_(buyers)) for each in (accepted, deposited))).subquery()
    prints = (Person.id, Person.phonetic, Person.swapped)
    me = select(people.c.buyer_id, *prints).join(Person, Person.id == people.c.person_id).cte()
    them = aliased(Person)
    sorts = ((them.phonetic == me.c.phonetic, True), (them.swapped == me.c.swapped, False))
    pairs = [
        select(me.c.buyer_id, me.c.id.label("low"), them.id.label("high"), literal(sounds_alike).label("sounds_alike"))
        .join(them, and_(alike, them.id > me.c.id))
        .where(_known_to(me.c.buyer_id, them.id), is_unanswered(me.c.buyer_id, me.c.id, them.id))
        for alike, sounds_alike in sorts
    ]
    return select(union_all(*pairs).subquery())


def _answered(actor: Actor) -> Select[Any]:
    return select(Likeness).where(Likeness.buyer_id.in_(bought_by_whom_one_checks(actor)))


def _known_to(buyer_id: Any, person_id: Any) -> ColumnElement[bool]:
    """Whether hours or an exit of a person were ever deposited for a buyer."""
    return (
        exists()
        .where(Participant.person_id == person_id, DepositLine.participant_id == Participant.id)
        .where(Deposit.id == DepositLine.deposit_id, Declaration.id == Deposit.declaration_id)
        .where(Contract.id == Declaration.contract_id, Contract.buyer_id == buyer_id)
    )


def _told(session: Session, actor: Actor, found: Sequence[_Found]) -> list[Resemblance]:
    """With what is known of each: three statements more, whatever the number of pairs."""
    people = {person for each in found for person in (each.low, each.high)}
    buyers = {each.buyer_id for each in found}
    sexes = dict(session.execute(select(Person.id, Person.sex).where(Person.id.in_(people))).all())
    names = names_of(session, buyers)
    sides = _sides(session, actor, people, buyers)
    return [
        Resemblance(
            each.buyer_id,
            names[each.buyer_id],
            rules.pair_of(each.low, each.high),
            each.sounds_alike,
            (sexes[each.low], sexes[each.high]),
            (sides.get((each.buyer_id, each.low), []), sides.get((each.buyer_id, each.high), [])),
            each.answer,
            each.decided_by,
            each.decided_at,
        )
        for each in found
    ]


def _sides(session: Session, actor: Actor, people: set[int], buyers: set[int]) -> Mapping[tuple[int, int], list[Side]]:
    """By buyer and person, what each declarant deposited of them."""
    checked = func.max(case((Contract.id.in_(checked_contracts(actor)), 1), else_=0))
    rows = session.execute(
        select(
            Contract.buyer_id,
            Participant.person_id,
            Organisation.shown_name,
            Participant.matricule,
            checked,
            func.min(Declaration.month),
            func.max(Declaration.month),
            func.max(_AGE_RANK),
        )
        .join(Declaration, Declaration.contract_id == Contract.id)
        .join(Deposit, Deposit.declaration_id == Declaration.id)
        .join(DepositLine, DepositLine.deposit_id == Deposit.id)
        .join(Participant, Participant.id == DepositLine.participant_id)
        .join(Organisation, Organisation.id == Participant.organisation_id)
        .where(Contract.buyer_id.in_(buyers), Participant.person_id.in_(people))
        .group_by(Contract.buyer_id, Participant.id, Participant.person_id, Organisation.id, Participant.matricule)
        .order_by(Organisation.sort_name, Participant.id)
    )
    sides: dict[tuple[int, int], list[Side]] = {}
    for buyer_id, person_id, declarant, matricule, is_checked, first, last, age in rows:
        band = None if age is None else _AGES[age]
        told = Side(declarant, matricule if is_checked else None, first, last, band)
        sides.setdefault((buyer_id, person_id), []).append(told)
    return sides


def _paged(rows: Select[Any], page: int) -> Select[Any]:
    return rows.limit(LIKENESSES_A_PAGE).offset(LIKENESSES_A_PAGE * (page - 1))
