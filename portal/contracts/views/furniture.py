"""What this room adds to the header, and to an organisation's page."""

from flask import render_template

from portal.contracts import queries
from portal.contracts.views.list_page import buyer_name
from portal.directory.models import Organisation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web.access import reserved_to
from portal.web.navigation import Entry, navigation

_SHOWN = 5
_PROMISES = ("pools", "open_pool", "pool", "edit_pool", "join_pool", "penalties", "penalty_terms")
_BELOW = ("show", "commitment", "reporting", "follow", "amend", "orders", "correct_order")


def furnish() -> None:
    """Called once by the application."""
    below = (*(f"contracts.{page}" for page in _BELOW), *(f"commitments.{page}" for page in _PROMISES))
    navigation.add(Entry("Marchés", "contracts.index", reserved_to(Permission.CONTRACT_READ), below=below))


def organisation_aside(organisation: Organisation) -> str:
    """The last contracts it was awarded: public facts, as DECP publishes them."""
    with reading() as session:
        contracts, total = queries.held_by(session, organisation.id, _SHOWN)
        rows = [(contract.object, buyer_name(contract), contract.notified_on) for contract in contracts]
    return render_template("contracts/organisation_aside.html", rows=rows, total=total) if rows else ""
