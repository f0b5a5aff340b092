"""Places, organisations and their networks: written in bulk, as imports are, and told in the journal one by one."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random

from sqlalchemy.orm import Session

from portal import journal
from portal.demo.seeding.stage import Act, Stage
from portal.demo.world import places
from portal.demo.world.days import working_instant
from portal.demo.world.organisations import LISTED_ON, Body, all_organisations, cast_organisations
from portal.demo.world.purchases import ANCHOR
from portal.directory.models import (
    Affiliation,
    Commune,
    Department,
    HeldKind,
    OfferedTrade,
    Organisation,
    ServedTerritory,
)
from portal.directory.rules import SINCE_UNKNOWN, ess_family_of
from portal.directory.services.organisations import index_organisations
from portal.kernel.actor import SYSTEM
from portal.kernel.clock import PARIS
from portal.kernel.text import fold
from portal.vocabulary import OrganisationKind, OrganisationSource, Role


def add_places(session: Session) -> None:
    """The invented department and its communes, beside the real ones."""
    session.add(
        Department(
            code=places.DEPARTMENT_CODE,
            name=places.DEPARTMENT_NAME,
            region_code=places.REGION_CODE,
            region_name=places.REGION_NAME,
        )
    )
    session.flush()
    session.add_all(
        Commune(
            code=town.code,
            siren=town.siren,
            name=town.name,
            sort_name=fold(town.name),
            department_code=places.DEPARTMENT_CODE,
            population=town.population,
            latitude=town.latitude,
            longitude=town.longitude,
            epci_siren=places.EPCI_SIREN,
            epci_name=places.EPCI_NAME,
        )
        for town in places.TOWNS
    )
    session.flush()


def acts() -> Iterator[Act]:
    organisations = all_organisations()
    for day in LISTED_ON:
        listed = [body for body in organisations if body.listed_on == day]
        yield Act(_at(day, 8), partial(_list, bodies=listed))
    for asked in _affiliations(organisations):
        yield from asked.acts()


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=PARIS)


def _list(stage: Stage, now: datetime, *, bodies: list[Body]) -> None:
    listed = [_organisation(body, now) for body in bodies]
    stage.session.add_all(listed)
    stage.session.flush()
    index_organisations(stage.session, listed)
    for body, organisation in zip(bodies, listed, strict=True):
        stage.organisations[body.key] = organisation
        subject = ("organisation", organisation.id, organisation.name)
        told = {"siret": organisation.siret, "name": organisation.name, "kinds": sorted(dict(body.kinds))}
        journal.record(stage.session, "organisation.listed", subject, actor=SYSTEM, at=now, after=told)


def _organisation(body: Body, now: datetime) -> Organisation:
    source = _source(body)
    held = [(kind, since or SINCE_UNKNOWN, None) for kind, since in body.kinds]
    esus_from, esus_until = body.esus or (None, None)
    organisation = Organisation(
        siret=body.siret,
        source=source,
        created_at=now,
        updated_at=now,
        legal_category=body.legal_category,
        naf=body.naf,
        ess_family=body.family or ess_family_of(body.legal_category),
        esus_from=esus_from,
        esus_until=esus_until,
        address=body.address,
        post_code=body.town.post_code,
        city=body.town.name,
        commune_code=body.town.code,
        department_code=places.DEPARTMENT_CODE,
        contact_email=body.email,
        contact_phone=body.phone,
        website=f"https://www.{body.domain}",
        description=body.description,
        kinds=[
            HeldKind(kind=kind, valid_from=since, valid_to=until, source=source)
            for kind, since, until in (*held, *body.ended)
        ],
        offered=[OfferedTrade(trade=trade, service_type=service) for trade, service in body.offers],
        served=[ServedTerritory(scope=scope, code=code) for scope, code in body.serves],
    )
    organisation.call(body.name, None)
    return organisation


def _source(body: Body) -> OrganisationSource:
    """Structures come from the lists that the portal imports; the others were written by hand."""
    if not any(kind.is_structure for kind, _ in body.kinds):
        return OrganisationSource.PORTAL
    return OrganisationSource.FINESS if body.is_a(OrganisationKind.ESAT) else OrganisationSource.MARCHE


class _Affiliated:
    """One structure in one network, from the day it asked."""

    def __init__(self, structure: str, network: str, asked_at: datetime) -> None:
        self._keys = structure, network
        self.asked_at = asked_at
        self.accepted_at: datetime | None = None
        self.ended_at: datetime | None = None
        self._row: Affiliation

    def acts(self) -> Iterator[Act]:
        yield Act(self.asked_at, self._ask)
        if self.accepted_at:
            yield Act(self.accepted_at, partial(self._tell, event="accepted", role=Role.NETWORK))
        if self.ended_at:
            yield Act(self.ended_at, partial(self._tell, event="ended", role=Role.STRUCTURE))

    def _ask(self, stage: Stage, now: datetime) -> None:
        structure, network = (stage.organisations[key] for key in self._keys)
        self._row = Affiliation(
            structure=structure,
            network=network,
            asked_at=now,
            accepted_at=self.accepted_at,
            ended_at=self.ended_at,
            ended_by_organisation_id=structure.id if self.ended_at else None,
            version=1 + sum(at is not None for at in (self.accepted_at, self.ended_at)),
        )
        stage.session.add(self._row)
        stage.session.flush()
        self._tell(stage, now, event="asked", role=Role.STRUCTURE)

    def _tell(self, stage: Stage, now: datetime, *, event: str, role: Role) -> None:
        structure, network = self._row.structure, self._row.network
        actor = stage.someone_of(self._keys[role is Role.NETWORK], role)
        label = f"{structure.shown_name} — {network.shown_name}"
        sides = {"structure": structure.siret, "network": network.siret}
        subject = ("affiliation", self._row.id, label)
        journal.record(stage.session, f"affiliation.{event}", subject, actor=actor, at=now, after=sides)


_WAITING, _ENDED = 0.05, 0.04


def _affiliations(organisations: list[Body]) -> Iterator[_Affiliated]:
    """Asked and accepted, mostly; a few still wait for an answer, a few have ended."""
    random = Random("amont: affiliations")
    cast = len(cast_organisations())
    for body in organisations:
        for network in body.networks:
            drawn = random.random()
            if drawn < _WAITING and body.index >= cast:
                asked_at = working_instant(random, ANCHOR.date() - timedelta(days=random.randint(1, 20)))
                yield _Affiliated(body.key, network, asked_at)
                continue
            found = _Affiliated(body.key, network, _some_days_after(random, body.listed_on, 40))
            found.accepted_at = _some_days_after(random, found.asked_at.date(), 15)
            if drawn > 1 - _ENDED and body.index >= cast:
                found.ended_at = _some_days_after(random, found.accepted_at.date(), 120)
            yield found


def _some_days_after(random: Random, day: date, most: int) -> datetime:
    """At least three days later, so that the Friday before is later too."""
    return working_instant(random, day + timedelta(days=random.randint(3, most)))
