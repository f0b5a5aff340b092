"""What a buyer does to its forecast. Each public change leaves its history, bumps the mark and refreshes the list."""

from portal.forecast.services.awards import award_lot, close_lot, titulaire_called
from portal.forecast.services.checks import back_to_draft, check_lever, mark_ready, send_to_check
from portal.forecast.services.history import mark_public_change
from portal.forecast.services.lots import add_lot, cpv_code_of, remove_lot, revise_lot
from portal.forecast.services.projects import correct_tender, create_project, drop, open_tender, revise_project
from portal.forecast.services.publication import publish, publish_due, schedule, unschedule
from portal.forecast.services.renewals import renew_contract
from portal.forecast.services.settings import set_settings
from portal.forecast.services.slips import slip

__all__ = [
    "add_lot",
    "award_lot",
    "back_to_draft",
    "check_lever",
    "close_lot",
    "correct_tender",
    "cpv_code_of",
    "create_project",
    "drop",
    "mark_public_change",
    "mark_ready",
    "open_tender",
    "publish",
    "publish_due",
    "remove_lot",
    "renew_contract",
    "revise_lot",
    "revise_project",
    "schedule",
    "send_to_check",
    "set_settings",
    "slip",
    "titulaire_called",
    "unschedule",
]
