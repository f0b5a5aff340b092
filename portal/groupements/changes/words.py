"""A change of composition, as both sides read it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from portal.groupements.models import CompositionChange, Groupement
from portal.groupements.translation import lot_name, reservation_of
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date, typo
from portal.vocabulary import Reservation


def moves(change: CompositionChange) -> str:
    """« Régie du Port sort ; Net Services entre à sa place, avec la même part. »"""
    leaver = change.member.organisation.shown_name
    if change.successor is not None:
        then = f"{change.successor.shown_name} entre à sa place, avec la même part"
    else:
        then = f"{change.taker.organisation.shown_name if change.taker else ''} reprend sa part"
    return typo(f"{leaver} sort ; {then}.")


def notices(groupement: Groupement, change: CompositionChange, today: date) -> list[str]:
    """What the buyer looks at before it answers; none of it forbids (L2113-12 to L2113-15)."""
    comes = change.successor
    if comes is None:
        return []
    kept = [(lot, reservation_of(lot)) for lot in groupement.lots if reservation_of(lot) is not Reservation.NONE]
    return [
        typo(
            f"{comes.shown_name} : l’annuaire ne dit pas qu’elle peut répondre de plein droit pour {lot_name(lot)}, "
            f"réservé ({reservation.article}). Demandez-en la preuve."
        )
        for lot, reservation in kept
        if not comes.is_eligible_on(today, reservation)
    ]


def history_of(changes: Sequence[CompositionChange]) -> list[dict[str, Any]]:
    """Each request and each answer, the latest first, for `components/history.html`."""
    return [line for change in changes for line in (*_answer(change), _request(change))]


def _request(change: CompositionChange) -> dict[str, Any]:
    what = f"Changement demandé, {change.ground.label[0].lower()}{change.ground.label[1:]}"
    return {
        "date": format_date(paris_date(change.asked_at)),
        "what": typo(what),
        "before": None,
        "after": moves(change),
        "reason": typo(change.explanation),
        "who": change.asked_by_label,
    }


def _answer(change: CompositionChange) -> list[dict[str, Any]]:
    if change.decided_at is None:
        return []
    what = "Changement autorisé par l’acheteur" if change.granted else "Changement refusé par l’acheteur"
    return [
        {
            "date": format_date(paris_date(change.decided_at)),
            "what": what,
            "before": None,
            "after": None if change.granted else "rien ne change",
            "reason": typo(change.answer or ""),
            "who": change.decided_by_label,
        }
    ]
