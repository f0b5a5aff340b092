"""Being someone of the demonstration, in one click."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal import journal
from portal.accounts import queries as accounts
from portal.accounts.services.sign_in import Browser, open_session
from portal.demo.personas import Persona
from portal.directory import queries as directory
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound


def enter(session: Session, persona: Persona, *, browser: Browser, actor: Actor, now: datetime) -> str:
    """Sign in as a persona, second factor considered shown; the token of the new session.

    Raises NotFound when the person has left the demonstration's data since.
    """
    account = accounts.account_by_email(session, persona.person.email)
    organisation = directory.by_siret(session, persona.siret)
    if account is None or organisation is None:
        raise NotFound("Cette personne n’est plus dans la démonstration : make demo-reset la fait revenir.")
    subject = ("account", account.id, account.display_name)
    journal.record(session, "demo.entered", subject, actor=actor, at=now)
    return open_session(session, account, now=now, browser=browser, second_factor=True, organisation_id=organisation.id)
