"""Ways to size a lot side by side, in words: what each asks, what structures could give, whether it is well sized."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from portal.calibration.answers import MOST_ANSWERS
from portal.calibration.comparison import Weighed
from portal.calibration.facts import Cover
from portal.calibration.models import Opinion, Variant
from portal.calibration.wording import cut_words
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date, plural, typo
from portal.kernel.hours import format_hours
from portal.vocabulary import OpinionVerdict

HIDDEN = "masqué"
"""Under four structures with hours, one could tell who gives what."""

_VERDICTS = {
    OpinionVerdict.FITS: "à la taille",
    OpinionVerdict.TOO_BIG: "trop grand",
    OpinionVerdict.TOO_SMALL: "trop petit",
    OpinionVerdict.OTHER_SPLIT: "autre découpage",
}


@dataclass(frozen=True)
class Said:
    """One opinion as its reader may read it."""

    who: str
    siret: str | None
    verdict: str
    text: str | None


@dataclass(frozen=True)
class Way:
    """One way to size the lot: a row of the comparison, and its detail."""

    anchor: str
    name: str
    cut: str
    weighed: Weighed | None
    """None for who may not read what structures could give."""
    variant: Variant | None = None
    save_count: int | None = None
    """Sectors of a ready-made one that is not saved yet."""
    verdicts: Mapping[OpinionVerdict, int] = field(default_factory=dict)
    said: Sequence[Said] = ()

    @property
    def hours(self) -> str:
        hours = self.weighed.yearly_hours if self.weighed else None
        return format_hours(hours.quantize(Decimal(1))) if hours else "à préciser"

    @property
    def structures(self) -> str:
        """« 6 », « de 4 à 9 » from one sector to another."""
        return _range([cover.structures for cover in self._covers])

    @property
    def by_sector(self) -> str:
        shares = [cover.shown_share for cover in self._covers]
        if any(cover.is_masked for cover in self._covers):
            return HIDDEN
        known = [_percent(share) for share in shares if share is not None]
        return _range(known, "\u202f%") if len(known) == len(shares) else "à préciser"

    @property
    def at_once(self) -> str:
        """Nothing of all when something of one is hidden: hours may be given to its sector alone."""
        joint = self.weighed.joint if self.weighed else None
        if self.weighed is None or joint is None:
            return "à préciser"
        hidden = joint.shown_share is None or self.weighed.is_masked
        return HIDDEN if hidden else typo(f"{_percent(joint.shown_share or Decimal(0))} %")

    @property
    def answers(self) -> str:
        counts = [cover.shown_answers for cover in self._covers]
        if self.weighed is None or self.weighed.joint is None:
            return "à préciser"
        known = [count for count in counts if count is not None]
        return (
            HIDDEN if len(known) < len(counts) else _range(known).replace(str(MOST_ANSWERS), f"{MOST_ANSWERS} ou plus")
        )

    @property
    def tone(self) -> str | None:
        known = self.weighed.well_sized if self.weighed else None
        return {True: "ok", False: "due", None: "quiet"}[known]

    @property
    def verdict(self) -> str:
        """« Bien dimensionné », or what it lacks, in two words."""
        known = self.weighed.well_sized if self.weighed else None
        if known is None:
            return "On ne sait pas"
        return "Bien dimensionné" if known else "Trop grand"

    @property
    def because(self) -> str:
        """Why, in a sentence."""
        return typo(_because(self.weighed)) if self.weighed else ""

    @property
    def sectors(self) -> list[list[str]]:
        """Name, communes, hours, then what structures could give, for who may read it."""
        return [_sector(name, each) for name, each in self._named()] if self.weighed else []

    @property
    def opinions(self) -> str | None:
        """« 5 avis : 3 à la taille, 2 trop grand »."""
        if not self.verdicts:
            return None
        told = ", ".join(f"{self.verdicts[kind]} {words}" for kind, words in _VERDICTS.items() if kind in self.verdicts)
        return typo(f"{plural(sum(self.verdicts.values()), 'avis', 'avis')} : {told}")

    @property
    def state(self) -> str | None:
        """Where a saved one stands."""
        if self.variant is None:
            return None
        if self.variant.withdrawn_at is not None:
            return f"retirée le {format_date(paris_date(self.variant.withdrawn_at))}"
        if self.variant.shared_at is None:
            return "pas encore partagée"
        return f"partagée le {format_date(paris_date(self.variant.shared_at))}"

    @property
    def _covers(self) -> Sequence[Cover]:
        return self.weighed.covers if self.weighed else ()

    def _named(self) -> Iterable[tuple[str, tuple[list[str], Cover]]]:
        for terms, need, cover in self.weighed.sectors if self.weighed else ():
            yield terms.name, ([place.name for place in need.places], cover)


def _sector(name: str, held: tuple[list[str], Cover]) -> list[str]:
    places, cover = held
    asked = format_hours(cover.wanted.quantize(Decimal(1))) if cover.wanted else "à préciser"
    shown = cover.shown_hours
    answers = cover.shown_answers
    return [
        name,
        ", ".join(places) or "aucune",
        asked,
        HIDDEN if shown is None else format_hours(shown),
        str(cover.structures),
        HIDDEN if cover.shown_leaders is None else str(cover.shown_leaders),
        "à préciser" if not cover.wanted else HIDDEN if answers is None else _many(answers),
    ]


def _many(answers: int) -> str:
    return f"{answers} ou plus" if answers >= MOST_ANSWERS else str(answers)


def _because(weighed: Weighed) -> str:
    if weighed.misplaced:
        left = plural(weighed.misplaced, "commune du lot n’est", "communes du lot ne sont")
        return f"{left} dans aucun secteur : le lot a changé depuis, refaites cette variante."
    if weighed.joint is None:
        return "Le lot ne dit pas ses heures d’une année : sans elles, rien ne se compare."
    if weighed.well_sized is None:
        return "Moins de quatre structures y ont des heures libres : un total dirait ce que chacune donne."
    if weighed.well_sized:
        return _fine(weighed)
    return _too_big(weighed)


def _fine(weighed: Weighed) -> str:
    if len(weighed.covers) == 1:
        return "Deux groupements plausibles au moins pourraient y répondre."
    told = "Deux groupements plausibles au moins pourraient répondre à chaque secteur"
    share = weighed.joint.shown_share if weighed.joint else None
    if share is None or share >= 1:
        return f"{told}, et tous ensemble les structures tiendraient le tout."
    return f"{told} ; mais tout à la fois, elles ne tiendraient que {_percent(share)} % des heures."


def _too_big(weighed: Weighed) -> str:
    lacking = [(terms.name, cover) for terms, _, cover in weighed.sectors if (cover.shown_answers or 0) < 2]
    shown = [(name, cover) for name, cover in lacking if cover.shown_answers is not None]
    name, cover = min(shown, key=lambda pair: pair[1].shown_answers or 0)
    where = "ce lot" if len(weighed.covers) == 1 else f"« {name} »"
    if cover.unserved:
        places = ", ".join(place.name for place in cover.unserved[:3])
        return f"Personne ne sert {places} : aucun groupement ne tiendrait {where} tout entier."
    if not cover.shown_answers:
        return f"Aucun groupement plausible n’aurait les heures, les communes et un mandataire pour {where}."
    return f"Une seule réponse plausible pour {where} : personne d’autre ne pourrait concourir."


def _percent(share: Decimal) -> int:
    return int(share * 100)


def _range(values: Sequence[int], unit: str = "") -> str:
    if not values:
        return "—"
    low, high = min(values), max(values)
    return f"{low}{unit}" if low == high else f"de {low} à {high}{unit}"


def said(opinions: Sequence[Opinion]) -> list[Said]:
    """A name only where it may be read."""
    return [
        Said(
            who=each.organisation.shown_name if each.is_named else "Une organisation qui ne donne pas son nom",
            siret=each.organisation.siret if each.is_named else None,
            verdict=each.verdict.label,
            text=each.text,
        )
        for each in opinions
    ]


def cut_of(variant: Variant) -> str:
    return typo(cut_words(variant))
