"""What is said upstream, in the words of its readers: the buyer, other structures, everyone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.forecast.listing.rows import lot_title
from portal.forecast.models import Lot
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date, plural, typo
from portal.kernel.hours import format_hours
from portal.sourcing import rules
from portal.sourcing.facts import NOTHING_SAID, Totals
from portal.sourcing.models import Interest
from portal.vocabulary import InterestKind

_SHORT_KINDS = {
    InterestKind.ALONE: ("prête à répondre seule", "prêtes à répondre seules"),
    InterestKind.MANDATAIRE: ("prête à porter un groupement", "prêtes à porter un groupement"),
    InterestKind.MEMBER: ("prête à rejoindre un groupement", "prêtes à rejoindre un groupement"),
    InterestKind.LOOKING_FOR_PARTNERS: ("cherche des partenaires", "cherchent des partenaires"),
}
_PLACES_SHOWN = 4


def lot_title_of(lot: Lot) -> str:
    """As one names it out of its project: « Nettoyage des écoles — lot 3, rive droite »."""
    project = lot.project
    return project.title if project.only_lot is lot else lot_title(project.title, lot.number, lot.title)


def lot_words(lot: Lot) -> str:
    """As one names it within its project."""
    return "L’ensemble" if lot.is_whole else lot.shown_name


def wanted_words(lot: Lot) -> str | None:
    wanted = rules.hours_over_duration(lot.facts)
    if wanted is not None:
        return format_hours(wanted)
    return f"{format_hours(lot.hours_wanted)} par an" if lot.hours_wanted else None


_SHARES = ("moins du quart", "plus du quart", "plus de la moitié", "plus des trois quarts", "au moins la totalité")


def public_words(count: int) -> str:
    return f"{plural(count, 'organisation')} se disent intéressées."


def offered_words(hours: Decimal, lot: Lot) -> str | None:
    """« Les autres offrent ensemble plus de la moitié des 12 000 h attendues. »: by quarters.
    Anything finer would give the hours of whoever comes next to those who had read the page before.
    """
    wanted = rules.hours_over_duration(lot.facts)
    if not wanted or not hours:
        return None
    share = _SHARES[min(int(hours * 4 / wanted), 4)]
    return typo(f"Les autres offrent ensemble {share} des {format_hours(wanted)} attendues.")


@dataclass(frozen=True)
class Named:
    """One organisation that agreed to be named, to whoever reads it here."""

    name: str
    siret: str
    what: str
    note: str | None


def named_to_others(interests: Sequence[Interest]) -> list[Named]:
    """Without its hours: with the total, they would tell those of the others."""
    return [_named(each, each.kind.label) for each in interests]


def named_to_buyer(interests: Sequence[Interest], names: Mapping[str, str]) -> list[Named]:
    return [_named(each, " · ".join(_told(each, names))) for each in interests]


def _named(interest: Interest, what: str) -> Named:
    organisation = interest.organisation
    return Named(organisation.shown_name, organisation.siret, what, interest.note)


def _told(interest: Interest, names: Mapping[str, str]) -> Iterable[str]:
    yield interest.kind.label
    if interest.disinterest:
        yield interest.disinterest.label.lower()
    if interest.hours:
        yield format_hours(interest.hours)
    if interest.communes:
        places = sorted(names.get(place.commune_code, place.commune_code) for place in interest.communes)
        rest = len(places) - _PLACES_SHOWN
        yield ", ".join(places[:_PLACES_SHOWN]) + (f" et {rest} autres" if rest > 0 else "")


@dataclass(frozen=True)
class LotInterest:
    """What a buyer reads of one lot."""

    lot: Lot
    totals: Totals
    named: list[Named]

    @property
    def title(self) -> str:
        return lot_words(self.lot)

    @property
    def kinds(self) -> list[str]:
        return [
            f"{count} {_SHORT_KINDS[kind][0 if count == 1 else 1]}"
            for kind in _SHORT_KINDS
            if (count := self.totals.kinds.get(kind, 0))
        ]

    @property
    def offered(self) -> str:
        """Exact when every name is read; to the hundred below as soon as one is not."""
        if not self.totals.hours:
            return "—"
        if not self.totals.unnamed:
            return format_hours(self.totals.hours)
        rounded = self.totals.rounded_hours
        return typo(f"environ {format_hours(rounded)}" if rounded else "moins de 100 h")

    @property
    def wanted(self) -> str:
        return wanted_words(self.lot) or "à préciser"

    @property
    def unnamed(self) -> str | None:
        count = self.totals.unnamed
        if not count:
            return None
        return "1 autre compte sans donner son nom." if count == 1 else f"{count} autres comptent sans donner leur nom."

    @property
    def reasons(self) -> str | None:
        """« Pas intéressées : 3. Trop grand pour nous (2), trop loin (1). »"""
        if not self.totals.not_interested:
            return None
        ranked = sorted(self.totals.reasons.items(), key=lambda pair: (-pair[1], pair[0].label))
        told = ", ".join(f"{reason.label.lower()} ({count})" for reason, count in ranked)
        return typo(f"{plural(self.totals.not_interested, 'pas intéressée', 'pas intéressées')} : {told}.")


def lots_interest(
    lots: Sequence[Lot],
    totals: Mapping[int, Totals],
    named: Mapping[int, Sequence[Interest]],
    names: Mapping[str, str],
) -> list[LotInterest]:
    return [
        LotInterest(lot, totals.get(lot.id, NOTHING_SAID), named_to_buyer(named.get(lot.id, ()), names)) for lot in lots
    ]


def own_words(interest: Interest) -> dict[str, Any]:
    """What one's organisation says, on the page of the lot."""
    readers = {
        (True, True): "Votre nom est lu par l’acheteur, les autres structures et les réseaux.",
        (True, False): "Votre nom est lu par l’acheteur seul.",
        (False, True): "Votre nom est lu par les autres structures et les réseaux, pas par l’acheteur.",
        (False, False): "Votre nom n’est lu par personne : vous comptez dans les totaux.",
    }
    reason = f" ({interest.disinterest.label.lower()})" if interest.disinterest else ""
    hours = f", {format_hours(interest.hours)}" if interest.hours else ""
    return {
        "what": typo(f"{interest.kind.label}{reason}{hours}"),
        "when": format_date(paris_date(interest.told_at)),
        "wants": interest.disinterest is None,
        "readers": readers[(interest.named_to_buyer, interest.named_to_others)],
    }
