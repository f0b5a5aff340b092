"""Follow a project, and no longer: one button each."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.alerts import policies, queries, services
from portal.alerts.views.blueprint import pages, shown
from portal.forecast.models import Project
from portal.forecast.queries import visible
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.storage import reading
from portal.web import SafeForm, current_actor, once, signed_in

_STARTED = "Vous suivez ce projet : un courriel vous dira ce qui change."
_ENDED = "Vous ne suivez plus ce projet."


@pages.route("/alertes/suivre/<reference>", methods=["GET", "POST"])
@signed_in
def follow(reference: str) -> ResponseReturnValue:
    """Also where a visitor who was led to sign in comes back."""
    form, project = SafeForm(), _public(reference)
    if not form.validate_on_submit() or not policies.can_follow(current_actor()):
        return shown("follow", form, project=project, followed=_is_followed(project))
    with once(form) as act:
        again = visible(act.session, current_actor(), reference)
        services.follow(act.session, again, actor=current_actor(), now=clock.utc_now())
        act.leads_to(url_for("forecast.show", reference=reference), _STARTED)
    return act.response


@pages.post("/alertes/ne-plus-suivre/<reference>")
@signed_in
def unfollow(reference: str) -> ResponseReturnValue:
    form = SafeForm()
    if not form.validate_on_submit():
        raise NotFound
    with once(form) as act:
        project = visible(act.session, current_actor(), reference)
        services.unfollow(act.session, project, actor=current_actor(), now=clock.utc_now())
        act.leads_to(url_for("alerts.index"), _ENDED)
    return act.response


def _public(reference: str) -> Project:
    with reading() as session:
        project = visible(session, current_actor(), reference)
    if not project.is_public:
        raise NotFound
    return project


def _is_followed(project: Project) -> bool:
    with reading() as session:
        return queries.follow_of(session, current_actor(), project.id) is not None
