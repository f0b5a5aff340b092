"""« Renouvellement de … »: a draft that starts from a contract or an old project, one for each person."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.directory.models import Cpv
from portal.forecast import queries as forecast
from portal.forecast import renewals
from portal.forecast.models import Project
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.requests import policies, queries, repeats
from portal.requests.models import PurchaseRequest
from portal.requests.services.writing import create


def request_renewal(session: Session, contract: Contract, *, actor: Actor, now: datetime) -> PurchaseRequest:
    """Begin the request that renews a contract, or find the one that the same person has begun.

    Raises RuleViolation when a project renews it already, when its end is unknown, or too far.
    """
    buyer_id = policies.ensure_of_buyer(actor, contract.buyer_id)
    already = queries.of_contract(session, buyer_id, contract.id, actor.account_id)
    if already is not None:
        return already
    renewals.ensure_renewable(contract, clock.paris_date(now))
    if (project := forecast.renewal_of(session, contract.id)) is not None:
        raise RuleViolation(f"Le projet {project.shown_number} renouvelle déjà ce marché : parlez-en aux achats.")
    known = session.get(Cpv, contract.cpv_code) if contract.cpv_code else None
    facts = repeats.facts_of_contract(contract, known.code if known else None)
    request = create(session, facts, actor=actor, now=now)
    request.contract = contract
    session.flush()
    return request


def repeat_project(session: Session, project: Project, *, actor: Actor, now: datetime) -> PurchaseRequest:
    """Begin the request that repeats an old project, or find the one that the same person has begun."""
    buyer_id = policies.ensure_of_buyer(actor, project.buyer_id)
    repeats.ensure_repeatable(project.state)
    already = queries.of_renewed(session, buyer_id, project.id, actor.account_id)
    if already is not None:
        return already
    request = create(session, repeats.facts_of_project(project), actor=actor, now=now)
    request.renewed_project = project
    session.flush()
    return request
