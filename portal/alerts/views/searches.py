"""Saved searches: what each will send is told before it is saved."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.alerts import policies, queries, services
from portal.alerts.forms import EditSearchForm, SearchForm
from portal.alerts.models import SavedSearch
from portal.alerts.views.blueprint import pages, shown
from portal.forecast.listing.search import find
from portal.forecast.listing.selection import Selection, read_selection
from portal.forecast.views.list_page import ListPage
from portal.forecast.views.timeline import first_quarter_on
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.web import SafeForm, current_actor, once, render, signed_in

_LONGEST_NAME = 120


@pages.route("/alertes/recherches/nouvelle", methods=["GET", "POST"])
@signed_in
def save() -> ResponseReturnValue:
    if not policies.can_follow(current_actor()):
        return render("alerts/nobody.html")
    selection = read_selection(request.args.items(multi=True)).starting(None)
    told = _told(selection)
    form = SearchForm(name=_name_of(told["words"]))
    if form.validate_on_submit():
        try:
            with once(form) as act:
                options: dict[str, Any] = {"actor": current_actor(), "now": clock.utc_now()}
                services.save_search(act.session, selection, form.name.data, form.chosen, **options)
                act.leads_to(url_for("alerts.index"), "Recherche enregistrée.")
            return act.response
        except RuleViolation as problem:
            form.add_problem(problem)
    return shown("save_search", form, **told)


@pages.route("/alertes/recherches/<public_id>", methods=["GET", "POST"])
@signed_in
def edit_search(public_id: str) -> ResponseReturnValue:
    search = _own(public_id)
    form = EditSearchForm(obj=search)
    if form.validate_on_submit():
        try:
            with once(form) as act:
                again = queries.search(act.session, current_actor(), public_id)
                options: dict[str, Any] = {"actor": current_actor(), "now": clock.utc_now()}
                version = form.version.data or 0
                services.revise_search(
                    act.session, again, form.name.data, form.chosen, expected_version=version, **options
                )
                act.leads_to(url_for("alerts.index"), "Recherche modifiée.")
            return act.response
        except RuleViolation as problem:
            form.add_problem(problem)
    return shown("edit_search", form, search=search, end=SafeForm(formdata=None), **_told(_selection(search)))


@pages.post("/alertes/recherches/<public_id>/fin")
@signed_in
def end_search(public_id: str) -> ResponseReturnValue:
    form = SafeForm()
    _own(public_id)
    form.validate_on_submit()
    with once(form) as act:
        search = queries.search(act.session, current_actor(), public_id)
        services.end_search(act.session, search, actor=current_actor(), now=clock.utc_now())
        act.leads_to(url_for("alerts.index"), "Cette recherche n’enverra plus de courriel.")
    return act.response


def _own(public_id: str) -> SavedSearch:
    with reading() as session:
        return queries.search(session, current_actor(), public_id)


def _selection(search: SavedSearch) -> Selection:
    return services.selection_of(search.address)


def _told(selection: Selection) -> dict[str, Any]:
    """What answers the search today, in words, and what it would have sent."""
    now, first_quarter = clock.utc_now(), first_quarter_on(clock.today())
    with reading() as session:
        found = find(session, selection, first_quarter)
        estimate = queries.estimate(session, selection, now)
    page = ListPage(selection, found, [], first_quarter)
    words = [words for words, _ in page.active_filters]
    return {"words": words, "total": found.total, "estimate": estimate, "list_url": page.canonical_url}


def _name_of(words: list[str]) -> str:
    return ", ".join(word.strip("«» \u202f\u00a0") for word in words)[:_LONGEST_NAME] or "Tous les lots"
