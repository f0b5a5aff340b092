"""Buyers, structures, networks and companies."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from types import MappingProxyType
from typing import Any

from bench.world.draws import Weighted, random_for
from bench.world.numbers import siret_numbered
from bench.world.places import Town
from bench.world.size import WRITTEN_AT, Size
from bench.world.words import words
from portal.directory.rules import SINCE_UNKNOWN
from portal.kernel.french import typo
from portal.kernel.text import fold
from portal.vocabulary import EssFamily, OrganisationKind, OrganisationSource, ServiceType, TerritoryScope, Trade

_K = OrganisationKind
_KINDS: Mapping[OrganisationKind, float] = MappingProxyType(
    {_K.COMPANY: 62, _K.ACI: 8, _K.EI: 6, _K.ESAT: 6, _K.EA: 5, _K.AI: 4, _K.ETTI: 3, _K.GEIQ: 2}
    | {_K.EITI: 1, _K.EATT: 1, _K.SEP: 1, _K.FACILITATION: 0.6, _K.NETWORK: 0.4}
)
_TRADES_BY_COMMONNESS: Mapping[Trade, float] = MappingProxyType(
    {trade: 1 / (rank + 3) for rank, trade in enumerate(Trade)}
)
_ESS_SHARE = 0.25


@dataclass(frozen=True)
class Made:
    """One organisation, and the rows that hang from it."""

    id: int
    siret: str
    name: str
    kind: OrganisationKind
    town: Town
    ess_family: EssFamily | None = None
    since: date = SINCE_UNKNOWN
    trades: tuple[tuple[Trade, ServiceType], ...] = ()
    served: tuple[tuple[TerritoryScope, str], ...] = field(default=())

    @property
    def row(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "siret": self.siret,
            "name": self.name,
            "sort_name": fold(self.name)[:250],
            "ess_family": self.ess_family,
            "city": self.town.name,
            "commune_code": self.town.code,
            "department_code": self.town.department,
            "source": OrganisationSource.MARCHE,
            "created_at": WRITTEN_AT,
            "updated_at": WRITTEN_AT,
            "version": 1,
        }

    @property
    def kind_row(self) -> dict[str, Any]:
        return {
            "organisation_id": self.id,
            "kind": self.kind,
            "valid_from": self.since,
            "source": OrganisationSource.MARCHE,
        }

    def trade_rows(self) -> Iterator[dict[str, Any]]:
        for trade, service_type in self.trades:
            yield {"organisation_id": self.id, "trade": trade, "service_type": service_type}

    def territory_rows(self) -> Iterator[dict[str, Any]]:
        for scope, code in self.served:
            yield {"organisation_id": self.id, "scope": scope, "code": code}


def drawn_buyers(size: Size, towns: Sequence[Town]) -> list[Made]:
    """Communes, intercommunalities, departments and establishments that buy."""
    random = random_for("buyers")
    return [_buyer(random, rank + 1, random.choice(towns)) for rank in range(size.buyers)]


def _buyer(random: Random, id_: int, town: Town) -> Made:
    name, served = random.choices((_commune, _union, _department, _establishment), (45, 28, 7, 20))[0](random, town)
    return Made(id_, siret_numbered(id_), typo(name)[:250], _K.BUYER, town, since=date(2020, 1, 1), served=served)


_Buyer = tuple[str, tuple[tuple[TerritoryScope, str], ...]]


def _commune(_random: Random, town: Town) -> _Buyer:
    return f"Commune de {town.name}", ((TerritoryScope.COMMUNE, town.code),)


def _union(_random: Random, town: Town) -> _Buyer:
    return town.epci_name, ((TerritoryScope.EPCI, town.epci_siren),)


def _department(_random: Random, town: Town) -> _Buyer:
    return f"Département {town.department}, service de {town.name}", ((TerritoryScope.DEPARTMENT, town.department),)


def _establishment(random: Random, town: Town) -> _Buyer:
    """It serves no territory that it would have declared: « toutes les communes » is its intercommunality."""
    return f"{random.choice(words()['organisations']['establishments'])} {town.name}", ()


def streamed_organisations(size: Size, towns: Sequence[Town]) -> Iterator[Made]:
    """All those that are not buyers, under the ids that follow theirs."""
    random = random_for("organisations")
    kinds, trades = Weighted(_KINDS), Weighted(_TRADES_BY_COMMONNESS)
    for id_ in range(size.buyers + 1, size.organisations + 1):
        yield _organisation(random, id_, kinds.draw(random), random.choice(towns), trades)


def _organisation(random: Random, id_: int, kind: OrganisationKind, town: Town, trades: Weighted[Trade]) -> Made:
    return Made(
        id=id_,
        siret=siret_numbered(id_),
        name=typo(_name(random, kind, town)),
        kind=kind,
        town=town,
        ess_family=random.choice(list(EssFamily)) if random.random() < _ESS_SHARE else None,
        since=date(2012, 1, 1) + timedelta(days=random.randint(0, 5_000)),
        trades=_offered(random, trades),
        served=_served(random, town),
    )


def _name(random: Random, kind: OrganisationKind, town: Town) -> str:
    told = words()["organisations"]
    surname = random.choice(told["surnames"])
    if kind is _K.NETWORK:
        return f"{random.choice(told['networks'])} de {town.name}"
    if kind is _K.FACILITATION:
        return f"Maison de l’emploi de {town.name}"
    first = random.choice(told["structures" if kind.is_structure else "companies"])
    return f"{first} {surname}" if random.random() < 0.5 else f"{first} {town.name}"


def _offered(random: Random, trades: Weighted[Trade]) -> tuple[tuple[Trade, ServiceType], ...]:
    kept = dict.fromkeys(trades.draw(random) for _ in range(random.choice((1, 1, 2, 3))))
    return tuple((trade, random.choice(list(ServiceType))) for trade in kept)


def _served(random: Random, town: Town) -> tuple[tuple[TerritoryScope, str], ...]:
    scope = random.choices((TerritoryScope.COMMUNE, TerritoryScope.EPCI, TerritoryScope.DEPARTMENT), (20, 40, 40))[0]
    codes = {
        TerritoryScope.COMMUNE: town.code,
        TerritoryScope.EPCI: town.epci_siren,
        TerritoryScope.DEPARTMENT: town.department,
    }
    return ((scope, codes[scope]),)
