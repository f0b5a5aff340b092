"""An amendment in words: what held before, what holds after."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from portal.contracts.models import Amendment
from portal.kernel.french import format_date, typo
from portal.kernel.hours import format_hours
from portal.kernel.month import Month


def amended(amendment: Amendment) -> dict[str, str | None]:
    """One item of the history (`components/history.html`)."""
    return {
        "date": f"Prend effet le {format_date(amendment.effective_on)}, signé le {format_date(amendment.signed_on)}",
        "what": f"Avenant n° {amendment.number}",
        "before": _words(amendment, before=True),
        "after": _words(amendment, before=False),
        "reason": typo(amendment.reason),
        "who": typo(f"Enregistré par {amendment.recorded_by_label}"),
    }


def changes(amendment: Amendment) -> list[tuple[str, str, str]]:
    """What changed: its name, before, after."""
    was, becomes = json.loads(amendment.before), json.loads(amendment.after)
    told = [
        (label, typo(words(was[name])), typo(words(becomes[name])))
        for name, (label, words) in _KINDS.items()
        if name in was
    ]
    hours = (amendment.promised_before, amendment.promised_after)
    if hours[0] != hours[1]:
        told.insert(0, ("Heures promises", format_hours(hours[0]), format_hours(hours[1])))
    return told


def _words(amendment: Amendment, *, before: bool) -> str:
    return typo(
        " ; ".join(f"{label.lower()} : {was if before else becomes}" for label, was, becomes in changes(amendment))
    )


def _day(value: Any) -> str:
    return format_date(date.fromisoformat(value)) if value else "non précisée"


def _month(value: Any) -> str:
    return Month.parse(value).label if value else "aucun"


def _months(value: Any) -> str:
    return ", ".join(Month.parse(month).label for month in value) or "aucun"


def _names(value: Any) -> str:
    return ", ".join(value) or "aucun"


def _name(value: Any) -> str:
    return value or "aucun"


_KINDS: Mapping[str, tuple[str, Callable[[Any], str]]] = MappingProxyType(
    {
        "ends_on": ("Fin du marché", _day),
        "last_month": ("Dernier mois à déclarer", _month),
        "suspended": ("Mois suspendus", _months),
        "titulaires": ("Titulaires", _names),
        "mandataire": ("Mandataire", _name),
    }
)
