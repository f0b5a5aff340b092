"""A change that the buyer allowed, carried out on a locked groupement: the part moves, and the seat with it."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.groupements import policies
from portal.groupements.changes import rules
from portal.groupements.facts import Share
from portal.groupements.models import CompositionChange, Groupement, Member
from portal.groupements.services.agreements import give_seats_back, take_seats
from portal.groupements.services.forming import give
from portal.vocabulary import MemberRole, MemberState


def carry_out(session: Session, change: CompositionChange, now: datetime) -> None:
    """The leaver leaves; who comes in has its part, or a member has it besides its own."""
    groupement, leaver = change.groupement, change.member
    heir, share = _heir(change, now), rules.together(_share_of(change.taker), _share_of(leaver))
    session.flush()
    give(leaver, Share())
    give(heir, share)
    leaver.state, leaver.answered_at, leaver.reason = MemberState.LEFT, now, _why(change)
    for task in groupement.tasks:
        if task.member_id == leaver.id:
            task.member_id = heir.id
    if leaver.role is MemberRole.MANDATAIRE:
        _hand_over(session, groupement, leaver, heir, now)
    session.flush()


def _share_of(member: Member | None) -> Share:
    if member is None:
        return Share()
    communes = tuple(sorted(place.commune_code for place in member.communes))
    return Share(member.part, member.hours, member.tasks, member.amount, communes)


def _heir(change: CompositionChange, now: datetime) -> Member:
    """The taker; or the newcomer, in the one row that it has in a groupement for ever."""
    if change.taker is not None:
        return change.taker
    if change.successor is None:
        raise ValueError("a change names who carries the part on")
    member = _row_of(change.groupement, change.successor)
    member.state, member.role = MemberState.JOINED, MemberRole.COTRAITANT
    member.message, member.reason, member.expires_at = None, None, None
    member.asked_at = member.answered_at = now
    return member


def _row_of(groupement: Groupement, organisation: Organisation) -> Member:
    known = policies.member_of(groupement, organisation.id)
    if known is None:
        known = Member(organisation=organisation)
        groupement.members.append(known)
    return known


def _hand_over(session: Session, groupement: Groupement, leaver: Member, heir: Member, now: datetime) -> None:
    """R2142-23, R2142-24: who carries the mandataire's part is mandataire, and sits in its seats, if they are free."""
    leaver.role = MemberRole.COTRAITANT
    session.flush()
    heir.role = MemberRole.MANDATAIRE
    give_seats_back(session, groupement)
    take_seats(session, groupement, now)


def _why(change: CompositionChange) -> str:
    return f"{change.ground.label}, avec l’accord de l’acheteur (R2142-26)."
