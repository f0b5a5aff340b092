"""Words that pages and mails share."""

from portal.kernel.clock import PARIS
from portal.kernel.french import format_date_long
from portal.sourcing.civil_time import format_hour
from portal.sourcing.models import PublicMeeting


def meeting_when(meeting: PublicMeeting) -> str:
    """« mercredi 20 janvier 2027, de 14 h 30 à 16 h 00 »."""
    starts, ends = (instant.astimezone(PARIS) for instant in (meeting.starts_at, meeting.ends_at))
    hours = f"de {format_hour(starts.time())} à {format_hour(ends.time())}"
    return f"{format_date_long(starts.date())}, {hours}"
