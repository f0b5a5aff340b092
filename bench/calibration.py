"""Calibration: 40 lots of 28 communes against 500 structures, as they are and in 2, 3 and 4 sectors."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bench.bench import Bench
from bench.figures import Figure, at_most, told
from bench.scratch import scratch_database
from bench.stopwatch import medians_in_turn
from bench.watching import statements_of
from portal import storage
from portal.calibration.cover import cover, covers, hours_by_population, joint_cover
from portal.calibration.facts import Cover, Need, SectorNeed, Structure
from portal.calibration.queries import needs_of, structures_for
from portal.calibration.sectors import name_of, ready_made
from portal.contracts.models import Commitment, Contract, ContractTitulaire
from portal.directory.models import (
    Capacity,
    CapacityStatement,
    Commune,
    HeldKind,
    OfferedTrade,
    Organisation,
    ServedTerritory,
)
from portal.directory.services import load_reference
from portal.forecast.models import Lot, LotCommune, LotLever, Project
from portal.kernel.clock import PARIS
from portal.vocabulary import (
    CapacityBand,
    CommitmentKind,
    Confidence,
    ContractSource,
    Lever,
    LeverState,
    OrganisationKind,
    OrganisationSource,
    PlannedPrecision,
    ProjectState,
    PurchaseFamily,
    Reservation,
    ServiceType,
    TerritoryScope,
    Trade,
)

_NOW = datetime(2026, 12, 3, 9, tzinfo=PARIS)
_LOTS, _STRUCTURES, _CONTRACTS = 40, 500, 150
_COUNTS = (2, 3, 4)
_SECONDS = 2.0
_TRADES = (Trade.CLEANING, Trade.GREEN_SPACES)
_KINDS = (OrganisationKind.EI, OrganisationKind.ACI, OrganisationKind.AI, OrganisationKind.EA)
_EPCI = "243300316"


def measure(bench: Bench) -> list[Figure]:
    with scratch_database(bench, "calibration", _fill) as engine:
        try:
            return _measured(engine, 5 * bench.effort.repeats)
        finally:
            storage.bind(bench.site.engine)


def _measured(engine: Engine, rounds: int) -> list[Figure]:
    needs, structures = _read(engine)
    acts: Mapping[str, Callable[[], object]] = {
        "weighed": lambda: _weighed(needs, structures),
        "whole": lambda: _weighed(*_read(engine)),
    }
    seconds = medians_in_turn(acts, rounds)
    answers = sum(len(each.answers) for each in _weighed(needs, structures))
    counted = max(map(len, structures.values()))
    size = f"{_LOTS} lots × {max(len(need.places) for need in needs.values())} communes × {counted} structures"
    return [
        at_most(f"calibration, {size}", seconds["weighed"], _SECONDS, " s", "covers, and 2, 3, 4 sectors"),
        at_most("calibration, read from the database too", seconds["whole"], _SECONDS, " s"),
        told("calibration, covers and answers weighed", _LOTS * (1 + sum(_COUNTS)), "", f"{answers} answers found"),
        Figure("calibration, SQL statements", str(len(statements_of(engine, lambda: _read(engine))))),
    ]


def _read(engine: Engine) -> tuple[dict[int, Need], dict[int, list[Structure]]]:
    with Session(engine) as session:
        needs = needs_of(session, session.scalars(select(Lot)).all())
        return needs, structures_for(session, needs, _NOW.date())


def _weighed(needs: Mapping[int, Need], structures: Mapping[int, Sequence[Structure]]) -> list[Cover]:
    return [found for need in needs.values() for found in _of_lot(need, structures[need.lot_id])]


def _of_lot(need: Need, structures: Sequence[Structure]) -> Iterator[Cover]:
    """The lot as it is, then in each number of sectors, each one alone and all at once."""
    yield cover(need, structures)
    for count in _COUNTS:
        groups = ready_made(need.places, count)
        hours = hours_by_population(need.hours or Decimal(0), groups)
        sectors = [SectorNeed(name_of(group), each, group) for group, each in zip(groups, hours, strict=True)]
        yield from covers(sectors, need, structures)
        assert joint_cover(sectors, need, structures) is not None


def _fill(engine: Engine) -> None:
    chance = random.Random(6)
    with Session(engine) as session:
        load_reference(session)
        codes = session.scalars(select(Commune.code).where(Commune.epci_siren == _EPCI)).all()
        buyer = _organisation(0, OrganisationKind.BUYER)
        structures = [_structure(number, chance, codes) for number in range(1, _STRUCTURES + 1)]
        session.add_all([buyer, *structures])
        session.flush()
        session.add_all(_statement(each, chance) for each in structures)
        session.add_all(_contract(number, buyer, each) for number, each in enumerate(structures[:_CONTRACTS]))
        session.add(_project(buyer, chance, codes))
        session.commit()


def _organisation(number: int, kind: OrganisationKind) -> Organisation:
    made = Organisation(
        siret=f"{number:014}", department_code="33", source=OrganisationSource.PORTAL, created_at=_NOW, updated_at=_NOW
    )
    made.call(f"Organisation {number}", None)
    made.kinds = [HeldKind(kind=kind, valid_from=date(2020, 1, 1), source=OrganisationSource.PORTAL)]
    return made


def _structure(number: int, chance: random.Random, codes: Sequence[str]) -> Organisation:
    """Half serve the whole intercommunality, the others a handful of communes."""
    made = _organisation(number, chance.choice(_KINDS))
    made.offered = [OfferedTrade(trade=trade, service_type=ServiceType.PREST) for trade in _TRADES]
    if number % 2:
        made.served = [ServedTerritory(scope=TerritoryScope.EPCI, code=_EPCI)]
    else:
        some = chance.sample(codes, chance.randint(1, 12))
        made.served = [ServedTerritory(scope=TerritoryScope.COMMUNE, code=code) for code in some]
    return made


def _statement(structure: Organisation, chance: random.Random) -> CapacityStatement:
    return CapacityStatement(
        organisation_id=structure.id,
        confirmed_on=_NOW.date(),
        saved_at=_NOW,
        can_lead=chance.random() < 0.2,
        bands=[Capacity(trade=trade, band=chance.choice(list(CapacityBand))) for trade in _TRADES],
    )


def _contract(number: int, buyer: Organisation, structure: Organisation) -> Contract:
    return Contract(
        reference=f"marche-{number}",
        buyer_id=buyer.id,
        buyer_identifier=buyer.siret,
        number=str(number),
        object="Nettoyage de bâtiments",
        trade=_TRADES[number % 2],
        notified_on=date(2026, 1, 6),
        ends_on=date(2028, 1, 5),
        duration_months=24,
        source=ContractSource.AWARD,
        created_at=_NOW,
        titulaires=[ContractTitulaire(organisation_id=structure.id, identifier=structure.siret, is_mandataire=True)],
        commitments=[Commitment(kind=CommitmentKind.FIXED_HOURS, quantity=Decimal(1_200))],
    )


def _project(buyer: Organisation, chance: random.Random, codes: Sequence[str]) -> Project:
    project = Project(
        buyer_id=buyer.id,
        reference="ville-2026-0001",
        year=2026,
        number=1,
        title="Nettoyage et espaces verts",
        family=PurchaseFamily.SERVICES,
        allotment_defined=True,
        state=ProjectState.PUBLISHED,
        state_since=_NOW,
        published_at=_NOW,
        created_at=_NOW,
        saved_at=_NOW,
    )
    project.all_lots = [_lot(number, chance, codes) for number in range(1, _LOTS + 1)]
    return project


def _lot(number: int, chance: random.Random, codes: Sequence[str]) -> Lot:
    reserved = chance.choice((None, Reservation.INSERTION, Reservation.HANDICAP_INSERTION))
    levers = [LotLever(lever=Lever.RESERVED, state=LeverState.ENVISAGED, reservation=reserved)] if reserved else []
    return Lot(
        number=number,
        title=f"Secteur {number}",
        trade=_TRADES[number % 2],
        planned_on=date(2027, 4, 1),
        planned_precision=PlannedPrecision.QUARTER,
        confidence=Confidence.PROBABLE,
        duration_months=24,
        hours_wanted=Decimal(chance.choice((1_500, 5_000, 12_000, 40_000, 120_000))),
        hours_per_year=True,
        created_at=_NOW,
        levers=levers,
        communes=[LotCommune(commune_code=code) for code in codes],
    )
