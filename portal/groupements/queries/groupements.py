"""Groupements out of the database, for whom they exist: who is nothing to one finds no trace of it (policies.Place)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from portal.directory.models import Organisation
from portal.forecast.models import Lot, Project
from portal.groupements import policies, rules, translation
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Agreement, Groupement, GroupementLot, Member
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import NotFound
from portal.kernel.paging import last_page, page_within
from portal.vocabulary import GroupementState, MemberState

RUNNING = frozenset({GroupementState.FORMING, GroupementState.SEALED, GroupementState.FILED})
PAGE = 20
_SHOWN_ON_LOT = 20


def whole(*, with_kinds: bool = False) -> Select[Groupement]:
    """Groupements with their lots and members, in a fixed number of statements."""
    return select(Groupement).options(
        joinedload(Groupement.project).options(
            joinedload(Project.buyer).options(*_BARE),
            selectinload(Project.all_lots).options(lazyload(Lot.communes), lazyload(Lot.levers)),
        ),
        joinedload(Groupement.network).options(*_BARE),
        joinedload(Groupement.opened_by).options(*_BARE),
        selectinload(Groupement.lots).options(lazyload(Lot.communes), joinedload(Lot.project)),
        selectinload(Groupement.members).joinedload(Member.organisation).options(*(_FIT if with_kinds else _BARE)),
    )


_BARE = (lazyload(Organisation.offered), lazyload(Organisation.served))
_FIT = (*_BARE, selectinload(Organisation.kinds))


def visible(session: Session, actor: Actor, public_id: str, now: datetime) -> Groupement:
    """A groupement that is something to the actor. Raises NotFound."""
    found = session.scalar(whole(with_kinds=True).where(Groupement.public_id == public_id))
    if found is None or policies.place_of(actor, found, now) is None:
        raise NotFound
    return found


def by_id(session: Session, groupement_id: int) -> Groupement:
    """For the portal itself: its jobs and its mails."""
    return session.scalars(whole().where(Groupement.id == groupement_id)).one()


def inside(session: Session, actor: Actor, public_id: str, now: datetime) -> Groupement:
    """One whose room is open to the actor: a member, or whoever holds the pen. Raises NotFound."""
    return _placed(session, actor, public_id, now, policies.Place.LEADER, policies.Place.MEMBER)


def led(session: Session, actor: Actor, public_id: str, now: datetime) -> Groupement:
    """One that the actor holds the pen of. Raises NotFound."""
    return _placed(session, actor, public_id, now, policies.Place.LEADER)


def invited_to(session: Session, actor: Actor, public_id: str, now: datetime) -> Groupement:
    """One that waits for the actor's answer. Raises NotFound, once the invitation has expired too."""
    return _placed(session, actor, public_id, now, policies.Place.INVITED)


def _placed(session: Session, actor: Actor, public_id: str, now: datetime, *places: policies.Place) -> Groupement:
    found = visible(session, actor, public_id, now)
    if policies.place_of(actor, found, now) not in places:
        raise NotFound
    return found


def joinable(session: Session, actor: Actor, public_id: str) -> Groupement:
    """One that looks for members and that the actor's organisation is not in. Raises NotFound."""
    found = session.scalar(whole().where(Groupement.public_id == public_id, _LOOKS_FOR_MEMBERS))
    member = found and policies.member_of(found, actor.organisation_id)
    if found is None or found.network_id == actor.organisation_id or (member and member.state in _IN_OR_AWAITED):
        raise NotFound
    return found


_IN_OR_AWAITED = ACTIVE | {MemberState.ASKING}
_LOOKS_FOR_MEMBERS: ColumnElement[bool] = (Groupement.state == GroupementState.FORMING) & Groupement.open_to_requests


def awardable(session: Session, actor: Actor, public_id: str) -> Groupement:
    """A candidacy filed with the buyer that the actor awards for. Raises NotFound."""
    found = session.scalar(whole().where(Groupement.public_id == public_id))
    if found is None or found.state not in rules.KNOWN_TO_BUYER or not policies.can_award(actor, found):
        raise NotFound
    return found


def asked_agreement(session: Session, groupement: Groupement) -> Agreement | None:
    """The agreement that is asked, or was sealed, with its acceptances."""
    if groupement.asked_number is None:
        return None
    return agreement_numbered(session, groupement, groupement.asked_number)


