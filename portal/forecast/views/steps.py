"""The way to publication: to check, ready, dated, and back; what a buyer chose for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast import policies, queries, rules, services
from portal.forecast.check_forms import ScheduleForm, SettingsForm
from portal.forecast.forms import ReasonForm
from portal.forecast.models import Project
from portal.forecast.settings import DEFAULTS
from portal.forecast.views.blueprint import pages
from portal.forecast.views.buyer import buyer_id, overview_of, own, refused, shown
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import plural
from portal.storage import reading
from portal.vocabulary import Permission, ProjectState
from portal.web import current_actor, once, requires


@dataclass(frozen=True)
class Step:
    """One way to another state: what the page asks, what it changes, what is told once done."""

    question: str
    lead: str
    button: str
    told: str
    takes: Callable[..., int | None]
    towards: ProjectState
    says_why: bool = False


_STEPS: Mapping[str, Step] = {
    "verification": Step(
        "Faire contrôler les leviers ?",
        "Le service juridique est prévenu. La fiche ne se modifie plus d’ici la fin du contrôle ; "
        "vous pourrez la reprendre.",
        "Donner au contrôle",
        "Le projet est donné au contrôle.",
        services.send_to_check,
        ProjectState.IN_CHECK,
    ),
    "pret": Step(
        "Dire ce projet prêt à publier ?",
        "Il ne se modifie plus. Il pourra être publié aussitôt, ou à une date choisie.",
        "Prêt à publier",
        "Le projet est prêt à publier.",
        services.mark_ready,
        ProjectState.READY,
    ),
    "brouillon": Step(
        "Reprendre ce projet en brouillon ?",
        "La fiche se modifie de nouveau. Les leviers décidés le restent, sauf si vous changez leur réservation.",
        "Reprendre en brouillon",
        "Le projet est de nouveau un brouillon.",
        services.back_to_draft,
        ProjectState.DRAFT,
        says_why=True,
    ),
    "deprogrammer": Step(
        "Annuler la publication prévue ?",
        "Le projet reste prêt à publier.",
        "Annuler la publication prévue",
        "La publication n’est plus prévue.",
        services.unschedule,
        ProjectState.READY,
    ),
}


@pages.route("/achats/<reference>/vers/<code>", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE, Permission.FORECAST_CHECK)
def step(reference: str, code: str) -> ResponseReturnValue:
    if code not in _STEPS:
        raise NotFound
    wanted, project = _STEPS[code], own(reference)
    if closed := _too_late(project, wanted):
        return closed
    form = ReasonForm(obj=project)
    must_say = wanted.says_why and not policies.can_write(current_actor(), project.buyer_id)
    context: dict[str, Any] = {"project": project, "step": wanted, "must_say": must_say}
    if not form.validate_on_submit():
        return shown("step", form, **context)
    try:
        with once(form) as act:
            told = _take(act.session, queries.own(act.session, current_actor(), reference), wanted, form)
            act.leads_to(overview_of(project), told)
    except RuleViolation as problem:
        return refused(problem, "step", form, **context)
    return act.response


def _too_late(project: Project, wanted: Step) -> ResponseReturnValue | None:
    """The overview, when the project's state does not lead there."""
    try:
        rules.ensure_transition(project.state, wanted.towards)
    except RuleViolation as closed:
        flash(closed.sentence, "warning")
        return redirect(overview_of(project))
    return None


def _take(session: Session, project: Project, wanted: Step, form: ReasonForm) -> str:
    takes = partial(wanted.takes, reason=form.reason.data or None) if wanted.says_why else wanted.takes
    version = form.version.data or 0
    people = takes(session, project, expected_version=version, actor=current_actor(), now=clock.utc_now())
    if wanted.towards is not ProjectState.IN_CHECK:
        return wanted.told
    warned = plural(people, "personne est prévenue", "personnes sont prévenues") if people else "personne n’est prévenu"
    return f"{wanted.told[:-1]} : {warned}."


@pages.route("/achats/<reference>/programmer", methods=["GET", "POST"])
@requires(Permission.FORECAST_PUBLISH)
def schedule(reference: str) -> ResponseReturnValue:
    project = own(reference)
    form = ScheduleForm(obj=project)
    if not form.validate_on_submit():
        return shown("schedule", form, project=project)
    try:
        with once(form) as act:
            services.schedule(
                act.session,
                queries.own(act.session, current_actor(), reference),
                publish_at=form.instant,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(overview_of(project), "La publication est prévue.")
    except RuleViolation as problem:
        return refused(problem, "schedule", form, project=project)
    return act.response


@pages.route("/achats/reglages", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def settings() -> ResponseReturnValue:
    with reading() as session:
        row = queries.settings_row(session, buyer_id())
    form = SettingsForm(obj=row or DEFAULTS, version=row.version if row else 1)
    if not form.validate_on_submit():
        return shown("settings", form)
    with once(form) as act:
        services.set_settings(
            act.session,
            buyer_id(),
            form.settings,
            expected_version=form.version.data or 0,
            actor=current_actor(),
            now=clock.utc_now(),
        )
        act.leads_to(url_for("forecast.projects"), "Réglages enregistrés.")
    return act.response
