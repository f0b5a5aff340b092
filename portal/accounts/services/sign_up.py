"""Opening an account: asked with a SIRET, confirmed by a mailed link. Nothing exists before the confirmation.

What an organisation is must be confirmed by others: one that signs itself up is listed as a company, whatever it says.
Only the operator's command then makes it a structure of insertion or of adapted work: no import does, and no claim.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import journal, outbox
from portal.accounts import queries, rules
from portal.accounts.models import Account, SignUp
from portal.accounts.services import links, requests
from portal.accounts.services.passwords import acting
from portal.accounts.services.team import grant
from portal.directory import queries as directory
from portal.directory.models import Organisation
from portal.directory.services import NewOrganisation, list_organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.siret import Siret
from portal.storage import violated
from portal.vocabulary import OrganisationKind, OrganisationSource, Role

SIGN_UP = "accounts.sign_up"


@dataclass(frozen=True)
class Wish:
    """What someone without an account asks for; `roles` are asked of an organisation that is already managed."""

    email: str
    display_name: str
    siret: Siret
    organisation_name: str | None = None
    roles: frozenset[Role] = frozenset()
    why: str | None = None


@dataclass(frozen=True)
class Entry:
    """An account just opened, and what became of its wish, in words."""

    account: Account
    outcome: str


class AlreadyRegistered(RuleViolation):
    """The address has an account: told only to whoever holds the mailed link."""

    def __init__(self) -> None:
        super().__init__("Vous avez déjà un compte à cette adresse : connectez-vous.")


def ask(session: Session, wish: Wish, *, now: datetime) -> SignUp:
    """Promise a mail: a link that opens the account, or « vous avez déjà un compte ». Nobody else can tell which."""
    link = links.made(
        SignUp,
        lasts=rules.SIGN_UP_LASTS,
        now=now,
        email=wish.email,
        display_name=wish.display_name,
        siret=str(wish.siret),
        organisation_name=wish.organisation_name or None,
        roles=wish.roles,
        why=wish.why or None,
    )
    session.add(link)
    session.flush()
    outbox.promise(
        session, SIGN_UP, recipient=wish.email, ids={"sign_up": link.id}, dedupe_key=f"{SIGN_UP}:{link.id}", now=now
    )
    return link


def confirm(session: Session, token: str, password_hash: str, *, now: datetime) -> Entry:
    """Open the account of a mailed link, and have it manage, claim or ask to join the organisation.

    Raises LinkOver, or AlreadyRegistered.
    """
    link = links.taken(session, SignUp, token, now)
    account = open_account(session, link.email, link.display_name, password_hash, now=now)
    return Entry(account, _enter(session, account, link, now))


def open_account(
    session: Session, email: str, display_name: str, password_hash: str | None, *, now: datetime
) -> Account:
    """An account whose address is proved, when it has a password. Raises AlreadyRegistered, even in a race."""
    account = Account(
        email=email,
        display_name=display_name,
        password_hash=password_hash,
        created_at=now,
        confirmed_at=now if password_hash else None,
    )
    session.add(account)
    try:
        session.flush()
    except IntegrityError as error:
        if violated(error, "uq_account_email"):
            raise AlreadyRegistered from None
        raise
    journal.record(session, "account.opened", ("account", account.id, display_name), actor=acting(account), at=now)
    return account


def _enter(session: Session, account: Account, link: SignUp, now: datetime) -> str:
    organisation = directory.by_siret(session, link.siret)
    actor = acting(account)
    if organisation is None:
        name = link.organisation_name or link.siret
        found = found_company(session, Siret(link.siret), name, actor=actor, now=now)
        return f"Vous gérez désormais la fiche « {found.shown_name} »."
    if queries.has_manager(session, organisation.id, now):
        roles = link.roles or rules.usual_roles(organisation.kinds_on(clock.paris_date(now)))
        requests.ask_to_join(session, organisation.id, account, roles, link.why, actor=actor, now=now)
        return "Votre demande est partie à qui gère les accès : la réponse vous viendra par courriel."
    requests.claim(session, organisation.id, account, link.why or "", actor=actor, now=now)
    return "Votre demande est partie à qui peut vous confier la fiche : la réponse vous viendra par courriel."


def found_company(session: Session, siret: Siret, name: str, *, actor: Actor, now: datetime) -> Organisation:
    """List an organisation that nobody had listed, which the actor then manages.

    Raises RuleViolation when someone has just listed it.
    """
    company = NewOrganisation(
        siret, name, {OrganisationKind.COMPANY: clock.paris_date(now)}, source=OrganisationSource.OWN
    )
    try:
        organisation = list_organisation(session, company, actor=actor, now=now)
    except IntegrityError as error:
        if violated(error, "uq_organisation_siret"):
            raise RuleViolation("Quelqu’un vient d’inscrire cette organisation : recommencez.") from None
        raise
    founder = session.get_one(Account, actor.account_id)
    grant(session, founder, organisation, rules.founder_roles({OrganisationKind.COMPANY}), actor=actor, now=now)
    return organisation
