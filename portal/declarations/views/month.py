"""The month itself: filled in by the declarant, read by the others."""

from http import HTTPStatus

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.declarations import policies, queries, services, wording
from portal.declarations.forms.month import MonthForm, open_month
from portal.declarations.models import Declaration
from portal.declarations.views.blueprint import address_of, pages
from portal.declarations.views.draft import Draft
from portal.declarations.views.month_page import MonthPage
from portal.declarations.views.posting import answered, current_version_of, sent_again
from portal.kernel import clock
from portal.kernel.errors import RuleViolation, Stale
from portal.kernel.french import typo
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import AlreadyDone, current_actor, kept_forms, once, render, requires
from portal.web.idempotency import done_before

READERS = (Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK, Permission.RESULTS_READ)


@pages.route("/declarations/<reference>", methods=["GET", "POST"])
@requires(*READERS)
def show(reference: str) -> ResponseReturnValue:
    page = read_page(reference)
    if request.method == "POST":
        policies.ensure_can_file(current_actor(), page.declaration)
    if not page.is_editable:
        return _read(page)
    form = open_month(page.declaration, page.own_lines)
    if not form.validate_on_submit():
        return _edited(page, form)
    try:
        return _save(page, form)
    except RuleViolation as problem:
        form.add_problem(problem)
        return _edited(page, form)
    except Stale as stale:
        raise current_version_of(stale, reference) from None
    except AlreadyDone as done:
        raise _sent_again(done, form, reference) from None


def _sent_again(done: AlreadyDone, form: MonthForm, reference: str) -> Exception:
    """Hours that were taken over from last month are not what the form said: then nothing is compared."""
    page = read_page(reference)
    saved = open_month(page.declaration, page.own_lines, as_saved=True)
    is_taken_over = request.form.get("then") == "reprendre"
    return done if is_taken_over else sent_again(done, form, saved, page.declaration)


def read_page(reference: str) -> MonthPage:
    with reading() as session:
        return MonthPage.read(session, current_actor(), reference, clock.today())


def _save(page: MonthPage, form: MonthForm) -> ResponseReturnValue:
    """Keep what was typed, then go where the button that was pressed leads."""
    then = request.form.get("then", "")
    with once(form) as act:
        declaration = queries.visible(act.session, current_actor(), page.declaration.reference)
        services.save(
            act.session,
            declaration,
            form.rows,
            form.told,
            expected_version=form.version.data or 0,
            actor=current_actor(),
            now=clock.utc_now(),
        )
        if then == "reprendre":
            _repeat_hours(act.session, declaration)
        act.leads_to(*_next_step(declaration, then))
    return act.response


def _repeat_hours(session: Session, declaration: Declaration) -> None:
    version = declaration.version
    services.repeat_hours(session, declaration, expected_version=version, actor=current_actor(), now=clock.utc_now())


def _next_step(declaration: Declaration, then: str) -> tuple[str, str | None]:
    """Every button of the page saves first, so that none of them loses what was typed."""
    removed = next((line.id for line in declaration.lines if then == f"retirer-{line.id}"), None)
    if removed is not None:
        return address_of(declaration, "remove", line=removed), None
    piece = then.removeprefix("retirer-piece-")
    if piece != then:
        return address_of(declaration, "remove_evidence", public_id=piece), None
    if then in _NEXT:
        return address_of(declaration, _NEXT[then]), None
    saved = f"Brouillon enregistré {wording.at_hour(clock.utc_now())} : rien n’est encore déposé."
    if then == "reprendre":
        return f"{address_of(declaration)}#personnes", typo(f"Heures reprises : changez celles qui diffèrent. {saved}")
    return address_of(declaration), typo(saved)


_NEXT = {
    "ajouter": "add_person",
    "fichier": "upload",
    "piece": "add_evidence",
    "neant": "say_nil",
    "deposer": "deposit",
}


def _edited(page: MonthPage, form: MonthForm) -> ResponseReturnValue:
    with reading() as session:
        draft = Draft.read(session, page)
    return answered(form, "declarations/edit.html", page=page, draft=draft)


def _read(page: MonthPage) -> ResponseReturnValue:
    """To be read, with what was typed too late. Raises AlreadyDone for a form saved before the month closed."""
    done, late = done_before(), _typed_too_late(page)
    if done is not None and not late:
        raise done
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    return render("declarations/read.html", page=page, late=late), status


def _typed_too_late(page: MonthPage) -> list[tuple[str, str, str]]:
    if not page.files or (request.method == "GET" and kept_forms.found_again() is None):
        return []
    typed, saved = (open_month(page.declaration, page.own_lines, as_saved=saved) for saved in (False, True))
    return typed.differing_from(saved) if typed.resumed or typed.is_submitted() else []
