"""Ways to size one lot, weighed side by side against the same structures. No database, no clock."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from portal.calibration.cover import covers, eligible, hours_by_population, joint_cover, read_by
from portal.calibration.facts import Cover, Joint, Need, SectorNeed, Structure
from portal.calibration.split import SectorTerms, VariantTerms


@dataclass(frozen=True)
class Weighed:
    """One way, with what structures could give of each sector, and of all at once."""

    terms: VariantTerms
    needs: tuple[SectorNeed, ...]
    covers: tuple[Cover, ...]
    joint: Joint | None
    """None: the hours wanted are not known."""
    misplaced: int
    """Communes of the lot that no sector holds, because the lot has changed since."""

    @property
    def sectors(self) -> list[tuple[SectorTerms, SectorNeed, Cover]]:
        return list(zip(self.terms.sectors, self.needs, self.covers, strict=True))

    @property
    def yearly_hours(self) -> Decimal | None:
        told = [need.hours for need in self.needs]
        return None if None in told else sum((hours for hours in told if hours is not None), Decimal(0))

    @property
    def is_masked(self) -> bool:
        """Whether one of the sectors has too few structures for anything to be said of all."""
        return any(cover.is_masked for cover in self.covers)

    @property
    def well_sized(self) -> bool | None:
        """Whether two plausible groupements at least could answer each sector; None: nobody may tell, or knows."""
        if self.joint is None or self.misplaced:
            return None
        shown = [cover.shown_answers for cover in self.covers]
        if any(count is not None and count < 2 for count in shown):
            return False
        return None if None in shown else True


def weigh(
    ways: Sequence[VariantTerms], need: Need, structures: Collection[Structure], named: Collection[int] = ()
) -> list[Weighed]:
    """`named`: the structures that the reader knows by name and hours, as a network its members."""
    return [_weighed(terms, need, structures, named) for terms in ways]


def sector_needs(terms: VariantTerms, need: Need) -> tuple[SectorNeed, ...]:
    """What each sector asks: its own hours, or its share of those of the variant, or of the lot, by population."""
    known = {place.code: place for place in need.places}
    places = [tuple(known[code] for code in sector.codes if code in known) for sector in terms.sectors]
    asked = terms.yearly_hours if terms.yearly_hours is not None else need.hours
    shares: Sequence[Decimal | None] = [sector.hours for sector in terms.sectors]
    if None in shares:
        shares = [None] * len(places) if asked is None else hours_by_population(asked, places)
    named = zip(terms.sectors, shares, places, strict=True)
    return tuple(SectorNeed(sector.name, hours, where) for sector, hours, where in named)


def _weighed(terms: VariantTerms, need: Need, structures: Collection[Structure], named: Collection[int]) -> Weighed:
    needs = sector_needs(terms, need)
    placed = {place.code for sector in needs for place in sector.places}
    return Weighed(
        terms=terms,
        needs=needs,
        covers=tuple(
            read_by(found, replace(need, places=sector.places), structures, named)
            for sector, found in zip(needs, covers(needs, need, structures), strict=True)
        ),
        joint=joint_cover(needs, need, structures, named),
        misplaced=len({place.code for place in need.places} - placed),
    )


def concerned(need: Need, structures: Collection[Structure]) -> list[int]:
    """The organisations whose trade and territory match, and that may answer as of right."""
    return sorted({each.organisation_id for each in eligible(need, structures)})
