"""Who could answer a reserved purchase, among those found: as of right, « à compléter », never a silent no.

No database, no clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from portal.directory.rules import is_eligible
from portal.vocabulary import CapacityBand, EssFamily, OrganisationKind, Reservation


class Supplier(Protocol):
    """What `matching.queries.candidates` tells of each; None is what nobody said."""

    @property
    def organisation_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def kinds(self) -> frozenset[OrganisationKind]: ...
    @property
    def ess_family(self) -> EssFamily | None: ...
    @property
    def offers(self) -> bool | None: ...
    @property
    def serves(self) -> bool | None: ...
    @property
    def band(self) -> CapacityBand | None: ...
    @property
    def can_lead(self) -> bool | None: ...


@dataclass(frozen=True)
class Pool:
    """Whom one reservation would leave in the race."""

    reservation: Reservation
    eligible: tuple[Supplier, ...]
    """Of the right kind, and they said that they offer the trade and serve the place."""
    incomplete: tuple[Supplier, ...]
    """Of the right kind, but their trade or territory is still to be told."""


@dataclass(frozen=True)
class KindCount:
    """How many structures of one kind were found; one that is of two kinds counts in each."""

    kind: OrganisationKind
    known: int
    """Trade and territory told."""
    incomplete: int
    with_capacity: int
    """Of the known ones, how many told their hours."""


def is_known(supplier: Supplier) -> bool:
    return supplier.offers is True and supplier.serves is True


def is_incomplete(supplier: Supplier) -> bool:
    """Nothing that it said speaks against it, and something is not said."""
    told = (supplier.offers, supplier.serves)
    return None in told and False not in told


def pool_of(suppliers: Iterable[Supplier], reservation: Reservation) -> Pool:
    """Those whom a reservation leaves in the race (L2113-12 to L2113-15)."""
    right = [each for each in suppliers if is_eligible(each.kinds, each.ess_family, reservation)]
    return Pool(reservation, tuple(filter(is_known, right)), tuple(filter(is_incomplete, right)))


def by_kind(suppliers: Sequence[Supplier]) -> list[KindCount]:
    """Structures by kind, in the order of the list of kinds; kinds that nobody is of are left out."""
    counted = [_count(kind, [each for each in suppliers if kind in each.kinds]) for kind in OrganisationKind]
    return [each for each in counted if each.kind.is_structure and each.known + each.incomplete]


def _count(kind: OrganisationKind, suppliers: Sequence[Supplier]) -> KindCount:
    known = [each for each in suppliers if is_known(each)]
    told = [each for each in known if each.band is not None]
    return KindCount(kind, len(known), sum(map(is_incomplete, suppliers)), len(told))
