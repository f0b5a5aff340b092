"""Where a purchase request stands, and what it still has to say. No database, no clock."""

from collections.abc import Iterator, Sequence
from datetime import date

from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.requests.facts import RequestFacts
from portal.vocabulary import RequestState

EDITABLE = frozenset({RequestState.DRAFT, RequestState.RETURNED})
"""Its author writes."""

WITHDRAWABLE = EDITABLE | {RequestState.FILED}


class Incomplete(RuleViolation):
    """A request that cannot be filed yet, with all that is missing at once."""

    def __init__(self, missing: Sequence[RuleViolation]) -> None:
        super().__init__(" ".join(each.sentence for each in missing))
        self.missing = missing


def ensure_editable(state: RequestState) -> None:
    if state not in EDITABLE:
        raise RuleViolation(typo(f"Cette demande est « {state.label} » : elle ne se modifie plus."))


def ensure_withdrawable(state: RequestState) -> None:
    if state not in WITHDRAWABLE:
        raise RuleViolation(typo(f"Cette demande est « {state.label} » : elle ne se retire plus."))


def ensure_answerable(state: RequestState) -> None:
    if state is not RequestState.FILED:
        raise RuleViolation(typo(f"Cette demande est « {state.label} » : elle n’attend pas de réponse."))


def ensure_declinable(state: RequestState) -> None:
    if state is not RequestState.RETURNED:
        ensure_answerable(state)


def missing(facts: RequestFacts, today: date) -> list[RuleViolation]:
    """What purchasing needs to begin, each on its field, in the order of the page."""
    return [RuleViolation(typo(sentence), field) for field, sentence in _missing(facts, today)]


def _missing(facts: RequestFacts, today: date) -> Iterator[tuple[str, str]]:
    if not facts.need:
        yield "need", "Dites en deux phrases ce dont vous avez besoin."
    if facts.trade is None:
        yield "trade", "Choisissez le métier le plus proche."
    if facts.family is None:
        yield "family", "Choisissez une nature : travaux, fournitures ou services."
    if facts.wanted is None:
        yield "wanted", "Dites quand cela devrait commencer : une année suffit."
    elif facts.wanted.ends_on < today:
        yield "wanted", "Cette date est passée : dites quand cela devrait maintenant commencer."
    if not facts.whole_territory and not facts.commune_codes:
        yield "whole_territory", "Dites où : tout le territoire, ou quelques communes."
    if facts.budget is None:
        yield "budget", "Indiquez une enveloppe, même approximative : elle reste entre vous et les achats."


def ensure_fileable(facts: RequestFacts, today: date) -> None:
    """Raises Incomplete with all that is missing."""
    if found := missing(facts, today):
        raise Incomplete(found)


def ensure_said(word: str | None, sentence: str) -> None:
    if not word:
        raise RuleViolation(sentence, "word")
