"""Orders placed on a contract, typed one by one by its buyer."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts import policies, rules
from portal.contracts.facts import OrderFacts
from portal.contracts.models import Contract, PurchaseOrder
from portal.contracts.services.creation import record
from portal.contracts.services.taking import take
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.vocabulary import Event

_TOLD = ("number", "ordered_on", "amount", "note")


def note_order(
    session: Session,
    contract: Contract,
    facts: OrderFacts,
    order: PurchaseOrder | None = None,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> PurchaseOrder:
    """Note an order, or correct one. Raises RuleViolation on `order_number`, `ordered_on`."""
    policies.ensure_can_write(actor, contract.buyer_id)
    take(session, contract, expected_version)
    rules.ensure_order(facts, contract.notified_on, clock.paris_date(now))
    _ensure_number_is_free(session, contract, facts, order)
    before = {name: getattr(order, name) for name in _TOLD} if order else None
    if order is None:
        order = PurchaseOrder(contract_id=contract.id, created_at=now)
        session.add(order)
    for name in _TOLD:
        setattr(order, name, getattr(facts, name))
    session.flush()
    after = {name: getattr(order, name) for name in _TOLD}
    record(session, Event.ORDER_NOTED, contract, actor=actor, now=now, before=before, after=after)
    return order


def _ensure_number_is_free(
    session: Session, contract: Contract, facts: OrderFacts, order: PurchaseOrder | None
) -> None:
    """The contract's row is held: nobody else types the same number meanwhile; the database refuses it to an import."""
    same = select(PurchaseOrder).where(PurchaseOrder.contract_id == contract.id, PurchaseOrder.number == facts.number)
    known = session.scalar(same)
    if known is not None and known is not order:
        raise RuleViolation("Cette commande est déjà notée : corrigez-la depuis la liste.", "order_number")
