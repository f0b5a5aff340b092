"""A contract made on the portal, by the award of a lot."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts import policies, rules
from portal.contracts.facts import HeldBy, NewContract
from portal.contracts.models import Commitment, Contract, ContractTitulaire
from portal.contracts.services.indexing import index_contracts
from portal.directory.models import Organisation
from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.storage import violated
from portal.vocabulary import CommitmentKind, ContractSource, Event, IdentifierType


def create_contract(session: Session, facts: NewContract, *, actor: Actor, now: datetime) -> Contract:
    """Make a contract, with what it promises and the months it declares. Raises RuleViolation on the field at fault."""
    policies.ensure_can_write(actor, facts.buyer_id)
    rules.ensure_contract_coherent(facts)
    buyer = session.get_one(Organisation, facts.buyer_id)
    _ensure_number_is_free(session, facts)
    contract = _contract(facts, buyer, now)
    contract.reference = free_reference(session, buyer.shown_name, facts.number)
    contract.titulaires = _titulaires(session, facts.titulaires)
    if facts.promised_hours:
        contract.commitments = [Commitment(kind=CommitmentKind.FIXED_HOURS, quantity=facts.promised_hours)]
    session.add(contract)
    _ensure_alone(session, facts)
    index_contracts(session, [contract.id])
    record(session, Event.CONTRACT_CREATED, contract, actor=actor, now=now)
    return contract


def free_reference(session: Session, buyer_name: str, number: str) -> str:
    """A reference that no contract has yet: the number's, then with « -2 », « -3 »…"""
    wanted = rules.reference_of(buyer_name, number)
    taken = set(session.scalars(select(Contract.reference).where(Contract.reference.startswith(wanted))))
    if wanted not in taken:
        return wanted
    return next(f"{wanted}-{rank}" for rank in range(2, len(taken) + 2) if f"{wanted}-{rank}" not in taken)


def record(
    session: Session,
    event: Event,
    contract: Contract,
    *,
    actor: Actor,
    now: datetime,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    """Journal what was done to a contract, under its number and its object."""
    subject = ("contract", contract.id, f"{contract.number} {contract.object}")
    journal.record(session, event, subject, actor=actor, at=now, before=before, after=after)


def _contract(facts: NewContract, buyer: Organisation, now: datetime) -> Contract:
    reporting = rules.reporting_by_default(facts)
    return Contract(
        buyer=buyer,
        buyer_identifier=buyer.siret,
        number=facts.number,
        object=facts.object,
        cpv_code=facts.cpv_code,
        trade=facts.trade,
        procedure=facts.procedure,
        reservation=facts.reservation,
        is_reserved=facts.is_reserved,
        has_social_clause=facts.has_social_clause,
        has_social_criterion=facts.has_social_criterion,
        notified_on=facts.notified_on,
        duration_months=facts.duration_months,
        ends_on=_end(facts),
        amount=facts.amount,
        groupement=facts.groupement,
        mandataire_solidaire=facts.mandataire_solidaire,
        source=ContractSource.AWARD,
        first_month=reporting.first_month,
        last_month=reporting.last_month,
        created_at=now,
    )


def _end(facts: NewContract) -> date | None:
    if facts.duration_months is None:
        return None
    return rules.ends_on(facts.starts_on or facts.notified_on, facts.duration_months)


def _titulaires(session: Session, held: tuple[HeldBy, ...]) -> list[ContractTitulaire]:
    wanted = select(Organisation).where(Organisation.id.in_([each.organisation_id for each in held]))
    known = {organisation.id: organisation for organisation in session.scalars(wanted)}
    return [
        ContractTitulaire(
            position=position,
            organisation=known[each.organisation_id],
            identifier=known[each.organisation_id].siret,
            identifier_type=IdentifierType.SIRET,
            name=known[each.organisation_id].name,
            is_mandataire=each.is_mandataire,
            part=each.part,
            hours=each.hours,
        )
        for position, each in enumerate(held)
    ]


def _ensure_number_is_free(session: Session, facts: NewContract) -> None:
    """A buyer gives a number once: the same one twice is a contract entered twice."""
    same = select(Contract.id).where(Contract.buyer_id == facts.buyer_id, Contract.number == facts.number).limit(1)
    if session.scalar(same) is not None:
        raise RuleViolation(typo(f"Vous avez déjà un marché numéroté « {facts.number} »."), "number")


def _ensure_alone(session: Session, facts: NewContract) -> None:
    """Of two contracts that take one reference at once, one passes."""
    try:
        session.flush()
    except IntegrityError as error:
        if not violated(error, "uq_contract_reference"):
            raise
        raise RuleViolation(
            typo(f"Un autre marché vient de recevoir le numéro « {facts.number} » : vérifiez, puis recommencez."),
            "number",
        ) from error
