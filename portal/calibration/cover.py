"""How much of what a lot asks its structures could give: the whole, by commune, by sector. No database, no clock."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from portal.calibration.answers import plausible
from portal.calibration.facts import Cover, Joint, Need, Place, PlaceCover, SectorNeed, Structure, codes_of, is_masked
from portal.directory.rules import is_eligible

MOST_SECTORS = 12
"""Of a variant: the joint cover looks at every group of sectors."""

_ZERO = Decimal(0)


def cover(need: Need, structures: Iterable[Structure]) -> Cover:
    """What the eligible structures could give of the whole lot."""
    return covers([need.as_sector], need, structures)[0]


def covers(sectors: Sequence[SectorNeed], need: Need, structures: Iterable[Structure]) -> list[Cover]:
    """Each sector as if it stood alone: a structure that serves two counts in both; see `joint_cover`."""
    alike = _alike(eligible(need, structures))
    return [_cover(sector, alike) for sector in sectors]


def read_by(found: Cover, need: Need, structures: Iterable[Structure], named: Collection[int]) -> Cover:
    """The cover of a lot as it may be read by who knows these organisations by name, and their hours."""
    codes = codes_of(need.places)
    there = (each for each in eligible(need, structures) if each.hours > 0 and not each.communes.isdisjoint(codes))
    return replace(found, known=sum(each.organisation_id in named for each in there))


def eligible(need: Need, structures: Iterable[Structure]) -> list[Structure]:
    """Who may answer as of right, whatever the communes (CCP, L2113-12 to L2113-15)."""
    if need.reservation is None:
        return list(structures)
    return [each for each in structures if is_eligible(each.kinds, each.ess_family, need.reservation)]


def joint_cover(
    sectors: Sequence[SectorNeed], need: Need, structures: Iterable[Structure], named: Collection[int] = ()
) -> Joint | None:
    """All the sectors at once, each hour given once; None when the hours of one are not known. `named`: those that the
    reader knows by name and hours.

    The greatest flow from structures to sectors is the least cut: over every group of sectors, what they ask, and the
    hours of whoever serves another one.
    """
    asked = [sector.hours for sector in sectors]
    if None in asked:
        return None
    codes = [codes_of(sector.places) for sector in sectors]
    right = [each for each in eligible(need, structures) if any(each.communes & served for served in codes)]
    wanted = [hours or _ZERO for hours in asked]
    told, giving = sum(each.told for each in right), [each for each in right if each.hours > 0]
    known = sum(each.organisation_id in named for each in giving)
    served = _greatest_flow(wanted, _hours_by_mask(codes, right))
    return Joint(sum(wanted, _ZERO), served, is_masked(told, len(giving), known))


def _hours_by_mask(codes: Sequence[Collection[str]], structures: Iterable[Structure]) -> dict[int, Decimal]:
    """Hours of the structures that serve the same sectors, together."""
    found: dict[int, Decimal] = defaultdict(lambda: _ZERO)
    for communes, alike in _alike(structures).items():
        mask = sum(1 << index for index, served in enumerate(codes) if not communes.isdisjoint(served))
        found[mask] += _hours(alike)
    return found


def _alike(structures: Iterable[Structure]) -> dict[frozenset[str], list[Structure]]:
    """Together, those that serve the same communes."""
    found: dict[frozenset[str], list[Structure]] = defaultdict(list)
    for each in structures:
        found[each.communes].append(each)
    return found


def _hours(structures: Iterable[Structure]) -> Decimal:
    return sum((each.hours for each in structures), _ZERO)


def _greatest_flow(wanted: Sequence[Decimal], by_mask: Mapping[int, Decimal]) -> Decimal:
    everything = sum(by_mask.values(), _ZERO)
    whole = (1 << len(wanted)) - 1
    asked, inside = [_ZERO] * (whole + 1), [by_mask.get(mask, _ZERO) for mask in range(whole + 1)]
    for index, hours in enumerate(wanted):
        for mask in range(whole + 1):
            if mask >> index & 1:
                asked[mask] = asked[mask ^ (1 << index)] + hours
                inside[mask] += inside[mask ^ (1 << index)]
    return min(asked[mask] + everything - inside[mask] for mask in range(whole + 1))


def _cover(sector: SectorNeed, by_communes: Mapping[frozenset[str], Sequence[Structure]]) -> Cover:
    codes = codes_of(sector.places)
    groups = [(served, alike) for communes, alike in by_communes.items() if (served := communes & codes)]
    there = [each for _, alike in groups for each in alike]
    giving = [each for each in there if each.hours > 0]
    return Cover(
        wanted=sector.hours,
        offered=_hours(giving),
        structures=len(there),
        contributors=len(giving),
        leaders=sum(each.can_lead for each in giving),
        silent=sum(not each.told for each in there),
        by_place=_by_place(sector, groups),
        answers=plausible(giving, sector.hours, sector.places),
    )


def _by_place(
    sector: SectorNeed, groups: Iterable[tuple[frozenset[str], Sequence[Structure]]]
) -> tuple[PlaceCover, ...]:
    """Hours wanted and hours given shared by population, so that the communes add up to the whole."""
    weights = {place.code: max(place.population, 1) for place in sector.places}
    offered = dict.fromkeys(weights, _ZERO)
    known, silent, giving = (dict.fromkeys(weights, 0) for _ in range(3))
    for served, alike in groups:
        each_weighs = _hours(alike) / sum(weights[code] for code in served)
        quiet, givers = sum(not each.told for each in alike), sum(each.hours > 0 for each in alike)
        for code in served:
            offered[code] += each_weighs * weights[code]
            known[code] += len(alike)
            silent[code] += quiet
            giving[code] += givers
    each_asks = None if sector.hours is None else sector.hours / sum(weights.values()) if weights else _ZERO
    return tuple(
        PlaceCover(
            place,
            None if each_asks is None else each_asks * weights[place.code],
            offered[place.code],
            known[place.code],
            silent[place.code],
            giving[place.code],
        )
        for place in sector.places
    )


def hours_by_population(hours: Decimal, sectors: Sequence[Sequence[Place]]) -> list[Decimal]:
    """The hours of each sector: its share by population, and the last one what is left."""
    weights = [sum(max(place.population, 1) for place in places) for places in sectors]
    total = sum(weights)
    shares = [(hours * weight / total).quantize(Decimal(1)) for weight in weights[:-1]]
    return [*shares, hours - sum(shares, _ZERO)]
