"""How groupements are called in lists and threads: their lots, who leads, where they stand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from portal.forecast.listing.rows import lot_title
from portal.forecast.models import Lot
from portal.forecast.views.blueprint import address_of as lot_address
from portal.groupements import policies, rules, translation
from portal.groupements.facts import ACTIVE, GroupementFacts
from portal.groupements.models import Groupement, Member
from portal.groupements.policies import Place
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date, typo
from portal.vocabulary import GroupementForm, GroupementState, MemberRole, MemberState

FORM_MEANS = {
    GroupementForm.CONJOINT: "Chacun répond de sa part.",
    GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE: "Chacun répond de sa part ; le mandataire répond aussi de celle "
    "des autres.",
    GroupementForm.SOLIDAIRE: "Chacun répond de l’ensemble.",
}
_PLACES = {
    Place.LEADER: "vous tenez la plume",
    Place.MEMBER: "vous êtes membre",
    Place.INVITED: "vous êtes invité",
}
_OUTSIDE = {
    MemberState.ASKING: "vous avez demandé à rejoindre",
    MemberState.DECLINED: "sans suite",
    MemberState.WITHDRAWN: "retirée avant réponse",
    MemberState.LEFT: "vous n’en êtes plus membre",
    MemberState.EXPIRED: "l’invitation a expiré",
    MemberState.INVITED: "sans suite",
}


def lot_words(lot: Lot) -> str:
    """« Nettoyage des écoles — lot 3, rive droite », or the project alone when the lot is all of it."""
    project = lot.project
    alone = lot.is_whole or project.only_lot is lot
    return typo(project.title if alone else lot_title(project.title, lot.number, lot.title))


def lots_of(groupement: Groupement) -> list[tuple[str, str]]:
    """Each lot in words, with its public page."""
    reference = groupement.project.reference
    return [(lot_words(lot), lot_address(reference, lot.number)) for lot in groupement.lots]


def lead_words(groupement: Groupement) -> str:
    """« mandataire : Les Ateliers du Pont », « coordonné par le Réseau Cap Insertion »."""
    lead = mandataire_of(groupement)
    words = [f"mandataire : {lead.organisation.shown_name}"] if lead else []
    words += [f"coordonné par {groupement.network.shown_name}"] if groupement.network else []
    return typo(" ; ".join(words))


def mandataire_of(groupement: Groupement) -> Member | None:
    active = (each for each in groupement.members if each.state in ACTIVE)
    return next((each for each in active if each.role is MemberRole.MANDATAIRE), None)


@dataclass(frozen=True)
class Row:
    """A groupement in a list."""

    name: str
    url: str
    lots: str
    buyer: str
    state: str
    place: str


def row_of(groupement: Groupement, actor: Actor, now: datetime) -> Row:
    return Row(
        name=groupement.name,
        url=url_for("groupements.show", public_id=groupement.public_id),
        lots=" ; ".join(words for words, _ in lots_of(groupement)),
        buyer=groupement.project.buyer.shown_name,
        state=state_words(groupement, now),
        place=_place_words(groupement, actor, now),
    )


def state_words(groupement: Groupement, now: datetime) -> str:
    """The state as it reads: « complet » is what the rules say of one that is forming."""
    if groupement.state is not GroupementState.FORMING:
        return groupement.state.label
    complete = rules.is_complete(translation.facts_of(groupement, now))
    return GroupementState.COMPLETE.label if complete else GroupementState.FORMING.label


def _place_words(groupement: Groupement, actor: Actor, now: datetime) -> str:
    place = policies.place_of(actor, groupement, now)
    if place in _PLACES:
        return _PLACES[place]
    member = policies.member_of(groupement, actor.organisation_id)
    return _OUTSIDE.get(translation.state_of(member, now), "") if member else ""


# The thread


def steps_of(groupement: Groupement, facts: GroupementFacts) -> list[dict[str, Any]]:
    """The thread: opened, accepted, sealed, filed, chosen."""
    opened = _step("Ouvert", "done", _on(groupement.created_at))
    if groupement.state is GroupementState.DISSOLVED:
        return [opened, _step("Dissous", "now", _on(groupement.ended_at))]
    done, forming = _DONE[groupement.state], groupement.state is GroupementState.FORMING
    lost = groupement.state is GroupementState.NOT_RETAINED
    steps = (
        ("Parts à accepter" if forming else "Parts acceptées", _accepted_words(facts) if forming else None),
        ("Scellé", _on(groupement.sealed_at)),
        ("Candidature déposée", _on(groupement.filed_at) or _filing(facts)),
        ("Non retenu" if lost else "Attribué", _on(groupement.ended_at) or f"par {facts.buyer_name}"),
    )
    return [opened, *(_step(what, _reached(place, done), when) for place, (what, when) in enumerate(steps))]


def _filing(facts: GroupementFacts) -> str | None:
    """Until when it may be filed, once the consultation is open; before, when that is planned."""
    if facts.in_tender:
        return f"jusqu’au {format_date(facts.offers_due_on)}" if facts.offers_due_on else None
    return facts.tender_planned


_DONE = {
    GroupementState.FORMING: 0,
    GroupementState.SEALED: 2,
    GroupementState.FILED: 3,
    GroupementState.AWARDED: 4,
    GroupementState.NOT_RETAINED: 4,
}


def _reached(place: int, done: int) -> str:
    return "done" if place < done else "now" if place == done else "next"


def _accepted_words(facts: GroupementFacts) -> str:
    accepted = sum(member.state is MemberState.ACCEPTED for member in facts.active)
    return f"{accepted} sur {len(facts.active)}"


def _step(what: str, state: str, when: str | None) -> dict[str, Any]:
    return {"what": what, "when": when, "who": None, "state": state}


def _on(at: datetime | None) -> str | None:
    return f"le {format_date(paris_date(at))}" if at else None
