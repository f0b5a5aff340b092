"""Moving several lots of a project to another date at once."""

from flask.typing import ResponseReturnValue

from portal.forecast import queries, rules, services
from portal.forecast.slip_form import SlipForm
from portal.forecast.views.blueprint import pages
from portal.forecast.views.buyer import overview_of, own
from portal.kernel import clock
from portal.kernel.french import plural
from portal.vocabulary import Permission
from portal.web import Act, back_unless, current_actor, form_or_act, requires


@pages.route("/achats/<reference>/decaler", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def slip(reference: str) -> ResponseReturnValue:
    project = own(reference)
    if closed := back_unless(lambda: rules.ensure_editable(project.state), overview_of(project)):
        return closed
    form = SlipForm(obj=project)

    def act_on(act: Act) -> None:
        moved = services.slip(
            act.session,
            queries.own(act.session, current_actor(), reference),
            form.slip,
            expected_version=form.version.data or 0,
            reason=form.reason.data or None,
            actor=current_actor(),
            now=clock.utc_now(),
        )
        act.leads_to(overview_of(project), plural(len(moved), "lot décalé", "lots décalés") + ".")

    return form_or_act("forecast/buyer/slip.html", form, act_on, project=project)
