"""The buyer's side: its projects, what each still needs, creating, changing, publishing, giving up."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.accounts.queries import account
from portal.contracts import queries as contracts
from portal.forecast import policies, queries, rules, services
from portal.forecast.forms import ButtonForm, CreateForm, ProjectForm, ReasonForm, TenderForm
from portal.forecast.listing.rows import AddressOf
from portal.forecast.models import Project
from portal.forecast.rules import EDITABLE_STATES
from portal.forecast.views import buyer_page, lot_page, outcomes, renewal
from portal.forecast.views.blueprint import address_of, pages
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.paging import last_page
from portal.storage import reading
from portal.vocabulary import Permission, ProjectState
from portal.web import SafeForm, current_actor, once, page_asked, render, requires


@pages.get("/achats")
@requires(Permission.FORECAST_READ)
def projects() -> ResponseReturnValue:
    actor, state = current_actor(), buyer_page.STATES.get(request.args.get("etat", ""))
    if state is not None:
        return _projects_in(actor, state, page_asked())
    with reading() as session:
        groups = _grouped(session, queries.own_groups(session, actor, buyer_page.SHOWN))
        ending = renewal.panel(session, actor, clock.today())
        in_check = queries.count_in_check(session, actor)
    return render("forecast/buyer/projects.html", groups=groups, ending=ending, in_check=in_check)


def _grouped(session: Session, found: Mapping[ProjectState, queries.OwnGroup]) -> list[dict[str, Any]]:
    checking = found.get(ProjectState.IN_CHECK)
    ids = [project.id for project in checking.projects] if checking else []
    return buyer_page.groups_of(found, clock.today(), queries.waiting_by_project(session, ids))


def _projects_in(actor: Actor, state: ProjectState, page: int) -> ResponseReturnValue:
    """A page of one's projects in one state; the first one when the page asked for is empty."""
    with reading() as session:
        found = queries.own_groups(session, actor, buyer_page.PAGE, state=state, page=page)
        groups = _grouped(session, found)
    if not groups:
        return redirect(url_for("forecast.projects", etat=request.args["etat"] if page > 1 else None))
    return render(
        "forecast/buyer/projects_in.html",
        group=groups[0],
        page=page,
        last=last_page(groups[0]["total"], buyer_page.PAGE),
        page_url=lambda number: url_for("forecast.projects", etat=groups[0]["code"], page=number),
    )


