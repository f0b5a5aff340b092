"""Who comes in and who leaves: invitations, requests, departures, always with what was said."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.groupements import policies, rules, translation
from portal.groupements.facts import ACTIVE, Offer, Share
from portal.groupements.models import Groupement, Member
from portal.groupements.services import telling
from portal.groupements.services.base import facts, facts_of_member, fall, hold, record
from portal.groupements.services.forming import drop_tasks, give
from portal.groupements.services.telling import Reached, tell
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.vocabulary import Event, MemberRole, MemberState

_WHY_DECLINE = "Dites en une phrase pourquoi : la personne qui demande le lira."


def invite(
    session: Session, groupement: Groupement, organisation: Organisation, offer: Offer, *, actor: Actor, now: datetime
) -> tuple[Member, Reached]:
    """Invite an organisation of the directory, for 14 days, and say whom the mail reaches.

    Who declined, left or let an invitation expire may be invited again. Raises RuleViolation on `siret`.
    """
    hold(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    rules.ensure_forming(groupement.state)
    _ensure_runs(groupement)
    kinds = organisation.kinds_on(clock.paris_date(now))
    rules.ensure_may_be_member(kinds, organisation.id, groupement.project.buyer_id)
    member = _row_for(groupement, organisation, now)
    _start(member, MemberState.INVITED, offer.message, actor, now)
    member.expires_at = now + rules.INVITATION_LASTS
    give(member, offer.share)
    rules.ensure_shares(_shares(groupement))
    session.flush()
    record(session, Event.GROUPEMENT_INVITED, groupement, actor=actor, now=now)
    return member, telling.tell_invited(session, groupement, member, actor=actor, now=now)


def _row_for(groupement: Groupement, organisation: Organisation, now: datetime) -> Member:
    """The row of an organisation: one for ever, which tells where it stands now."""
    known = policies.member_of(groupement, organisation.id)
    if known is None:
        member = Member(organisation=organisation)
        groupement.members.append(member)
        return member
    already = {
        MemberState.JOINED: "Cette organisation est déjà membre.",
        MemberState.ACCEPTED: "Cette organisation est déjà membre.",
        MemberState.INVITED: "Cette organisation est déjà invitée : attendez sa réponse.",
        MemberState.ASKING: "Cette organisation demande déjà à rejoindre le groupement : répondez à sa demande.",
    }
    if sentence := already.get(translation.state_of(known, now)):
        raise RuleViolation(sentence, "siret")
    return known


def _start(member: Member, state: MemberState, message: str | None, actor: Actor, now: datetime) -> None:
    member.state, member.message, member.role = state, message or None, MemberRole.COTRAITANT
    member.asked_at, member.asked_by = now, actor.account_id
    member.expires_at = member.answered_at = member.reason = None
    give(member, Share())


def _shares(groupement: Groupement) -> list[Share]:
    held = ACTIVE | {MemberState.INVITED}
    return [Share(each.part) for each in groupement.members if each.state in held]


def _ensure_runs(groupement: Groupement) -> None:
    rules.ensure_formable(groupement.project.state, [])


def renew_invitation(
    session: Session, groupement: Groupement, member: Member, *, actor: Actor, now: datetime
) -> Reached:
    """Give an invitation 14 more days, expired or not, and write again."""
    hold(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    rules.ensure_forming(groupement.state)
    _ensure_runs(groupement)
    if member.state is not MemberState.INVITED:
        raise NotFound
    member.asked_at, member.asked_by = now, actor.account_id
    member.expires_at = now + rules.INVITATION_LASTS
    record(session, Event.GROUPEMENT_INVITED, groupement, actor=actor, now=now)
    return telling.tell_invited(session, groupement, member, actor=actor, now=now)


def answer_invitation(
    session: Session, groupement: Groupement, *, accepted: bool, reason: str | None, actor: Actor, now: datetime
) -> None:
    """Join, or decline and say why. Raises NotFound once the invitation was withdrawn or has expired."""
    hold(session, groupement)
    member = policies.own_membership(actor, groupement, MemberState.INVITED)
    if rules.has_expired(member.expires_at, now):
        raise RuleViolation("Cette invitation a expiré : demandez qu’on la renouvelle.")
    rules.ensure_forming(groupement.state)
    if not accepted:
        rules.ensure_reason(reason, "Dites en une phrase pourquoi vous déclinez : on saura vers qui se tourner.")
    _answer(groupement, member, accepted, reason, now)
    ids = {"member": member.id}
    answered = telling.INVITATION_ANSWERED
    tell(session, answered, groupement, telling.leaders(groupement), ids=ids, actor=actor, now=now)
    outcome = {"accepted": accepted}
    record(session, Event.GROUPEMENT_INVITATION_ANSWERED, groupement, actor=actor, now=now, after=outcome)


def _answer(groupement: Groupement, member: Member, accepted: bool, reason: str | None, now: datetime) -> None:
    member.answered_at, member.reason = now, None if accepted else reason
    member.state = MemberState.JOINED if accepted else MemberState.DECLINED
    if accepted:
        fall(groupement)
    else:
        _let_go(groupement, member)


def _let_go(groupement: Groupement, member: Member) -> None:
    give(member, Share())
    drop_tasks(groupement, member)


def ask_to_join(
    session: Session, groupement: Groupement, message: str | None, *, actor: Actor, now: datetime
) -> Member:
    """Ask whoever leads to come in. Raises NotFound for a groupement that looks for nobody."""
    organisation = session.get_one(Organisation, policies.ensure_can_open(actor))
    hold(session, groupement)
    rules.ensure_forming(groupement.state)
    _ensure_runs(groupement)
    if not groupement.open_to_requests:
        raise NotFound
    kinds = organisation.kinds_on(clock.paris_date(now))
    rules.ensure_may_be_member(kinds, organisation.id, groupement.project.buyer_id)
    member = _row_for(groupement, organisation, now)
    _start(member, MemberState.ASKING, message, actor, now)
    session.flush()
    ids = {"member": member.id}
    tell(session, telling.REQUEST, groupement, telling.leaders(groupement), ids=ids, actor=actor, now=now)
    record(session, Event.GROUPEMENT_JOIN_ASKED, groupement, actor=actor, now=now)
    return member


def withdraw_request(session: Session, groupement: Groupement, *, actor: Actor, now: datetime) -> None:
    """Take back one's own request, before it is answered."""
    hold(session, groupement)
    member = policies.own_membership(actor, groupement, MemberState.ASKING)
    member.state, member.answered_at = MemberState.WITHDRAWN, now
    record(session, Event.GROUPEMENT_JOIN_ANSWERED, groupement, actor=actor, now=now, after={"withdrawn": True})


