"""What marks a path, noted by who checks it or by who declares it."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.declarations import fingerprints, policies, rules
from portal.declarations.facts import StepFacts
from portal.declarations.models import Declaration, Participant, PathStep
from portal.declarations.queries.path import last_exit, path_of, same_people
from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.errors import NotFound, Refused


def note(
    session: Session,
    declaration: Declaration,
    participant: Participant,
    facts: StepFacts,
    *,
    actor: Actor,
    now: datetime,
) -> PathStep:
    """Note a step of a person's path with the buyer. Problems stand on « day », « situation »."""
    buyer_id = _buyer_of(actor, declaration)
    people = same_people(session, buyer_id, participant.person_id)
    whole = policies.can_check(actor, declaration)
    left = last_exit(path_of(session, declaration, people if whole else {participant.person_id}, whole=whole))
    left_on = left.line.exit_on if left else None
    rules.ensure_step(facts.kind, facts.day, facts.situation, today=paris_date(now), left_on=left_on)
    step = PathStep(
        person_id=participant.person_id,
        buyer_id=buyer_id,
        organisation_id=actor.organisation_id or declaration.organisation_id,
        day=facts.day,
        kind=facts.kind,
        situation=facts.situation,
        words=(facts.words or "").strip() or None,
        noted_by_label=actor.label[:300],
        noted_at=now,
    )
    session.add(step)
    session.flush()
    _record(session, "path.step_noted", step, participant, actor, now)
    return step


def remove(
    session: Session, declaration: Declaration, participant: Participant, step: PathStep, *, actor: Actor, now: datetime
) -> None:
    """Take back a step that one's organisation noted by mistake: nothing of its words is left."""
    _buyer_of(actor, declaration)
    if step.organisation_id != actor.organisation_id:
        raise NotFound
    _record(session, "path.step_removed", step, participant, actor, now)
    session.delete(step)
    session.flush()


def _buyer_of(actor: Actor, declaration: Declaration) -> int:
    """Whose path it is marked on. Raises Refused for who neither files nor checks the month."""
    if not policies.sees_matricules(actor, declaration):
        raise Refused("Seuls le déclarant et le facilitateur notent les étapes d’un parcours.")
    buyer_id = declaration.contract.buyer_id
    if buyer_id is None:
        raise NotFound
    return buyer_id


def _record(
    session: Session, event: str, step: PathStep, participant: Participant, actor: Actor, now: datetime
) -> None:
    """Neither the words nor the situation: they tell of somebody, and the journal stays for ever."""
    label = fingerprints.alias(participant.person.public_id, step.buyer_id)
    told = {"kind": step.kind, "day": step.day}
    journal.record(session, event, ("path_step", step.id, label), actor=actor, at=now, after=told)
