"""The buyer's side of questions: answer to all, set aside, inform, set the last day. It never learns who asks."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast import queries as forecast
from portal.forecast.models import Project
from portal.kernel import clock
from portal.sourcing import policies, queries, services
from portal.sourcing.forms import AnswerForm, DateForm, InformForm, SetAsideForm
from portal.sourcing.models import Question
from portal.sourcing.views.blueprint import carried_out, pages
from portal.sourcing.views.questions import closed_words
from portal.storage import reading
from portal.vocabulary import Permission, ProjectState, QuestionState
from portal.web import current_actor, page_asked, render, requires
from portal.web.addresses import number_in_query


@pages.get("/achats/<reference>/questions")
@requires(Permission.FORECAST_READ)
def desk(reference: str) -> ResponseReturnValue:
    with reading() as session:
        project = forecast.own(session, current_actor(), reference)
        desk = queries.desk_of(session, project, page_asked())
    return render(
        "sourcing/desk.html",
        project=project,
        desk=desk,
        closed=closed_words(project),
        may_answer=policies.can_answer(current_actor(), project.buyer_id),
        page_url=lambda number: url_for("sourcing.desk", reference=reference, page=number),
    )


@pages.route("/achats/<reference>/questions/<public_id>", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def answer(reference: str, public_id: str) -> ResponseReturnValue:
    question = _question(reference, public_id)
    form = AnswerForm(obj=question)
    if over := _over(question, form):
        return over
    if request.method == "GET" and question.project.state is ProjectState.IN_TENDER:
        return redirect(url_for("sourcing.set_aside", reference=reference, public_id=public_id))

    def do(session: Session) -> None:
        again = queries.own_question(session, current_actor(), reference, public_id)
        wording = (form.public_text.data or "", form.answer.data or "")
        checked = bool(form.is_checked.data)
        services.answer(session, again, *wording, is_checked=checked, **_as_read(form))

    told = "La réponse est publiée pour tous ; ceux qui suivent le projet en sont avertis."
    return carried_out("answer", form, do, told, leads_to=_desk(reference), question=question, project=question.project)


@pages.route("/achats/<reference>/questions/<public_id>/ecarter", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def set_aside(reference: str, public_id: str) -> ResponseReturnValue:
    question = _question(reference, public_id)
    form = SetAsideForm(obj=question)
    if over := _over(question, form):
        return over

    def do(session: Session) -> None:
        again = queries.own_question(session, current_actor(), reference, public_id)
        services.set_aside(session, again, form.reason.data or "", **_as_read(form))

    told = "La question est écartée ; qui l’a posée lira votre raison."
    context = {"question": question, "project": question.project}
    return carried_out("set_aside", form, do, told, leads_to=_desk(reference), **context)


@pages.route("/achats/<reference>/questions/informer", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def inform(reference: str) -> ResponseReturnValue:
    """`?echange=` starts from what was told to one supplier."""
    with reading() as session:
        project = forecast.own(session, current_actor(), reference)
        noted = queries.own_exchange(session, project, number_in_query("echange") or 0)
    if project.state is not ProjectState.PUBLISHED:
        flash(_cannot_inform(project), "warning")
        return redirect(_desk(reference))
    form = InformForm(answer=noted.text if noted else None)
    form.offer(project.lots)

    def do(session: Session) -> None:
        again = forecast.own(session, current_actor(), reference)
        wording = (form.public_text.data or "", form.answer.data or "")
        lot = form.lot_of(again)
        services.inform(session, again, lot, *wording, actor=current_actor(), now=clock.utc_now())

    told = "L’information est publiée pour tous ; ceux qui suivent le projet en sont avertis."
    return carried_out("inform", form, do, told, leads_to=_desk(reference), project=project)


@pages.route("/achats/<reference>/questions/date", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def questions_date(reference: str) -> ResponseReturnValue:
    with reading() as session:
        project = forecast.own(session, current_actor(), reference)
    form = DateForm(obj=project)

    def do(session: Session) -> None:
        again = forecast.own(session, current_actor(), reference)
        until, reason = form.questions_until.data, form.reason.data or None
        services.date_questions(session, again, until, reason=reason, **_as_read(form))

    told = "Le dernier jour des questions est enregistré."
    return carried_out("date", form, do, told, leads_to=_desk(reference), project=project)


def _cannot_inform(project: Project) -> str:
    if project.state is ProjectState.IN_TENDER:
        return "La consultation est ouverte : informez tous les candidats sur le profil d’acheteur."
    return "On informe tout le monde sur la page d’un projet publié : publiez-le d’abord."


def _question(reference: str, public_id: str) -> Question:
    with reading() as session:
        return queries.own_question(session, current_actor(), reference, public_id)


def _over(question: Question, form: AnswerForm | SetAsideForm) -> ResponseReturnValue | None:
    """What it became, with what one was writing when a colleague was quicker. What is posted meets the version."""
    if question.state is QuestionState.WAITING or request.method != "GET":
        return None
    kept = form.written if form.resumed else []
    return render("sourcing/answered.html", question=question, project=question.project, kept=kept)


def _as_read(form: AnswerForm | SetAsideForm | DateForm) -> dict[str, Any]:
    return {"expected_version": form.version.data or 0, "actor": current_actor(), "now": clock.utc_now()}


def _desk(reference: str) -> str:
    return url_for("sourcing.desk", reference=reference)
