"""The pages of the room's exchanges."""

from datetime import timedelta

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms.validators import DataRequired

from portal.directory.forms import WordsField
from portal.groupements import queries as groupements
from portal.groupements.exchanges import queries, services
from portal.groupements.models import Groupement
from portal.groupements.views import finding
from portal.groupements.views.blueprint import pages
from portal.kernel import clock
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import Act, SafeForm, current_actor, form_or_act, page_asked, requires
from portal.web.fields import at_most
from portal.web.throttle import count_attempt

_A_DAY = 200
_LATEST = 3


class WordForm(SafeForm):
    text = WordsField(
        "Votre message",
        [DataRequired("Écrivez quelque chose aux autres membres."), at_most(2000)],
        render_kw={"rows": 4},
    )


@pages.route("/groupements/<public_id>/echanges", methods=["GET", "POST"])
@requires(Permission.GROUPEMENT_JOIN)
def exchanges(public_id: str) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        groupement = finding.inside(session, actor, public_id)
        thread = queries.thread(session, groupement, page_asked())
    form = WordForm()
    if form.validate_on_submit():
        count_attempt(
            "groupement_word", str(actor.account_id), limit=_A_DAY, window=timedelta(days=1), now=clock.utc_now()
        )

    def do(act: Act) -> None:
        again = finding.inside(act.session, actor, public_id)
        services.say(act.session, again, form.text.data or "", actor=actor, now=clock.utc_now())
        act.leads_to(url_for("groupements.exchanges", public_id=public_id), "Votre message est écrit.")

    return form_or_act(
        "groupements/exchanges/index.html",
        form,
        do,
        groupement=groupement,
        thread=thread,
        is_open=groupement.state in groupements.RUNNING,
        url_of=lambda number: url_for("groupements.exchanges", public_id=public_id, page=number),
    )


def latest(groupement: Groupement) -> str:
    """The last words, on the page of the room."""
    with reading() as session:
        thread = queries.thread(session, groupement, size=_LATEST)
    return render_template("groupements/exchanges/latest.html", groupement=groupement, thread=thread)
