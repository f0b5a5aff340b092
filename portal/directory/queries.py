"""Organisations and reference lists, read."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.directory import rules
from portal.directory.models import Affiliation, Commune, Cpv, Department, HeldKind, Organisation
from portal.kernel.errors import NotFound
from portal.vocabulary import OrganisationKind


def by_siret(session: Session, siret: str) -> Organisation | None:
    if not re.fullmatch("[0-9]{14}", siret):
        return None
    return session.scalar(select(Organisation).where(Organisation.siret == siret))


def shown(session: Session, siret: str) -> Organisation:
    """The organisation with all that its page tells. Raises NotFound."""
    if not re.fullmatch("[0-9]{14}", siret):
        raise NotFound
    found = session.scalar(
        select(Organisation)
        .where(Organisation.siret == siret)
        .options(
            selectinload(Organisation.kinds), joinedload(Organisation.commune), joinedload(Organisation.department)
        )
    )
    if found is None:
        raise NotFound
    return found


def being(kinds: Collection[OrganisationKind], day: date) -> ColumnElement[bool]:
    """Organisations that are one of these on that day."""
    return Organisation.id.in_(
        select(HeldKind.organisation_id).where(HeldKind.kind.in_(kinds), holds_on(day)).scalar_subquery()
    )


def holds_on(day: date) -> ColumnElement[bool]:
    """Kinds that hold on that day: `rules.holds_on`, in SQL."""
    return and_(HeldKind.valid_from <= day, or_(HeldKind.valid_to.is_(None), HeldKind.valid_to >= day))


def of_kind(session: Session, kind: OrganisationKind, day: date) -> Sequence[Organisation]:
    """All organisations that are this on that day, in the order of lists."""
    return session.scalars(_in_order(select(Organisation).where(being([kind], day)))).all()


def buyers(session: Session, day: date) -> Sequence[Organisation]:
    return of_kind(session, OrganisationKind.BUYER, day)


def networks(session: Session, day: date) -> Sequence[Organisation]:
    return of_kind(session, OrganisationKind.NETWORK, day)


def _in_order(organisations: Select[Organisation]) -> Select[Organisation]:
    return organisations.order_by(Organisation.sort_name, Organisation.siret)


def names_of(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """The name that people know each organisation by."""
    wanted = select(Organisation.id, func.coalesce(Organisation.usual_name, Organisation.name))
    return dict(session.execute(wanted.where(Organisation.id.in_(set(ids)))).tuples())


# Affiliations


def affiliations_of(session: Session, organisation: Organisation) -> Sequence[Affiliation]:
    """Those of an organisation, as structure or as network: live ones first, each in the order they were asked."""
    return session.scalars(
        select(Affiliation)
        .where(or_(Affiliation.structure_id == organisation.id, Affiliation.network_id == organisation.id))
        .options(joinedload(Affiliation.network), joinedload(Affiliation.structure))
        .order_by(Affiliation.ended_at.is_not(None), Affiliation.asked_at, Affiliation.id)
    ).all()


def live_affiliation(session: Session, organisation: Organisation, other_siret: str) -> Affiliation:
    """The one between two organisations, whichever is the network. Raises NotFound."""
    other = by_siret(session, other_siret)
    found = other and session.scalar(
        select(Affiliation)
        .where(
            Affiliation.ended_at.is_(None),
            or_(
                and_(Affiliation.network_id == organisation.id, Affiliation.structure_id == other.id),
                and_(Affiliation.structure_id == organisation.id, Affiliation.network_id == other.id),
            ),
        )
        .order_by(Affiliation.id)
        .limit(1)
    )
    if not found:
        raise NotFound
    return found


def networks_of(session: Session, organisation: Organisation) -> Sequence[Affiliation]:
    """The networks that count it among their members."""
    return session.scalars(
        select(Affiliation)
        .join(Affiliation.network)
        .where(Affiliation.structure_id == organisation.id, _accepted())
        .options(joinedload(Affiliation.network))
        .order_by(Organisation.sort_name, Organisation.siret)
    ).all()


def member_count(session: Session, network: Organisation) -> int:
    members = select(func.count()).select_from(Affiliation).where(Affiliation.network_id == network.id, _accepted())
    return session.scalar(members) or 0


def _accepted() -> ColumnElement[bool]:
    return and_(Affiliation.accepted_at.is_not(None), Affiliation.ended_at.is_(None))


# Reference lists


def departments(session: Session) -> Sequence[Department]:
    return session.scalars(select(Department).order_by(Department.code)).all()


def regions(session: Session) -> list[tuple[str, str]]:
    """Codes and names, by name."""
    known = select(Department.region_code, Department.region_name).distinct()
    return sorted(((code, name) for code, name in session.execute(known)), key=lambda region: region[1])


def epcis(session: Session) -> list[tuple[str, str]]:
    """SIREN and names of the intercommunalities that the portal knows by name, by name."""
    known = select(Commune.epci_siren, Commune.epci_name).where(Commune.epci_name.is_not(None)).distinct()
    return sorted(((str(siren), str(name)) for siren, name in session.execute(known)), key=lambda epci: epci[1])


def communes(session: Session, codes: Collection[str] | None = None) -> Sequence[Commune]:
    """All of them, or those of these codes, in the order of lists."""
    wanted = select(Commune).order_by(Commune.sort_name, Commune.code)
    return session.scalars(wanted if codes is None else wanted.where(Commune.code.in_(codes))).all()


def communes_called(session: Session, typed: Collection[str]) -> dict[str, str]:
    """The code of each commune typed as a name, a code or « Bordeaux (33063) »; none if unknown or ambiguous."""
    if not typed:
        return {}
    codes: dict[str, str] = {}
    by_key: dict[str, set[str]] = {}
    for code, name in session.execute(select(Commune.code, Commune.name)):
        codes[code] = code
        by_key.setdefault(rules.commune_key(name), set()).add(code)
    found = {text: _commune_code(text, codes, by_key) for text in typed}
    return {text: code for text, code in found.items() if code is not None}


def _commune_code(typed: str, codes: dict[str, str], by_key: dict[str, set[str]]) -> str | None:
    if written := re.search(r"\b([0-9]{2}|2[AB])[0-9]{3}\b", typed.upper()):
        return codes.get(written[0])
    called = by_key.get(rules.commune_key(typed), set())
    return next(iter(called)) if len(called) == 1 else None


def cpv(session: Session, code: str) -> Cpv | None:
    """The code as typed, with its key or without."""
    found = re.fullmatch(r"([0-9]{8})(?:-([0-9]))?", code.strip())
    entry = session.get(Cpv, found[1]) if found else None
    return entry if entry is not None and found and found[2] in {None, entry.key} else None
