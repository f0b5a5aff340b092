"""The equal-treatment journal of a project, for its buyer's people: a page, a CSV, and noting an exchange."""

from datetime import date

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast import queries as forecast
from portal.intake.written import csv_file
from portal.kernel import clock
from portal.kernel.clock import PARIS
from portal.kernel.paging import last_page, page_within
from portal.sourcing import policies, queries, services
from portal.sourcing.forms import ExchangeForm
from portal.sourcing.queries import Line
from portal.sourcing.views.blueprint import carried_out, pages
from portal.storage import reading
from portal.vocabulary import Permission, ProjectState
from portal.web import current_actor, page_asked, render, requires

PAGE = 50
_HEADINGS = ("Date", "Heure", "Quoi", "À qui", "Texte", "Motif", "Par")


@pages.get("/achats/<reference>/journal")
@requires(Permission.FORECAST_READ)
def journal(reference: str) -> ResponseReturnValue:
    with reading() as session:
        project = forecast.own(session, current_actor(), reference)
        lines = queries.told(session, project)
    number = page_within(page_asked(), len(lines), PAGE)
    return render(
        "sourcing/journal.html",
        project=project,
        lines=lines[(number - 1) * PAGE : number * PAGE],
        total=len(lines),
        number=number,
        last=last_page(len(lines), PAGE),
        may_write=policies.can_answer(current_actor(), project.buyer_id),
        may_inform=project.state is ProjectState.PUBLISHED,
        page_url=lambda number: url_for("sourcing.journal", reference=reference, page=number),
    )


@pages.get("/achats/<reference>/journal.csv")
@requires(Permission.FORECAST_READ)
def journal_csv(reference: str) -> Response:
    with reading() as session:
        project = forecast.own(session, current_actor(), reference)
        lines = queries.told(session, project)
    response = Response(csv_file([_HEADINGS, *map(_cells, reversed(lines))]), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="journal-{project.reference}.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _cells(line: Line) -> tuple[str, ...]:
    local = line.at.astimezone(PARIS)
    hour = f"{local:%H:%M}" if line.hour_known else ""
    told = (line.what, line.to_whom, line.text or "", line.reason or "", line.by or "")
    return (_day(local.date()), hour, *told)


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


@pages.route("/achats/<reference>/journal/noter", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def note(reference: str) -> ResponseReturnValue:
    with reading() as session:
        project = forecast.own(session, current_actor(), reference)
    form = ExchangeForm()

    def do(session: Session) -> None:
        again = forecast.own(session, current_actor(), reference)
        services.note_exchange(session, again, form.told, actor=current_actor(), now=clock.utc_now())

    told = "L’échange est noté. Ce qu’un seul a su, dites-le à tous si cela peut aider à répondre."
    leads_to = url_for("sourcing.journal", reference=reference)
    return carried_out("note", form, do, told, leads_to=leads_to, project=project)
