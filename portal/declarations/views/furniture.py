"""What this room adds to other rooms' pages: a link of the header, and the months on the page of a contract."""

from typing import Any

from flask import render_template
from sqlalchemy import Select, func, select

from portal.contracts import promised
from portal.contracts.models import Contract
from portal.declarations import queries
from portal.declarations.models import Declaration
from portal.declarations.views import contract_page, entrusted, evidence_page
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.storage import reading
from portal.vocabulary import DeclarationState, Permission
from portal.web import current_actor, slots
from portal.web.access import reserved_to
from portal.web.navigation import Entry, navigation

_PIECES = ("add_evidence", "open_evidence", "remove_evidence")
_FILES = ("upload", "answer_upload")
_PARTS = (
    "part",
    "parts",
    "add_to_part",
    "remove_from_part",
    "hand_part",
    "hand_back",
    "entrust",
    "end_delegation",
)
_BELOW = (
    "show",
    "add_person",
    "remove",
    "say_nil",
    "deposit",
    "receipt",
    "receipt_pdf",
    "versions",
    "accept_many",
    "accepted_many",
    "check",
    "reopen",
    "path",
    "add_step",
    "remove_step",
    "eligibility",
    "waiting_eligibilities",
    "six_months",
    "likenesses",
)


def furnish() -> None:
    """Called once by the application."""
    slots.add("contract.main", contract_main)
    slots.add("contract.aside", entrusted.contract_delegations)
    slots.add("declaration.parts", entrusted.month_parts)
    slots.add("declaration.evidence", evidence_page.listed)
    promised.use(queries.promised_of)
    access = reserved_to(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)
    below = tuple(f"declarations.{page}" for page in (*_BELOW, *_PIECES, *_PARTS, *_FILES))
    navigation.add(Entry("Déclarations", "declarations.index", access, count=_waiting, below=below))


def contract_main(contract: Contract) -> str:
    """The months of a contract that has some to declare; nothing otherwise."""
    if contract.first_month is None:
        return ""
    with reading() as session:
        months = contract_page.read(session, current_actor(), contract, clock.today())
    return render_template("declarations/contract_months.html", contract=contract, months=months)


def _waiting(actor: Actor) -> int:
    """How many months this person has to file, and to check, and how many parts to hand."""
    awaited = queries.own(actor).where(Declaration.state.in_(DeclarationState.awaited()))
    waiting: list[Select[Any]] = []
    if actor.may(Permission.DECLARATION_FILE):
        waiting += [awaited, queries.to_fill(actor)]
    if actor.may(Permission.DECLARATION_CHECK):
        waiting.append(queries.to_check(actor))
    counted = [every.with_only_columns(func.count()).scalar_subquery() for every in waiting]
    with reading() as session:
        return sum(session.execute(select(*counted)).one()) if counted else 0
