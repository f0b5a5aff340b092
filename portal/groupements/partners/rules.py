"""Who completes a groupement best, and why. No database, no clock.

What a structure could carry is secret to its rivals: neither words nor order rest on it, but for its own network.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from portal.directory.rules import is_eligible
from portal.groupements.partners.facts import Candidate, Wanted
from portal.kernel.french import format_date, plural, typo
from portal.vocabulary import InterestKind, Reservation

_NAMED = 3


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for an organisation; or, to look at, that nobody told or that speaks against it."""

    words: str
    is_to_look_at: bool = False


@dataclass(frozen=True)
class Suggestion:
    candidate: Candidate
    reasons: tuple[Reason, ...]


def ranked(candidates: Iterable[Candidate], wanted: Wanted) -> list[Suggestion]:
    """The best first; those alike by name, then SIRET, as lists are."""
    in_order = sorted(candidates, key=lambda each: (rank(each, wanted), each.name.casefold(), each.siret))
    return [Suggestion(each, reasons(each, wanted)) for each in in_order]


def rank(candidate: Candidate, wanted: Wanted) -> tuple[int, ...]:
    """The lower, the better: whether it may answer, then what it brings that is missing, then how near it stands."""
    return (
        int(candidate.gone is not None),
        _rank_of_right(candidate, wanted),
        -len((candidate.places or frozenset()) & wanted.missing_places),
        _rank_of_trade(candidate, wanted),
        _rank_of_interest(candidate.interest, wanted),
        int(candidate.network is None),
        -_hours_brought(candidate, wanted),
        -len(candidate.places or ()),
    )


def _rank_of_right(candidate: Candidate, wanted: Wanted) -> int:
    if not _refusing(candidate, wanted):
        return 0
    return 2 if candidate.kinds else 1


def _refusing(candidate: Candidate, wanted: Wanted) -> list[tuple[str, Reservation]]:
    """The reserved lots that it may not answer as of right (L2113-12 to L2113-15), as far as the directory knows."""
    return [
        (lot, reservation)
        for lot, reservation in wanted.reservations
        if not is_eligible(candidate.kinds, candidate.ess_family, reservation)
    ]


def _rank_of_trade(candidate: Candidate, wanted: Wanted) -> int:
    if candidate.trades & wanted.missing_trades:
        return 0
    return 1 if candidate.trades & wanted.trades else 2


def _rank_of_interest(interest: InterestKind | None, wanted: Wanted) -> int:
    if interest is InterestKind.MANDATAIRE:
        return 0 if wanted.missing_mandataire else 2
    if interest in {InterestKind.MEMBER, InterestKind.LOOKING_FOR_PARTNERS}:
        return 1
    return 3


def _hours_brought(candidate: Candidate, wanted: Wanted) -> int:
    """Of one's own members only: what may be counted on, as far as it is missing."""
    band = candidate.own.band if candidate.own else None
    low = Decimal(band.low) if band else Decimal(0)
    return int(low if wanted.missing_hours is None else min(low, wanted.missing_hours))


# In words


def reasons(candidate: Candidate, wanted: Wanted) -> tuple[Reason, ...]:
    found = (
        _of_places(candidate, wanted),
        _of_trade(candidate, wanted),
        _of_right(candidate, wanted),
        _of_interest(candidate.interest, wanted),
        _of_network(candidate),
        _of_hours(candidate),
        Reason(candidate.gone, is_to_look_at=True) if candidate.gone else None,
    )
    return tuple(Reason(typo(each.words), each.is_to_look_at) for each in found if each)


def _of_places(candidate: Candidate, wanted: Wanted) -> Reason | None:
    if candidate.places is None:
        return Reason("Son territoire n’est pas indiqué : demandez-lui où elle travaille.", is_to_look_at=True)
    if brought := [name for code, name in wanted.places.items() if code in candidate.places & wanted.missing_places]:
        return Reason(f"Travaille là où personne n’est encore : {listed(brought)}.")
    if not wanted.places or not candidate.places:
        return None
    if len(candidate.places) == len(wanted.places):
        return Reason("Travaille dans toutes les communes demandées." if len(wanted.places) > 1 else "Travaille ici.")
    told = f"{plural(len(candidate.places), 'commune')} sur {len(wanted.places)}"
    return Reason(f"Travaille dans {told}.")


def _of_trade(candidate: Candidate, wanted: Wanted) -> Reason:
    if brought := candidate.trades & wanted.missing_trades:
        return Reason(f"Apporte le métier qui manque : {_trades(brought)}.")
    if known := candidate.trades & wanted.trades:
        return Reason(f"Son métier : {_trades(known)}.")
    return Reason("Ses métiers ne sont pas indiqués : demandez-lui.", is_to_look_at=True)


def _trades(trades: Iterable[object]) -> str:
    return ", ".join(sorted(trade.label for trade in trades))  # type: ignore[attr-defined]


def _of_right(candidate: Candidate, wanted: Wanted) -> Reason | None:
    """CCP, L2113-12 to L2113-15: as of right, by what the directory says today; it never forbids to invite."""
    if not wanted.reservations:
        return None
    refusing = _refusing(candidate, wanted)
    if not refusing:
        article = wanted.reservations[0][1].article
        return Reason(f"Peut répondre de plein droit au lot réservé ({article}).")
    lot, reservation = refusing[0]
    told = f"Pour {lot}, réservé ({reservation.article})"
    if not candidate.kinds:
        return Reason(f"{told} : ce qu’elle est n’est pas indiqué.", is_to_look_at=True)
    return Reason(f"{told} : pas de plein droit, à justifier au dépôt.", is_to_look_at=True)


def _of_interest(interest: InterestKind | None, wanted: Wanted) -> Reason | None:
    if interest is None:
        return None
    lacking = " : il vous manque un mandataire" if wanted.missing_mandataire else ""
    words = {
        InterestKind.MANDATAIRE: f"S’est dite prête à porter un groupement sur ce lot{lacking}.",
        InterestKind.MEMBER: "S’est dite prête à rejoindre un groupement sur ce lot.",
        InterestKind.LOOKING_FOR_PARTNERS: "Cherche des partenaires pour ce lot.",
        InterestKind.ALONE: "S’est dite prête à répondre seule à ce lot.",
    }
    return Reason(words[interest], is_to_look_at=interest is InterestKind.ALONE) if interest in words else None


def _of_network(candidate: Candidate) -> Reason | None:
    if candidate.network is None:
        return None
    return Reason("Adhère à votre réseau." if candidate.is_own else f"Adhère comme vous à {candidate.network}.")


def _of_hours(candidate: Candidate) -> Reason | None:
    """Told by the structure, for its network alone: what it has engaged since is not taken off."""
    if candidate.own is None:
        return None
    if candidate.own.band is None:
        return Reason("Elle n’a pas dit ses heures dans ce métier.", is_to_look_at=True)
    on = format_date(candidate.own.confirmed_on)
    return Reason(f"Capacité annoncée : {candidate.own.band.label}, dite le {on}, avant ce qu’elle a promis ailleurs.")


def listed(names: Sequence[str]) -> str:
    """« Combeaux, Vernois, Belleroche et 4 autres »."""
    rest = len(names) - _NAMED
    if rest > 0:
        return ", ".join(names[:_NAMED]) + f" et {plural(rest, 'autre')}"
    return " et ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
