"""Organisations met in files of contracts: found by their SIRET, listed when the directory does not know them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload, selectinload

from portal.directory.models import Organisation
from portal.directory.services.imports import was_listed_by_a_person
from portal.directory.services.organisations import NewOrganisation, index_organisations, list_organisations
from portal.kernel.actor import Actor
from portal.kernel.siret import Siret
from portal.vocabulary import OrganisationKind


@dataclass(frozen=True)
class Met:
    """An organisation as a file names it."""

    siret: Siret
    name: str
    """Empty when the file does not tell it: official DECP files give only numbers."""
    kinds: frozenset[OrganisationKind]
    """What it is to the file, for an organisation that is not listed: a listed one stays what it is."""


@dataclass(frozen=True)
class MetOrganisations:
    """The organisations met, by SIRET."""

    by_siret: dict[str, Organisation]
    new: frozenset[str]
    """Those that were not listed before."""
    unconfirmed: frozenset[str]
    """Companies that someone listed themselves, and that nobody has confirmed since."""


def list_met(session: Session, met: Sequence[Met], *, actor: Actor, now: datetime) -> MetOrganisations:
    """Find all these organisations, and list those that are unknown.

    One listed without a name bears its SIRET until a file tells its name.
    """
    wanted = sorted(met, key=lambda each: each.siret)
    known = _known(session, [each.siret for each in wanted])
    unconfirmed = frozenset(siret for siret, found in known.items() if was_listed_by_a_person(found))
    new = frozenset(each.siret for each in wanted if each.siret not in known)
    nameless = [each for each in wanted if each.name and each.siret in known and _is_nameless(known[each.siret])]
    for each in nameless:
        _name(known[each.siret], each.name, now)
    session.flush()
    index_organisations(session, [known[each.siret] for each in nameless])
    listed = list_organisations(session, [_as_new(each) for each in wanted if each.siret in new], actor=actor, now=now)
    known |= {organisation.siret: organisation for organisation in listed}
    return MetOrganisations(known, new, unconfirmed)


def _known(session: Session, sirets: Sequence[str]) -> dict[str, Organisation]:
    known = (
        select(Organisation)
        .where(Organisation.siret.in_(sirets))
        .options(selectinload(Organisation.kinds), lazyload(Organisation.offered), lazyload(Organisation.served))
    )
    return {organisation.siret: organisation for organisation in session.scalars(known)}


def _as_new(met: Met) -> NewOrganisation:
    return NewOrganisation(met.siret, met.name or _nameless(met.siret), dict.fromkeys(sorted(met.kinds)))


def _nameless(siret: Siret) -> str:
    return f"SIRET {siret.formatted}"


def _is_nameless(organisation: Organisation) -> bool:
    return organisation.name == f"SIRET {organisation.shown_siret}"


def _name(organisation: Organisation, name: str, now: datetime) -> None:
    organisation.call(name, organisation.usual_name)
    organisation.version += 1
    organisation.updated_at = now
