"""The pages of support actions, and what the structure helped reads of them on its own page."""

from http import HTTPStatus

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.sourcing.models import SupportAction
from portal.sourcing.support import policies, queries, services
from portal.sourcing.support.facts import is_late
from portal.sourcing.support.forms import EditForm, FinishForm, NewForm
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import SafeForm, current_actor, once, page_asked, render, requires, slots
from portal.web.access import reserved_to
from portal.web.navigation import Entry, navigation

pages = Blueprint("support", __name__)
_WRITES = Permission.SUPPORT_WRITE
_IN_THE_HEADER = reserved_to(Permission.AFFILIATION_DECIDE, Permission.DECLARATION_CHECK)
"""Networks and facilitateurs; a buyer, whose header is full, comes from « Mes achats »."""


def furnish() -> None:
    """Called once by the application."""
    slots.add("organisation.aside", organisation_aside)
    slots.add("projects.toolbar", projects_toolbar)
    below = ("support.create", "support.show", "support.edit", "support.finish")
    navigation.add(Entry("Accompagnements", "support.index", _IN_THE_HEADER, below=below))


@pages.get("/accompagnements")
@requires(_WRITES)
def index() -> ResponseReturnValue:
    today = clock.today()
    with reading() as session:
        found = queries.followed(session, current_actor(), today, page_asked())
    return render(
        "sourcing/support/index.html",
        found=found,
        under_way=[each for each in found.actions if each.done_on is None],
        done=[each for each in found.actions if each.done_on],
        late={each.id for each in found.actions if is_late(each.next_on, each.done_on, today)},
        members_only=policies.helps_members_only(current_actor()),
        page_url=lambda page: url_for("support.index", page=page if page > 1 else None),
    )


@pages.route("/accompagnements/nouveau", methods=["GET", "POST"])
@requires(_WRITES)
def create() -> ResponseReturnValue:
    actor = current_actor()
    form = NewForm(
        structure=request.args.get("structure", "")[:250],
        project=request.args.get("projet", "")[:300],
        helper=actor.organisation_name,
        started_on=clock.today(),
    )
    if not form.validate_on_submit():
        return _shown("new", form)
    try:
        with once(form) as act:
            structure = queries.structure_called(act.session, actor, form.structure.data)
            action = services.note(act.session, structure, form.facts, actor=actor, now=clock.utc_now())
            act.leads_to(url_for("support.show", public_id=action.public_id), "L’accompagnement est noté.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown("new", form)
    return act.response


@pages.get("/accompagnements/<public_id>")
@requires(_WRITES)
def show(public_id: str) -> ResponseReturnValue:
    with reading() as session:
        action = queries.own(session, current_actor(), public_id)
    return _shown("show", FinishForm(version=action.version, done_on=clock.today()), action)


@pages.route("/accompagnements/<public_id>/modifier", methods=["GET", "POST"])
@requires(_WRITES)
def edit(public_id: str) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        action = queries.own(session, actor, public_id)
    form = EditForm(obj=action)
    if not form.validate_on_submit():
        return _shown("edit", form, action)
    try:
        with once(form) as act:
            held, version = queries.own(act.session, actor, public_id), form.version.data or 0
            services.revise(act.session, held, form.facts, expected_version=version, actor=actor, now=clock.utc_now())
            act.leads_to(url_for("support.show", public_id=public_id), "L’accompagnement est à jour.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown("edit", form, action)
    return act.response


@pages.route("/accompagnements/<public_id>/terminer", methods=["GET", "POST"])
@requires(_WRITES)
def finish(public_id: str) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        action = queries.own(session, actor, public_id)
    form = FinishForm(version=action.version, done_on=clock.today())
    if not form.validate_on_submit():
        return _shown("show", form, action)
    try:
        with once(form) as act:
            held, said = queries.own(act.session, actor, public_id), (form.result.data, form.done_on.data)
            version = form.version.data or 0
            services.finish(act.session, held, *said, expected_version=version, actor=actor, now=clock.utc_now())
            act.leads_to(url_for("support.index"), "L’accompagnement est terminé.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown("show", form, action)
    return act.response


def _shown(template: str, form: SafeForm, action: SupportAction | None = None) -> ResponseReturnValue:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    late = action is not None and is_late(action.next_on, action.done_on, clock.today())
    return render(f"sourcing/support/{template}.html", form=form, action=action, late=late), status


def projects_toolbar() -> str:
    """From « Mes achats », for those who write there."""
    return render_template("sourcing/support/toolbar.html") if current_actor().may(_WRITES) else ""


def organisation_aside(organisation: Organisation) -> str:
    """For the structure's own people, all that helps it; for an author, what it notes of this structure."""
    actor, today = current_actor(), clock.today()
    is_own = actor.is_signed_in and actor.organisation_id == organisation.id
    if not is_own and not (actor.may(_WRITES) and organisation.is_structure):
        return ""
    with reading() as session:
        author_id = None if is_own else actor.organisation_id
        actions = queries.of_structure(session, organisation.id, author_id=author_id)
        may_note = not is_own and _may_help(session, actor, organisation)
    if not actions and not may_note:
        return ""
    return render_template(
        "sourcing/support/aside.html",
        organisation=organisation,
        actions=actions,
        is_own=is_own,
        may_note=may_note,
        late={each.id for each in actions if is_late(each.next_on, each.done_on, today)},
    )


def _may_help(session: Session, actor: Actor, organisation: Organisation) -> bool:
    return not policies.helps_members_only(actor) or queries.is_member(session, actor, organisation)
