"""Organisations, one or all of a kind."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.directory.models import HeldKind, Organisation
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
    wanted = select(Organisation.id, Organisation.shown_name)
    return dict(session.execute(wanted.where(Organisation.id.in_(set(ids)))).all())
