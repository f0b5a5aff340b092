"""What is done with a month: opened, filled in, deposited, accepted or sent back, reopened."""

from portal.declarations.services.checking import accept, accept_unread, reopen, send_back
from portal.declarations.services.delegation import end, entrust, open_parts
from portal.declarations.services.deposits import deposit
from portal.declarations.services.drafts import repeat_hours, save, say_nil
from portal.declarations.services.opening import count_due, open_months
from portal.declarations.services.parts import add_to_part, hand, hand_back, remove_from_part, save_part
from portal.declarations.services.people import add_person, remove_line
from portal.declarations.services.prefilling import prefill

__all__ = [
    "accept",
    "accept_unread",
    "add_person",
    "add_to_part",
    "count_due",
    "deposit",
    "end",
    "entrust",
    "hand",
    "hand_back",
    "open_months",
    "open_parts",
    "prefill",
    "remove_from_part",
    "remove_line",
    "reopen",
    "repeat_hours",
    "save",
    "save_part",
    "say_nil",
    "send_back",
]
