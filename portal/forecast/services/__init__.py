"""What a buyer does to its forecast. Each public change leaves its history, bumps the mark and refreshes the list."""

from portal.forecast.services.awards import award_lot, close_lot, titulaire_called
from portal.forecast.services.history import mark_public_change
from portal.forecast.services.lots import add_lot, cpv_code_of, remove_lot, revise_lot
from portal.forecast.services.projects import correct_tender, create_project, drop, open_tender, publish, revise_project
from portal.forecast.services.renewals import renew_contract

__all__ = [
    "add_lot",
    "award_lot",
    "close_lot",
    "correct_tender",
    "cpv_code_of",
    "create_project",
    "drop",
    "mark_public_change",
    "open_tender",
    "publish",
    "remove_lot",
    "renew_contract",
    "revise_lot",
    "revise_project",
    "titulaire_called",
]
