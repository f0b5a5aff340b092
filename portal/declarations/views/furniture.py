"""What this room adds to other rooms' pages: a link of the header, and the months on the page of a contract."""

from flask import render_template
from sqlalchemy import func

from portal.contracts import promised
from portal.contracts.models import Contract
from portal.declarations import queries
from portal.declarations.models import Declaration
from portal.declarations.views import contract_page, evidence_page
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.storage import reading
from portal.vocabulary import DeclarationState, Permission
from portal.web import current_actor, slots
from portal.web.access import reserved_to
from portal.web.navigation import Entry, navigation

_BELOW = ("show", "add_person", "remove", "say_nil", "deposit", "receipt", "receipt_pdf", "versions", "check", "reopen")
_PIECES = ("add_evidence", "open_evidence", "remove_evidence")


def furnish() -> None:
    """Called once by the application."""
    slots.add("contract.main", contract_main)
    slots.add("declaration.evidence", evidence_page.listed)
    promised.use(queries.promised_of)
    access = reserved_to(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)
    below = tuple(f"declarations.{page}" for page in (*_BELOW, *_PIECES))
    navigation.add(Entry("Déclarations", "declarations.index", access, count=_waiting, below=below))


def contract_main(contract: Contract) -> str:
    """The months of a contract that has some to declare; nothing otherwise."""
    if contract.first_month is None:
        return ""
    with reading() as session:
        months = contract_page.read(session, current_actor(), contract, clock.today())
    return render_template("declarations/contract_months.html", contract=contract, months=months)


def _waiting(actor: Actor) -> int:
    """How many months this person has to file, and to check."""
    awaited = queries.own(actor).where(Declaration.state.in_(DeclarationState.awaited()))
    waiting = {Permission.DECLARATION_FILE: awaited, Permission.DECLARATION_CHECK: queries.to_check(actor)}
    with reading() as session:
        return sum(
            session.scalar(months.with_only_columns(func.count())) or 0
            for permission, months in waiting.items()
            if actor.may(permission)
        )
