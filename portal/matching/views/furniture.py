"""« Pour vous » in the lists, and why a lot concerns the reader's organisation on its page."""

from collections.abc import Mapping, Sequence

from flask import render_template, url_for
from sqlalchemy.orm import Session

from portal.forecast.listing.selection import Selection
from portal.forecast.models import Lot
from portal.forecast.views import annotations
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.matching import queries
from portal.matching.facts import Links
from portal.matching.shortcuts import shortcuts
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, slots


def furnish() -> None:
    """Called once by the application."""
    annotations.use(for_you)
    slots.add("lot.aside", lot_aside)
    slots.add("forecast.filters", filters)


def for_you(session: Session, actor: Actor, lot_ids: Sequence[int]) -> Mapping[int, str]:
    """The sentence of each lot that suits the reader's organisation: eleven statements at most."""
    who = queries.asking(session, actor.organisation_id) if actor.may(Permission.INTEREST_TELL) else None
    if who is None:
        return {}
    found = queries.fits(session, who, lot_ids, clock.today())
    return {lot_id: fit.sentence for lot_id, fit in found.items() if fit.sentence}


def filters(selection: Selection) -> str:
    """The list kept to one's own trades and places, for those who may answer: three statements."""
    actor = current_actor()
    if not actor.may(Permission.INTEREST_TELL) or actor.organisation_id is None:
        return ""
    with reading() as session:
        trades = queries.own_trades(session, actor.organisation_id)
        communes = queries.own_communes(session, actor.organisation_id)
    return render_template("matching/shortcuts.html", shortcuts=shortcuts(selection, trades, communes))


def lot_aside(lot: Lot) -> str:
    """The reasons one by one, for those who may answer; nothing once the lot is no longer to come."""
    actor = current_actor()
    if not actor.may(Permission.INTEREST_TELL):
        return ""
    with reading() as session:
        who = queries.asking(session, actor.organisation_id)
        links = links_of(actor, who.organisation.siret) if who else Links()
        fit = queries.fits(session, who, [lot.id], clock.today(), links).get(lot.id) if who else None
    return render_template("matching/lot_aside.html", fit=fit) if fit else ""


def links_of(actor: Actor, siret: str) -> Links:
    """Where this person may complete what their organisation did not tell."""
    capacity = url_for("directory.capacity", siret=siret) if actor.may(Permission.CAPACITY_TELL) else None
    page = url_for("directory.edit", siret=siret) if actor.may(Permission.ORGANISATION_EDIT) else None
    return Links(trade=capacity or page, territory=page, kind=page, capacity=capacity)
