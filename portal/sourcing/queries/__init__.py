"""What was said upstream: totals for all, names for those who may read them, questions, meetings, the journal."""

from portal.sourcing.queries.interest import (
    hours_of_others,
    interest_of,
    interest_totals,
    named_to_buyer,
    named_to_others,
    public_totals_of,
    words_of,
)
from portal.sourcing.queries.journal import Line, told
from portal.sourcing.queries.meetings import MeetingPage, coming_of, meeting, meetings_from, meetings_page, own_meeting
from portal.sourcing.queries.questions import (
    Desk,
    asked_by,
    asker_of,
    count_waiting,
    desk_of,
    own_exchange,
    own_question,
    public_answers,
    question_by_id,
)

__all__ = [
    "Desk",
    "Line",
    "MeetingPage",
    "asked_by",
    "asker_of",
    "coming_of",
    "count_waiting",
    "desk_of",
    "hours_of_others",
    "interest_of",
    "interest_totals",
    "meeting",
    "meetings_from",
    "meetings_page",
    "named_to_buyer",
    "named_to_others",
    "own_exchange",
    "own_meeting",
    "own_question",
    "public_answers",
    "public_totals_of",
    "question_by_id",
    "told",
    "words_of",
]
