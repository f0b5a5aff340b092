"""What an order may say."""

from datetime import date

from portal.contracts.facts import OrderFacts
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo


def ensure_order(facts: OrderFacts, notified_on: date, today: date) -> None:
    """Raises RuleViolation on the field at fault."""
    if facts.ordered_on < notified_on:
        raise RuleViolation(
            typo(f"Le marché a été notifié le {format_date(notified_on)} : on n’y commande pas avant."), "ordered_on"
        )
    if facts.ordered_on > today:
        raise RuleViolation("Cette commande n’est pas encore passée : notez-la le jour venu.", "ordered_on")
