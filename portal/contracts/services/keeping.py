"""What its buyer says of a contract once it exists. Each act takes the contract's next version."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.contracts import policies, rules
from portal.contracts.facts import CommitmentFacts, ReportingFacts
from portal.contracts.models import Commitment, Contract, ContractFollower, Suspension
from portal.contracts.services.creation import record
from portal.contracts.services.taking import take
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.month import Month
from portal.vocabulary import CommitmentKind, Event, OrganisationKind


def set_commitment(
    session: Session,
    contract: Contract,
    promised: Sequence[CommitmentFacts],
    hours_of: Mapping[int, Decimal | None],
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say what is promised, and each member's hours by titulaire id (those left out keep theirs)."""
    policies.ensure_can_write(actor, contract.buyer_id)
    take(session, contract, expected_version)
    for facts in promised:
        rules.ensure_commitment(facts)
    before = _promise_words(contract)
    contract.commitments = [
        Commitment(kind=facts.kind, quantity=facts.quantity, action=facts.action, note=facts.note) for facts in promised
    ]
    for held in contract.titulaires:
        held.hours = hours_of.get(held.id, held.hours)
    rules.ensure_hours_within(
        contract.promised_hours, [held.hours for held in contract.titulaires if held.left_on is None]
    )
    session.flush()
    after = _promise_words(contract)
    record(session, Event.CONTRACT_COMMITTED, contract, actor=actor, now=now, before=before, after=after)


def set_reporting(
    session: Session,
    contract: Contract,
    facts: ReportingFacts,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say which months are declared, when, and what counts. A month once opened stays: see the declarations."""
    policies.ensure_can_write(actor, contract.buyer_id)
    take(session, contract, expected_version)
    rules.ensure_reporting_coherent(facts, contract.notified_on)
    before = _reporting_words(contract)
    for name in _REPORTING:
        setattr(contract, name, getattr(facts, name))
    suspend(contract, facts.suspended)
    session.flush()
    after = _reporting_words(contract)
    record(session, Event.CONTRACT_REPORTING_SET, contract, actor=actor, now=now, before=before, after=after)


def follow(
    session: Session,
    contract: Contract,
    organisation: Organisation | None,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Name the facilitateur's organisation from today on, in the place of the one that followed; None: nobody any more.

    Raises RuleViolation for an organisation that is neither the buyer nor a body of facilitation.
    """
    policies.ensure_can_write(actor, contract.buyer_id)
    take(session, contract, expected_version)
    today = clock.paris_date(now)
    current = contract.follower
    if organisation is not None:
        _ensure_facilitates(contract, organisation, now)
    if organisation is not None and current is not None and current.organisation_id == organisation.id:
        return
    before, after = current and current.organisation.shown_name, organisation and organisation.shown_name
    if current is not None:
        current.until = today
        session.flush()
    if organisation is not None:
        contract.followers.append(ContractFollower(organisation=organisation, since=today))
        session.flush()
    record(
        session,
        Event.CONTRACT_FOLLOWED,
        contract,
        actor=actor,
        now=now,
        before={"follower": before},
        after={"follower": after},
    )


_REPORTING = ("first_month", "last_month", "due_day", "counts_training", "training_cap_percent", "counting_months")


def _ensure_facilitates(contract: Contract, organisation: Organisation, now: datetime) -> None:
    facilitates = OrganisationKind.FACILITATION in organisation.kinds_on(clock.paris_date(now))
    if organisation.id != contract.buyer_id and not facilitates:
        raise RuleViolation(
            "Le suivi revient à l’acheteur, ou à une organisation de facilitation inscrite à l’annuaire.",
            "organisation",
        )


def suspend(contract: Contract, wanted: Mapping[Month, str | None]) -> None:
    """Have these months suspended, and no other."""
    kept = {held.month: held for held in contract.suspensions if held.month in wanted}
    contract.suspensions = [kept.get(month) or Suspension(month=month) for month in sorted(wanted)]
    for held in contract.suspensions:
        held.reason = wanted[held.month]


def _promise_words(contract: Contract) -> dict[str, object]:
    hours = {held.shown_name: held.hours for held in contract.titulaires if held.hours is not None}
    promised = [_one_promise(held.kind, held.quantity, held.action) for held in contract.commitments]
    return {"promised": promised, "hours": hours}


def _one_promise(kind: CommitmentKind, quantity: Decimal, action: object) -> dict[str, object]:
    return {"kind": kind, "quantity": quantity, "action": action}


def _reporting_words(contract: Contract) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(contract, name) for name in _REPORTING}
    return told | {"suspended": {str(held.month): held.reason for held in contract.suspensions}}
