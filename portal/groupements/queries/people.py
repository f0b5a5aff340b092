"""Whom to write to, and whom one may invite."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload, selectinload

from portal.accounts.models import Account, Membership
from portal.accounts.queries import in_force
from portal.directory.models import Organisation, organisation_search
from portal.directory.queries.listing import with_whole_numbers
from portal.kernel.clock import paris_date
from portal.vocabulary import AccountState, Role

_FOUND = 10

_SUPPLIERS = frozenset({Role.STRUCTURE, Role.TITULAIRE})
"""The roles whose people speak for a member."""


def people_of(session: Session, organisation_ids: Collection[int], now: datetime) -> list[tuple[int, Account]]:
    """Whoever speaks for these organisations: suppliers' people, and network heads for networks."""
    rows = session.execute(
        select(Membership.organisation_id, Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.organisation_id.in_(organisation_ids),
            Membership.role.in_(_SUPPLIERS | {Role.NETWORK}),
            in_force(now),
            Account.state == AccountState.ACTIVE,
        )
        .distinct()
        .order_by(Membership.organisation_id, Account.id)
    )
    return [(organisation_id, account) for organisation_id, account in rows]


@dataclass(frozen=True)
class Candidate:
    """An organisation of the directory that may be invited."""

    siret: str
    name: str
    place: str | None
    kinds: str


def candidates(session: Session, words: str, now: datetime) -> list[Candidate]:
    """The first organisations that a name, a town or a SIRET finds; who may not be a member is told when chosen."""
    matching = organisation_search.ids_matching(with_whole_numbers(words), prefix=True)
    if matching is None:
        return []
    found = session.scalars(
        select(Organisation)
        .where(Organisation.id.in_(matching))
        .options(lazyload(Organisation.offered), lazyload(Organisation.served), selectinload(Organisation.kinds))
        .order_by(Organisation.sort_name.concat(""), Organisation.siret)
        .limit(_FOUND)
    )
    return [_candidate(organisation, paris_date(now)) for organisation in found]


def _candidate(organisation: Organisation, day: date) -> Candidate:
    kinds = ", ".join(sorted(kind.label for kind in organisation.kinds_on(day)))
    return Candidate(organisation.siret, organisation.shown_name, organisation.city, kinds)
