"""Imports: structures, communes, CPV codes. Run twice, a file changes nothing more.

A source refreshes only the facts it wrote itself, and fills in what is empty. Once its own people have edited an
organisation, its source is OWN: from then on an import only fills in what is empty, and adds kinds. To a company that
someone listed themselves, it adds none: whoever typed a SIRET first would hold a structure that nobody confirmed.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload, selectinload

from portal import journal
from portal.directory import files, rules
from portal.directory.files import CommuneRecord, CpvRecord, Place, StructureRecord
from portal.directory.models import Commune, Cpv, Department, HeldKind, Organisation
from portal.directory.services.organisations import index_organisations
from portal.intake import Format, ImportReport, ImportRun, Outcome, Read, RowRefused, Write, import_file
from portal.kernel.actor import SYSTEM
from portal.kernel.text import fold
from portal.storage import unit_of_work
from portal.vocabulary import OrganisationKind, OrganisationSource

Record = TypeVar("Record")


def import_structures(run: ImportRun) -> ImportReport:
    """Read a list of the Marché de l’inclusion or of FINESS; raises UnusableFile when it is neither."""
    places = _Places()

    def write(session: Session, records: Sequence[StructureRecord]) -> list[Outcome | RowRefused]:
        return _write_structures(session, records, places, run.now)

    formats = (files.MARCHE, files.FINESS)
    return _import(run, formats, files.StructureReader, write, event="directory.structures_imported")


def import_communes(run: ImportRun) -> ImportReport:
    """Read a list of communes; the portal ships those of Bordeaux Métropole."""

    def reader_of(_: Format) -> Read[CommuneRecord]:
        return files.once_per("insee", files.read_commune)

    return _import(run, (files.COMMUNES,), reader_of, _write_communes, event="directory.communes_imported")


def import_cpv(run: ImportRun) -> ImportReport:
    """Read a list of CPV codes; the portal ships the divisions and the codes most used with structures."""

    def reader_of(_: Format) -> Read[CpvRecord]:
        return files.once_per("code", files.read_cpv)

    return _import(run, (files.CPV,), reader_of, _write_cpv, event="directory.cpv_imported")


def _import(
    run: ImportRun,
    formats: Sequence[Format],
    reader_of: Callable[[Format], Read[Record]],
    write: Write[Record],
    *,
    event: str,
) -> ImportReport:
    report = import_file(run, formats, reader_of, write)
    if not run.dry_run:
        with unit_of_work() as session:
            told = ("import", 0, run.path.name)
            journal.record(session, event, told, actor=SYSTEM, at=run.now, after=report.counts())
    return report


class _Places:
    """The communes and departments that the portal knows, read once per import."""

    def __init__(self) -> None:
        self._departments: set[str] = set()
        self._names: dict[str, str] = {}
        self._codes: dict[tuple[str, str], str] = {}

    def located(self, session: Session, place: Place) -> dict[str, str | None]:
        """The organisation's attributes; the commune by its code, else by its name within the department."""
        if not self._departments:
            self._load(session)
        department = place.department if place.department in self._departments else None
        code = place.insee if place.insee in self._names else None
        if code is None and place.city and department:
            code = self._codes.get((department, rules.commune_key(place.city)))
        return {
            "address": place.address,
            "post_code": place.post_code,
            "city": self._names[code] if code else place.city,
            "commune_code": code,
            "department_code": department,
        }

    def _load(self, session: Session) -> None:
        self._departments = set(session.scalars(select(Department.code)))
        for code, name, department in session.execute(select(Commune.code, Commune.name, Commune.department_code)):
            self._names[code] = name
            self._codes[department, rules.commune_key(name)] = code


def _write_structures(
    session: Session, records: Sequence[StructureRecord], places: _Places, now: datetime
) -> list[Outcome | RowRefused]:
    organisations = _known_organisations(session, [record.siret for record in records])
    outcomes = [_write_structure(session, record, organisations, places, now) for record in records]
    session.flush()
    written = {Outcome.CREATED, Outcome.UPDATED}
    touched = {record.siret for record, outcome in zip(records, outcomes, strict=True) if outcome in written}
    index_organisations(session, [organisations[siret] for siret in touched])
    return outcomes


def _known_organisations(session: Session, sirets: Sequence[str]) -> dict[str, Organisation]:
    known = (
        select(Organisation)
        .where(Organisation.siret.in_(sirets))
        .options(selectinload(Organisation.kinds), lazyload(Organisation.offered), lazyload(Organisation.served))
        .with_for_update()
    )
    return {organisation.siret: organisation for organisation in session.scalars(known)}


