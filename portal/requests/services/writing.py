"""A request under its author's pen: begun with a title, saved with whatever is known, filed, withdrawn."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.requests import policies, rules
from portal.requests.estimates import Tried
from portal.requests.facts import RequestFacts
from portal.requests.models import PurchaseRequest
from portal.requests.services.telling import record, tell_purchasing
from portal.storage import ensure_current
from portal.vocabulary import Event, RequestState

_LONGEST_LABEL = 300


def create(session: Session, facts: RequestFacts, *, actor: Actor, now: datetime) -> PurchaseRequest:
    """Begin a draft for the buyer one acts for: a title is enough."""
    buyer_id = policies.ensure_can_file(actor)
    request = PurchaseRequest(
        buyer=session.get_one(Organisation, buyer_id),
        account_id=actor.account_id,
        by_label=actor.label[:_LONGEST_LABEL],
        state=RequestState.DRAFT,
        created_at=now,
        saved_at=now,
    )
    request.tell(facts)
    session.add(request)
    session.flush()
    record(session, Event.REQUEST_CREATED, request, actor=actor, now=now)
    return request


def save(
    session: Session,
    request: PurchaseRequest,
    facts: RequestFacts,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep what is typed, complete or not."""
    policies.ensure_author(actor, request)
    rules.ensure_editable(request.state)
    ensure_current(request, expected_version)
    request.tell(facts)
    request.saved_at = now


def file(session: Session, request: PurchaseRequest, *, expected_version: int, actor: Actor, now: datetime) -> None:
    """Hand it to purchasing. Raises Incomplete with all that is missing."""
    policies.ensure_author(actor, request)
    rules.ensure_editable(request.state)
    ensure_current(request, expected_version)
    rules.ensure_fileable(request.facts, clock.paris_date(now))
    request.state, request.filed_at = RequestState.FILED, now
    record(session, Event.REQUEST_FILED, request, actor=actor, now=now)
    tell_purchasing(session, request, actor=actor, now=now)


def withdraw(session: Session, request: PurchaseRequest, *, expected_version: int, actor: Actor, now: datetime) -> None:
    """Take it back, for good: another one is quickly begun."""
    policies.ensure_author(actor, request)
    rules.ensure_withdrawable(request.state)
    ensure_current(request, expected_version)
    request.state, request.saved_at = RequestState.WITHDRAWN, now
    record(session, Event.REQUEST_WITHDRAWN, request, actor=actor, now=now)


def keep_coefficients(
    session: Session, request: PurchaseRequest, tried: Tried, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Keep for this request the coefficients that were tried; None: back to those of the trade."""
    policies.ensure_author(actor, request)
    rules.ensure_editable(request.state)
    ensure_current(request, expected_version)
    request.labour_share, request.insertion_rate = tried.labour_share, tried.insertion_rate
    request.hourly_cost, request.support_cost = tried.hourly_cost, tried.support_cost
    request.saved_at = now
