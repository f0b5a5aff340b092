"""One's contracts, and one of them."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.contracts import queries
from portal.contracts.promised import promised_of
from portal.contracts.queries import Sought
from portal.contracts.views.blueprint import pages
from portal.contracts.views.contract_page import ContractPage
from portal.contracts.views.list_page import line_of
from portal.directory.queries import cpv
from portal.kernel import clock
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, page_asked, render, requires

_LONGEST_SEARCH = 200
_STATES = {"en-cours": True, "termines": False}
_STATES_SHOWN = (("", "Tous"), ("en-cours", "En cours"), ("termines", "Terminés"))


@pages.get("/marches")
@requires(Permission.CONTRACT_READ)
def index() -> ResponseReturnValue:
    words = " ".join(request.args.get("q", "").split())[:_LONGEST_SEARCH]
    state = request.args.get("etat", "") if request.args.get("etat") in _STATES else ""
    actor, today = current_actor(), clock.today()
    with reading() as session:
        sought = Sought(words, _STATES.get(state))
        found = queries.found(session, actor, sought, today, page_asked())
        promised = promised_of(session, found.contracts, today)
        lines = [line_of(contract, actor, today, promised[contract.id]) for contract in found.contracts]

    return render(
        "contracts/index.html",
        sought=sought,
        state=state,
        states=[(label, _address(words, code), code == state) for code, label in _STATES_SHOWN],
        found=found,
        lines=lines,
        page_url=lambda page: _address(words, state, page),
    )


def _address(words: str, state: str, page: int = 1) -> str:
    asked: dict[str, Any] = {"q": words or None, "etat": state or None, "page": page if page > 1 else None}
    return url_for("contracts.index", **asked)


@pages.get("/marches/<reference>")
@requires(Permission.CONTRACT_READ)
def show(reference: str) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        contract = queries.visible(session, actor, reference)
        known = cpv(session, contract.cpv_code) if contract.cpv_code else None
        page = ContractPage(contract, actor, clock.today(), known.label if known else None)
        return render("contracts/show.html", contract=contract, page=page)
