"""What people type upstream: shape and syntax only."""

from portal.sourcing.forms.interest import InterestForm
from portal.sourcing.forms.meetings import CancelForm, MeetingForm
from portal.sourcing.forms.questions import (
    AnswerForm,
    DateForm,
    ExchangeForm,
    InformForm,
    QuestionForm,
    SetAsideForm,
)

__all__ = [
    "AnswerForm",
    "CancelForm",
    "DateForm",
    "ExchangeForm",
    "InformForm",
    "InterestForm",
    "MeetingForm",
    "QuestionForm",
    "SetAsideForm",
]
