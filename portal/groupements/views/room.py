"""One groupement, as its members, its invitees, those outside and its buyer each read it."""

from datetime import datetime

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.groupements import policies, queries, translation
from portal.groupements.forms import ButtonForm
from portal.groupements.models import Groupement
from portal.groupements.policies import Place
from portal.groupements.views import finding, outside_page, room_page
from portal.groupements.views.blueprint import pages
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, render, requires

_TEMPLATES = {Place.INVITED: "invited", Place.OUTSIDE: "outside", Place.BUYER: "filed"}


@pages.get("/groupements/<public_id>")
@requires(Permission.GROUPEMENT_JOIN, Permission.FORECAST_READ)
def show(public_id: str) -> ResponseReturnValue:
    actor, now = current_actor(), clock.utc_now()
    with reading() as session:
        groupement = finding.visible(session, actor, public_id)
        place = policies.place_of(actor, groupement, now)
        if place in _TEMPLATES:
            return _from_outside(groupement, _TEMPLATES[place])
        page = _room(session, groupement, actor, now, leads=place is Place.LEADER)
        return render("groupements/show.html", page=page, groupement=groupement, renew=ButtonForm(formdata=None))


def _room(session: Session, groupement: Groupement, actor: Actor, now: datetime, *, leads: bool) -> room_page.RoomPage:
    places = queries.places_of(session, groupement)
    facts = translation.facts_of(groupement, now, with_fitness=True, places=places)
    read = room_page.RoomRead(
        facts=facts,
        elsewhere=queries.sealed_elsewhere(session, groupement),
        own=queries.own_elsewhere(session, groupement, actor),
        own_lots=queries.own_lots(session, groupement, actor) if facts.lots_per_candidate else 0,
        agreement=queries.asked_agreement(session, groupement),
        seal=queries.verified(session, groupement, facts),
    )
    return room_page.RoomPage(groupement, actor, now, leads=leads, read=read)


def _from_outside(groupement: Groupement, template: str) -> ResponseReturnValue:
    actor, now = current_actor(), clock.utc_now()
    return render(
        f"groupements/{template}.html",
        groupement=groupement,
        page=outside_page.OutsidePage(groupement, actor, now),
        form=ButtonForm(formdata=None),
    )
