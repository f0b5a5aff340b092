"""Communes and intercommunalities, in the real departments, under codes and names that are made up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

from bench.world.draws import random_for
from bench.world.numbers import siren_numbered
from bench.world.words import words
from portal.kernel.text import fold

_COMMUNES_IN_AN_EPCI = 28
_FIRST_EPCI_RANK = 90_000


@dataclass(frozen=True)
class Town:
    code: str
    name: str
    department: str
    population: int
    epci_siren: str
    epci_name: str

    @property
    def row(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "name": self.name,
            "sort_name": fold(self.name),
            "department_code": self.department,
            "population": self.population,
            "epci_siren": self.epci_siren,
            "epci_name": self.epci_name,
        }


def drawn_towns(departments: Sequence[str], count: int, taken: frozenset[str]) -> list[Town]:
    """`count` communes spread over the departments, under none of the codes `taken`."""
    random = random_for("places")
    towns: list[Town] = []
    for rank, department in enumerate(departments):
        wanted = count * (rank + 1) // len(departments) - count * rank // len(departments)
        free = (code for code in _codes(department) if code not in taken)
        towns += _towns_of(random, department, list(islice(free, wanted)), len(towns))
    return towns


def _codes(department: str) -> Iterator[str]:
    """Five characters: an overseas department, whose own code has three, has room for no more than 99 communes."""
    width = 5 - len(department)
    return (f"{department}{number:0{width}}" for number in range(1, 10**width))


def _towns_of(random: Random, department: str, codes: Sequence[str], before: int) -> Iterator[Town]:
    epci_siren = epci_name = ""
    for rank, code in enumerate(codes):
        name = drawn_name(random)
        if rank % _COMMUNES_IN_AN_EPCI == 0:
            epci_siren = siren_numbered(_FIRST_EPCI_RANK + (before + rank) // _COMMUNES_IN_AN_EPCI)
            epci_name = f"{random.choice(words()['places']['unions'])} {name}"
        yield Town(code, name, department, round(random.lognormvariate(6.3, 1.4)) + 20, epci_siren, epci_name)


def drawn_name(random: Random) -> str:
    """« Saint-Aubrin-sur-Vesle », « Clervaux », « Montbelac-les-Bois »."""
    parts = words()["places"]
    core: str = random.choice(parts["beginnings"]) + random.choice(parts["endings"])
    if random.random() < 0.22:
        core = f"{random.choice(('Saint', 'Sainte'))}-{random.choice(parts['saints'])}"
    if random.random() < 0.3:
        core += f"-{random.choice(parts['complements'])}"
    return core
