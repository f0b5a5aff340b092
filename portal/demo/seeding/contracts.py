"""Contracts as an award makes them, and as their buyer then keeps them: the rows that `create_contract` leaves."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from portal import journal
from portal.contracts import rules
from portal.contracts.models import Commitment, Contract, ContractFollower, ContractTitulaire, Expense, Suspension
from portal.contracts.services import index_contracts
from portal.demo.seeding.bulk import Row, load
from portal.demo.seeding.stage import Stage
from portal.demo.world.contracts import Contract as Planned
from portal.demo.world.payments import Payment
from portal.forecast.listing.rows import lot_title
from portal.forecast.models import Award, Lot
from portal.kernel.actor import Actor
from portal.vocabulary import (
    CommitmentKind,
    ContractSource,
    DecpGroupement,
    Event,
    GroupementForm,
    IdentifierType,
    Lever,
    LotOutcome,
)


def award(stage: Stage, lots: Sequence[Lot], awards: Mapping[int, Planned], actor: Actor, now: datetime) -> None:
    """These lots' consultations end with these contracts, followed from then on."""
    for lot in lots:
        planned = awards[lot.number]
        contract = _contract(stage, lot, planned, now)
        stage.contracts[planned.bought.number] = contract
        promised = planned.promised or None
        lot.award = Award(
            outcome=LotOutcome.AWARDED, decided_on=contract.notified_on, contract=contract, promised_hours=promised
        )
    stage.session.flush()
    for lot in lots:
        _tell(stage, stage.contracts[awards[lot.number].bought.number], actor, now)


def _tell(stage: Stage, contract: Contract, actor: Actor, now: datetime) -> None:
    subject = ("contract", contract.id, f"{contract.number} {contract.object}")
    journal.record(stage.session, Event.CONTRACT_CREATED, subject, actor=actor, at=now)
    if contract.follower is not None:
        told = {"follower": contract.follower.organisation.shown_name}
        journal.record(
            stage.session,
            Event.CONTRACT_FOLLOWED,
            subject,
            actor=actor,
            at=now,
            before={"follower": None},
            after=told,
        )


def _contract(stage: Stage, lot: Lot, planned: Planned, now: datetime) -> Contract:
    project, told = lot.project, planned.bought
    buyer = stage.organisations[told.project.buyer]
    return Contract(
        reference=rules.reference_of(buyer.shown_name, told.number),
        buyer=buyer,
        buyer_identifier=buyer.siret,
        number=told.number,
        object=project.title if project.only_lot is lot else lot_title(project.title, lot.number, lot.title),
        cpv_code=lot.cpv_code,
        trade=lot.trade,
        procedure=project.procedure,
        reservation=told.reservation,
        is_reserved=told.lever is Lever.RESERVED,
        has_social_clause=told.lever is Lever.CLAUSE,
        has_social_criterion=told.lever is Lever.CRITERION,
        notified_on=told.notified_on,
        duration_months=told.months,
        ends_on=planned.ends_on,
        amount=planned.amount,
        groupement=planned.form and planned.form.decp,
        mandataire_solidaire=_solidaire(planned.form),
        source=ContractSource.AWARD,
        created_at=now,
        titulaires=list(_titulaires(stage, planned)),
        commitments=list(_promised(planned)),
        suspensions=[Suspension(month=month, reason="Site fermé.") for month in planned.suspended],
        followers=list(_followers(stage, planned)),
        training_cap_percent=planned.training_cap_percent,
        first_month=planned.months and planned.months[0],
        last_month=planned.months and planned.months[1],
        version=1 + (planned.follower is not None),
    )


def _solidaire(form: GroupementForm | None) -> bool | None:
    if form is None or form.decp is DecpGroupement.SOLIDAIRE:
        return None
    return form is GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE


def _titulaires(stage: Stage, planned: Planned) -> Iterator[ContractTitulaire]:
    grouped = len(planned.holders) > 1
    for position, holder in enumerate(planned.holders):
        organisation = stage.organisations[holder.body.key]
        yield ContractTitulaire(
            position=position,
            organisation=organisation,
            identifier=organisation.siret,
            identifier_type=IdentifierType.SIRET,
            name=organisation.name,
            is_mandataire=grouped and position == 0,
            part=holder.part if grouped else None,
            hours=holder.hours if grouped else None,
        )


def _promised(planned: Planned) -> Iterator[Commitment]:
    if planned.promised:
        yield Commitment(kind=CommitmentKind.FIXED_HOURS, quantity=planned.promised)
    if planned.other_promise is not None:
        kind, quantity, action = planned.other_promise
        yield Commitment(kind=kind, quantity=quantity, action=action)


def _followers(stage: Stage, planned: Planned) -> Iterator[ContractFollower]:
    if planned.follower is not None:
        organisation = stage.organisations[planned.follower]
        yield ContractFollower(organisation=organisation, since=planned.bought.notified_on)


def pay(stage: Stage, payments: Sequence[Payment]) -> None:
    """What the import of the buyer's accounts leaves."""
    load(stage.session, Expense, [_expense(stage, payment) for payment in payments])


def _expense(stage: Stage, payment: Payment) -> Row:
    return {
        "contract_id": stage.contracts[payment.contract.bought.number].id,
        "organisation_id": stage.organisations[payment.holder.body.key].id,
        "paid_on": payment.paid_on,
        "amount": payment.amount,
        "source_reference": payment.number,
    }


def finish(stage: Stage) -> None:
    """Have contracts found by their words."""
    index_contracts(stage.session, [contract.id for contract in stage.contracts.values()])
