"""What people ask of an organisation: to join it (its managers answer), or to take charge of its fiche.

Both are written and answered under the lock of the organisation's row: one answer, one manager to begin with.
"""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import journal, outbox
from portal.accounts import policies, queries, rules
from portal.accounts.models import Account, Claim, JoinRequest
from portal.accounts.services.team import grant, locked, withdraw_invitations_to
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import violated
from portal.vocabulary import RequestOutcome, Role

JOIN_ASKED, JOIN_DECIDED = "accounts.join_asked", "accounts.join_decided"
CLAIM_ASKED, CLAIM_DECIDED = "accounts.claim_asked", "accounts.claim_decided"
_NOW_MANAGED = "Une autre personne gère désormais cette fiche : demandez-lui à la rejoindre."


class AlreadyAnswered(RuleViolation):
    """Somebody answered before: the request itself tells who, when and what."""

    def __init__(self) -> None:
        super().__init__("Quelqu’un a déjà répondu à cette demande.")


def ask_to_join(
    session: Session,
    organisation_id: int,
    account: Account,
    roles: frozenset[Role],
    message: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> JoinRequest:
    """Ask the managers for roles; they are told. Raises RuleViolation without manager, or when it is asked already."""
    organisation = locked(session, organisation_id)
    rules.ensure_may_be_given(roles, organisation.kinds_on(clock.paris_date(now)))
    if not queries.has_manager(session, organisation_id, now):
        raise RuleViolation("Personne ne gère encore cette fiche : réclamez-la.")
    _ensure_not_in(session, account.id, organisation_id, now)
    asked = JoinRequest(
        account_id=account.id, organisation_id=organisation_id, roles=roles, message=message or None, asked_at=now
    )
    _add_pending(session, asked)
    for manager in queries.accounts_holding(session, organisation_id, Role.MANAGER, now):
        _tell(session, JOIN_ASKED, manager, now, request=asked.id)
    subject = ("organisation", organisation_id, organisation.shown_name)
    journal.record(session, "join_request.asked", subject, actor=actor, at=now, after={"roles": roles})
    return asked


def answer_join(
    session: Session,
    asked: JoinRequest,
    *,
    roles: frozenset[Role] | None,
    reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Accept with `roles`, which may differ from those asked, or decline (None) with a reason. The person is told.

    Raises AlreadyAnswered.
    """
    policies.ensure_can_manage(actor, asked.organisation_id)
    organisation = locked(session, asked.organisation_id)
    _ensure_pending(session, asked)
    if roles is None:
        _close(asked, RequestOutcome.DECLINED, reason=_stated(reason), actor=actor, now=now)
    else:
        rules.ensure_may_be_given(roles, organisation.kinds_on(clock.paris_date(now)))
        _close(asked, RequestOutcome.ACCEPTED, actor=actor, now=now)
        grant(session, asked.account, organisation, roles, actor=actor, now=now)
    session.flush()
    withdraw_invitations_to(session, asked.account.email, organisation.id, now)
    _tell(session, JOIN_DECIDED, asked.account, now, request=asked.id)
    subject = ("organisation", organisation.id, organisation.shown_name)
    told = {"person": asked.account.display_name, "outcome": asked.outcome, "reason": asked.reason}
    journal.record(session, "join_request.answered", subject, actor=actor, at=now, after=told)


def claim(session: Session, organisation_id: int, account: Account, why: str, *, actor: Actor, now: datetime) -> Claim:
    """Ask to take charge of a listed organisation that nobody manages; whoever may decide is told."""
    organisation = locked(session, organisation_id)
    if queries.has_manager(session, organisation_id, now):
        raise RuleViolation("Quelqu’un gère déjà cette fiche : demandez plutôt à la rejoindre.")
    asked = Claim(account_id=account.id, organisation_id=organisation_id, why=why, asked_at=now)
    _add_pending(session, asked)
    deciding = rules.deciding_roles(organisation.kinds_on(clock.paris_date(now)))
    for decider in queries.deciders_of(session, asked, deciding, now):
        _tell(session, CLAIM_ASKED, decider, now, claim=asked.id)
    subject = ("organisation", organisation_id, organisation.shown_name)
    journal.record(session, "claim.asked", subject, actor=actor, at=now)
    return asked


def decide_claim(
    session: Session, asked: Claim, *, accepted: bool, reason: str | None = None, actor: Actor, now: datetime
) -> None:
    """Entrust the fiche to whoever claims it, or decline with a reason. Other claims on it then have no object.

    Raises AlreadyAnswered.
    """
    policies.ensure_can_decide(session, actor, asked, clock.paris_date(now))
    organisation = locked(session, asked.organisation_id)
    _ensure_pending(session, asked)
    if not accepted:
        _settle(session, asked, RequestOutcome.DECLINED, reason=_stated(reason), actor=actor, now=now)
        return
    if queries.has_manager(session, organisation.id, now):
        raise RuleViolation("Quelqu’un gère déjà cette fiche : refusez cette demande, ou laissez-la.")
    _settle(session, asked, RequestOutcome.ACCEPTED, actor=actor, now=now)
    roles = rules.founder_roles(organisation.kinds_on(clock.paris_date(now)))
    grant(session, asked.account, organisation, roles, actor=actor, now=now)
    for other in queries.pending_claims_on(session, organisation.id):
        _settle(session, other, RequestOutcome.SUPERSEDED, reason=_NOW_MANAGED, actor=actor, now=now)


def withdraw(session: Session, asked: JoinRequest | Claim, *, actor: Actor, now: datetime) -> None:
    """Take back what one asked oneself. Raises NotFound for what others asked, AlreadyAnswered."""
    if asked.account_id != actor.account_id:
        raise NotFound
    locked(session, asked.organisation_id)
    _ensure_pending(session, asked)
    _close(asked, RequestOutcome.WITHDRAWN, actor=actor, now=now)
    subject = ("organisation", asked.organisation_id, asked.organisation.shown_name)
    event = "claim.withdrawn" if isinstance(asked, Claim) else "join_request.withdrawn"
    journal.record(session, event, subject, actor=actor, at=now)


def _settle(
    session: Session,
    asked: Claim,
    outcome: RequestOutcome,
    *,
    reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    _close(asked, outcome, reason=reason, actor=actor, now=now)
    session.flush()
    _tell(session, CLAIM_DECIDED, asked.account, now, claim=asked.id)
    subject = ("organisation", asked.organisation_id, asked.organisation.shown_name)
    told = {"person": asked.account.display_name, "outcome": outcome, "reason": reason}
    journal.record(session, "claim.decided", subject, actor=actor, at=now, after=told)


def _add_pending(session: Session, asked: JoinRequest | Claim) -> None:
    session.add(asked)
    try:
        session.flush()
    except IntegrityError as error:
        if violated(error, "uq_join_request_pending", "uq_claim_pending"):
            raise RuleViolation("Votre demande est déjà partie : la réponse vous viendra par courriel.") from None
        raise


def _ensure_not_in(session: Session, account_id: int, organisation_id: int, now: datetime) -> None:
    if queries.memberships_between(session, account_id, organisation_id, now):
        raise RuleViolation("Vous faites déjà partie de cette organisation : demandez vos rôles à qui gère les accès.")


def _ensure_pending(session: Session, asked: JoinRequest | Claim) -> None:
    session.refresh(asked)
    if not asked.is_pending:
        raise AlreadyAnswered


def _stated(reason: str | None) -> str:
    if not reason or not reason.strip():
        raise RuleViolation("Dites pourquoi : la personne lira ces mots.", field="reason")
    return reason.strip()


def _close(
    asked: JoinRequest | Claim,
    outcome: RequestOutcome,
    *,
    reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    asked.outcome, asked.reason = outcome, reason
    asked.decided_at, asked.decided_by = now, actor.account_id


def _tell(session: Session, kind: str, person: Account, now: datetime, **ids: int) -> None:
    key = ":".join([kind, *map(str, ids.values()), str(person.id)])
    outbox.promise(session, kind, recipient=person.email, ids={**ids, "account": person.id}, dedupe_key=key, now=now)
