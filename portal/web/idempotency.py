"""One posting form, one effect: double clicks, the back button and retries lead to the first result."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app, flash, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading, unit_of_work
from portal.storage.once import insert_once
from portal.web import kept_forms
from portal.web.access import current_actor
from portal.web.forms import SafeForm
from portal.web.models import IdempotencyKey


class Act:
    """One posted form being carried out, and where it leads."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.location: str | None = None
        self.message: str | None = None
        self.tone = "success"

    def leads_to(self, location: str, message: str | None = None, tone: str = "success") -> None:
        """Where the browser goes once the act is committed, and what it is told there."""
        self.location, self.message, self.tone = location, message, tone

    @property
    def response(self) -> ResponseReturnValue:
        if self.location is None:
            raise RuntimeError("an act must lead somewhere")
        kept_forms.forget()
        if self.message:
            flash(self.message, self.tone)
        return redirect(self.location)


class AlreadyDone(Exception):
    """The same form was carried out before; `location` is where it led."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@contextmanager
def once(form: SafeForm) -> Iterator[Act]:
    """One transaction for one posted form.

    Raises AlreadyDone, which becomes a redirection to the first result, when this very form was carried out before;
    a form whose act was refused or failed may be posted again.
    """
    g.posted_form = form
    key = _key_of(form)
    with unit_of_work() as session:
        if not insert_once(session, IdempotencyKey, key=key, created_at=clock.utc_now()):
            done = session.scalar(select(IdempotencyKey.location).where(IdempotencyKey.key == key))
            raise AlreadyDone(done or "/")
        act = Act(session)
        yield act
        session.execute(update(IdempotencyKey).where(IdempotencyKey.key == key).values(location=act.location))


def done_before() -> AlreadyDone | None:
    """Where the form that this request posts again led, when it was carried out before: the act itself may have closed
    the page that it was posted from."""
    token = request.form.get("idempotency_token") if request.method == "POST" else None
    if not token:
        return None
    with reading() as session:
        done = session.scalar(select(IdempotencyKey).where(IdempotencyKey.key == _key(token)))
    return AlreadyDone(done.location or "/") if done else None


def tell_already_done(done: AlreadyDone) -> ResponseReturnValue:
    flash("C’était déjà enregistré : rien n’a été fait deux fois.", "info")
    return redirect(done.location)


def _key_of(form: SafeForm) -> str:
    token = form.idempotency_token.data
    if not token:
        raise RuleViolation("Ce formulaire est incomplet : rechargez la page et recommencez.")
    return _key(token)


def _key(token: str) -> str:
    return hashlib.sha256(f"{current_app.name}:{current_actor().account_id}:{token}".encode()).hexdigest()
