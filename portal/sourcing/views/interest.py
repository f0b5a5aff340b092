"""An organisation says what a lot is to it."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast import queries as forecast
from portal.forecast.models import Lot, Project
from portal.forecast.views.blueprint import address_of
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.sourcing import policies, queries, rules, services
from portal.sourcing.forms import InterestForm
from portal.sourcing.services.interest import is_live
from portal.sourcing.views import words
from portal.sourcing.views.blueprint import carried_out, pages
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, public, requires

_MOST_COMMUNES = 60
"""Beyond, nobody ticks: all those of the lot."""


@pages.get("/programmation/<reference>/interet")
@public
def interest_of_project(reference: str) -> ResponseReturnValue:
    """`?lot=` leads to its lot; without one, or without such a lot, to the page where one chooses."""
    with reading() as session:
        project = _public(session, reference)
        asked = request.args.get("lot", type=int)
        lot = project.only_lot if asked is None else project.lot_numbered(asked)
    if lot is None:
        flash("Choisissez le lot dont vous voulez parler.", "info")
        return redirect(address_of(reference))
    return redirect(url_for("sourcing.interest", reference=reference, number=lot.number))


@pages.route("/programmation/<reference>/lot-<int:number>/interet", methods=["GET", "POST"])
@requires(Permission.INTEREST_TELL)
def interest(reference: str, number: int) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        project = _public(session, reference)
        lot = forecast.lot_of(project, number)
        policies.ensure_may_tell_interest(actor, lot.project)
        known = queries.interest_of(session, lot.id, actor.organisation_id)
        said = queries.words_of(session, known) if known else []
        communes = _communes(session, lot)
    back = address_of(reference, 0 if project.only_lot is lot else number)
    if not rules.takes_interest(project.state, is_live=is_live(lot)):
        flash("Ce lot n’attend plus de réponse : rien n’y change plus.", "warning")
        return redirect(back)
    form = InterestForm(obj=known)
    form.offer(communes)

    def do(session: Session) -> None:
        services.tell_interest(
            session,
            forecast.lot_of(_public(session, reference), number),
            form.word,
            communes=[code for code, _ in communes],
            expected_version=form.version.data or 0,
            actor=actor,
            now=clock.utc_now(),
        )

    page = {"lot": lot, "title": words.lot_title_of(lot), "lot_url": back, "said": said}
    page["wanted"] = words.wanted_words(lot)
    told = "C’est noté. Vous pouvez changer d’avis à tout moment."
    return carried_out("interest", form, do, told, leads_to=back, **page)


def _public(session: Session, reference: str) -> Project:
    """Raises NotFound for a draft, its own buyer's included: nobody may speak of it yet."""
    project = forecast.visible(session, current_actor(), reference)
    if not project.is_public:
        raise NotFound
    return project


def _communes(session: Session, lot: Lot) -> list[tuple[str, str]]:
    """Those that one may tick, by name; none when there is nothing to choose."""
    if lot.whole_territory:
        around = forecast.communes_around(session, lot.project.buyer)
        return around if len(around) <= _MOST_COMMUNES else []
    names = forecast.names_of(session, lot.commune_codes, ())
    found = sorted(((code, names.get(code, code)) for code in lot.commune_codes), key=lambda pair: pair[1])
    return found if 1 < len(found) <= _MOST_COMMUNES else []
