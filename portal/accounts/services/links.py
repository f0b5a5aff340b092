"""Mailed links: each opens once, until it expires, even when two browsers follow it at once."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from portal.accounts import keys, queries
from portal.accounts.models import Invitation
from portal.accounts.queries import Linked
from portal.kernel.errors import PortalError


class LinkOver(PortalError):
    """The link was used, has expired, was withdrawn or never was; the page says how to get another one."""

    default_sentence = "Ce lien est incomplet, ou n’a jamais existé."


def made(model: type[Linked], *, lasts: timedelta, now: datetime, **asked: Any) -> Linked:
    """A row of `model` and what its mailed link needs."""
    link = keys.new_link(model.__tablename__)
    return model(
        nonce=link.nonce, token_hash=link.token_hash, created_at=now, expires_at=now + lasts, used_at=None, **asked
    )


def token_of(link: Linked) -> str | None:
    """What stands in the address; None when the key that made it has been withdrawn."""
    return keys.token_of(type(link).__tablename__, link.nonce, link.token_hash)


def seen(session: Session, model: type[Linked], token: str, now: datetime) -> Linked:
    """What the link opens, without using it. Raises LinkOver."""
    link = queries.linked_by(session, model, keys.digest(token))
    if link is None:
        raise LinkOver
    if link.used_at is not None:
        raise LinkOver("Ce lien a déjà servi.")
    if isinstance(link, Invitation) and link.revoked_at is not None:
        raise LinkOver("Cette invitation a été retirée ou remplacée par une plus récente.")
    if link.expires_at <= now:
        raise LinkOver("Ce lien n’est plus valable : il est trop ancien.")
    return link


def taken(session: Session, model: type[Linked], token: str, now: datetime) -> Linked:
    """What the link opens, which it opens no more. Raises LinkOver, also for the second of two at once."""
    link = seen(session, model, token, now)
    unused = [model.id == link.id, model.used_at.is_(None)]
    if isinstance(link, Invitation):
        unused.append(Invitation.revoked_at.is_(None))
    used = session.execute(
        update(model).where(*unused).values(used_at=now).execution_options(synchronize_session=False)
    )
    assert isinstance(used, CursorResult)  # noqa: S101 — narrows the declared type
    if used.rowcount != 1:
        raise LinkOver("Ce lien a déjà servi.")
    session.refresh(link)
    return link
