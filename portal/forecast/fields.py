"""Moved to `portal.web.fields`, where lower rooms reach it."""

from portal.web.fields import (
    DayField,
    EurosField,
    HoursField,
    PeriodField,
    ReadField,
    WholeField,
    percent_field,
    pick_field,
    said_field,
    tell_field,
)

__all__ = [
    "DayField",
    "EurosField",
    "HoursField",
    "PeriodField",
    "ReadField",
    "WholeField",
    "percent_field",
    "pick_field",
    "said_field",
    "tell_field",
]