def agreement_numbered(session: Session, groupement: Groupement, number: int) -> Agreement | None:
    numbered = (Agreement.groupement_id == groupement.id, Agreement.number == number)
    return session.scalar(select(Agreement).where(*numbered).options(selectinload(Agreement.acceptances)))


# Lists


def of_actor(actor: Actor) -> Select[Groupement]:
    """Every groupement that the actor's organisation leads, is in, was invited to or asked to join."""
    if actor is SYSTEM:
        return select(Groupement)
    mine = select(Member.groupement_id).where(Member.organisation_id == actor.organisation_id)
    return select(Groupement).where(
        or_(Groupement.network_id == actor.organisation_id, Groupement.id.in_(mine.scalar_subquery()))
    )


@dataclass(frozen=True)
class Page:
    groupements: Sequence[Groupement]
    total: int
    number: int

    @property
    def last(self) -> int:
        return last_page(self.total, PAGE)


def page_of(session: Session, actor: Actor, number: int) -> Page:
    """Those that run first, then the others, the latest first."""
    mine = of_actor(actor).with_only_columns(Groupement.id).scalar_subquery()
    total = session.scalar(select(func.count()).select_from(Groupement).where(Groupement.id.in_(mine))) or 0
    number = page_within(number, total, PAGE)
    ended = case((Groupement.state.in_(RUNNING), 0), else_=1)
    page = whole().where(Groupement.id.in_(mine)).order_by(ended, Groupement.created_at.desc(), Groupement.id.desc())
    return Page(session.scalars(page.offset((number - 1) * PAGE).limit(PAGE)).all(), total, number)


@dataclass(frozen=True)
class OnLot:
    """What one organisation sees of who prepares to answer a lot together."""

    mine: Sequence[Groupement]
    open: Sequence[Groupement]


def on_lot(session: Session, lot_id: int, actor: Actor) -> OnLot:
    """Those of the actor on this lot, and those open to requests: two or four statements."""
    there = select(GroupementLot.groupement_id).where(GroupementLot.lot_id == lot_id).scalar_subquery()
    mine = of_actor(actor).with_only_columns(Groupement.id).scalar_subquery()
    shown = whole().where(
        Groupement.id.in_(there), Groupement.state.in_(RUNNING), or_(Groupement.id.in_(mine), _LOOKS_FOR_MEMBERS)
    )
    own_first = case((Groupement.id.in_(mine), 0), else_=1)
    found = session.scalars(shown.order_by(own_first, Groupement.created_at, Groupement.id).limit(_SHOWN_ON_LOT)).all()
    own = [each for each in found if _concerns(each, actor)]
    return OnLot(own, [each for each in found if each not in own])


def _concerns(groupement: Groupement, actor: Actor) -> bool:
    return groupement.network_id == actor.organisation_id or bool(policies.member_of(groupement, actor.organisation_id))


def filed_on(session: Session, lot_id: int) -> Sequence[Groupement]:
    """The candidacies filed on a lot, for its buyer."""
    there = select(GroupementLot.groupement_id).where(GroupementLot.lot_id == lot_id).scalar_subquery()
    filed = whole().where(Groupement.id.in_(there), Groupement.state.in_(rules.KNOWN_TO_BUYER))
    return session.scalars(filed.order_by(Groupement.filed_at, Groupement.id)).all()


def is_awaited(groupement: Groupement, member: Member, now: datetime) -> bool:
    """Whether an invitation still waits for its answer."""
    awaited = member.state is MemberState.INVITED and not rules.has_expired(member.expires_at, now)
    return awaited and groupement.state is GroupementState.FORMING


def ending_invitations(session: Session, now: datetime) -> list[tuple[int, int]]:
    """Groupement and member of each invitation that still waits, and ends within `rules.REMINDED_BEFORE`."""
    rows = session.execute(
        select(Member.groupement_id, Member.id)
        .join(Groupement, Groupement.id == Member.groupement_id)
        .where(
            Member.state == MemberState.INVITED,
            Member.expires_at > now,
            Member.expires_at <= now + rules.REMINDED_BEFORE,
            Groupement.state == GroupementState.FORMING,
        )
        .order_by(Member.id)
    )
    return [(groupement_id, member_id) for groupement_id, member_id in rows]


def to_close(session: Session) -> Sequence[Groupement]:
    """Those that still run while their consultations are over, or their project given up."""
    runs = whole().where(Groupement.state.in_(RUNNING)).order_by(Groupement.project_id, Groupement.id)
    return [each for each in session.scalars(runs) if translation.is_over(each)]
