"""What the buyer reads before the filing, on its overview and on a lot; and the choice to be named."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.forecast.models import Lot, Project
from portal.groupements import policies, translation
from portal.groupements import rules as groupement_rules
from portal.groupements.buyer import queries, rules
from portal.groupements.buyer.queries import OnLot
from portal.groupements.buyer.services import name_to_buyer
from portal.groupements.forms import StepForm
from portal.groupements.models import Groupement
from portal.groupements.services import active_in_order
from portal.groupements.views import finding
from portal.groupements.views.blueprint import carried_out, found, pages, too_late
from portal.kernel import clock
from portal.kernel.hours import format_hours
from portal.storage import reading
from portal.vocabulary import Permission, ProjectState
from portal.web import current_actor, requires, slots


def furnish() -> None:
    """Called by the room's own `furnish`."""
    slots.add("overview.main", on_overview)
    slots.add("lot.main", on_lot)
    slots.add("groupements.room", in_room)


def on_overview(project: Project) -> str:
    """By lot, for the buyer's people; with the candidacies that were filed."""
    if project.state not in groupement_rules.FORMABLE_STATES:
        return ""
    lots = [lot for lot in project.lots if translation.is_open(lot)]
    with reading() as session:
        by_lot = queries.preparing_on(session, [lot.id for lot in lots])
        filed = queries.filed_in(session, project.id)
    named = {each.id: each for held in by_lot.values() for each in held.named}
    return render_template(
        "groupements/buyer/overview.html",
        rows=[_row(lot, by_lot.get(lot.id, OnLot())) for lot in lots],
        any_prepares=any(held.preparing for held in by_lot.values()),
        named=named.values(),
        members_of=active_in_order,
        filed=filed,
        in_tender=project.state is ProjectState.IN_TENDER,
    )


def _row(lot: Lot, held: OnLot) -> list[str]:
    """The lot, how many, how far the furthest is, and what is wanted."""
    name = "L’ensemble" if lot.is_whole else lot.shown_name
    covered = rules.covered_words(held.preparing, lot.hours_wanted)
    return [name, str(len(held.preparing)), covered, _wanted(lot)]


def _wanted(lot: Lot) -> str:
    per_year = " par an" if lot.hours_per_year else ""
    return format_hours(lot.hours_wanted) + per_year if lot.hours_wanted else "à préciser"


def on_lot(lot: Lot) -> str:
    """The same for one lot, on its public page, for its buyer's people only."""
    actor = current_actor()
    reads = actor.may(Permission.FORECAST_READ) and actor.organisation_id == lot.project.buyer_id
    if not reads or not translation.is_open(lot):
        return ""
    with reading() as session:
        held = queries.preparing_on(session, [lot.id]).get(lot.id, OnLot())
        filed = [each for each in queries.filed_in(session, lot.project_id) if each.answers(lot)]
    return render_template(
        "groupements/buyer/lot.html",
        count=rules.count_words(len(held.preparing)) if held.preparing else None,
        covered=rules.covered_words(held.preparing, lot.hours_wanted),
        wanted=_wanted(lot),
        named=held.named,
        members_of=active_in_order,
        filed=filed,
        in_tender=lot.project.state is ProjectState.IN_TENDER,
    )


def in_room(groupement: Groupement) -> str:
    """What the buyer reads meanwhile, for those inside."""
    if groupement.state not in rules.PREPARING:
        return ""
    leads = policies.can_lead(current_actor(), groupement, clock.utc_now())
    return render_template("groupements/buyer/room.html", groupement=groupement, leads=leads)


@pages.route("/groupements/<public_id>/acheteur", methods=["GET", "POST"])
@requires(Permission.GROUPEMENT_JOIN)
def be_named(public_id: str) -> ResponseReturnValue:
    """One button: the contrary of what stands."""
    groupement = found(finding.led, public_id)
    if closed := too_late(groupement, lambda: rules.ensure_may_be_named(groupement.state)):
        return closed
    form, named = StepForm(obj=groupement), not groupement.named_to_buyer

    def do(session: Session, again: Groupement) -> None:
        as_read = {"expected_version": form.version.data or 0, "actor": current_actor(), "now": clock.utc_now()}
        name_to_buyer(session, again, named, **as_read)  # type: ignore[arg-type]

    told = "L’acheteur lit maintenant qui vous êtes." if named else "L’acheteur ne lit plus que des totaux."
    return carried_out("buyer/named", form, finding.led, do, told, groupement=groupement)
