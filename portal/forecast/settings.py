"""What a buyer chooses for its forecast, and what holds until it does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    second_person_publishes: bool
    """Whether a project is published by somebody else than who wrote it."""
    legal_checks_only: bool
    """Whether only the legal department checks levers; otherwise purchasing may too."""
    price_weight_warning: int
    """Percent of the note; above, the price pulled down leaves no room for a person's path."""
    structures_to_reserve: int
    """From so many eligible structures, reserving a lot is realistic."""
    groupements_to_reserve: int
    """Or from so many plausible groupements that cover the hours."""


DEFAULTS = Settings(
    second_person_publishes=False,
    legal_checks_only=False,
    price_weight_warning=60,
    structures_to_reserve=3,
    groupements_to_reserve=2,
)
"""A small town has no second person, nor a legal department (domain.md § 0 bis)."""
