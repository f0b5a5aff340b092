"""Rendering a page: what every template may use."""

import re
from typing import Any

from flask import Flask, current_app, render_template, request, url_for
from werkzeug.local import LocalProxy

from config import Config
from portal.kernel import clock, french
from portal.kernel.filters import FILTERS
from portal.vocabulary import Permission
from portal.web.access import current_actor
from portal.web.navigation import navigation
from portal.web.slots import slots

render = render_template

# One slash, then neither another one nor a backslash, which browsers read as one; no blank or control character.
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]*")

FOOTER_PAGES = (
    ("Programmation", "forecast.index"),
    ("Résultats", "indicators.index"),
    ("Exemples de réussite", "stories.index"),
    ("Annuaire", "directory.index"),
    ("Données ouvertes", "opendata.guide"),
    ("Aide", "pages.help_page"),
    ("Accessibilité : non auditée", "pages.accessibility"),
    ("Données personnelles", "pages.privacy"),
    ("Mentions légales", "pages.legal"),
)


def safe_path(candidate: str | None, default: str) -> str:
    """A path of this portal given by the request (`?suite=`), or `default`: never another site."""
    if not candidate or not _LOCAL_PATH.fullmatch(candidate):
        return default
    return candidate


def register_templates(app: Flask) -> None:
    """Filters, and the names that every template knows. They are lazy: an error page must not need the database."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(slot=slots.fill, can=_can, Permission=Permission)
    app.context_processor(_common)


def _can(permission: Permission) -> bool:
    return current_actor().may(permission)


def _common() -> dict[str, Any]:
    config: Config = current_app.config["AMONT"]
    return {
        "actor": LocalProxy(current_actor),
        "navigation": navigation.links,
        "footer_links": LocalProxy(_footer_links),
        "account_url": LocalProxy(lambda: url_for("accounts.account")),
        "sign_in_url": LocalProxy(_sign_in_url),
        "portal_name": config.portal_name,
        "demo": LocalProxy(lambda: _demo(config)) if config.demo else None,
    }


def _sign_in_url() -> str:
    path = request.full_path.rstrip("?")
    return url_for("accounts.sign_in", suite=None if path in {"/", url_for("accounts.sign_in")} else path)


def _footer_links() -> list[dict[str, str]]:
    known = current_app.view_functions
    return [{"label": label, "url": url_for(endpoint)} for label, endpoint in FOOTER_PAGES if endpoint in known]


def _demo(config: Config) -> dict[str, str | None]:
    return {
        "date_label": french.format_date_long(clock.today()),
        "personas_url": url_for("demo.personas"),
        "mails_url": config.demo_mailbox_url,
    }
