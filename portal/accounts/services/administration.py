"""The first person of an installation: made by its operator, from the command line."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.services.passwords import first_password_token
from portal.accounts.services.sign_up import open_account
from portal.accounts.services.team import grant, locked
from portal.directory import queries as directory
from portal.directory.models import Organisation
from portal.directory.services import NewOrganisation, list_organisation
from portal.kernel import clock
from portal.kernel.actor import SYSTEM
from portal.kernel.errors import RuleViolation
from portal.kernel.siret import Siret
from portal.vocabulary import OrganisationKind, Role


@dataclass(frozen=True)
class NewAdministrator:
    email: str
    display_name: str
    siret: Siret
    organisation_name: str | None = None
    """For an organisation that the directory does not list: it is entered as a buyer."""


def make_administrator(session: Session, wanted: NewAdministrator, *, now: datetime) -> str | None:
    """Give someone the administrator's role, and the management of an organisation that nobody manages.

    Returns the token of a link to choose a password, or None when the person has one already. Raises RuleViolation
    when the organisation is neither listed nor named.
    """
    organisation = locked(session, _organisation(session, wanted, now).id)
    account = queries.account_by_email(session, wanted.email) or open_account(
        session, wanted.email, wanted.display_name, None, now=now
    )
    roles = {Role.ADMINISTRATOR}
    if not queries.has_manager(session, organisation.id, now):
        roles.add(Role.MANAGER)
    grant(session, account, organisation, roles, actor=SYSTEM, now=now)
    return None if account.password_hash else first_password_token(session, account, now=now)


def _organisation(session: Session, wanted: NewAdministrator, now: datetime) -> Organisation:
    listed = directory.by_siret(session, wanted.siret)
    if listed is not None:
        return listed
    if not wanted.organisation_name:
        raise RuleViolation("Cette organisation n’est pas dans l’annuaire : donnez aussi son nom (--organisation).")
    buyer = NewOrganisation(wanted.siret, wanted.organisation_name, {OrganisationKind.BUYER: clock.paris_date(now)})
    return list_organisation(session, buyer, actor=SYSTEM, now=now)
