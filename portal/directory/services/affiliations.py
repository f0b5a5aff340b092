"""A structure asks to join a network, the network answers, either side ends it."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import journal
from portal.directory import policies
from portal.directory.models import Affiliation, Organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import typo
from portal.storage import touch, violated
from portal.vocabulary import OrganisationKind


def ask_affiliation(
    session: Session, structure: Organisation, network: Organisation | None, *, actor: Actor, now: datetime
) -> Affiliation:
    """Ask a network to count a structure among its members.

    Raises RuleViolation when the other is no network, or when the structure is in it or has asked already.
    """
    if not policies.can_ask(actor, structure):
        raise NotFound
    if (
        network is None
        or network.id == structure.id
        or OrganisationKind.NETWORK not in network.kinds_on(clock.paris_date(now))
    ):
        raise RuleViolation(typo("Choisissez un réseau de la liste."), field="network")
    twice = RuleViolation(
        typo(f"Vous avez déjà demandé à rejoindre {network.shown_name}, ou vous en êtes membre."), field="network"
    )
    affiliation = Affiliation(network=network, structure=structure, asked_at=now, asked_by=actor.account_id)
    session.add(affiliation)
    try:
        session.flush()
    except IntegrityError as error:
        if violated(error, "uq_affiliation_live"):
            raise twice from error
        raise
    _record(session, "affiliation.asked", affiliation, actor, now)
    return affiliation


def accept_affiliation(session: Session, affiliation: Affiliation, *, actor: Actor, now: datetime) -> None:
    """Count the structure among the network's members from now on. Raises RuleViolation when nothing waits."""
    if not policies.can_decide(actor, affiliation):
        raise NotFound
    if not affiliation.awaits_answer:
        raise RuleViolation(typo("Cette demande n’attend plus de réponse : elle a été acceptée, déclinée ou retirée."))
    touch(affiliation)
    affiliation.accepted_at, affiliation.accepted_by = now, actor.account_id
    _record(session, "affiliation.accepted", affiliation, actor, now)


def end_affiliation(
    session: Session, affiliation: Affiliation, *, reason: str | None = None, actor: Actor, now: datetime
) -> None:
    """Decline or withdraw what was only asked, leave or part with what was accepted; nothing is deleted.

    `reason` is the network's when it declines; the structure reads it.
    """
    if not policies.can_end(actor, affiliation):
        raise NotFound
    if not affiliation.is_live:
        raise RuleViolation(typo("Cette affiliation est déjà terminée."))
    touch(affiliation)
    event = _ending(affiliation, by_network=actor.organisation_id == affiliation.network_id)
    affiliation.ended_at, affiliation.ended_by = now, actor.account_id
    affiliation.ended_by_organisation_id = actor.organisation_id
    affiliation.end_reason = reason or None if event == "affiliation.declined" else None
    _record(session, event, affiliation, actor, now)


def _ending(affiliation: Affiliation, *, by_network: bool) -> str:
    if affiliation.awaits_answer:
        return "affiliation.declined" if by_network else "affiliation.withdrawn"
    return "affiliation.ended"


def _record(session: Session, event: str, affiliation: Affiliation, actor: Actor, now: datetime) -> None:
    label = f"{affiliation.structure.shown_name} — {affiliation.network.shown_name}"
    sides = {"structure": affiliation.structure.siret, "network": affiliation.network.siret}
    journal.record(session, event, ("affiliation", affiliation.id, label), actor=actor, at=now, after=sides)
