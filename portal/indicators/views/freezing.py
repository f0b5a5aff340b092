"""The direction freezes a year: the figures as the public will read them, and one button."""

from http import HTTPStatus

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.indicators import rules, services
from portal.indicators.canonical import canonical, sha256_of
from portal.indicators.forms import FreezeForm
from portal.indicators.published import publish
from portal.indicators.queries import editions as queries
from portal.indicators.queries.year import figures_of
from portal.indicators.views.blueprint import pages
from portal.indicators.views.year_page import YearPage
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import typo
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, render, requires


@pages.route("/resultats/<int:year>/arreter", methods=["GET", "POST"])
@requires(Permission.RESULTS_FREEZE)
def freeze(year: int) -> ResponseReturnValue:
    form = FreezeForm()
    with reading() as session:
        buyer = _own_buyer(session, year)
    if not form.validate_on_submit():
        return _shown(buyer, year, form)
    try:
        with once(form) as act:
            edition = services.freeze(
                act.session, buyer, year, shown=form.shown.data, actor=current_actor(), now=clock.utc_now()
            )
            address = url_for("indicators.year", year=year, acheteur=buyer.siret)
            told = f"Les résultats de {year} sont arrêtés, édition {edition.number} : chacun peut les lire."
            act.leads_to(address, typo(told))
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown(buyer, year, form)
    return act.response


def _own_buyer(session: Session, year: int) -> Organisation:
    """The buyer one acts for, when it has figures for that year. NotFound for any other."""
    buyer = queries.own_buyer(session, current_actor())
    first = queries.first_year(session, buyer.id)
    if request.args.get("acheteur", buyer.siret) != buyer.siret or first is None:
        raise NotFound
    if not first <= year <= clock.today().year:
        raise NotFound
    return buyer


def _shown(buyer: Organisation, year: int, form: FreezeForm) -> ResponseReturnValue:
    """The year as it would be frozen now, whose hash the form carries back."""
    with reading() as session:
        told = publish(figures_of(session, buyer, year, clock.utc_now()))
        editions = queries.editions(session, buyer.id, year)
    form.shown.data = sha256_of(canonical(told))
    return render(
        "indicators/freeze.html",
        form=form,
        buyer=buyer,
        page=YearPage(told),
        editions=editions,
        is_over=rules.is_over(year, clock.today()),
        is_unchanged=bool(editions) and editions[0].sha256 == form.shown.data,
    ), HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
