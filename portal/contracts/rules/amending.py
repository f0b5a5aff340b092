"""What an amendment may change: from which day, and who may leave or join."""

from collections.abc import Collection
from datetime import date

from portal.contracts.facts import AmendmentFacts
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo


def ensure_amendable(facts: AmendmentFacts, notified_on: date, ends_on: date | None) -> None:
    """`ends_on`: the contract's end as amended. Raises RuleViolation on the field at fault."""
    if not facts.reason.strip():
        raise RuleViolation("Dites pourquoi le marché change : les titulaires le liront.", "reason")
    if facts.signed_on < notified_on:
        raise RuleViolation(
            typo(f"Le marché a été notifié le {format_date(notified_on)} : un avenant vient après."), "signed_on"
        )
    if facts.effective_on < notified_on:
        raise RuleViolation("Un avenant ne prend pas effet avant la notification du marché.", "effective_on")
    if ends_on is not None and ends_on < notified_on:
        raise RuleViolation("Le marché ne peut pas finir avant sa notification.", "ends_on")
    if ends_on is not None and facts.effective_on > ends_on:
        raise RuleViolation(
            typo(f"Le marché finit le {format_date(ends_on)} : l’avenant prend effet avant."), "effective_on"
        )


def ensure_in_order(facts: AmendmentFacts, numbers: Collection[int], last_effective_on: date | None) -> None:
    """Amendments are recorded in the order of their effect: each one starts from what the one before left."""
    if facts.number in numbers:
        raise RuleViolation(f"L’avenant n° {facts.number} est déjà enregistré.", "amendment_number")
    if last_effective_on is not None and facts.effective_on < last_effective_on:
        raise RuleViolation(
            f"Le dernier avenant a pris effet le {format_date(last_effective_on)} : celui-ci ne peut pas venir avant.",
            "effective_on",
        )


def ensure_departures(facts: AmendmentFacts, staying: int, *, leads: bool, today: date) -> None:
    """`staying`: how many titulaires there will be; `leads`: whether there will be a mandataire (R2142-24)."""
    if facts.leaving and facts.effective_on > today:
        raise RuleViolation(
            "Un départ s’enregistre à partir du jour où il prend effet : avant, le membre exécute encore.",
            "effective_on",
        )
    if staying == 0:
        raise RuleViolation("Un marché garde au moins un titulaire : dites qui reprend.", "leaving")
    if staying > 1 and not leads:
        raise RuleViolation(
            typo("Plusieurs titulaires resteront, sans mandataire : désignez-le (R2142-24)."), "leader", "R2142-24"
        )
