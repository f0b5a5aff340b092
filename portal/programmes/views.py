"""A buyer's programme: brought as a file, its columns said, what it would change, and the answer."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.queries import account
from portal.intake import UnusableFile
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation, Stale
from portal.kernel.french import plural, typo
from portal.programmes import queries, services
from portal.programmes.forms import AnswerForm, ColumnsForm, ProgrammeForm
from portal.programmes.furniture import furnish
from portal.programmes.headings import proposed
from portal.programmes.page import AnswerPage, ColumnsPage
from portal.programmes.reading import read_sheet
from portal.programmes.rejects import write_rejects
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import Act, SafeForm, current_actor, once, render, requires

__all__ = ["furnish", "pages"]

pages = Blueprint("programmes", __name__)


@pages.route("/achats/programme", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def bring() -> ResponseReturnValue:
    form, actor, buyer_id = ProgrammeForm(), current_actor(), _buyer_id()
    with reading() as session:
        remembered, waiting = queries.remembered(session, buyer_id), queries.waiting(session, actor, clock.utc_now())
    if not form.validate_on_submit():
        return _shown("bring", form, waiting=waiting)
    try:
        sheet = read_sheet(form.content, remembered)
        with once(form) as act:
            file = services.receive(act.session, buyer_id, sheet, form.name, actor=actor, now=clock.utc_now())
            act.leads_to(url_for("programmes.columns", public_id=file.public_id))
    except UnusableFile as problem:
        form.add_problem(RuleViolation(problem.sentence, "file"))
        return _shown("bring", form, waiting=waiting)
    return act.response


@pages.route("/achats/programme/<public_id>/colonnes", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def columns(public_id: str) -> ResponseReturnValue:
    page = _columns_of(public_id)
    if page.is_answered and request.method == "GET":
        return redirect(_address("answer", public_id))
    said = page.sheet.fields or proposed(page.sheet.headings, page.remembered)
    kind = ColumnsForm.for_sheet(page.sheet)
    form = kind(data=dict(zip(kind.names, said, strict=True)))
    if not form.validate_on_submit():
        return _shown("columns", form, page=page)
    try:
        with once(form) as act:
            file = queries.file_of(act.session, current_actor(), public_id, clock.utc_now(), hold=True)
            services.say_headings(act.session, file, form.fields_said, actor=current_actor())
            act.leads_to(_address("answer", public_id))
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown("columns", form, page=page)
    return act.response


@pages.route("/achats/programme/<public_id>", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def answer(public_id: str) -> ResponseReturnValue:
    page = _answer_of(public_id)
    if page is None:
        return redirect(_address("columns", public_id))
    form = AnswerForm(data={"shown": page.examination.digest})
    if not form.validate_on_submit() or request.form.get("answer") not in _ANSWERS:
        return _shown("answer", form, page=page)
    try:
        with once(form) as act:
            _answer(act, form, public_id)
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown("answer", form, page=page)
    except Stale:
        flash(_MEANWHILE, "warning")
        return redirect(_address("answer", public_id))
    return act.response


@pages.get("/achats/programme/<public_id>/lignes-ecartees.csv")
@requires(Permission.FORECAST_WRITE)
def rejects(public_id: str) -> ResponseReturnValue:
    page = _answer_of(public_id)
    if page is None:
        return redirect(_address("columns", public_id))
    disposition = 'attachment; filename="lignes-ecartees.csv"'
    content = write_rejects(page.sheet, page.examination)
    return Response(content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})


_ANSWERS = ("reprendre", "rien")
_MEANWHILE = typo(
    "Votre programmation a changé pendant que vous relisiez : rien n’a encore été repris. Voici ce que le fichier "
    "changerait maintenant."
)


def _answer(act: Act, form: AnswerForm, public_id: str) -> None:
    actor, now = current_actor(), clock.utc_now()
    file = queries.file_of(act.session, actor, public_id, now, hold=True)
    if request.form["answer"] == "rien":
        services.drop(act.session, file, actor=actor)
        act.leads_to(url_for("forecast.projects"), "Rien n’a été repris de ce fichier.", tone="info")
        return
    person = account(act.session, actor.account_id or 0)
    contact = services.Contact(person.display_name, person.email)
    taken = services.take(act.session, file, shown=form.shown.data or "", contact=contact, actor=actor, now=now)
    act.leads_to(_address("answer", public_id), _taken_words(taken))


def _taken_words(taken: services.Taken) -> str:
    counts = [
        words
        for count, words in (
            (taken.new, plural(taken.new, "brouillon créé", "brouillons créés")),
            (taken.changed, plural(taken.changed, "brouillon revu", "brouillons revus")),
            (len(taken.refused), plural(len(taken.refused), "projet refusé", "projets refusés")),
        )
        if count
    ]
    reasons = "".join(f" {reference} : {sentence}" for reference, sentence in taken.refused[:3])
    return typo(f"{', '.join(counts).capitalize()}. Rien n’est encore public.{reasons}")


def _columns_of(public_id: str) -> ColumnsPage:
    with reading() as session:
        return ColumnsPage.read(session, current_actor(), public_id, clock.utc_now())


def _answer_of(public_id: str) -> AnswerPage | None:
    """None as long as nobody has said what its columns tell."""
    with reading() as session:
        return AnswerPage.read(session, current_actor(), public_id, clock.utc_now())


def _address(page: str, public_id: str) -> str:
    return url_for(f"programmes.{page}", public_id=public_id)


def _buyer_id() -> int:
    buyer_id = current_actor().organisation_id
    if buyer_id is None:
        raise NotFound
    return buyer_id


def _shown(template: str, form: SafeForm, **context: object) -> ResponseReturnValue:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(f"programmes/{template}.html", form=form, **context), status
