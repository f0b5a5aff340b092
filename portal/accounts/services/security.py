"""What protects an account changes: its owner is told, whoever did it."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import Account
from portal.vocabulary import Listed

SECURITY = "accounts.security"


class SecurityChange(Listed):
    """What happened to an account, in the words of the message."""

    PASSWORD_CHANGED = "password_changed", "le mot de passe a été changé"
    SECOND_FACTOR_SET = "second_factor_set", "un téléphone protège désormais le compte"
    SECOND_FACTOR_REMOVED = "second_factor_removed", "le téléphone qui protégeait le compte a été retiré"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed", "les codes de secours ont été refaits"


def tell(session: Session, account: Account, change: SecurityChange, *, now: datetime) -> None:
    """Promise the message, once for each version of the account: to call after the account's `touch`."""
    outbox.promise(
        session,
        SECURITY,
        recipient=account.email,
        ids={"account": account.id, "change": change.value, "at": now.isoformat()},
        dedupe_key=f"{SECURITY}:{account.id}:{account.version}:{change.value}",
        now=now,
    )
