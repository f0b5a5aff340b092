"""Public meetings: read by all, announced by purchasing."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast.models import Project
from portal.kernel import clock
from portal.kernel.errors import Refused, RuleViolation
from portal.sourcing import policies, queries, rules, services
from portal.sourcing.forms import CancelForm, MeetingForm
from portal.sourcing.models import PublicMeeting
from portal.sourcing.queries.meetings import own_projects
from portal.sourcing.views.blueprint import carried_out, pages
from portal.sourcing.wording import meeting_when
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, page_asked, public, render, requires


@pages.get("/rencontres")
@public
def meetings() -> ResponseReturnValue:
    now, past = clock.utc_now(), request.args.get("passees") == "1"
    with reading() as session:
        page = queries.meetings_page(session, now, page_asked(), past=past)
    return render(
        "sourcing/meetings.html",
        page=page,
        past=past,
        when=meeting_when,
        page_url=lambda number: url_for("sourcing.meetings", page=number, passees="1" if past else None),
    )


@pages.get("/rencontres/<public_id>")
@public
def meeting(public_id: str) -> ResponseReturnValue:
    with reading() as session:
        found = queries.meeting(session, public_id)
    return render(
        "sourcing/meeting.html",
        meeting=found,
        when=meeting_when(found),
        is_over=found.ends_at <= clock.utc_now(),
        may_change=policies.can_hold_meetings(current_actor(), found.buyer_id),
    )


@pages.route("/rencontres/nouvelle", methods=["GET", "POST"])
@requires(Permission.FORECAST_PUBLISH)
def set_meeting() -> ResponseReturnValue:
    """`?projet=` starts from one of one's projects."""
    projects = _projects()
    named = next((each for each in projects if each.reference == request.args.get("projet")), None)
    form = MeetingForm(project=str(named.id) if named else "")
    form.offer(projects)

    def do(session: Session) -> None:
        project = session.get(Project, form.project_id) if form.project_id else None
        services.set_meeting(session, _buyer(), project, form.facts, actor=current_actor(), now=clock.utc_now())

    told = "La rencontre est annoncée : elle est sur l’agenda public, et ceux qui suivent sont avertis."
    return carried_out("meeting_form", form, do, told, leads_to=url_for("sourcing.meetings"), meeting=None)


@pages.route("/rencontres/<public_id>/modifier", methods=["GET", "POST"])
@requires(Permission.FORECAST_PUBLISH)
def change_meeting(public_id: str) -> ResponseReturnValue:
    found = _own(public_id)
    if closed := _closed(found):
        return closed
    form = MeetingForm(obj=found)
    form.offer(_projects())

    def do(session: Session) -> None:
        again = queries.own_meeting(session, current_actor(), public_id)
        project = session.get(Project, form.project_id) if form.project_id else None
        services.change_meeting(session, again, project, form.facts, **_as_read(form))

    return carried_out("meeting_form", form, do, "Rencontre enregistrée.", leads_to=_page(public_id), meeting=found)


@pages.route("/rencontres/<public_id>/annuler", methods=["GET", "POST"])
@requires(Permission.FORECAST_PUBLISH)
def cancel_meeting(public_id: str) -> ResponseReturnValue:
    found = _own(public_id)
    if closed := _closed(found):
        return closed
    form = CancelForm(obj=found)

    def do(session: Session) -> None:
        again = queries.own_meeting(session, current_actor(), public_id)
        services.cancel_meeting(session, again, form.reason.data or "", **_as_read(form))

    told = "La rencontre est annulée ; ceux qui suivent en sont avertis."
    when = meeting_when(found)
    return carried_out("cancel_meeting", form, do, told, leads_to=_page(public_id), meeting=found, when=when)


def _own(public_id: str) -> PublicMeeting:
    with reading() as session:
        return queries.own_meeting(session, current_actor(), public_id)


def _projects() -> list[Project]:
    with reading() as session:
        return list(own_projects(session, _buyer()))


def _buyer() -> int:
    organisation_id = current_actor().organisation_id
    if organisation_id is None:
        raise Refused("Choisissez d’abord l’acheteur pour lequel vous agissez.")
    return organisation_id


def _closed(meeting: PublicMeeting) -> ResponseReturnValue | None:
    try:
        rules.ensure_meeting_stands(meeting.cancelled_at, meeting.ends_at, clock.utc_now())
    except RuleViolation as over:
        flash(over.sentence, "warning")
        return redirect(_page(meeting.public_id))
    return None


def _page(public_id: str) -> str:
    return url_for("sourcing.meeting", public_id=public_id)


def _as_read(form: MeetingForm | CancelForm) -> dict[str, Any]:
    return {"expected_version": form.version.data or 0, "actor": current_actor(), "now": clock.utc_now()}
