"""What suppliers and buyers tell each other upstream: load, may they, does the rule allow, change, record, promise."""

from portal.sourcing.services.exchanges import note_exchange
from portal.sourcing.services.interest import tell_interest
from portal.sourcing.services.meetings import cancel_meeting, change_meeting, set_meeting
from portal.sourcing.services.questions import answer, ask, date_questions, inform, set_aside

__all__ = [
    "answer",
    "ask",
    "cancel_meeting",
    "change_meeting",
    "date_questions",
    "inform",
    "note_exchange",
    "set_aside",
    "set_meeting",
    "tell_interest",
]
