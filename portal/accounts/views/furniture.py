"""What this room adds to other rooms' pages: links of the header, and what to do about a fiche of the directory."""

from flask import render_template

from portal.accounts import queries, sessions
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, slots
from portal.web.access import reserved_to
from portal.web.navigation import Entry, navigation


def furnish() -> None:
    """Called once by the application."""
    slots.add("organisation.aside", organisation_aside)
    navigation.add(_claims())
    navigation.add(_team())


def _claims() -> Entry:
    access, below = reserved_to(Permission.CLAIM_DECIDE), ("accounts.decide_claim",)
    return Entry("Réclamations", "accounts.claims", access, count=_claims_waiting, below=below)


def _team() -> Entry:
    below = ("invite", "withdraw_invitation", "member", "end_member", "answer_join")
    return Entry(
        "Équipe",
        "accounts.team",
        reserved_to(Permission.MEMBERS_MANAGE),
        count=_requests_waiting,
        below=tuple(f"accounts.{page}" for page in below),
    )


def organisation_aside(organisation: Organisation) -> str:
    """« Réclamer cette fiche » or « Demander à rejoindre », or what waits; nothing for someone of the organisation."""
    actor = current_actor()
    if actor.is_signed_in and organisation.id in _own():
        return ""
    with reading() as unit:
        managed = queries.has_manager(unit, organisation.id, clock.utc_now())
        asked = queries.pending_request(unit, actor.account_id, organisation.id) if actor.account_id else None
    return render_template("accounts/organisation_aside.html", organisation=organisation, managed=managed, asked=asked)


def _own() -> set[int]:
    return {each.organisation_id for each in sessions.person().belongings}


def _claims_waiting(actor: Actor) -> int:
    with reading() as unit:
        return queries.count_pending_claims(unit, actor, clock.today())


def _requests_waiting(actor: Actor) -> int:
    with reading() as unit:
        return queries.count_pending_join_requests(unit, actor.organisation_id or 0)
