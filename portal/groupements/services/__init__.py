"""The verbs of a groupement: load, may they, does the rule allow, change, record and promise."""

from portal.groupements.services.agreements import (
    accept,
    asked_agreement,
    dissolve,
    file,
    propose,
    seal,
    unseal,
)
from portal.groupements.services.awards import active_in_order, award, close_if_over, hours_by_member
from portal.groupements.services.base import member_called
from portal.groupements.services.forming import open_groupement, revise, set_terms
from portal.groupements.services.members import (
    answer_invitation,
    answer_request,
    ask_to_join,
    invite,
    leave,
    part_with,
    renew_invitation,
    withdraw_request,
)
from portal.groupements.services.seals import write_seal
from portal.groupements.services.telling import Reached

__all__ = [
    "Reached",
    "accept",
    "active_in_order",
    "answer_invitation",
    "answer_request",
    "ask_to_join",
    "asked_agreement",
    "award",
    "close_if_over",
    "dissolve",
    "file",
    "hours_by_member",
    "invite",
    "leave",
    "member_called",
    "open_groupement",
    "part_with",
    "propose",
    "renew_invitation",
    "revise",
    "seal",
    "set_terms",
    "unseal",
    "withdraw_request",
    "write_seal",
]
