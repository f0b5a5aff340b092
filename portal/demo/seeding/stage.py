"""What the acts of the story share: the transaction, and who and what is already there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.contracts.models import Contract
from portal.demo.world.people import Person
from portal.directory.models import Organisation
from portal.forecast.models import Project
from portal.kernel.actor import SYSTEM, Actor
from portal.vocabulary import PERMISSIONS_OF, Event, Permission, Role


@dataclass
class Stage:
    """The organisations and accounts by their keys in the world, contracts by their numbers, projects as created."""

    session: Session
    organisations: dict[str, Organisation] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    contracts: dict[str, Contract] = field(default_factory=dict)
    projects: list[Project] = field(default_factory=list)

    def acting(self, person: Person, for_: str | None = None) -> Actor:
        """A person of the cast, for the organisation they act for first, or another; who left has no account."""
        account_id = self.account_id(person)
        organisation = for_ or person.home
        if organisation is None:
            return Actor(account_id, person.name, None, None, frozenset(), frozenset())
        roles = dict(person.holds)[organisation]
        return _actor(self.organisations[organisation], person.name, account_id, roles)

    def account_id(self, person: Person) -> int | None:
        account = self.accounts.get(person.key)
        return account.id if account else None

    def someone_of(self, key: str, role: Role) -> Actor:
        """Somebody of an organisation who has no account in this story."""
        organisation = self.organisations[key]
        return _actor(organisation, "La direction", None, frozenset({role}))


def _actor(organisation: Organisation, label: str, account_id: int | None, roles: frozenset[Role]) -> Actor:
    permissions: frozenset[Permission] = frozenset().union(*(PERMISSIONS_OF[role] for role in roles))
    return Actor(account_id, label, organisation.id, organisation.shown_name, roles, permissions)


@dataclass(frozen=True)
class Act:
    """Something that was done, and when."""

    at: datetime
    do: Callable[[Stage, datetime], None]

    def play(self, stage: Stage) -> None:
        self.do(stage, self.at)


@dataclass(frozen=True)
class Line:
    """A line of the journal alone: what it tells is loaded in bulk, elsewhere."""

    at: datetime
    tell: Callable[[Stage], dict[str, Any]]


class Signature(Protocol):
    """Who did something, as rows keep it."""

    @property
    def label(self) -> str: ...
    @property
    def organisation(self) -> str | None: ...
    @property
    def account_id(self) -> int | None: ...


def line_of(
    event: Event, subject: tuple[str, int, str], by: Signature | None, at: datetime, after: dict[str, Any]
) -> dict[str, Any]:
    """The row of the journal; by the portal itself when nobody did it."""
    type_, id_, label = subject
    return {
        "at": at,
        "event": event.value,
        "actor_id": by.account_id if by else SYSTEM.account_id,
        "actor_label": by.label if by else SYSTEM.label,
        "actor_organisation": by.organisation if by else SYSTEM.organisation_name,
        "object_type": type_,
        "object_id": id_,
        "object_label": label[:300],
        "before": None,
        "after": after,
    }
