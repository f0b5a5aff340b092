"""Many deposits of which there is nothing to say, accepted at once: each by itself, one that is lost stops no other."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.declarations import queries, services
from portal.declarations.forms.together import TogetherForm
from portal.declarations.queries import TOGETHER_A_PAGE
from portal.declarations.views.blueprint import pages
from portal.declarations.views.posting import answered
from portal.declarations.views.together_page import Outcome, TogetherPage
from portal.kernel import clock
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.storage import reading, unit_of_work
from portal.vocabulary import Permission
from portal.web import current_actor, once, page_asked, render, requires

_ALL = "tout"
"""`?cocher=`: the page comes back with every box ticked."""


@pages.route("/declarations/a-accepter", methods=["GET", "POST"])
@requires(Permission.DECLARATION_CHECK)
def accept_many() -> ResponseReturnValue:
    with reading() as session:
        page = TogetherPage.read(session, current_actor(), page_asked())
    form = TogetherForm(months=page.values if request.args.get("cocher") == _ALL else [])
    if not form.validate_on_submit():
        return answered(form, "declarations/together.html", page=page)
    wanted = dict(list(form.versions.items())[:TOGETHER_A_PAGE])
    for reference, version in wanted.items():
        _accept(reference, version)
    with once(form) as act:
        act.leads_to(url_for("declarations.accepted_many", mois=",".join(wanted)))
    return act.response


@pages.get("/declarations/a-accepter/resultat")
@requires(Permission.DECLARATION_CHECK)
def accepted_many() -> ResponseReturnValue:
    """What became of each of those that were ticked, as it stands now: the page may be read again."""
    wanted = [each for each in request.args.get("mois", "").split(",") if each][:TOGETHER_A_PAGE]
    with reading() as session:
        outcome = Outcome.read(session, current_actor(), wanted)
    return render("declarations/accepted_together.html", outcome=outcome)


def _accept(reference: str, version: int) -> None:
    """One transaction for one month; what is refused, changed or answered meanwhile is told on the next page."""
    try:
        with unit_of_work() as session:
            services.accept_unread(
                session,
                queries.visible(session, current_actor(), reference),
                expected_version=version,
                actor=current_actor(),
                now=clock.utc_now(),
            )
    except (NotFound, Refused, RuleViolation, Stale):
        return
