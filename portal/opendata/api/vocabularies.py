"""Every closed list that the API uses: codes, French words and, where one may filter by it, the word in addresses."""

from collections.abc import Mapping
from typing import Any

from portal.forecast.listing.selection import WITHOUT_LEVER, Facet, word_of
from portal.kernel.french import typo
from portal.vocabulary import (
    AmountBand,
    Confidence,
    DerogationGround,
    ExecutionMode,
    Lever,
    LeverState,
    Listed,
    LotOutcome,
    PlannedPrecision,
    Procedure,
    ProjectState,
    PurchaseFamily,
    Reservation,
    SocialConsideration,
    Technique,
    Trade,
)

LISTS: Mapping[str, tuple[type[Listed], Facet | None]] = {
    "amount_band": (AmountBand, Facet.AMOUNT),
    "confidence": (Confidence, Facet.CONFIDENCE),
    "derogation": (DerogationGround, None),
    "execution_mode": (ExecutionMode, None),
    "family": (PurchaseFamily, None),
    "lever": (Lever, Facet.LEVER),
    "lever_state": (LeverState, None),
    "outcome": (LotOutcome, None),
    "precision": (PlannedPrecision, None),
    "procedure": (Procedure, None),
    "project_state": (ProjectState, None),
    "reservation": (Reservation, None),
    "social_consideration": (SocialConsideration, None),
    "technique": (Technique, None),
    "trade": (Trade, Facet.TRADE),
}
PUBLIC_STATES = (ProjectState.PUBLISHED, ProjectState.IN_TENDER, ProjectState.AWARDED, ProjectState.DROPPED)


def vocabularies() -> dict[str, Any]:
    return {name: {"codes": codes_of(name), "parameter": _parameter(name)} for name in LISTS}


def codes_of(name: str) -> list[dict[str, Any]]:
    vocabulary, facet = LISTS[name]
    return [
        {"code": member.value, "label": typo(member.label), "word": word_of(facet, member.value) if facet else None}
        for member in members(vocabulary)
    ]


def members(vocabulary: type[Listed]) -> tuple[Listed, ...]:
    return PUBLIC_STATES if vocabulary is ProjectState else tuple(vocabulary)


def words_of(facet: Facet) -> list[str]:
    """What may be written in an address for a facet of a closed list."""
    vocabulary = next(vocabulary for vocabulary, filtered in LISTS.values() if filtered is facet)
    words = [word_of(facet, member.value) for member in vocabulary]
    return [*words, word_of(facet, WITHOUT_LEVER)] if facet is Facet.LEVER else words


def _parameter(name: str) -> str | None:
    facet = LISTS[name][1]
    return facet.word if facet else None
