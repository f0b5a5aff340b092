"""« Mon réseau »: where the holes are, who could fill them, who waits for the network."""

from collections.abc import Sequence

from flask.typing import ResponseReturnValue

from portal.desks.cockpit import together
from portal.desks.cockpit.desk import Desk, desk_of
from portal.desks.cockpit.lots import LotCover
from portal.desks.cockpit.views.blueprint import nudge_url, pages
from portal.desks.cockpit.views.picture import Picture
from portal.desks.cockpit.views.words import lines_of
from portal.desks.gathering import errands_of
from portal.kernel import clock
from portal.storage import reading
from portal.vocabulary import NudgeSubject, Permission
from portal.web import current_actor, render, requires

_HOLES, _LATE, _ERRANDS, _GROUPEMENTS = 4, 8, 6, 8


@pages.get("/reseau")
@requires(Permission.NETWORK_FOLLOW)
def show() -> ResponseReturnValue:
    actor, now = current_actor(), clock.utc_now()
    with reading() as session:
        desk = desk_of(session, actor, now)
        errands = errands_of(session, actor, now)
        lines = lines_of(session, _shown_first(desk))
        followed = [together.followed(each, desk.scope.network_id, now) for each in desk.coordinated]
    return render(
        "desks/cockpit/show.html",
        desk=desk,
        lines=lines,
        errands=errands[:_ERRANDS],
        waiting=len(errands),
        today=clock.paris_date(now),
        picture=Picture(desk.balance),
        followed=followed[:_GROUPEMENTS],
        elsewhere=[each for each in desk.members if each.id in desk.elsewhere],
        late=desk.late[:_LATE],
        late_subject=NudgeSubject.LATE_MONTHS,
        nudge_url=nudge_url,
    )


def _shown_first(desk: Desk) -> Sequence[LotCover]:
    """The holes; without any, the lots with least to spare."""
    return (desk.near.holes or desk.near.lots)[:_HOLES]