@pages.route("/achats/nouveau", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def create() -> ResponseReturnValue:
    form = CreateForm(**myself())
    if not form.validate_on_submit():
        return shown("create", form)
    try:
        with once(form) as act:
            project = services.create_project(
                act.session,
                buyer_id(),
                form.project_facts,
                form.lot_facts,
                allotment_defined=form.allotment.data == "now",
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(_after_creation(project), "Brouillon enregistré.")
    except RuleViolation as problem:
        return refused(problem, "create", form)
    return act.response


@pages.post("/achats/renouveler/<reference>")
@requires(Permission.FORECAST_WRITE)
def renew(reference: str) -> ResponseReturnValue:
    form, actor, contact = SafeForm(), current_actor(), myself()
    with once(form) as act:
        contract = contracts.visible(act.session, actor, reference)
        if not policies.can_write(actor, contract.buyer_id or 0):
            raise NotFound
        found = queries.renewal_of(act.session, contract.id)
        project = services.renew_contract(act.session, contract, **contact, actor=actor, now=clock.utc_now())
        told = "Ce brouillon le renouvelle déjà." if found else "Brouillon prêt : relisez-le, complétez-le, publiez-le."
        act.leads_to(url_for("forecast.overview", reference=project.reference), told)
    return act.response


@pages.get("/achats/<reference>")
@requires(Permission.FORECAST_READ)
def overview(reference: str) -> ResponseReturnValue:
    with reading() as session:
        project = queries.own(session, current_actor(), reference)
        names = queries.names_for(session, project.lots)
        return render(
            "forecast/buyer/overview.html",
            project=project,
            page=_page_of(session, project),
            lots=lot_page.lots_of(project, names, _opened(project)),
            status=lot_page.status(project),
            history=lot_page.history_of(queries.history(session, project), project),
            can_write=policies.can_write(current_actor(), project.buyer_id),
            endings=outcomes.endings_of(project, current_actor()),
        )


@pages.route("/achats/<reference>/modifier", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def edit(reference: str) -> ResponseReturnValue:
    project = own(reference)
    form = ProjectForm(obj=project)
    if not form.validate_on_submit():
        return shown("edit", form, project=project)
    try:
        with once(form) as act:
            services.revise_project(
                act.session,
                queries.own(act.session, current_actor(), reference),
                form.facts,
                expected_version=form.version.data or 0,
                reason=form.reason.data or None,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(overview_of(project), "Projet enregistré.")
    except RuleViolation as problem:
        return refused(problem, "edit", form, project=project)
    return act.response


@pages.route("/achats/<reference>/publier", methods=["GET", "POST"])
@requires(Permission.FORECAST_PUBLISH)
def publish(reference: str) -> ResponseReturnValue:
    with reading() as session:
        project = queries.own(session, current_actor(), reference)
        page = _page_of(session, project)
    form = ButtonForm(obj=project)
    if not form.validate_on_submit():
        return shown("publish", form, project=project, page=page)
    try:
        with once(form) as act:
            services.publish(
                act.session,
                queries.own(act.session, current_actor(), reference),
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(overview_of(project), "Projet publié : tout le monde peut le lire.")
    except RuleViolation as problem:
        return refused(problem, "publish", form, project=project, page=page)
    return act.response


@pages.route("/achats/<reference>/consultation", methods=["GET", "POST"])
@requires(Permission.FORECAST_PUBLISH)
def open_tender(reference: str) -> ResponseReturnValue:
    project = own(reference)
    form = TenderForm(obj=project)
    if not form.validate_on_submit():
        return shown("tender", form, project=project)
    try:
        with once(form) as act:
            told = _tell_tender(act.session, queries.own(act.session, current_actor(), reference), form)
            act.leads_to(overview_of(project), told)
    except RuleViolation as problem:
        return refused(problem, "tender", form, project=project)
    return act.response


@pages.route("/achats/<reference>/abandonner", methods=["GET", "POST"])
@requires(Permission.FORECAST_PUBLISH)
def drop(reference: str) -> ResponseReturnValue:
    project = own(reference)
    form = ReasonForm(obj=project)
    if not form.validate_on_submit():
        return shown("drop", form, project=project)
    try:
        with once(form) as act:
            services.drop(
                act.session,
                queries.own(act.session, current_actor(), reference),
                reason=form.reason.data or None,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(overview_of(project), "Projet abandonné.")
    except RuleViolation as problem:
        return refused(problem, "drop", form, project=project)
    return act.response


def myself() -> dict[str, str]:
    """Whom a new project names as its contact, until someone else is typed: the person who writes it."""
    with reading() as session:
        person = account(session, current_actor().account_id or 0)
    return {"contact_name": person.display_name, "contact_email": person.email}


def _tell_tender(session: Session, project: Project, form: TenderForm) -> str:
    """Announce the consultation, or mend what was announced; what the person is told of it."""
    common: dict[str, Any] = {
        "url": form.tender_url.data or None,
        "offers_due_on": form.offers_due_on.data,
        "expected_version": form.version.data or 0,
        "actor": current_actor(),
        "now": clock.utc_now(),
    }
    if project.state is ProjectState.IN_TENDER:
        services.correct_tender(session, project, reason=form.reason.data or None, **common)
        return "La consultation est corrigée."
    services.open_tender(session, project, **common)
    return "La consultation est annoncée ouverte."


def _page_of(session: Session, project: Project) -> buyer_page.ProjectPage:
    settings = queries.settings_of(session, project.buyer_id)
    waiting = queries.waiting_in(session, project.lots)
    return buyer_page.ProjectPage(project, clock.today(), settings, current_actor(), waiting)


def own(reference: str) -> Project:
    """A project of the buyer one acts for, read before any form is drawn; NotFound otherwise."""
    with reading() as session:
        return queries.own(session, current_actor(), reference)


def overview_of(project: Project) -> str:
    return url_for("forecast.overview", reference=project.reference)


_GUARDS: Mapping[str, Callable[[ProjectState], None]] = {
    "edit": rules.ensure_editable,
    "lot": rules.ensure_editable,
    "remove_lot": rules.ensure_editable,
    "publish": partial(rules.ensure_transition, wanted=ProjectState.PUBLISHED),
    "check": rules.ensure_checkable,
    "step": lambda _state: None,
    "schedule": partial(rules.ensure_transition, wanted=ProjectState.SCHEDULED),
    "tender": rules.ensure_tender_told,
    "drop": partial(rules.ensure_transition, wanted=ProjectState.DROPPED),
}
"""What a project's state must allow for a form to be worth filling in."""


def shown(template: str, form: SafeForm, project: Project | None = None, **context: object) -> ResponseReturnValue:
    """The page of a form, 422 when what was posted has to be corrected; the overview when it is too late for it."""
    if project is not None:
        try:
            _GUARDS[template](project.state)
        except RuleViolation as closed:
            flash(closed.sentence, "warning")
            return redirect(overview_of(project))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(f"forecast/buyer/{template}.html", form=form, project=project, **context), status


def refused(
    problem: RuleViolation, template: str, form: SafeForm, project: Project | None = None, **context: object
) -> ResponseReturnValue:
    """The same page, with what a rule refused."""
    form.add_problem(problem)
    return shown(template, form, project, **context)


def _after_creation(project: Project) -> str:
    """To the description of the first lot, or to the project when lots come later."""
    if not project.allotment_defined:
        return overview_of(project)
    return url_for("forecast.edit_lot", reference=project.reference, number=1)


def _opened(project: Project) -> AddressOf:
    """Where a lot of one's own leads: to its form as long as it may change, then to its public page."""
    writes = policies.can_write(current_actor(), project.buyer_id) and project.state in EDITABLE_STATES
    return _lot_form if writes else address_of


def _lot_form(reference: str, number: int | None) -> str:
    return url_for("forecast.edit_lot", reference=reference, number=number)


def buyer_id() -> int:
    """The buyer one acts for; NotFound for who acts for nobody."""
    found = current_actor().organisation_id
    if found is None:
        raise NotFound
    return found
