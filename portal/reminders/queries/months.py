"""The months that are awaited, and the addresses of people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Account
from portal.contracts.models import Contract
from portal.declarations.models import Declaration
from portal.reminders import rules
from portal.vocabulary import DeclarationState


@dataclass(frozen=True, slots=True)
class Awaited:
    """A month that may have something to tell."""

    id: int
    state: DeclarationState
    due_on: date


def awaited(session: Session, day: date) -> list[Awaited]:
    """The awaited months whose due date lies in the window of the steps: what is filed is never looked at."""
    rows = session.execute(
        select(Declaration.id, Declaration.state, Declaration.due_on)
        .where(Declaration.state.in_(DeclarationState.awaited()), Declaration.due_on.between(*rules.due_window(day)))
        .order_by(Declaration.id)
    )
    return [Awaited(id_, state, due_on) for id_, state, due_on in rows]


def months(session: Session, declaration_ids: Collection[int]) -> dict[int, Declaration]:
    """Those of these months that are still awaited, with all that a message says of them."""
    contract = joinedload(Declaration.contract)
    still = select(Declaration).where(
        Declaration.id.in_(declaration_ids), Declaration.state.in_(DeclarationState.awaited())
    )
    loaded = still.options(contract.joinedload(Contract.buyer), joinedload(Declaration.organisation))
    return {declaration.id: declaration for declaration in session.scalars(loaded)}


def recipients(session: Session, account_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """The name and address of each person."""
    rows = session.execute(select(Account.id, Account.display_name, Account.email).where(Account.id.in_(account_ids)))
    return {id_: (name, email) for id_, name, email in rows}
