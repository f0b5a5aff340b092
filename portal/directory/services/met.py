"""Organisations met in files of contracts: found by their SIRET, listed when the directory does not know them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from portal.directory.models import Organisation
from portal.directory.services.organisations import NewOrganisation, index_organisations, list_organisation
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


def list_met(
    session: Session, met: Sequence[Met], *, actor: Actor, now: datetime
) -> tuple[dict[str, Organisation], frozenset[str]]:
    """All these organisations by SIRET, and the SIRETs that were not listed before.

    One listed without a name bears its SIRET until a file tells its name.
    """
    wanted = sorted(met, key=lambda each: each.siret)
    known = _known(session, [each.siret for each in wanted])
    listed = frozenset(each.siret for each in wanted if each.siret not in known)
    for each in wanted:
        if each.siret in listed:
            new = NewOrganisation(each.siret, each.name or _nameless(each.siret), dict.fromkeys(sorted(each.kinds)))
            known[each.siret] = list_organisation(session, new, actor=actor, now=now)
        elif each.name and known[each.siret].name == _nameless(each.siret):
            _name(session, known[each.siret], each.name, now)
    return known, listed


def _known(session: Session, sirets: Sequence[str]) -> dict[str, Organisation]:
    known = (
        select(Organisation)
        .where(Organisation.siret.in_(sirets))
        .options(lazyload(Organisation.offered), lazyload(Organisation.served))
    )
    return {organisation.siret: organisation for organisation in session.scalars(known)}


def _nameless(siret: Siret) -> str:
    return f"SIRET {siret.formatted}"


def _name(session: Session, organisation: Organisation, name: str, now: datetime) -> None:
    organisation.call(name, organisation.usual_name)
    organisation.version += 1
    organisation.updated_at = now
    session.flush()
    index_organisations(session, [organisation])
