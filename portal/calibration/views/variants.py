"""The buyer's page: ways to size a lot side by side, those that are ready-made one click from being saved."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.calibration import policies, rules, services
from portal.calibration import queries as coverage
from portal.calibration.facts import Need
from portal.calibration.forms import VariantForm, variant_form
from portal.calibration.models import Variant
from portal.calibration.queries import variants as queries
from portal.calibration.queries.sizing import weighed
from portal.calibration.services.base import is_live
from portal.calibration.services.lots import is_to_prepare
from portal.calibration.split import SectorTerms, VariantTerms
from portal.calibration.views import variants_words as words
from portal.calibration.views.blueprint import pages
from portal.calibration.wording import AS_IT_IS, lot_title_of
from portal.forecast.models import Lot
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.kernel.french import plural
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import Act, SafeForm, back_unless, current_actor, form_or_act, once, render, requires

READY_MADE = (2, 3, 4)
WHOLE = 1
"""The lot as it is, saved to ask what is thought of it."""


@pages.get("/achats/<reference>/lot-<int:number>/calibrage")
@requires(Permission.FORECAST_READ)
def sizing(reference: str, number: int) -> ResponseReturnValue:
    with reading() as session:
        lot = queries.own_lot(session, current_actor(), reference, number)
        need = coverage.needs_of(session, [lot])[lot.id]
        ways = _ways(session, lot, need)
        choice = queries.choice_of(session, lot.id)
        told = {"choice": choice, "to_prepare": is_to_prepare(session, lot, choice)}
    return render("calibration/sizing.html", ways=ways, forms=SafeForm, **told, **page_of(lot, need, ways))


def page_of(lot: Lot, need: Need, ways: Sequence[words.Way]) -> dict[str, Any]:
    """What the page offers next."""
    project, actor = lot.project, current_actor()
    live = is_live(lot)
    return {
        **about(lot),
        "need": need,
        "located": len(need.places) > 1,
        "can_size": policies.can_size(actor, project) and rules.can_be_cut(project.state, is_live=live),
        "asks": rules.asks_opinions(project.state, is_live=live),
        "unshared": [way for way in ways if way.variant and way.variant.shared_at is None],
        "is_shared": any(way.variant and way.variant.shared_at for way in ways),
    }


def about(lot: Lot) -> dict[str, Any]:
    return {"lot": lot, "project": lot.project, "title": lot_title_of(lot)}


def _ways(session: Session, lot: Lot, need: Need) -> list[words.Way]:
    """The lot as it is, the ready-made ones that are not saved yet, and the saved ones."""
    saved = queries.variants_of(session, lot.id)
    held = {services.terms_of(each).groups for each in saved}
    offered = {count: services.ready_made_terms(need.places, count) for count in (WHOLE, *READY_MADE)}
    ready = {count: terms for count, terms in offered.items() if terms and (count == WHOLE or terms.groups not in held)}
    terms = [*ready.values(), *(services.terms_of(each) for each in saved)]
    found = weighed(session, need, terms, clock.today())
    verdicts, said = queries.verdicts_of(session, lot.id), queries.opinions_for_buyer(session, lot.id)
    ways = [_offered(count, each, saved) for count, each in zip(ready, found, strict=False)]
    for variant, each in zip(saved, found[len(ready) :], strict=True):
        told = words.said(said.get(variant.id, ()))
        ways.append(saved_way(variant, each, verdicts.get(variant.id, {}), told))
    return ways


def _offered(count: int, weighed: Any, saved: Sequence[Variant]) -> words.Way:
    name = AS_IT_IS if count == WHOLE else f"{count} secteurs de communes voisines"
    known = count == WHOLE and any(services.terms_of(each).cuts_as_lot for each in saved)
    cut = "1 secteur" if count == WHOLE else "tout prêt"
    return words.Way(f"pret-{count}", name, cut, weighed, save_count=None if known else count)


def saved_way(variant: Variant, weighed: Any, verdicts: Mapping[Any, int], said: Sequence[words.Said]) -> words.Way:
    cut = words.cut_of(variant)
    return words.Way(variant.public_id, variant.name, cut, weighed, variant=variant, verdicts=verdicts, said=said)


@pages.post("/achats/<reference>/lot-<int:number>/calibrage/secteurs-<int:count>")
@requires(Permission.FORECAST_WRITE)
def save_ready_made(reference: str, number: int, count: int) -> ResponseReturnValue:
    if count not in {WHOLE, *READY_MADE}:
        raise NotFound
    with reading() as session:
        lot = queries.own_lot(session, current_actor(), reference, number)
    with once(SafeForm()) as act:
        lot = queries.own_lot(act.session, current_actor(), reference, number)
        services.save_ready_made(act.session, lot, count, actor=current_actor(), now=clock.utc_now())
        act.leads_to(
            home(lot), f"Variante enregistrée : {plural(count, 'secteur')}. Vous seuls la lisez pour l’instant."
        )
    return act.response


@pages.route("/achats/<reference>/lot-<int:number>/calibrage/nouvelle", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def new_variant(reference: str, number: int) -> ResponseReturnValue:
    """`?depuis=` starts from a ready-made one, by its number of sectors, or from a saved one."""
    lot, need, source = _source(reference, number)
    if closed := closed_page(lot):
        return closed
    form = variant_form(need.places).starting_from(source)

    def do(act: Act) -> None:
        again = queries.own_lot(act.session, current_actor(), reference, number)
        terms = form.terms(source.sectors)
        services.save_variant(act.session, again, terms, actor=current_actor(), now=clock.utc_now())
        act.leads_to(home(lot), "Variante enregistrée. Vous seuls la lisez pour l’instant.")

    return _form_page(form, do, lot, need, None)


@pages.route("/achats/<reference>/lot-<int:number>/calibrage/<public_id>/modifier", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def edit_variant(reference: str, number: int, public_id: str) -> ResponseReturnValue:
    with reading() as session:
        lot = queries.own_lot(session, current_actor(), reference, number)
        variant = queries.variant_of(session, lot, public_id)
        need = coverage.needs_of(session, [lot])[lot.id]
        cut = services.terms_of(variant).sectors
    if closed := closed_page(lot, lambda: rules.ensure_unshared(is_shared=variant.shared_at is not None)):
        return closed
    form = variant_form(need.places)(obj=variant)

    def do(act: Act) -> None:
        again = queries.own_lot(act.session, current_actor(), reference, number)
        found = queries.variant_of(act.session, again, public_id)
        terms, version = form.terms(cut), form.version.data or 0
        services.revise_variant(
            act.session, found, terms, expected_version=version, actor=current_actor(), now=clock.utc_now()
        )
        act.leads_to(home(lot), "Variante enregistrée.")

    return _form_page(form, do, lot, need, variant)


def _form_page(form: VariantForm, do: Any, lot: Lot, need: Need, variant: Variant | None) -> ResponseReturnValue:
    return form_or_act("calibration/variant.html", form, do, need=need, variant=variant, **about(lot))


def _source(reference: str, number: int) -> tuple[Lot, Need, VariantTerms]:
    asked = request.args.get("depuis", "")
    with reading() as session:
        lot = queries.own_lot(session, current_actor(), reference, number)
        need = coverage.needs_of(session, [lot])[lot.id]
        saved = {each.public_id: services.terms_of(each) for each in queries.variants_of(session, lot.id)}
    count = int(asked) if asked in {str(each) for each in READY_MADE} else READY_MADE[0]
    whole = VariantTerms(name="", sectors=(SectorTerms("", tuple(place.code for place in need.places)),))
    return lot, need, saved.get(asked) or services.ready_made_terms(need.places, count) or whole


def closed_page(lot: Lot, *rules_of_page: Any) -> ResponseReturnValue | None:
    """Back to the comparison, told why, when nothing is left to do on a page."""

    def allowed() -> None:
        rules.ensure_cut(lot.project.state, is_live=is_live(lot))
        for rule in rules_of_page:
            rule()

    return back_unless(allowed, home(lot))


def home(lot: Lot) -> str:
    return url_for("calibration.sizing", reference=lot.project.reference, number=lot.number)
