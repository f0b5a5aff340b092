"""What this room adds to other rooms' pages: stories of the same trade, and the way in from a contract."""

from flask import render_template, url_for

from portal.contracts.models import Contract
from portal.forecast.models import Lot
from portal.storage import reading
from portal.stories import policies, queries
from portal.stories.views.story_page import rows_of
from portal.vocabulary import Permission, StoryState, Trade
from portal.web import current_actor, slots

_MOST = 3


def furnish() -> None:
    """Called once by the application."""
    slots.add("request.stories", request_stories)
    slots.add("contract.aside", contract_aside)
    slots.add("lot.main", lot_main)
    slots.add("projects.toolbar", projects_toolbar)


def request_stories(trade: Trade, buyer_id: int | None) -> str:
    """What worked in this trade, for who files or answers a request."""
    with reading() as session:
        rows = rows_of(queries.of_trade(session, trade, buyer_id, _MOST))
    return render_template("stories/same_trade.html", rows=rows, trade=trade) if rows else ""


def projects_toolbar() -> str:
    """The buyer's own stories, from « Mes achats »."""
    return render_template("stories/toolbar.html") if current_actor().may(Permission.FORECAST_WRITE) else ""


def lot_main(lot: Lot) -> str:
    """The same for everyone: one story of the lot's trade."""
    with reading() as session:
        rows = rows_of(queries.of_trade(session, lot.trade, lot.project.buyer_id, 1))
    return render_template("stories/lot_main.html", story=rows[0], trade=lot.trade) if rows else ""


def contract_aside(contract: Contract) -> str:
    """For its buyer: the story to write, or where it stands; for who is named: the page to answer on."""
    actor = current_actor()
    with reading() as session:
        story = queries.of_contract(session, contract.id)
    if policies.can_write(actor, contract.buyer_id):
        url = url_for("stories.write", reference=contract.reference)
        own_url = url_for("stories.overview", public_id=story.public_id) if story else url
        return render_template("stories/contract_aside.html", story=story, url=own_url)
    if story is None:
        return ""
    is_asked = story.state is not StoryState.WITHDRAWN and policies.agreement_of(actor, story) is not None
    if not is_asked and story.state is not StoryState.PUBLISHED:
        return ""
    page = "stories.answer" if is_asked else "stories.show"
    url = url_for(page, public_id=story.public_id)
    return render_template("stories/contract_read.html", story=story, url=url, is_asked=is_asked)
