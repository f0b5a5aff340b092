"""The pages of documents: asked by whoever holds the pen, brought by each member, opened by both."""

from collections.abc import Callable

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.groupements.documents import queries, rules, services
from portal.groupements.documents.forms import AskForm, BringForm, bring_form
from portal.groupements.documents.page import DocumentsPage, told_in_room
from portal.groupements.documents.services import Brought
from portal.groupements.facts import ACTIVE
from portal.groupements.forms import ButtonForm
from portal.groupements.models import Groupement
from portal.groupements.views import finding
from portal.groupements.views.blueprint import found, pages
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import plural, typo
from portal.kernel.text import slug
from portal.pieces import files
from portal.pieces.handing import content_of, handed_over
from portal.storage import reading, unit_of_work
from portal.vocabulary import Permission
from portal.web import Act, back_unless, current_actor, form_or_act, once, render, requires

_JOIN = Permission.GROUPEMENT_JOIN


@pages.get("/groupements/<public_id>/pieces")
@requires(_JOIN)
def documents(public_id: str) -> ResponseReturnValue:
    actor, now = current_actor(), clock.utc_now()
    with reading() as session:
        groupement = finding.inside(session, actor, public_id)
        page = DocumentsPage(groupement, queries.of(session, groupement), actor, now)
        return render(
            "groupements/documents/index.html", groupement=groupement, page=page, button=ButtonForm(formdata=None)
        )


@pages.post("/groupements/<public_id>/pieces/habituelles")
@requires(_JOIN)
def ask_usual_documents(public_id: str) -> ResponseReturnValue:
    def do(session: Session, groupement: Groupement) -> str:
        count = services.ask_usual(session, groupement, actor=current_actor(), now=clock.utc_now())
        asked = plural(count, "pièce demandée", "pièces demandées")
        return typo(f"{asked} : chaque membre voit les siennes.")

    return _pressed(public_id, finding.led, do)


@pages.route("/groupements/<public_id>/pieces/demander", methods=["GET", "POST"])
@requires(_JOIN)
def ask_document(public_id: str) -> ResponseReturnValue:
    groupement = found(finding.led, public_id)
    if closed := _too_late(groupement):
        return closed
    form = AskForm(members=[each for each in groupement.members if each.state in ACTIVE])

    def do(act: Act) -> None:
        again = finding.led(act.session, current_actor(), public_id)
        services.ask(act.session, again, form.asked, actor=current_actor(), now=clock.utc_now())
        act.leads_to(_home(public_id), "La pièce est demandée.")

    return form_or_act("groupements/documents/ask.html", form, do, groupement=groupement, home=_home(public_id))


@pages.route("/groupements/<public_id>/pieces/<document>/apporter", methods=["GET", "POST"])
@requires(_JOIN)
def bring_document(public_id: str, document: str) -> ResponseReturnValue:
    with reading() as session:
        groupement = finding.inside(session, current_actor(), public_id)
        _, wanted = queries.own(session, groupement, document, current_actor(), clock.utc_now())
    if closed := _too_late(groupement):
        return closed
    form = bring_form(current_app.config["AMONT"].max_upload_bytes)()
    context = {"groupement": groupement, "wanted": wanted, "home": _home(public_id)}
    return form_or_act("groupements/documents/bring.html", form, _bringing(public_id, document, form), **context)


def _bringing(public_id: str, document: str, form: BringForm) -> Callable[[Act], None]:
    """The file is whole on the disk before the database hears of it."""

    def do(act: Act) -> None:
        groupement = finding.inside(act.session, current_actor(), public_id)
        with files.staged(form.content) as staged:
            new = Brought(staged=staged, media_type=form.media_type, expires_on=form.expires_on.data)
            services.bring(act.session, groupement, document, new, actor=current_actor(), now=clock.utc_now())
        act.leads_to(_home(public_id), "La pièce est apportée.")

    return do


@pages.post("/groupements/<public_id>/pieces/<document>/ouvrir")
@requires(_JOIN)
def open_document(public_id: str, document: str) -> ResponseReturnValue:
    """Each opening is journaled, then the file is handed over to be saved, never shown by the portal."""
    actor, now = current_actor(), clock.utc_now()
    with unit_of_work() as session:
        groupement = finding.inside(session, actor, public_id)
        member, wanted = queries.called(session, groupement, document, actor, now)
        if wanted.file is None:
            raise NotFound
        content = content_of(wanted.file)
        services.note_opening(session, groupement, wanted, actor=actor, now=now)
        return handed_over(wanted.file, content, f"{slug(wanted.name)[:60]}-{member.organisation.siret}")


@pages.post("/groupements/<public_id>/pieces/<document>/reprendre")
@requires(_JOIN)
def take_document_back(public_id: str, document: str) -> ResponseReturnValue:
    def do(session: Session, groupement: Groupement) -> str:
        services.take_back(session, groupement, document, actor=current_actor(), now=clock.utc_now())
        return typo("Le fichier est retiré : la pièce reste à apporter.")

    return _pressed(public_id, finding.inside, do)


@pages.post("/groupements/<public_id>/pieces/<document>/ne-plus-demander")
@requires(_JOIN)
def stop_asking_document(public_id: str, document: str) -> ResponseReturnValue:
    def do(session: Session, groupement: Groupement) -> str:
        services.stop_asking(session, groupement, document, actor=current_actor(), now=clock.utc_now())
        return "La pièce n’est plus demandée."

    return _pressed(public_id, finding.led, do)


def _pressed(
    public_id: str, find: Callable[..., Groupement], do: Callable[[Session, Groupement], str]
) -> ResponseReturnValue:
    """A button of the page of documents: what it did, or why it could not, is told there."""
    found(find, public_id)
    try:
        with once(ButtonForm()) as act:
            told = do(act.session, find(act.session, current_actor(), public_id))
            act.leads_to(_home(public_id), told)
    except RuleViolation as problem:
        flash(problem.sentence, "warning")
        return redirect(_home(public_id))
    return act.response


def _too_late(groupement: Groupement) -> ResponseReturnValue | None:
    return back_unless(lambda: rules.ensure_changeable(groupement.state), _home(groupement.public_id))


def _home(public_id: str) -> str:
    return url_for("groupements.documents", public_id=public_id)


def in_room(groupement: Groupement) -> str:
    """How many are brought, on the page of the room."""
    brought = told_in_room(groupement, clock.today())
    return render_template("groupements/documents/in_room.html", groupement=groupement, brought=brought)
