"""The mails of legal checks, composed when they leave: only to who may still act, only if they are still true."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts import queries as accounts
from portal.forecast import queries
from portal.forecast.models import Project
from portal.forecast.services import telling
from portal.outbox import Mail, Spared
from portal.vocabulary import MessageKind, ProjectState

Ids = Mapping[str, int | str]
_DEPARTED = Spared("la personne n’agit plus pour cet acheteur")
_OVER = Spared("ce n’est plus d’actualité")


def register() -> None:
    """Tell the outbox how each of this room's mails is composed."""
    outbox.register(MessageKind.CHECK_ASKED.value, check_asked)
    outbox.register(MessageKind.CHECK_DONE.value, check_done)


def check_asked(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    project = session.get_one(Project, int(ids["project"]))
    if project.state is not ProjectState.IN_CHECK:
        return _OVER
    if ids["account"] not in {person.id for person in telling.checkers(session, project, now)}:
        return _DEPARTED
    waiting = queries.waiting_in(session, project.lots)
    return outbox.mail_from_template("forecast/emails/check_asked", {"project": project, "waiting": waiting})


def check_done(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """Ready to publish, or given back with what is missing."""
    project = session.get_one(Project, int(ids["project"]))
    if project.state not in {ProjectState.READY, ProjectState.DRAFT}:
        return _OVER
    if not accounts.memberships_between(session, int(ids["account"]), project.buyer_id, now):
        return _DEPARTED
    context = {"project": project, "ready": project.state is ProjectState.READY}
    return outbox.mail_from_template("forecast/emails/check_done", context)
