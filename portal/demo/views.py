"""The demonstration's own pages: its people, and the mails that left. Open to this machine only."""

import ipaddress
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from config import Config
from portal.accounts import sessions
from portal.demo import services
from portal.demo.links import paragraphs_of
from portal.demo.mailbox import Mailbox
from portal.demo.personas import PASSWORD, all_personas, persona_keyed
from portal.demo.place import Place
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.web import SafeForm, current_actor, once, public, render

pages = Blueprint("demo", __name__, url_prefix="/demo")

_RELAYS = {"forwarded", "via", "x-real-ip"}
"""What a proxy adds: a request that carries one of these comes from elsewhere, whatever its address says."""
_SHOWN_MAILS = 200
_HTML_PART_MAY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
"""The Content-Security-Policy of a mail's HTML part: it shows, and does nothing."""


class EnterForm(SafeForm):
    """The page's tokens; each button carries the key of its persona."""


def open_door(app: Flask) -> None:
    """Add these pages to a portal that is a demonstration. Raises RuntimeError for any other."""
    if not _config(app).demo:
        raise RuntimeError("the door opens in a demonstration only")
    app.register_blueprint(pages)


@pages.before_request
def only_from_this_machine() -> None:
    """404 unless both ends of the request are on the loopback interface, whatever a proxy may say."""
    peers = {request.remote_addr, request.environ.get("werkzeug.proxy_fix.orig", {}).get("REMOTE_ADDR")} - {None}
    ends = [urlsplit(f"//{request.host}").hostname, *peers]
    relayed = any(name.lower() in _RELAYS or name.lower().startswith("x-forwarded-") for name, _ in request.headers)
    if relayed or not _config(current_app).demo or not peers or not all(map(_is_local, ends)):
        raise NotFound


def _config(app: Flask) -> Config:
    config: Config = app.config["AMONT"]
    return config


def _is_local(name: str | None) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name or "").is_loopback
    except ValueError:
        return False


@pages.get("")
@public
def personas() -> str:
    return _shown_personas(EnterForm())


def _shown_personas(form: EnterForm) -> str:
    starts_on = clock.paris_date(_config(current_app).demo_starts_at)
    return render("demo/personas.html", personas=all_personas(), form=form, password=PASSWORD, starts_on=starts_on)


@pages.post("/entrer")
@public
def enter() -> ResponseReturnValue:
    form = EnterForm()
    persona = persona_keyed(request.form.get("persona"))
    if not form.validate_on_submit() or persona is None:
        return _shown_personas(form), HTTPStatus.UNPROCESSABLE_ENTITY
    with once(form) as act:
        token = services.enter(
            act.session, persona, browser=sessions.browser(), actor=current_actor(), now=clock.utc_now()
        )
        act.leads_to(url_for("pages.home"))
    sessions.begin(token)
    return act.response


@pages.get("/courriels")
@public
def mails() -> str:
    mailbox = _mailbox()
    return render("demo/mails.html", mails=mailbox.latest(_SHOWN_MAILS), count=mailbox.count())


@pages.get("/courriels/<name>")
@public
def mail(name: str) -> str:
    found = _mailbox().read(name)
    return render("demo/mail.html", mail=found, paragraphs=paragraphs_of(found.text))


@pages.get("/courriels/<name>/html")
@public
def mail_as_html(name: str) -> Response:
    found = _mailbox().read(name)
    if not found.html:
        raise NotFound("Ce message n’a pas de version mise en page.")
    return Response(found.html, mimetype="text/html", headers={"Content-Security-Policy": _HTML_PART_MAY})


def _mailbox() -> Mailbox:
    return Mailbox(Place(_config(current_app).data_dir).mails)
