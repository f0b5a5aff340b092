"""What one follows, in one page."""

from flask import url_for

from portal.alerts import policies, queries, rules
from portal.alerts.views.blueprint import pages
from portal.kernel.paging import last_page
from portal.storage import reading
from portal.web import current_actor, page_asked, render, signed_in

PAGE = 20


@pages.get("/alertes")
@signed_in
def index() -> str:
    """Of the organisation one acts for: its projects followed, its searches, how often each type is told."""
    actor, page = current_actor(), page_asked()
    if not policies.can_follow(actor):
        return render("alerts/nobody.html")
    with reading() as session:
        follows, total = queries.followed(session, actor, page=page, size=PAGE)
        searches = queries.searches_of(session, actor)
        chosen = queries.preferences_of(session, actor.account_id or 0, [actor.organisation_id or 0])
    kinds, own = rules.kinds_for(actor.roles), actor.organisation_id or 0
    frequencies = {kind: chosen.get((own, kind), rules.DEFAULTS[kind]) for kind in kinds}
    context = {"follows": follows, "total": total, "searches": searches, "frequencies": frequencies}
    return render("alerts/index.html", page=page, last=last_page(total, PAGE), page_url=_page_url, **context)


def _page_url(number: int) -> str:
    return url_for("alerts.index", page=number if number > 1 else None)
