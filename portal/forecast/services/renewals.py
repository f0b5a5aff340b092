"""A draft that renews a contract which comes to its end: one, however often it is asked for."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.directory.models import Cpv
from portal.forecast import policies, queries, renewals
from portal.forecast.models import Project, Renewal
from portal.forecast.services.projects import create_project
from portal.kernel import clock
from portal.kernel.actor import Actor


def renew_contract(
    session: Session,
    contract: Contract,
    *,
    contact_name: str | None = None,
    contact_email: str | None = None,
    actor: Actor,
    now: datetime,
) -> Project:
    """Draft the purchase that renews a contract, or find the one that does already, unless it was dropped.

    Raises RuleViolation when the contract's end is unknown, or too far.
    """
    policies.ensure_can_write(actor, contract.buyer_id or 0)
    today = clock.paris_date(now)
    renewals.ensure_renewable(contract, today)
    session.refresh(contract, attribute_names=["version"], with_for_update=True)
    already = queries.renewal_of(session, contract.id)
    if already is not None:
        return already
    known = session.get(Cpv, contract.cpv_code) if contract.cpv_code else None
    project = create_project(
        session,
        contract.buyer_id or 0,
        renewals.project_facts(contract, contact_name, contact_email),
        renewals.lot_facts(contract, known.code if known else None, today),
        allotment_defined=False,
        actor=actor,
        now=now,
    )
    session.add(Renewal(project_id=project.id, contract_id=contract.id))
    session.flush()
    return project
