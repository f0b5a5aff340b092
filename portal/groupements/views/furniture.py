"""What this room adds to other rooms' pages: the header, a lot's page, the award of a lot."""

from flask import render_template

from portal.forecast.models import Lot
from portal.groupements import policies, queries, rules, translation
from portal.groupements.buyer import views as buyer
from portal.groupements.changes import views as changes
from portal.groupements.documents import views as documents
from portal.groupements.exchanges import views as exchanges
from portal.groupements.views import words
from portal.groupements.views.present import waiting_now
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, slots
from portal.web.access import reserved_to
from portal.web.navigation import Entry, navigation

_BELOW = (
    *("open", "show", "edit", "terms", "invite", "part_with", "answer", "ask", "answer_request", "leave"),
    *("propose", "accept", "agreement", "seal", "unseal", "file", "dissolve", "ask_for_change", "partners", "be_named"),
    *("documents", "ask_document", "bring_document", "exchanges"),
)


def furnish() -> None:
    """Called once by the application."""
    slots.add("lot.main", lot_main)
    slots.add("lot.aside", lot_aside)
    slots.add("award.choices", award_choices)
    changes.furnish()
    buyer.furnish()
    slots.add("groupements.room", documents.in_room)
    slots.add("groupements.room", exchanges.latest)
    navigation.add(
        Entry(
            "Groupements",
            "groupements.index",
            reserved_to(Permission.GROUPEMENT_JOIN),
            count=_count,
            below=tuple(f"groupements.{page}" for page in _BELOW),
        )
    )


def _count(_actor: Actor) -> int:
    return len(waiting_now())


def lot_aside(lot: Lot) -> str:
    """A sentence, the same for everyone without an account."""
    if current_actor().is_signed_in or not _takes_candidacies(lot):
        return ""
    return render_template("groupements/lot_aside.html")


def lot_main(lot: Lot) -> str:
    """« Répondre à plusieurs »: the groupements of this lot, for who may answer it."""
    actor = current_actor()
    if not actor.may(Permission.GROUPEMENT_JOIN) or not _takes_candidacies(lot):
        return ""
    with reading() as session:
        on_lot = queries.on_lot(session, lot.id, actor)
        rows = [words.row_of(each, actor, clock.utc_now()) for each in on_lot.mine]
    return render_template(
        "groupements/lot_main.html",
        lot=lot,
        on_lot=on_lot,
        rows=rows,
        leads={each.id: words.lead_words(each) for each in on_lot.open},
        as_network=policies.opens_as_network(actor),
    )


def _takes_candidacies(lot: Lot) -> bool:
    return lot.project.state in rules.FORMABLE_STATES and translation.is_open(lot)


def award_choices(lot: Lot) -> str:
    """The candidacies filed on this lot, for its buyer."""
    with reading() as session:
        filed = [each for each in queries.filed_on(session, lot.id) if policies.can_award(current_actor(), each)]
    return render_template("groupements/award_choices.html", lot=lot, filed=filed, lead_words=words.lead_words)
