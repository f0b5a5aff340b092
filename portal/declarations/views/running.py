"""The bar of a month: retained so far, the month's own hours on top, and what the calendar expects."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from portal.declarations.queries import MonthTotal
from portal.declarations.wording import whole_hours
from portal.kernel.french import typo
from portal.kernel.month import Month


def running_total(
    promised: Decimal, months: Sequence[MonthTotal], month: Month, pending: Decimal
) -> dict[str, Any] | None:
    """What `components/bar.html` draws, all titulaires together; `pending`: hours of the month not yet accepted."""
    if not promised:
        return None
    done = months[-1].retained_to_date if months else Decimal(0)
    name = month.label.split()[0]
    words = f"{whole_hours(done + pending)} avec {name}" if pending else f"{whole_hours(done)} retenues"
    expected = next((total.promised_to_date for total in months if total.month == month), None)
    told = typo(f"attendu fin {name} : {whole_hours(expected)}") if expected is not None else None
    title = f"{words}, pour un engagement de {whole_hours(promised)}" + (f" ; {told}" if told else "")
    return {
        "id": "cumul",
        "title": typo(title),
        "done": float(done),
        "pending": float(pending),
        "total": float(promised),
        "done_words": words,
        "total_words": f"sur {whole_hours(promised)}",
        "expected": float(expected) if expected is not None else None,
        "expected_words": told,
        "height": 26,
    }
