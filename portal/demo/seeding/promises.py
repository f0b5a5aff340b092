"""What changes the promises of contracts: orders since January, an amendment, contracts kept together, penalties."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.commitments import services as commitments
from portal.commitments.facts import Terms
from portal.contracts import services as contracts
from portal.contracts.facts import AmendmentFacts
from portal.contracts.models import Commitment, Contract, ContractTitulaire, PurchaseOrder
from portal.demo.seeding.bulk import Row, load
from portal.demo.seeding.stage import Stage
from portal.demo.world.days import weekday
from portal.demo.world.people import everyone
from portal.demo.world.purchases import ANCHOR
from portal.kernel.actor import Actor
from portal.kernel.french import typo
from portal.vocabulary import CommitmentKind, Role

_AT = ANCHOR - timedelta(minutes=55)
_AMENDED, _POOLED = "2024-201-2", ("2024-201-1", "2024-201-2")


def arrange(stage: Stage) -> None:
    """In the last hour before the demonstration begins; orders, since the beginning of the year."""
    purchasing = stage.acting(next(person for person in everyone() if person.key == Role.PURCHASING))
    load(stage.session, PurchaseOrder, list(_orders(stage)))
    _amend(stage, purchasing)
    _pool(stage, purchasing)
    contract = _whole(stage, _AMENDED)
    terms = Terms(per_hour=Decimal(60), per_late_day=Decimal(100), cap_percent=20)
    commitments.set_terms(stage.session, contract, terms, expected_version=contract.version, actor=purchasing, now=_AT)


def _orders(stage: Stage) -> Iterator[Row]:
    """One a quarter on each contract of the Métropole that promises hours by what is ordered."""
    random = Random("amont: orders")
    following = (
        select(Contract)
        .join(Contract.commitments)
        .where(
            Commitment.kind == CommitmentKind.HOURS_PER_K,
            Contract.buyer_id == stage.organisations["metropole"].id,
            Contract.ends_on > ANCHOR.date(),
            Contract.notified_on < date(2026, 1, 1),
        )
        .order_by(Contract.id)
    )
    for contract in stage.session.scalars(following):
        quarters = max(1, (contract.duration_months or 12) // 3)
        for quarter in range(4):
            share = (contract.amount or Decimal(0)) / quarters * random.randint(80, 120) / 100
            yield {
                "contract_id": contract.id,
                "number": f"BC-2026-{quarter + 1:02}",
                "ordered_on": weekday(date(2026, 1 + 3 * quarter, random.randint(5, 20))),
                "amount": share.quantize(Decimal(1)),
                "note": None,
                "created_at": _AT,
            }


def _amend(stage: Stage, purchasing: Actor) -> None:
    contract = _whole(stage, _AMENDED)
    facts = AmendmentFacts(
        number=1,
        signed_on=date(2026, 11, 24),
        effective_on=date(2027, 1, 1),
        reason=typo("Deux pôles de plus, ouverts en janvier : davantage d’heures, dans les mêmes délais."),
        promised_hours=contract.promised_hours + 900,
        ends_on=contract.ends_on,
        last_month=contract.last_month,
        suspended={held.month: held.reason for held in contract.suspensions},
    )
    contracts.amend(stage.session, contract, facts, expected_version=contract.version, actor=purchasing, now=_AT)


def _pool(stage: Stage, purchasing: Actor) -> None:
    session, buyer_id = stage.session, stage.organisations["metropole"].id
    name = typo("Propreté des pôles d’échanges")
    note = typo("Une même équipe travaille d’un lot à l’autre : les heures se tiennent ensemble.")
    pool = commitments.open_pool(session, buyer_id, name, note, actor=purchasing, now=_AT)
    pool.reference = urlsafe_b64encode(Random("amont: pools").randbytes(9)).decode()
    added = [_whole(stage, number) for number in _POOLED]
    commitments.add_to_pool(session, pool, added, expected_version=pool.version, actor=purchasing, now=_AT)


def _whole(stage: Stage, number: str) -> Contract:
    held = selectinload(Contract.titulaires).joinedload(ContractTitulaire.organisation)
    wanted = select(Contract).where(Contract.id == stage.contracts[number].id).options(held)
    return stage.session.scalars(wanted).one()
