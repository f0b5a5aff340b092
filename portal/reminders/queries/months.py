"""The months that are awaited, and the addresses of people."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.models import Account
from portal.contracts.models import Contract
from portal.declarations.models import Declaration, Deposit
from portal.kernel.clock import paris_date
from portal.reminders import rules
from portal.vocabulary import DeclarationState


class Waiting(NamedTuple):
    """A month that may have something to tell."""

    id: int
    state: DeclarationState
    due_on: date


def awaited(session: Session, day: date) -> list[Waiting]:
    """The awaited months whose due date lies in the window of the steps: what is filed is never looked at."""
    rows = session.execute(
        select(Declaration.id, Declaration.state, Declaration.due_on)
        .where(Declaration.state.in_(DeclarationState.awaited()), Declaration.due_on.between(*rules.due_window(day)))
        .order_by(Declaration.id)
    )
    return [Waiting(*row) for row in rows]


def as_awaited(session: Session, months: Iterable[Waiting | Declaration]) -> dict[int, rules.Awaited]:
    """These months as their steps see them: with the day on which those to be corrected were last sent back."""
    waiting = list(months)
    returned = [month.id for month in waiting if month.state is DeclarationState.RETURNED]
    last = select(Deposit.declaration_id, func.max(Deposit.decided_at)).where(Deposit.declaration_id.in_(returned))
    back = {id_: paris_date(at) for id_, at in session.execute(last.group_by(Deposit.declaration_id)) if at}
    return {month.id: rules.Awaited(month.state, month.due_on, back.get(month.id)) for month in waiting}


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
