"""The page of shares: what is typed in all, against what the buyer published."""

from collections.abc import Sequence
from typing import Any

from portal.groupements import balance, rules
from portal.groupements.facts import ACTIVE, GroupementFacts
from portal.groupements.models import Member
from portal.groupements.terms_form import MOST_PLACES, TermsForm, total_of
from portal.kernel.french import typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros


def context(form: TermsForm, members: Sequence[Member], facts: GroupementFacts) -> dict[str, Any]:
    return {
        "members": members,
        "totals": _totals(form, members, facts),
        "differences": [] if form.is_submitted() else balance.differences(facts),
        "too_many_places": len(facts.places) > MOST_PLACES,
        "facts": facts,
        "active": ACTIVE,
    }


def _totals(form: TermsForm, members: Sequence[Member], facts: GroupementFacts) -> list[tuple[str, str | None]]:
    """What is typed in all, each with what it should come near."""
    total, per_year = total_of(form, members), " par an" if facts.hours_per_year else ""
    wanted = f"pour {format_hours(facts.hours_wanted)}{per_year} voulues" if facts.hours_wanted else None
    worth = facts.amount_wanted
    estimate = f"l’acheteur estime {balance.between(*worth)}, sur toute la durée" if worth else None
    required = "il faut 100 %" if rules.parts_asked(facts) is rules.Parts.REQUIRED else None
    lines = (
        (rules.percent(total.part), required),
        (f"{format_euros(total.amount)} HT", estimate),
        (f"{format_hours(total.hours)}{per_year}", wanted),
    )
    return [(typo(figure), note and typo(note)) for figure, note in lines]
