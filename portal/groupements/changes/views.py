"""The pages of a change of composition: asked by the groupement, answered by its buyer."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.groupements import policies as groupement_policies
from portal.groupements import queries as groupements
from portal.groupements.changes import policies, queries, rules, words
from portal.groupements.changes.forms import ChangeForm, DecisionForm
from portal.groupements.changes.services import ask_change, decide_change
from portal.groupements.models import CompositionChange, Groupement
from portal.groupements.views import finding
from portal.groupements.views.blueprint import address_of, carried_out, pages, too_late
from portal.kernel import clock
from portal.storage import reading
from portal.vocabulary import GroupementState, Permission
from portal.web import current_actor, form_or_act, requires, slots
from portal.web.idempotency import Act

_ASKED = "Votre demande est partie : l’acheteur répond ici, et chacun en sera averti."
_TO_REACH = "Personne n’a encore de compte chez {} : appelez, car elle devra accepter le nouvel accord."


@pages.route("/groupements/<public_id>/changement", methods=["GET", "POST"])
@requires(Permission.GROUPEMENT_JOIN)
def ask_for_change(public_id: str) -> ResponseReturnValue:
    """R2142-26: what the groupement asks of the buyer, once its candidacy is filed."""
    with reading() as session:
        groupement = finding.inside(session, current_actor(), public_id)
        waiting = queries.is_waiting(session, groupement)
    if closed := too_late(groupement, lambda: rules.ensure_may_change(groupement.state, waiting=waiting)):
        return closed
    form = ChangeForm()
    leads = groupement_policies.can_lead(current_actor(), groupement, clock.utc_now())
    form.offer(groupement, only_mandataire=not leads)

    def do(session: Session, again: Groupement) -> str:
        change = ask_change(session, again, form.request, actor=current_actor(), now=clock.utc_now())
        return _told(session, change)

    return carried_out("changes/ask", form, finding.inside, do, _ASKED, groupement=groupement, leads=leads)


def _told(session: Session, change: CompositionChange) -> str:
    """What the asker must know: somebody has to accept for the newcomer."""
    successor = change.successor
    if successor is None or groupements.people_of(session, [successor.id], clock.utc_now()):
        return _ASKED
    return f"{_ASKED} {_TO_REACH.format(successor.shown_name)}"


@pages.route("/groupements/<public_id>/changements/<change>", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def decide_on_change(public_id: str, change: str) -> ResponseReturnValue:
    with reading() as session:
        groupement = finding.awardable(session, current_actor(), public_id)
        asked = queries.change_called(session, groupement, change)
        notices = words.notices(groupement, asked, clock.today())
    if closed := too_late(groupement, lambda: rules.ensure_open(groupement.state, asked.granted)):
        return closed
    form = DecisionForm()

    def do(act: Act) -> None:
        again = finding.awardable(act.session, current_actor(), public_id)
        answered = queries.change_called(act.session, again, change)
        told = {"granted": form.is_granted, "answer": form.answer.data or None}
        decide_change(act.session, answered, **told, actor=current_actor(), now=clock.utc_now())  # type: ignore[arg-type]
        act.leads_to(address_of(again), "Votre réponse est partie aux membres du groupement.")

    context = {"groupement": groupement, "change": asked, "moves": words.moves(asked), "notices": notices}
    return form_or_act("groupements/changes/decide.html", form, do, **context)


def furnish() -> None:
    """Called by the room's own `furnish`."""
    slots.add("groupements.room", in_room)
    slots.add("groupements.filed", in_candidacy)


_FILED = frozenset({GroupementState.FILED, GroupementState.AWARDED, GroupementState.NOT_RETAINED})


def in_room(groupement: Groupement) -> str:
    """What was asked and answered, for those inside; and where to ask."""
    if groupement.state not in _FILED:
        return ""
    actor, now = current_actor(), clock.utc_now()
    with reading() as session:
        changes = queries.changes_of(session, groupement)
    return render_template(
        "groupements/changes/room.html",
        groupement=groupement,
        history=words.history_of(changes),
        waiting=any(each.decided_at is None for each in changes),
        is_filed=groupement.state is GroupementState.FILED,
        leads=groupement_policies.can_lead(actor, groupement, now),
        may_ask=policies.can_ask(actor, groupement, now),
    )


def in_candidacy(groupement: Groupement) -> str:
    """The same for the buyer's people, with where to answer."""
    with reading() as session:
        changes = queries.changes_of(session, groupement)
    if not changes:
        return ""
    waiting = next((each for each in changes if each.decided_at is None), None)
    return render_template(
        "groupements/changes/candidacy.html",
        groupement=groupement,
        history=words.history_of(changes),
        waiting=waiting if groupement.state is GroupementState.FILED else None,
        may_answer=current_actor().may(Permission.CONTRACT_WRITE),
    )
