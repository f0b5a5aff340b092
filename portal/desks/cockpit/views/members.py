"""The structures of the network: a list, sorted and paged, and its file."""

from collections.abc import Sequence

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.desks.cockpit import nudges, together
from portal.desks.cockpit.members import PAGE, Member, Offer, Sort, in_order, members_of, offers_of, sort_called
from portal.desks.cockpit.scope import scope_of
from portal.desks.cockpit.views.blueprint import nudge_url, pages
from portal.intake.written import csv_file
from portal.kernel import clock
from portal.kernel.french import format_number
from portal.kernel.paging import last_page, page_within
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, page_asked, render, requires

_HEADINGS = (
    *("SIRET", "Structure", "Commune", "Métiers", "Zone d’intervention", "Capacité dite le", "À relire"),
    *("Heures libres par an, au moins", "Prête à être mandataire", "Ce qui attend", "En retard depuis le"),
)


@pages.get("/reseau/adherents")
@requires(Permission.NETWORK_FOLLOW)
def members() -> ResponseReturnValue:
    sort = sort_called(request.args.get("tri"))
    with reading() as session:
        every = _members(session, sort)
        page = page_within(page_asked(), len(every), PAGE)
        shown = every[(page - 1) * PAGE : page * PAGE]
        offers = offers_of(session, [each.id for each in shown])
        sent = nudges.sent_to(session, [each.id for each in shown])
    return render(
        "desks/cockpit/members.html",
        members=shown,
        total=len(every),
        late=sum(each.late is not None for each in every),
        untold=sum(each.told_on is None for each in every),
        offers=offers,
        sent=sent,
        sort=sort,
        sorts=[(each.word, each.label) for each in Sort],
        page=page,
        last=last_page(len(every), PAGE),
        page_url=lambda number: _address(sort, number),
        nudge_url=nudge_url,
    )


@pages.get("/reseau/adherents.csv")
@requires(Permission.NETWORK_FOLLOW)
def members_csv() -> Response:
    with reading() as session:
        every = _members(session, Sort.NAME)
        offers = offers_of(session, [each.id for each in every])
    response = Response(csv_file([_HEADINGS, *(_cells(each, offers[each.id]) for each in every)]), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="adherents.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _members(session: Session, sort: Sort) -> Sequence[Member]:
    actor, now = current_actor(), clock.utc_now()
    scope = scope_of(session, actor)
    return in_order(members_of(session, scope, together.coordinated(session, scope), now), sort)


def _address(sort: Sort, number: int) -> str:
    word = None if sort is Sort.WAITING else sort.word
    return url_for("cockpit.members", tri=word, page=number if number > 1 else None)


def _cells(member: Member, offer: Offer) -> tuple[str, ...]:
    leads = {True: "oui", False: "non", None: ""}[member.can_lead]
    return (
        member.siret,
        member.name,
        member.place or "",
        offer.trades,
        offer.territory,
        f"{member.told_on:%d/%m/%Y}" if member.told_on else "",
        "oui" if member.is_stale else "",
        format_number(member.free_hours) if member.told_on else "",
        leads,
        ", ".join(words for _, words in member.waits),
        f"{member.late.since:%d/%m/%Y}" if member.late else "",
    )
