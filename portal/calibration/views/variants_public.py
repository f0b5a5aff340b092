"""The page that all read alike (L3): variants shared, what networks say of them, what was kept and why."""

from collections.abc import Sequence

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.calibration import policies, rules, services
from portal.calibration import queries as coverage
from portal.calibration.comparison import Weighed
from portal.calibration.forms import OpinionForm
from portal.calibration.models import Variant
from portal.calibration.queries import variants as queries
from portal.calibration.queries.sizing import weighed
from portal.calibration.services.base import is_live
from portal.calibration.views import variants_words as words
from portal.calibration.views.blueprint import pages
from portal.calibration.views.variants import about
from portal.calibration.wording import kept_words
from portal.forecast.models import Lot
from portal.forecast.views.blueprint import address_of
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import Act, back_unless, current_actor, form_or_act, public, render, requires


@pages.get("/programmation/<reference>/lot-<int:number>/calibrage")
@public
def shown(reference: str, number: int) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        lot = queries.public_lot(session, actor, reference, number)
        ways = _ways(session, lot, actor)
        own = queries.own_opinions(session, lot.id, actor.organisation_id) if actor.organisation_id else {}
        withdrawn = queries.withdrawn_of(session, lot.id)
        choice = queries.choice_of(session, lot.id)
    return render(
        "calibration/shown.html",
        ways=ways,
        own=own,
        withdrawn=withdrawn,
        choice=choice,
        kept=kept_words(choice) if choice else None,
        may_tell=policies.may_tell(actor, lot.project) and rules.asks_opinions(lot.project.state, is_live=is_live(lot)),
        reads_coverage=policies.reads_coverage(actor),
        lot_url=_lot_url(lot),
        **about(lot),
    )


def _ways(session: Session, lot: Lot, actor: Actor) -> list[words.Way]:
    read = queries.shared_of(session, lot.id)
    found = _weighed(session, lot, read, actor)
    said = queries.opinions_of_networks(session, lot.id, clock.today())
    return [
        words.Way(
            variant.public_id,
            variant.name,
            words.cut_of(variant),
            each,
            variant=variant,
            said=words.said(said.get(variant.id, ())),
        )
        for variant, each in zip(read, found, strict=True)
    ]


def _weighed(session: Session, lot: Lot, variants: Sequence[Variant], actor: Actor) -> list[Weighed]:
    need = coverage.needs_of(session, [lot])[lot.id]
    ways = [services.terms_of(each) for each in variants]
    return weighed(session, need, ways, clock.today(), policies.network_of(actor))


@pages.route("/programmation/<reference>/lot-<int:number>/calibrage/<public_id>/avis", methods=["GET", "POST"])
@requires(Permission.OPINION_TELL)
def opinion(reference: str, number: int, public_id: str) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        lot = queries.public_lot(session, actor, reference, number)
        policies.ensure_may_tell(actor, lot.project)
        variant = queries.open_variant(session, lot, public_id)
        known = queries.opinion_of(session, variant.id, actor.organisation_id)
        found = _weighed(session, lot, [variant], actor)[0]
        way = words.Way(variant.public_id, variant.name, words.cut_of(variant), found)
    home = url_for("calibration.shown", reference=reference, number=number)
    is_open, state = variant.withdrawn_at is None, lot.project.state
    if closed := back_unless(lambda: rules.ensure_opinion_taken(state, is_live=is_live(lot), is_open=is_open), home):
        return closed
    form = OpinionForm(obj=known)

    def do(act: Act) -> None:
        found = queries.open_variant(act.session, queries.public_lot(act.session, actor, reference, number), public_id)
        version = form.version.data or 0
        services.tell_opinion(act.session, found, form.word, expected_version=version, actor=actor, now=clock.utc_now())
        act.leads_to(home, "C’est noté. Vous pouvez changer d’avis tant que le découpage n’est pas figé.")

    named = policies.is_always_named(actor)
    told = {"variant": variant, "way": way, "named": named, "lot_url": _lot_url(lot)}
    return form_or_act("calibration/opinion.html", form, do, **told, **about(lot))


def _lot_url(lot: Lot) -> str:
    """Its page, or that of its project once it was replaced, or when it is alone there."""
    project = lot.project
    alone = lot.ended_at is not None or project.only_lot is lot
    return address_of(project.reference, 0 if alone else lot.number)
