"""The levers of an awarded lot: what its contract carries, rather than what had been envisaged."""

from portal.contracts.models import Contract
from portal.forecast.facts import LeverChoice
from portal.forecast.listing.rows import LeverMark, lever_mark
from portal.forecast.models import Lot
from portal.vocabulary import Lever


def contract_of(lot: Lot) -> Contract | None:
    return lot.award.contract if lot.award else None


def is_carried(lever: Lever, contract: Contract) -> bool:
    """Whether a contract carries a lever; a service of insertion is the contract's very object."""
    return {
        Lever.RESERVED: contract.is_reserved,
        Lever.CLAUSE: contract.has_social_clause,
        Lever.CRITERION: contract.has_social_criterion,
        Lever.INSERTION_SERVICE: True,
    }[lever]


def stated(choice: LeverChoice, contract: Contract | None = None) -> LeverMark:
    """The mark of a lever with its state in words; once awarded, « envisagé » says nothing any more."""
    mark = lever_mark(choice)
    over = contract is not None and choice.is_live and not choice.is_decided
    return LeverMark(mark.kind, None if over else choice.state.value, mark.words, mark.article)


def said_of(choice: LeverChoice, contract: Contract) -> str | None:
    """What became of a lever that was still live."""
    if not choice.is_live:
        return None
    return "Le marché le porte." if is_carried(choice.lever, contract) else "Annoncé, mais pas repris dans le marché."
