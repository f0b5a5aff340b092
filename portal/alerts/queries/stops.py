"""Whom a link that stops is about."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.directory.models import Organisation
from portal.kernel.actor import Actor


@dataclass(frozen=True)
class Person:
    """The account that a link names, and its organisation: it may have left it since, and still want silence."""

    account_id: int
    label: str
    organisation_id: int
    organisation_name: str

    @property
    def actor(self) -> Actor:
        """The person, by a link of theirs: without any right but that of silence."""
        return Actor(
            self.account_id, self.label, self.organisation_id, self.organisation_name, frozenset(), frozenset()
        )


def stopping(session: Session, account: str, siret: str) -> Person | None:
    person = session.scalar(select(Account).where(Account.public_id == account))
    organisation = session.scalar(select(Organisation).where(Organisation.siret == siret))
    if person is None or organisation is None:
        return None
    return Person(person.id, person.display_name, organisation.id, organisation.shown_name)
