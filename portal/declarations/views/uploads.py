"""The month as a file: its template, the file sent back, and the answer to what was read of it."""

from flask import Response, flash, redirect, request
from flask.typing import ResponseReturnValue

from portal.declarations.forms.uploads import AnswerForm, UploadForm
from portal.declarations.queries.uploads import filling_of, upload_of
from portal.declarations.services import uploads
from portal.declarations.sheets.reading import read_sheet
from portal.declarations.sheets.template import write_mistakes, write_template
from portal.declarations.views.blueprint import address_of, pages
from portal.declarations.views.posting import answered, is_over, too_late
from portal.declarations.views.upload_page import AnswerPage, FillingPage
from portal.intake import UnusableFile
from portal.kernel import clock
from portal.kernel.errors import RuleViolation, Stale
from portal.kernel.french import plural, typo
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import Act, current_actor, once, requires

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CLOSED = "Ce mois ne se remplit plus : aucun fichier n’y entre."


@pages.get("/declarations/<reference>/modele.xlsx")
@requires(Permission.DECLARATION_FILE)
def template(reference: str) -> ResponseReturnValue:
    page = _own(reference)
    return _attached(write_template(page.identified(clock.utc_now()), page.known_lines), page.file_name)


@pages.route("/declarations/<reference>/fichier", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def upload(reference: str) -> ResponseReturnValue:
    page = _own(reference)
    if is_over(page.filling.is_open):
        return too_late(page.home, _CLOSED)
    form = UploadForm()
    if not form.validate_on_submit():
        return answered(form, "declarations/upload.html", page=page)
    try:
        sheet = read_sheet(form.content, page.declaration.month.first_day)
        with once(form) as act:
            filling, now = filling_of(act.session, current_actor(), reference), clock.utc_now()
            received = uploads.receive(act.session, filling, sheet, actor=current_actor(), now=now)
            act.leads_to(address_of(page.declaration, "answer_upload", public_id=received.public_id))
    except UnusableFile as problem:
        form.add_problem(RuleViolation(problem.sentence, "file"))
    except RuleViolation as problem:
        form.add_problem(problem)
    else:
        return act.response
    return answered(form, "declarations/upload.html", page=page)


@pages.route("/declarations/<reference>/fichier/<public_id>", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def answer_upload(reference: str, public_id: str) -> ResponseReturnValue:
    page = _read(reference, public_id)
    if is_over(page.is_answered or page.filling.is_open):
        return too_late(page.home, _CLOSED)
    form = AnswerForm(obj=page.filling.root)
    if not form.validate_on_submit() or request.form.get("answer") not in _ANSWERS:
        return answered(form, "declarations/upload_answer.html", page=page)
    try:
        with once(form) as act:
            _answer(act, form, page)
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/upload_answer.html", page=_read(reference, public_id))
    except Stale:
        flash(_MEANWHILE, "warning")
        return redirect(address_of(page.declaration, "answer_upload", public_id=public_id))
    return act.response


@pages.get("/declarations/<reference>/fichier/<public_id>/a-corriger.xlsx")
@requires(Permission.DECLARATION_FILE)
def upload_mistakes(reference: str, public_id: str) -> ResponseReturnValue:
    page = _read(reference, public_id)
    content = write_mistakes(page.identified(clock.utc_now()), page.lines_to_mend)
    return _attached(content, f"a-corriger-{page.file_name}")


_ANSWERS = ("garder", "rien")
_MEANWHILE = typo(
    "Le brouillon a changé pendant que vous relisiez : rien n’a encore été gardé. Voici ce que votre fichier y "
    "changerait maintenant."
)


def _answer(act: Act, form: AnswerForm, page: AnswerPage) -> None:
    actor, now = current_actor(), clock.utc_now()
    filling = filling_of(act.session, actor, page.declaration.reference)
    waiting = upload_of(act.session, actor, filling, page.upload.public_id, now)
    if request.form["answer"] == "rien":
        uploads.drop(act.session, waiting, filling, actor=actor)
        act.leads_to(page.home, "Rien n’a été gardé de ce fichier.", tone="info")
        return
    version = form.version.data or 0
    kept = uploads.keep(act.session, waiting, filling, expected_version=version, actor=actor, now=now)
    here = address_of(page.declaration, "answer_upload", public_id=page.upload.public_id)
    act.leads_to(here if kept.left else page.home, _kept_words(kept))


def _kept_words(kept: uploads.Kept) -> str:
    """« 38 lignes gardées : 3 personnes ajoutées, 30 lignes changées, 5 inchangées. Rien n’est encore déposé. »"""
    counts = [
        words
        for count, words in (
            (kept.new, plural(kept.new, "personne ajoutée", "personnes ajoutées")),
            (kept.changed, plural(kept.changed, "ligne changée", "lignes changées")),
            (kept.unchanged, plural(kept.unchanged, "inchangée")),
        )
        if count
    ]
    total = plural(kept.new + kept.changed + kept.unchanged, "ligne gardée", "lignes gardées")
    return typo(f"{total} : {', '.join(counts)}. Rien n’est encore déposé.")


def _own(reference: str) -> FillingPage:
    with reading() as session:
        return FillingPage.read(session, current_actor(), reference)


def _read(reference: str, public_id: str) -> AnswerPage:
    with reading() as session:
        return AnswerPage.of(session, current_actor(), reference, public_id, clock.utc_now())


def _attached(content: bytes, name: str) -> Response:
    disposition = f'attachment; filename="{name}.xlsx"'
    return Response(content, content_type=_XLSX, headers={"Content-Disposition": disposition})
