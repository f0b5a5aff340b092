"""What the acts of the story share: the transaction, and who and what is already there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.demo.world.people import Person
from portal.directory.models import Organisation
from portal.forecast.models import Project
from portal.kernel.actor import Actor
from portal.vocabulary import PERMISSIONS_OF, Permission, Role


@dataclass
class Stage:
    """The organisations and accounts by their keys in the world, the projects in the order of their creation."""

    session: Session
    organisations: dict[str, Organisation] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    projects: list[Project] = field(default_factory=list)

    def acting(self, person: Person) -> Actor:
        """A person of the cast, for the organisation they act for first."""
        account = self.accounts[person.key]
        if person.home is None:
            return Actor(account.id, person.name, None, None, frozenset(), frozenset())
        roles = dict(person.holds)[person.home]
        return _actor(self.organisations[person.home], person.name, account.id, roles)

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
