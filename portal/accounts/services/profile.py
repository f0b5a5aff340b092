"""What a person says of themselves."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal import journal
from portal.accounts.models import Account
from portal.kernel.actor import Actor
from portal.storage import ensure_current


def rename(
    session: Session, account: Account, display_name: str, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Raises Stale when the account changed since the form was shown."""
    ensure_current(account, expected_version)
    before, account.display_name = account.display_name, display_name
    subject = ("account", account.id, display_name)
    names = {"before": {"name": before}, "after": {"name": display_name}}
    journal.record(session, "account.renamed", subject, actor=actor, at=now, **names)
