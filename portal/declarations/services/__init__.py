"""What is done with a month: opened, filled in, deposited, accepted or sent back, reopened."""

from portal.declarations.services.checking import accept, reopen, send_back
from portal.declarations.services.deposits import deposit
from portal.declarations.services.drafts import save, say_nil
from portal.declarations.services.opening import count_due, open_months
from portal.declarations.services.people import add_person, remove_line

__all__ = [
    "accept",
    "add_person",
    "count_due",
    "deposit",
    "open_months",
    "remove_line",
    "reopen",
    "save",
    "say_nil",
    "send_back",
]
