"""Purchasing answers: into the programme, back to be completed, or no, with a word to the author."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.forecast import queries as forecast
from portal.forecast import services as projects
from portal.forecast.facts import LotFacts, ProjectFacts
from portal.forecast.models import Project, Renewal
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.requests import policies, queries, rules
from portal.requests.facts import TakenFacts
from portal.requests.models import PurchaseRequest
from portal.requests.services.telling import record, tell_author
from portal.storage import ensure_current
from portal.vocabulary import Confidence, Event, RequestState

_LONGEST_NUMBER = 120


def take(
    session: Session, request: PurchaseRequest, taken: TakenFacts, *, expected_version: int, actor: Actor, now: datetime
) -> Project:
    """Make it a draft of the programme, or join it to the one that already renews the same contract.

    Raises RuleViolation when the lot would not be coherent, or when that project came from another request.
    """
    policies.ensure_can_answer(actor, request.buyer_id)
    rules.ensure_answerable(request.state)
    ensure_current(request, expected_version)
    project = _already(session, request) or _drafted(session, request, taken, actor=actor, now=now)
    request.project = project
    _answered(request, RequestState.TAKEN, taken.word, actor, now)
    session.flush()
    record(session, Event.REQUEST_TAKEN, request, actor=actor, now=now)
    tell_author(session, request, actor=actor, now=now)
    return project


def give_back(
    session: Session, request: PurchaseRequest, word: str | None, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Ask the author to complete it, saying what is missing."""
    policies.ensure_can_answer(actor, request.buyer_id)
    rules.ensure_answerable(request.state)
    rules.ensure_said(word, "Dites en une phrase ce qu’il faut compléter.")
    ensure_current(request, expected_version)
    _answered(request, RequestState.RETURNED, word, actor, now)
    record(session, Event.REQUEST_RETURNED, request, actor=actor, now=now)
    tell_author(session, request, actor=actor, now=now)


def decline(
    session: Session, request: PurchaseRequest, word: str | None, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Say why nothing follows; of one given back too, whose author may have left."""
    policies.ensure_can_answer(actor, request.buyer_id)
    rules.ensure_declinable(request.state)
    rules.ensure_said(word, "Dites en une phrase pourquoi : la personne qui demande le lira.")
    ensure_current(request, expected_version)
    _answered(request, RequestState.DECLINED, word, actor, now)
    record(session, Event.REQUEST_DECLINED, request, actor=actor, now=now)
    tell_author(session, request, actor=actor, now=now)


def _answered(request: PurchaseRequest, state: RequestState, word: str | None, actor: Actor, now: datetime) -> None:
    request.state, request.answered_at, request.answer = state, now, word
    request.answered_by_label = actor.label[:300]


def _already(session: Session, request: PurchaseRequest) -> Project | None:
    """The live project that renews the same contract, which stands locked meanwhile."""
    if request.contract is None:
        return None
    session.refresh(request.contract, attribute_names=["version"], with_for_update=True)
    project = forecast.renewal_of(session, request.contract.id)
    if project is not None and queries.of_project(session, project.id) is not None:
        raise RuleViolation(
            f"Le projet {project.shown_number} renouvelle déjà ce marché, et vient d’une autre demande : "
            "déclarez celle-ci sans suite en le disant."
        )
    return project


def _drafted(session: Session, request: PurchaseRequest, taken: TakenFacts, *, actor: Actor, now: datetime) -> Project:
    project = projects.create_project(
        session,
        request.buyer_id,
        _project_facts(request, taken),
        _lot_facts(request, taken),
        allotment_defined=False,
        actor=actor,
        now=now,
    )
    if request.contract_id is not None:
        session.add(Renewal(project_id=project.id, contract_id=request.contract_id))
    return project


def _project_facts(request: PurchaseRequest, taken: TakenFacts) -> ProjectFacts:
    assert request.family is not None  # noqa: S101 — nothing is filed without
    return ProjectFacts(
        title=request.title,
        family=request.family,
        summary=taken.summary,
        contact_name=taken.contact_name,
        contact_email=taken.contact_email,
    )


def _lot_facts(request: PurchaseRequest, taken: TakenFacts) -> LotFacts:
    assert request.trade is not None  # noqa: S101 — nothing is filed without
    return LotFacts(
        trade=request.trade,
        planned=taken.planned,
        confidence=Confidence.TO_CONFIRM,
        cpv_code=request.cpv_code,
        execution=request.wanted,
        duration_months=request.duration_months,
        amount_band=taken.amount_band,
        whole_territory=request.whole_territory,
        commune_codes=request.commune_codes,
        price_weight_percent=request.price_weight_percent,
        replaced_contract=request.contract.number[:_LONGEST_NUMBER] if request.contract else None,
        replaced_ends_on=request.contract.ends_on if request.contract else None,
        levers=taken.levers,
    )