def _write_structure(
    session: Session,
    record: StructureRecord,
    organisations: dict[str, Organisation],
    places: _Places,
    now: datetime,
) -> Outcome | RowRefused:
    organisation = organisations.get(record.siret)
    if organisation is None:
        organisation = _new_organisation(record, places.located(session, record.place), now)
        session.add(organisation)
        organisations[record.siret] = organisation
        return Outcome.CREATED if record.is_first else Outcome.UPDATED
    if was_listed_by_a_person(organisation):
        return RowRefused("Cette organisation est inscrite par une personne, à confirmer : vérifiez qui la gère.")
    changed = _add_kind(organisation, record)
    if record.is_first:
        changed |= _learn(organisation, record, places.located(session, record.place))
    if not changed:
        return Outcome.UNCHANGED
    if organisation in session.new:
        return Outcome.UPDATED
    organisation.version += 1
    organisation.updated_at = now
    return Outcome.UPDATED


def _new_organisation(record: StructureRecord, located: dict[str, str | None], now: datetime) -> Organisation:
    organisation = Organisation(
        siret=record.siret, source=record.source, created_at=now, updated_at=now, **record.facts, **located
    )
    organisation.call(record.name, record.usual_name)
    _add_kind(organisation, record)
    return organisation


def was_listed_by_a_person(organisation: Organisation) -> bool:
    """Whether it is known only as the company that someone listed, and that nobody has confirmed since."""
    held = {(held.kind, held.source) for held in organisation.kinds}
    return held == {(OrganisationKind.COMPANY, OrganisationSource.OWN)}


def _add_kind(organisation: Organisation, record: StructureRecord) -> bool:
    """A list gives no date: it says nothing new of a kind whose period is known, even an ended one."""
    if any(held.kind is record.kind for held in organisation.kinds):
        return False
    organisation.kinds.append(HeldKind(kind=record.kind, valid_from=rules.SINCE_UNKNOWN, source=record.source))
    return True


def _learn(organisation: Organisation, record: StructureRecord, located: dict[str, str | None]) -> bool:
    """Take what the record tells and the organisation may learn from its source; whether anything changed."""
    own_source = organisation.source is record.source
    learnt: dict[str, Any] = {
        name: value
        for name, value in record.facts.items()
        if value is not None and (own_source or getattr(organisation, name) is None)
    }
    if located["city"] and (own_source or not (organisation.city or organisation.commune_code)):
        learnt |= located
    changed = [name for name, value in learnt.items() if getattr(organisation, name) != value]
    for name in changed:
        setattr(organisation, name, learnt[name])
    names = (record.name, record.usual_name or organisation.usual_name)
    if own_source and names != (organisation.name, organisation.usual_name):
        organisation.call(*names)
        return True
    return bool(changed)


def _write_communes(session: Session, records: Sequence[CommuneRecord]) -> list[Outcome | RowRefused]:
    departments = set(session.scalars(select(Department.code)))
    known = _by_code(session, Commune, records)
    return [_write_commune(session, record, known, departments) for record in records]


def _write_commune(
    session: Session, record: CommuneRecord, known: dict[str, Commune], departments: set[str]
) -> Outcome | RowRefused:
    department = rules.department_of(record.code)
    if department not in departments:
        return RowRefused(f"Le département {department} de la commune {record.code} est inconnu.")
    told = {
        "name": record.name,
        "sort_name": fold(record.name)[:100],
        "department_code": department,
        "siren": record.siren,
        "population": record.population,
        "epci_siren": record.epci_siren,
        "epci_name": record.epci_name,
        "latitude": record.latitude,
        "longitude": record.longitude,
    }
    known_facts = {name: value for name, value in told.items() if value not in (None, "")}
    return _upsert(session, Commune, record.code, known_facts, known)


def _write_cpv(session: Session, records: Sequence[CpvRecord]) -> list[Outcome | RowRefused]:
    known = _by_code(session, Cpv, records)
    return [_upsert(session, Cpv, record.code, {"key": record.key, "label": record.label}, known) for record in records]


def _by_code(session: Session, model: Any, records: Sequence[CommuneRecord | CpvRecord]) -> dict[str, Any]:
    found = session.scalars(select(model).where(model.code.in_([record.code for record in records])))
    return {row.code: row for row in found}


def _upsert(session: Session, model: Any, code: str, values: dict[str, Any], known: dict[str, Any]) -> Outcome:
    row = known.get(code)
    if row is None:
        known[code] = row = model(code=code, **values)
        session.add(row)
        return Outcome.CREATED
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return Outcome.UPDATED if changed else Outcome.UNCHANGED
