"""Questions that anyone reads with their answers, and asking one without being named."""

from datetime import timedelta

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast import queries as forecast
from portal.forecast.models import Project
from portal.forecast.views import freshness
from portal.forecast.views.blueprint import address_of
from portal.kernel import clock
from portal.kernel.errors import NotFound, TooMany
from portal.sourcing import policies, queries, rules, services
from portal.sourcing.forms import QuestionForm
from portal.sourcing.views.blueprint import carried_out, pages, shown
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, page_asked, public, render, requires
from portal.web.throttle import count_attempt

_ASKED_AN_HOUR = 20


@pages.get("/programmation/<reference>/questions")
@public
def questions(reference: str) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        mark = forecast.publication_mark(session)
        if (same := freshness.unchanged(mark)) is not None:
            return same
        project = _public(session, reference)
        answers = queries.public_answers(session, project.id, page_asked())
        own = queries.asked_by(session, project.id, actor) if policies.may_ask(actor, project) else []
    body = render(
        "sourcing/questions.html",
        project=project,
        answers=answers,
        own=own,
        closed=closed_words(project),
        may_ask=policies.may_ask(actor, project),
        page_url=lambda number: url_for("sourcing.questions", reference=reference, page=number),
    )
    return freshness.shared(body, mark)


@pages.route("/programmation/<reference>/questions/poser", methods=["GET", "POST"])
@requires(Permission.QUESTION_ASK)
def ask(reference: str) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        project = _public(session, reference)
    policies.ensure_may_ask(actor, project)
    if closed := closed_words(project):
        flash(closed, "warning")
        return redirect(address_of(reference))
    form = QuestionForm(lot=request.args.get("lot", ""))
    form.offer(project.lots)
    if form.is_submitted() and form.validate() and (problem := _too_many()):
        form.form_errors.append(problem)
        return shown("ask", form, project=project)

    def do(session: Session) -> None:
        again = _public(session, reference)
        text, as_it_is = form.text.data or "", bool(form.as_it_is.data)
        lot = form.lot_of(again)
        services.ask(session, again, lot, text, as_it_is=as_it_is, actor=actor, now=clock.utc_now())

    told = "Votre question est partie, sans votre nom. La réponse paraîtra ici pour tous, et vous en serez averti."
    leads_to = url_for("sourcing.questions", reference=reference)
    return carried_out("ask", form, do, told, leads_to=leads_to, project=project)


def closed_words(project: Project) -> str | None:
    return rules.closed_because(project.state, project.questions_until, clock.today())


def _too_many() -> str | None:
    """Each question writes to the buyer's people: a mistake in a loop would bury them."""
    who = str(current_actor().account_id)
    try:
        count_attempt("question", who, limit=_ASKED_AN_HOUR, window=timedelta(hours=1), now=clock.utc_now())
    except TooMany:
        return "Vous avez posé beaucoup de questions en une heure : patientez un peu, rien n’est perdu ici."
    return None


def _public(session: Session, reference: str) -> Project:
    project = forecast.visible(session, current_actor(), reference)
    if not project.is_public:
        raise NotFound
    return project
