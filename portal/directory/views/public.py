"""The public directory: the list, and the page of one organisation."""

import re
from datetime import date
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.directory import policies, queries
from portal.directory.models import CapacityStatement, Organisation
from portal.directory.queries import Listing, Search
from portal.directory.views.blueprint import pages
from portal.kernel import clock
from portal.storage import reading
from portal.vocabulary import Listed, OrganisationKind, Reservation, Trade
from portal.web import current_actor, page_asked, public, render

_LONGEST_SEARCH = 200


@pages.get("/annuaire")
@public
def index() -> ResponseReturnValue:
    search = _search()
    with reading() as session:
        found = queries.listing(session, search, clock.today(), page=page_asked())
    return render(
        "directory/index.html",
        search=search,
        found=found,
        filters=_filters(search, found),
        page_url=lambda page: _address(search, page=page if page > 1 else None),
    )


@pages.get("/annuaire/<siret>")
@public
def show(siret: str) -> ResponseReturnValue:
    today, actor = clock.today(), current_actor()
    with reading() as session:
        organisation = queries.shown(session, siret)
        kinds = organisation.kinds_on(today)
        territories = queries.territories_of(session, organisation)
        networks = queries.networks_of(session, organisation)
        member_count = queries.member_count(session, organisation) if OrganisationKind.NETWORK in kinds else None
        capacity = _capacity(session, organisation)
    return render(
        "directory/show.html",
        organisation=organisation,
        today=today,
        kinds=[kind for kind in OrganisationKind if kind in kinds],
        reservations=_reservations(organisation, today),
        territories=territories,
        networks=networks,
        member_count=member_count,
        capacity=capacity,
        can_edit=policies.can_edit(actor, organisation),
        can_tell=policies.can_tell_capacity(actor, organisation),
        can_see_networks=policies.can_see_networks(actor, organisation),
    )


def _capacity(session: Session, organisation: Organisation) -> CapacityStatement | None:
    """What it said that it could carry, for those who may read it."""
    actor = current_actor()
    is_member = actor.is_signed_in and queries.counts_as_member(session, actor, organisation)
    may_read = policies.can_read_capacity(actor, organisation, is_own_network=is_member)
    return queries.capacity_of(session, organisation) if may_read else None


def _reservations(organisation: Organisation, day: date) -> list[Reservation]:
    """The reserved lots that it may answer as of right."""
    reserved = [reservation for reservation in Reservation if reservation is not Reservation.NONE]
    return [reservation for reservation in reserved if organisation.is_eligible_on(day, reservation)]


def _search() -> Search:
    """What the address asks for; values that no list knows are left aside."""
    given = request.args
    return Search(
        words=" ".join(given.get("q", "").split())[:_LONGEST_SEARCH],
        kinds=_known(OrganisationKind, "type"),
        trades=_known(Trade, "metier"),
        communes=frozenset(code for code in given.getlist("commune") if re.fullmatch("[0-9][0-9AB][0-9]{3}", code)),
    )


def _known(vocabulary: type[Any], name: str) -> frozenset[Any]:
    codes: dict[str, Listed] = {member.value: member for member in vocabulary}
    return frozenset(codes[value] for value in request.args.getlist(name) if value in codes)


def _address(search: Search, **changes: Any) -> str:
    """The address of this search, as it can be shared."""
    asked = {
        "q": search.words or None,
        "type": sorted(search.kinds),
        "metier": sorted(search.trades),
        "commune": sorted(search.communes),
    }
    return url_for("directory.index", **(asked | changes))


def _filters(search: Search, found: Listing) -> list[tuple[str, str]]:
    """Each filter in force, in words, with the address that takes it off."""
    facets = (
        ("type", search.kinds, found.kinds),
        ("metier", search.trades, found.trades),
        ("commune", search.communes, found.communes),
    )
    words = [(f"« {search.words} »", _address(search, q=None))] if search.words else []
    return words + [
        (option.label, _address(search, **{name: sorted(chosen - {option.value})}))
        for name, chosen, options in facets
        for option in options
        if option.value in chosen
    ]
