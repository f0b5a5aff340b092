"""How often each type of alert is told, for each organisation that the person may act for."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.accounts import sessions
from portal.alerts import queries, services
from portal.alerts.forms import preferences_form
from portal.alerts.views.blueprint import pages, shown
from portal.kernel import clock
from portal.storage import reading
from portal.web import current_actor, once, render, signed_in


@pages.route("/alertes/preferences", methods=["GET", "POST"], endpoint="preferences")
@signed_in
def show() -> ResponseReturnValue:
    actor, belongings = current_actor(), sessions.person().belongings
    if not belongings:
        return render("alerts/nobody.html")
    with reading() as session:
        known = queries.preferences_of(session, actor.account_id or 0, [each.organisation_id for each in belongings])
    form = preferences_form(belongings, known)
    if not form.validate_on_submit():
        return shown("preferences", form, belongings=belongings)
    with once(form) as act:
        for each in belongings:
            chosen, now = form.chosen_for(each.siret), clock.utc_now()
            services.set_preferences(act.session, each.organisation_id, chosen, actor=actor, now=now)
        act.leads_to(url_for("alerts.index"), "Préférences enregistrées.")
    return act.response
