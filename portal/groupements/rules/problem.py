"""What forbids to go on, and the words that rules share."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_number, typo

INVITATION_LASTS = timedelta(days=14)
REMINDED_BEFORE = timedelta(days=4)


@dataclass(frozen=True)
class Problem:
    """What forbids to go on: `about` names the step that mends it."""

    about: str
    sentence: str
    article: str | None = None


def ensure_reason(reason: str | None, sentence: str, field: str = "reason") -> None:
    if not reason:
        raise RuleViolation(sentence, field)


def has_expired(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at <= now


def percent(part: int) -> str:
    """« 40 % », « 33,34 % »."""
    whole, hundredths = divmod(part, 100)
    digits = f"{hundredths:02}".rstrip("0")
    return typo(f"{format_number(whole)}{',' + digits if digits else ''} %")
