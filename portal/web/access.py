"""Deny by default: each view states who may come, as metadata that the guard and the tests read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.kernel.actor import ANONYMOUS, Actor
from portal.kernel.errors import NotFound, Refused
from portal.vocabulary import Permission
from portal.web import kept_forms

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""No address of the portal holds these; PostgreSQL refuses some of them in a text."""

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """Who may call a view. `permissions`: any one of them is enough."""

    signed_in: bool
    permissions: frozenset[Permission] = frozenset()

    def allows(self, actor: Actor) -> bool:
        if not self.signed_in:
            return True
        return actor.is_signed_in and (not self.permissions or any(actor.may(p) for p in self.permissions))


PUBLIC = Access(signed_in=False)
SIGNED_IN = Access(signed_in=True)


def public(view: View) -> View:
    """Anyone, without an account."""
    return _stating(view, PUBLIC)


def signed_in(view: View) -> View:
    """Any person who has signed in."""
    return _stating(view, SIGNED_IN)


def requires(*permissions: Permission) -> Callable[[View], View]:
    """A person who, in the organisation they act for, holds one of these permissions."""
    return lambda view: _stating(view, reserved_to(*permissions))


def reserved_to(*permissions: Permission) -> Access:
    return Access(signed_in=True, permissions=frozenset(permissions))


def _stating(view: View, access: Access) -> View:
    cast("Any", view).access = access
    return view


def access_of(endpoint: str) -> Access | None:
    if endpoint == "static":
        return PUBLIC
    return getattr(current_app.view_functions[endpoint], "access", None)


def current_actor() -> Actor:
    """The person at the keyboard and the organisation they act for; ANONYMOUS without an account."""
    return current_user.actor if current_user.is_authenticated else ANONYMOUS


def guard() -> ResponseReturnValue | None:
    """Run before each request: refuse whoever the view does not allow.

    What an expired session was posting is kept, and found again after sign-in.
    """
    if _CONTROL.search(request.path):
        raise NotFound
    if request.endpoint is None:
        return None
    access = access_of(request.endpoint)
    if access is None:
        raise Refused("Cette page n’est ouverte à personne.")
    actor = current_actor() if access.signed_in else ANONYMOUS
    if access.allows(actor):
        return None
    if actor.is_signed_in:
        raise Refused("Votre rôle ne permet pas d’ouvrir cette page.")
    g.session_ended = True
    return redirect(url_for("accounts.sign_in", suite=kept_forms.keep_posted() or request.full_path.rstrip("?")))
