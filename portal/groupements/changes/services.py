"""A change of composition: asked by the groupement, answered by the buyer, carried out if it is allowed (R2142-26)."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.directory.queries import by_siret
from portal.groupements import queries as groupements
from portal.groupements import rules as groupement_rules
from portal.groupements.changes import carrying, policies, queries, rules, telling
from portal.groupements.changes.facts import Change, Newcomer, Request
from portal.groupements.models import CompositionChange, Groupement, Member
from portal.groupements.services.agreements import ask, lock_lots
from portal.groupements.services.awards import lock_project
from portal.groupements.services.base import facts, hold, member_called, record
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import touch
from portal.vocabulary import Event

_UNKNOWN = "L’annuaire ne connaît pas ce SIRET : vérifiez-le, ou demandez à cette organisation de s’y inscrire."


def ask_change(
    session: Session, groupement: Groupement, request: Request, *, actor: Actor, now: datetime
) -> CompositionChange:
    """Ask the buyer to let a member leave, and say who carries its part on.

    What other groupements forbid is told at the answer, to the buyer: who asks would read theirs, SIRET after SIRET.
    Raises RuleViolation on `member`, `heir`, `siret` or `explanation`.
    """
    hold(session, groupement)
    rules.ensure_may_change(groupement.state, waiting=queries.is_waiting(session, groupement))
    leaver = member_called(groupement, request.member)
    policies.ensure_can_ask(actor, groupement, leaver, now)
    rules.ensure_explained(request.explanation)
    successor = _successor(session, groupement, request, now)
    taker = member_called(groupement, request.taker) if request.taker else None
    rules.ensure_possible(facts(groupement, now), _change(leaver, successor, taker))
    change = CompositionChange(
        groupement=groupement,
        member=leaver,
        successor=successor,
        taker=taker,
        ground=request.ground,
        explanation=request.explanation,
        asked_at=now,
        asked_by_label=_signed(actor),
    )
    session.add(change)
    session.flush()
    telling.tell_asked(session, change, actor=actor, now=now)
    told = {"change": change.public_id, "ground": change.ground.value}
    record(session, Event.GROUPEMENT_CHANGE_ASKED, groupement, actor=actor, now=now, after=told)
    return change


def _successor(session: Session, groupement: Groupement, request: Request, now: datetime) -> Organisation | None:
    if request.successor_siret is None:
        return None
    found = by_siret(session, request.successor_siret)
    if found is None:
        raise RuleViolation(_UNKNOWN, "siret")
    kinds = found.kinds_on(clock.paris_date(now))
    groupement_rules.ensure_may_be_member(kinds, found.id, groupement.project.buyer_id)
    return found


def _change(leaver: Member, successor: Organisation | None, taker: Member | None) -> Change:
    newcomer = None
    if successor is not None:
        newcomer = Newcomer(organisation_id=successor.id, siret=successor.siret, name=successor.shown_name)
    return Change(leaver=leaver.organisation_id, newcomer=newcomer, taker=taker.organisation_id if taker else None)


def _signed(actor: Actor) -> str:
    return ", ".join(filter(None, (actor.label, actor.organisation_name)))


def decide_change(
    session: Session, change: CompositionChange, *, granted: bool, answer: str | None, actor: Actor, now: datetime
) -> None:
    """Allow a change, and carry it out; or refuse it, and nothing changes. Either with words, once.

    The project is locked first, as an award does, so that neither waits for the other; what the code forbids of the
    composition to come is looked at again, under the lock of its lots. Raises RuleViolation.
    """
    groupement = change.groupement
    policies.ensure_can_decide(actor, groupement)
    lock_project(session, groupement.project)
    hold(session, groupement)
    session.refresh(change, attribute_names=["granted", "version"])
    rules.ensure_open(groupement.state, change.granted)
    rules.ensure_answered(answer)
    touch(change)
    change.granted, change.answer = granted, answer
    change.decided_at, change.decided_by_label = now, _signed(actor)
    members = telling.concerned(groupement)
    told: dict[str, object] = {"change": change.public_id, "granted": granted}
    if granted:
        told |= _carry_out(session, change, actor=actor, now=now)
    session.flush()
    telling.tell_decided(session, change, members, actor=actor, now=now)
    record(session, Event.GROUPEMENT_CHANGE_DECIDED, groupement, actor=actor, now=now, after=told)


def _carry_out(session: Session, change: CompositionChange, *, actor: Actor, now: datetime) -> dict[str, object]:
    groupement = change.groupement
    lock_lots(session, groupement)
    wanted = _change(change.member, change.successor, change.taker)
    rules.ensure_granted(facts(groupement, now), wanted, groupements.sealed_elsewhere(session, groupement))
    carrying.carry_out(session, change, now)
    made = ask(session, groupement, facts(groupement, now), actor=actor, now=now)
    return {"number": made.number, "sha256": made.sha256}