def answer_request(
    session: Session,
    groupement: Groupement,
    member: Member,
    *,
    accepted: bool,
    reason: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Let in whoever asked, or decline and say why."""
    hold(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    rules.ensure_forming(groupement.state)
    if member.state is not MemberState.ASKING:
        raise RuleViolation("Cette demande n’attend plus de réponse.")
    if not accepted:
        rules.ensure_reason(reason, _WHY_DECLINE)
    decide(session, groupement, member, accepted, reason, actor=actor, now=now)


def decide(
    session: Session,
    groupement: Groupement,
    member: Member,
    accepted: bool,
    reason: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Answer a request, and tell who asked."""
    _answer(groupement, member, accepted, reason, now)
    ids = {"member": member.id}
    answered = telling.REQUEST_ANSWERED
    tell(session, answered, groupement, [member.organisation_id], ids=ids, actor=actor, now=now)
    outcome = {"accepted": accepted}
    record(session, Event.GROUPEMENT_JOIN_ANSWERED, groupement, actor=actor, now=now, after=outcome)


def leave(session: Session, groupement: Groupement, reason: str | None, *, actor: Actor, now: datetime) -> None:
    """Leave before the seal, saying why; the mandataire hands its role over first."""
    hold(session, groupement)
    member = policies.own_membership(actor, groupement, *ACTIVE)
    _part(session, groupement, member, reason, actor=actor, now=now)
    others = telling.leaders(groupement)
    ids = {"member": member.id, "by_itself": 1}
    tell(session, telling.DEPARTURE, groupement, others, ids=ids, actor=actor, now=now)


def part_with(
    session: Session, groupement: Groupement, member: Member, reason: str | None, *, actor: Actor, now: datetime
) -> None:
    """Withdraw an invitation, or go on without a member, saying why; whoever leads, before the seal."""
    hold(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    rules.ensure_forming(groupement.state)
    if member.state is MemberState.INVITED:
        member.state, member.answered_at, member.reason = MemberState.WITHDRAWN, now, reason or None
        _let_go(groupement, member)
        record(session, Event.GROUPEMENT_INVITATION_ANSWERED, groupement, actor=actor, now=now)
        return
    if member.state not in ACTIVE:
        raise NotFound
    _part(session, groupement, member, reason, actor=actor, now=now)
    ids = {"member": member.id, "by_itself": 0}
    tell(session, telling.DEPARTURE, groupement, [member.organisation_id], ids=ids, actor=actor, now=now)


def _part(
    session: Session, groupement: Groupement, member: Member, reason: str | None, *, actor: Actor, now: datetime
) -> None:
    rules.ensure_may_leave(facts(groupement, now), facts_of_member(groupement, member, now))
    rules.ensure_reason(reason, "Dites en une phrase pourquoi : les autres membres le liront.")
    member.state, member.answered_at, member.reason = MemberState.LEFT, now, reason
    _let_go(groupement, member)
    fall(groupement)
    record(session, Event.GROUPEMENT_LEFT, groupement, actor=actor, now=now)
