"""What this room adds to other rooms' pages: a lot, a project, the buyer's overview, the list."""

from flask import render_template

from portal.forecast import policies as forecast
from portal.forecast import queries as forecast_queries
from portal.forecast.models import Lot, Project
from portal.kernel import clock
from portal.sourcing import policies, queries, rules
from portal.sourcing.services.interest import is_live
from portal.sourcing.views import words
from portal.sourcing.views.questions import closed_words
from portal.sourcing.wording import meeting_when
from portal.storage import reading
from portal.vocabulary import ProjectState
from portal.web import current_actor, slots

_ANSWERS_SHOWN = 5


def furnish() -> None:
    """Called once by the application."""
    slots.add("interest.act", interest_act)
    slots.add("lot.main", lot_main)
    slots.add("project.main", project_main)
    slots.add("overview.main", overview_main)
    slots.add("overview.aside", overview_aside)
    slots.add("forecast.ways", forecast_ways)


def interest_act(project: Project, lot: Lot | None, question: str) -> str:
    """The one act of a page before the consultation, for who may tell its interest: of this lot, or by lot."""
    actor = current_actor()
    waits = project.state is ProjectState.PUBLISHED and (lot is None or is_live(lot))
    if not waits or not policies.may_tell_interest(actor, project):
        return ""
    own = None
    if lot:
        with reading() as session:
            own = queries.interest_of(session, lot.id, actor.organisation_id)
    own_words = words.own_words(own) if own else None
    return render_template("sourcing/act.html", project=project, lot=lot, question=question, own=own_words)


def lot_main(lot: Lot) -> str:
    """« Qui s’y intéresse »: totals for everyone, names for structures and networks, one's own word."""
    if not lot.project.is_public or not rules.takes_interest(lot.project.state, is_live=is_live(lot)):
        return ""
    actor = current_actor()
    beside = lot.project.state is ProjectState.PUBLISHED
    may_tell, reads = policies.may_tell_interest(actor, lot.project) and not beside, policies.reads_names(actor)
    with reading() as session:
        totals = queries.public_totals_of(session, lot.id)
        own = queries.interest_of(session, lot.id, actor.organisation_id) if may_tell else None
        named = queries.named_to_others(session, lot.id, actor.organisation_id) if reads else []
        offered = queries.hours_of_others(session, lot.id, actor.organisation_id) if reads else None
    return render_template(
        "sourcing/lot_main.html",
        lot=lot,
        totals=words.public_words(totals) if totals else None,
        offered=words.offered_words(offered, lot) if totals and offered else None,
        own=words.own_words(own) if own else None,
        named=words.named_to_others(named),
        reads=reads,
        may_tell=may_tell,
        may_ask=policies.may_ask(actor, lot.project) and not closed_words(lot.project),
        alone=lot.project.only_lot is lot,
        is_own=forecast.can_read_drafts(actor, lot.project.buyer_id),
    )


def project_main(project: Project) -> str:
    """Questions and answers, and the meetings to come."""
    if not project.is_public:
        return ""
    actor = current_actor()
    may_ask = policies.may_ask(actor, project)
    with reading() as session:
        answers = queries.public_answers(session, project.id, most=_ANSWERS_SHOWN)
        own = queries.asked_by(session, project.id, actor) if may_ask else []
        meetings = queries.coming_of(session, project.id, clock.utc_now())
    closed = closed_words(project)
    if closed and not (answers.total or own or meetings):
        return ""
    context = {"answers": answers, "own": own, "meetings": meetings, "closed": closed, "may_ask": may_ask}
    return render_template("sourcing/project_main.html", project=project, when=meeting_when, **context)


def overview_main(project: Project) -> str:
    """What suppliers say of each lot, for the buyer's people."""
    if not project.is_public:
        return ""
    ids = [lot.id for lot in project.lots]
    with reading() as session:
        totals = queries.interest_totals(session, ids)
        named = queries.named_to_buyer(session, ids)
        codes = {place.commune_code for told in named.values() for each in told for place in each.communes}
        names = forecast_queries.names_of(session, codes, ())
    lots = words.lots_interest(project.lots, totals, named, names)
    return render_template("sourcing/overview_main.html", project=project, lots=lots, said=bool(totals))


def overview_aside(project: Project) -> str:
    with reading() as session:
        waiting = queries.count_waiting(session, project_id=project.id)
    return render_template(
        "sourcing/overview_aside.html",
        project=project,
        waiting=waiting,
        may_answer=policies.can_answer(current_actor(), project.buyer_id),
    )


def forecast_ways() -> str:
    """A link, without a statement more: the list is read by everyone."""
    return render_template("sourcing/forecast_ways.html")
