"""Listing an organisation, and editing it on behalf of its own people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal import journal
from portal.directory import policies, queries, rules
from portal.directory.models import (
    Commune,
    HeldKind,
    OfferedTrade,
    Organisation,
    ServedTerritory,
    organisation_search,
)
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.siret import Siret
from portal.storage import ensure_current
from portal.vocabulary import (
    EssFamily,
    OrganisationKind,
    OrganisationSource,
    ServiceType,
    TerritoryScope,
    Trade,
)


def index_organisations(session: Session, organisations: Iterable[Organisation]) -> None:
    """Make them found by their names, their city and their SIRET; to call after each change of these."""
    organisation_search.index_many(
        session,
        {
            organisation.id: " ".join(
                filter(None, (organisation.name, organisation.usual_name, organisation.city, organisation.siret))
            )
            for organisation in organisations
        },
    )


@dataclass(frozen=True)
class NewOrganisation:
    """What is known of an organisation that is listed by hand."""

    siret: Siret
    name: str
    kinds: Mapping[OrganisationKind, date | None]
    """What it is, and since when; None when nobody knows."""
    usual_name: str | None = None
    commune: Commune | None = None
    source: OrganisationSource = OrganisationSource.PORTAL


def list_organisation(session: Session, new: NewOrganisation, *, actor: Actor, now: datetime) -> Organisation:
    """Add an organisation to the directory. Raises IntegrityError (`uq_organisation_siret`) when it is known."""
    return list_organisations(session, [new], actor=actor, now=now)[0]


def list_organisations(
    session: Session, all_new: Sequence[NewOrganisation], *, actor: Actor, now: datetime
) -> list[Organisation]:
    """Add organisations, in this order. Raises IntegrityError (`uq_organisation_siret`) when one is known."""
    organisations = [_listed(new, now) for new in all_new]
    session.add_all(organisations)
    session.flush()
    index_organisations(session, organisations)
    for new, organisation in zip(all_new, organisations, strict=True):
        told = {"siret": organisation.siret, "name": new.name, "kinds": sorted(new.kinds)}
        journal.record(session, "organisation.listed", _named(organisation), actor=actor, at=now, after=told)
    return organisations


def _listed(new: NewOrganisation, now: datetime) -> Organisation:
    organisation = Organisation(siret=new.siret, source=new.source, created_at=now, updated_at=now)
    organisation.call(new.name, new.usual_name)
    if new.commune is not None:
        organisation.commune_code, organisation.city = new.commune.code, new.commune.name
        organisation.department_code = new.commune.department_code
    organisation.kinds = [
        HeldKind(kind=kind, valid_from=since or rules.SINCE_UNKNOWN, source=new.source)
        for kind, since in new.kinds.items()
    ]
    return organisation


@dataclass(frozen=True)
class OrganisationFacts:
    """What an organisation says of itself."""

    usual_name: str | None
    ess_family: EssFamily | None
    description: str | None
    contact_email: str | None
    contact_phone: str | None
    website: str | None
    trades: frozenset[tuple[Trade, ServiceType]]
    everywhere: bool
    regions: frozenset[str]
    departments: tuple[str, ...]
    """Codes as typed."""
    epcis: frozenset[str]
    communes: tuple[str, ...]
    """Names or INSEE codes as typed."""


def edit_organisation(
    session: Session,
    organisation: Organisation,
    facts: OrganisationFacts,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Take what its own people say of it; from then on imports only fill in what is empty.

    Raises NotFound for anyone else, Stale, and RuleViolation on the territory's fields.
    """
    policies.ensure_can_edit(actor, organisation)
    ensure_current(organisation, expected_version)
    territories = _territories(session, facts)
    before = _told(organisation)
    _apply(organisation, facts, territories)
    organisation.source, organisation.updated_at = OrganisationSource.OWN, now
    session.flush()
    index_organisations(session, [organisation])
    changed = _changes(before, _told(organisation))
    journal.record(session, "organisation.edited", _named(organisation), actor=actor, at=now, **changed)


_PLAIN = ("ess_family", "description", "contact_email", "contact_phone", "website")


def _apply(organisation: Organisation, facts: OrganisationFacts, territories: set[tuple[TerritoryScope, str]]) -> None:
    organisation.call(organisation.name, facts.usual_name)
    for name in _PLAIN:
        setattr(organisation, name, getattr(facts, name) or None)
    kept_trades = [offer for offer in organisation.offered if (offer.trade, offer.service_type) in facts.trades]
    known_trades = {(offer.trade, offer.service_type) for offer in kept_trades}
    organisation.offered = kept_trades + [
        OfferedTrade(trade=trade, service_type=service) for trade, service in sorted(facts.trades - known_trades)
    ]
    kept = [territory for territory in organisation.served if (territory.scope, territory.code) in territories]
    known = {(territory.scope, territory.code) for territory in kept}
    organisation.served = kept + [
        ServedTerritory(scope=scope, code=code) for scope, code in sorted(territories - known)
    ]


def _territories(session: Session, facts: OrganisationFacts) -> set[tuple[TerritoryScope, str]]:
    narrower = (
        {(TerritoryScope.REGION, code) for code in facts.regions}
        | {(TerritoryScope.DEPARTMENT, code) for code in _known_departments(session, facts.departments)}
        | {(TerritoryScope.EPCI, code) for code in facts.epcis}
        | {(TerritoryScope.COMMUNE, code) for code in _known_communes(session, facts.communes)}
    )
    if not facts.everywhere:
        return narrower
    if narrower:
        raise RuleViolation(
            "« France entière » comprend déjà les autres territoires : gardez l’un ou l’autre.", field="everywhere"
        )
    return {(TerritoryScope.FRANCE, rules.FRANCE_CODE)}


def _known_departments(session: Session, typed: Sequence[str]) -> set[str]:
    known = {department.code for department in queries.departments(session)}
    codes = {code.upper().zfill(2) for code in typed}
    _ensure_known(
        codes - known, "departments", "Ces départements ne sont pas reconnus", "écrivez leur numéro, par exemple 33"
    )
    return codes


def _known_communes(session: Session, typed: Sequence[str]) -> set[str]:
    found = queries.communes_called(session, typed)
    _ensure_known(
        {name for name in typed if name not in found},
        "communes",
        "Ces communes ne sont pas reconnues",
        "vérifiez leur nom, ou écrivez leur code INSEE",
    )
    return set(found.values())


def _ensure_known(unknown: Collection[str], field: str, refusal: str, advice: str) -> None:
    if unknown:
        raise RuleViolation(f"{refusal} : {', '.join(sorted(unknown))}. Pour chacun, {advice}.", field=field)


def _told(organisation: Organisation) -> dict[str, object]:
    """What the organisation says of itself, for the journal."""
    return {name: getattr(organisation, name) for name in ("usual_name", *_PLAIN)} | {
        "trades": sorted(f"{offer.trade}:{offer.service_type}" for offer in organisation.offered),
        "territories": sorted(f"{territory.scope}:{territory.code}" for territory in organisation.served),
    }


def _changes(before: dict[str, object], after: dict[str, object]) -> dict[str, dict[str, object]]:
    changed = [name for name in after if before[name] != after[name]]
    return {
        "before": {name: before[name] for name in changed},
        "after": {name: after[name] for name in changed},
    }


def _named(organisation: Organisation) -> tuple[str, int, str]:
    return ("organisation", organisation.id, organisation.shown_name)
