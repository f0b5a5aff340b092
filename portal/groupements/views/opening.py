"""One's groupements, and opening one on a lot."""

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast import queries as forecast
from portal.forecast.models import Lot
from portal.forecast.views.blueprint import address_of as lot_address
from portal.groupements import policies, queries, rules, services, translation
from portal.groupements.forms import OpenForm
from portal.groupements.views import words
from portal.groupements.views.blueprint import address_of, pages, shown
from portal.groupements.views.present import waiting_now
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, page_asked, render, requires


@pages.get("/groupements")
@requires(Permission.GROUPEMENT_JOIN)
def index() -> ResponseReturnValue:
    actor, now = current_actor(), clock.utc_now()
    with reading() as session:
        page = queries.page_of(session, actor, page_asked())
        rows = [words.row_of(groupement, actor, now) for groupement in page.groupements]
    return render("groupements/index.html", page=page, rows=rows, waiting=waiting_now(), page_url=_page_url)


def _page_url(number: int) -> str:
    return url_for("groupements.index", page=number)


@pages.route("/programmation/<reference>/lot-<int:number>/groupement", methods=["GET", "POST"])
@requires(Permission.GROUPEMENT_JOIN)
def open(reference: str, number: int) -> ResponseReturnValue:  # noqa: A001 — its name in addresses
    with reading() as session:
        lot = _open_lot(session, reference, number)
    form = OpenForm()
    context = {
        "lot": lot,
        "title": words.lot_words(lot),
        "lot_url": lot_address(reference, number),
        "as_network": policies.opens_as_network(current_actor()),
    }
    if not form.validate_on_submit():
        return shown("open", form, **context)
    try:
        with once(form) as act:
            again = _open_lot(act.session, reference, number)
            groupement = services.open_groupement(
                act.session, again, form.about, actor=current_actor(), now=clock.utc_now()
            )
            act.leads_to(address_of(groupement), "Le groupement est ouvert. Invitez maintenant vos partenaires.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("open", form, **context)
    return act.response


def _open_lot(session: Session, reference: str, number: int) -> Lot:
    """A public lot that still takes candidacies. Raises NotFound."""
    project = forecast.visible(session, current_actor(), reference)
    lot = forecast.lot_of(project, number)
    if project.state not in rules.FORMABLE_STATES or not translation.is_open(lot):
        raise NotFound
    return lot
