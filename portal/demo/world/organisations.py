"""Five hundred organisations: those of the cast, then companies and structures drawn from a fixed seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import product
from random import Random
from types import MappingProxyType
from typing import Any

from portal.demo.world import places, trades
from portal.demo.world.draws import drawn_deck
from portal.demo.world.numbers import rank_of_organisation, siret_numbered, telephone
from portal.demo.world.places import Town
from portal.demo.world.texts import words
from portal.kernel.text import slug
from portal.vocabulary import EssFamily, OrganisationKind, ServiceType, TerritoryScope, Trade

ORGANISATIONS = 500
LISTED_ON = (date(2013, 12, 2), date(2018, 9, 17), date(2022, 5, 9))
"""The days on which lists of structures were imported."""

_STRUCTURES: Mapping[OrganisationKind, int] = MappingProxyType(
    {
        OrganisationKind.EI: 92,
        OrganisationKind.ACI: 108,
        OrganisationKind.AI: 44,
        OrganisationKind.ETTI: 29,
        OrganisationKind.EITI: 5,
        OrganisationKind.GEIQ: 12,
        OrganisationKind.EA: 60,
        OrganisationKind.EATT: 6,
        OrganisationKind.ESAT: 64,
        OrganisationKind.SEP: 6,
    }
)
_SECOND_KINDS: Mapping[OrganisationKind, OrganisationKind] = MappingProxyType(
    {
        OrganisationKind.ACI: OrganisationKind.EI,
        OrganisationKind.AI: OrganisationKind.ETTI,
        OrganisationKind.EA: OrganisationKind.EATT,
    }
)
_LEGAL_CATEGORIES: Mapping[OrganisationKind, Sequence[str]] = MappingProxyType(
    {
        OrganisationKind.EI: ("5499", "5710", "9220", "5458", "5710"),
        OrganisationKind.ACI: ("9220", "9221"),
        OrganisationKind.AI: ("9222",),
        OrganisationKind.ETTI: ("5499", "5710", "5558"),
        OrganisationKind.EITI: ("5710",),
        OrganisationKind.GEIQ: ("9223",),
        OrganisationKind.EA: ("9220", "5710", "5499", "5558"),
        OrganisationKind.EATT: ("5710",),
        OrganisationKind.ESAT: ("9220", "9230", "9300"),
        OrganisationKind.SEP: ("7120",),
        OrganisationKind.COMPANY: ("5499", "5710", "5599"),
    }
)

_WAYS = ("Quai", "Allée", "Rue", "Chemin", "Carrefour")
"""Places that are ways already: nobody lives « rue de la Rue Torte »."""


@dataclass(frozen=True)
class Body:
    """An organisation, as the directory will know it."""

    key: str
    index: int
    name: str
    kinds: tuple[tuple[OrganisationKind, date | None], ...]
    """Each with the day it holds from, or None when the source does not tell."""
    ended: tuple[tuple[OrganisationKind, date, date], ...]
    offers: tuple[tuple[Trade, ServiceType], ...]
    serves: tuple[tuple[TerritoryScope, str], ...]
    town: Town
    legal_category: str
    articles_of_ess: bool
    """A company whose articles follow loi 2014-856, which its legal category does not tell."""
    esus: tuple[date, date] | None
    networks: tuple[str, ...]
    description: str | None
    listed_on: date
    left: Mapping[Trade, int] = field(default_factory=dict, compare=False)
    """Hours a year that it could still give, by trade, when the story says them."""
    can_lead: bool | None = None

    @property
    def siret(self) -> str:
        return siret_numbered(rank_of_organisation(self.index))

    @property
    def naf(self) -> str:
        return trades.naf_of(self.kinds[0][0], self.offers[0][0] if self.offers else None)

    @property
    def email(self) -> str:
        return f"contact@{self.domain}"

    @property
    def domain(self) -> str:
        return f"{slug(self.name)[:50].strip('-')}.example"

    @property
    def phone(self) -> str:
        return telephone(self.index)

    @property
    def address(self) -> str:
        streets = [place for place in words("names")["places"] if not any(way in place for way in _WAYS)]
        return f"{3 + self.index * 7 % 180} rue {streets[self.index % len(streets)]}"

    @property
    def family(self) -> EssFamily | None:
        return EssFamily.COMMERCIAL_COMPANY if self.articles_of_ess else None

    def is_a(self, kind: OrganisationKind) -> bool:
        return any(held is kind for held, _ in self.kinds)


@cache
def all_organisations() -> list[Body]:
    """The whole directory, the same each time."""
    cast = cast_organisations()
    random = Random("amont: organisations")
    names = _Names(random, taken={body.name for body in cast})
    extras = ORGANISATIONS - len(cast) - sum(_STRUCTURES.values())
    kinds = [kind for kind, count in _STRUCTURES.items() for _ in range(count)]
    kinds += [OrganisationKind.COMPANY] * extras
    return cast + [_drawn(random, names, len(cast) + rank, kind) for rank, kind in enumerate(kinds)]


@cache
def cast_organisations() -> list[Body]:
    """Those that have a part, first of all."""
    return [_of_the_cast(index, facts) for index, facts in enumerate(words("cast")["organisations"])]


def _of_the_cast(index: int, facts: Mapping[str, Any]) -> Body:
    random = Random(f"amont: {facts['key']}")
    kinds = [OrganisationKind(code) for code in facts["kinds"]]
    towns = [places.BY_NAME[name] for name in facts.get("towns", [facts.get("town")])]
    offered = [Trade(code) for code in facts.get("trades", ())]
    territory = [(TerritoryScope.EPCI, places.EPCI_SIREN)] if facts.get("territory") == "epci" else []
    serves = territory or [(TerritoryScope.COMMUNE, town.code) for town in towns]
    return Body(
        key=facts["key"],
        index=index,
        name=facts["name"],
        kinds=tuple((kind, date(2008 + index % 9, 1 + index % 12, 1)) for kind in kinds),
        ended=(),
        offers=tuple((trade, trades.service_of(random, kinds[0], trade)) for trade in offered),
        serves=tuple(serves) if offered else (),
        town=towns[0],
        legal_category=facts["legal_category"],
        articles_of_ess=False,
        esus=(date(2024, 6, 1), date(2029, 5, 31)) if facts.get("esus") else None,
        networks=tuple(facts.get("networks", ())),
        description=facts.get("description"),
        listed_on=LISTED_ON[0],
        left={Trade(code): hours for code, hours in facts.get("capacity", {}).items()},
        can_lead=facts.get("can_lead"),
    )


def _drawn(random: Random, names: "_Names", index: int, kind: OrganisationKind) -> Body:
    offers = trades.offers_of(random, kind)
    town = random.choices(places.TOWNS, [town.population for town in places.TOWNS])[0]
    category = random.choice(_LEGAL_CATEGORIES[kind])
    name = names.of(kind, offers[0][0])
    second = _SECOND_KINDS.get(kind) if random.random() < 0.06 else None
    kinds = [(each, _valid_from(random)) for each in (kind, second) if each]
    is_social = kind.is_structure
    return Body(
        key=slug(name),
        index=index,
        name=name,
        kinds=tuple(kinds),
        ended=_ended(random, kind),
        offers=tuple(offers),
        serves=tuple(_serves(random, kind, town)),
        town=town,
        legal_category=category,
        articles_of_ess=is_social and category in {"5499", "5710"} and random.random() < 0.6,
        esus=_esus(random) if is_social and random.random() < 0.3 else None,
        networks=tuple(_networks(random, kind)),
        description=trades.description_of(random, kind, offers[0][0]) if random.random() < 0.65 else None,
        listed_on=random.choices(LISTED_ON, (65, 25, 10))[0],
    )


def _valid_from(random: Random) -> date | None:
    return None if random.random() < 0.12 else date(random.randint(2003, 2025), random.randint(1, 12), 1)


def _ended(random: Random, kind: OrganisationKind) -> tuple[tuple[OrganisationKind, date, date], ...]:
    """A few were something else before: the directory keeps it, with its dates."""
    if kind is not OrganisationKind.EI or random.random() > 0.08:
        return ()
    year = random.randint(2018, 2024)
    return ((OrganisationKind.ACI, date(year - 6, 1, 1), date(year, 12, 31)),)


def _esus(random: Random) -> tuple[date, date]:
    since = date(random.randint(2021, 2026), random.randint(1, 11), 1)
    return since, date(since.year + 5, since.month, 1) - timedelta(days=1)


def _serves(random: Random, kind: OrganisationKind, town: Town) -> Iterator[tuple[TerritoryScope, str]]:
    drawn = random.random()
    if kind is OrganisationKind.EA and drawn < 0.08:
        yield TerritoryScope.FRANCE, "FR"
    elif drawn < 0.12:
        yield TerritoryScope.REGION, places.REGION_CODE
    elif drawn < 0.32:
        yield TerritoryScope.DEPARTMENT, places.DEPARTMENT_CODE
    elif drawn < 0.55:
        yield TerritoryScope.EPCI, places.EPCI_SIREN
    else:
        near = [other for other in places.TOWNS if other != town and town.sector in {other.sector, "centre"}]
        chosen = [town, *random.sample(near, min(len(near), random.randint(0, 4)))]
        yield from ((TerritoryScope.COMMUNE, each.code) for each in sorted(chosen, key=lambda each: each.code))


def _networks(random: Random, kind: OrganisationKind) -> list[str]:
    if not kind.is_structure or random.random() > 0.72:
        return []
    open_to = [each["key"] for each in words("cast")["organisations"] if kind in each.get("federates", ())]
    return random.sample(open_to, min(len(open_to), 1 + (random.random() < 0.2)))


class _Names:
    """Gives each organisation a name that no other has."""

    def __init__(self, random: Random, taken: set[str]) -> None:
        self._decks: dict[str, Iterator[str]] = {}
        self._random = random
        self._taken = taken

    def of(self, kind: OrganisationKind, trade: Trade) -> str:
        by_kind = kind in words("names")["kind_heads"] and (
            kind is not OrganisationKind.EA or self._random.random() < 0.4
        )
        topic = kind if by_kind else f"{kind is OrganisationKind.COMPANY}{trade}"
        if topic not in self._decks:
            self._decks[topic] = drawn_deck(self._random, _possible_names(kind, trade, by_kind=by_kind))
        name = next(name for name in self._decks[topic] if name not in self._taken)
        self._taken.add(name)
        return name


def _possible_names(kind: OrganisationKind, trade: Trade, *, by_kind: bool) -> list[str]:
    vocabulary = words("names")
    if kind is OrganisationKind.COMPANY:
        companies = vocabulary["companies"]
        return [f"{root} {word}" for root, word in product(companies["roots"], companies[trade])]
    heads = vocabulary["kind_heads"][kind] if by_kind else [f"{head} {{place}}" for head in vocabulary["heads"][trade]]
    with_places = product([head for head in heads if "{place}" in head], vocabulary["places"])
    with_names = product([head for head in heads if "{name}" in head], vocabulary["giveable_names"])
    return [head.format(place=place) for head, place in with_places] + [
        head.format(name=name) for head, name in with_names
    ]
