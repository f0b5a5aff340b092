"""Who was told what, and whether it left."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.declarations.models import Declaration
from portal.outbox.models import Message
from portal.reminders.models import Reminder
from portal.vocabulary import DeclarationState, MessageState, ReminderAudience, ReminderStep, ReminderSubject


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the ledger, with who it is and what became of their message."""

    step: ReminderStep
    audience: ReminderAudience
    name: str
    promised_at: datetime
    message: MessageState | None


def steps_told(session: Session, declaration_ids: Collection[int]) -> dict[tuple[int, int], list[ReminderStep]]:
    """The steps already told of these months, by month and person."""
    told: defaultdict[tuple[int, int], list[ReminderStep]] = defaultdict(list)
    rows = session.execute(
        select(Reminder.subject_id, Reminder.account_id, Reminder.step).where(
            Reminder.subject == ReminderSubject.DECLARATION, Reminder.subject_id.in_(declaration_ids)
        )
    )
    for declaration_id, account_id, step in rows:
        told[declaration_id, account_id].append(step)
    return told


def keys_promised(session: Session, keys: Collection[str]) -> set[str]:
    """Those of these message keys that the ledger knows."""
    return set(session.scalars(select(Reminder.message_key).where(Reminder.message_key.in_(keys)).distinct()))


def told_to(session: Session, account_id: int) -> dict[int, Reminder]:
    """The last step that one person was told of each month that is still awaited."""
    lines = session.scalars(
        select(Reminder)
        .join(Declaration, Declaration.id == Reminder.subject_id)
        .where(
            Reminder.account_id == account_id,
            Reminder.subject == ReminderSubject.DECLARATION,
            Declaration.state.in_(DeclarationState.awaited()),
        )
    )
    return {line.subject_id: line for line in sorted(lines, key=lambda line: line.step.offset_days)}


def told_of(session: Session, declaration_id: int) -> Sequence[Told]:
    """All that was told of one month, the latest first."""
    rows = session.execute(
        select(Reminder.step, Reminder.audience, Account.display_name, Reminder.promised_at, Message.state)
        .join(Account, Account.id == Reminder.account_id)
        .outerjoin(Message, Message.dedupe_key == Reminder.message_key)
        .where(Reminder.subject == ReminderSubject.DECLARATION, Reminder.subject_id == declaration_id)
        .order_by(Reminder.promised_at.desc(), Account.display_name, Reminder.id)
    )
    return [Told(*row) for row in rows]
