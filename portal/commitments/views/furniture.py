"""What this room adds to the page of a contract: where promises stand, its pool, its penalties."""

from flask import render_template

from portal.commitments import policies, queries
from portal.commitments.views.standing import StandingPage
from portal.contracts import policies as contracts
from portal.contracts.models import Contract
from portal.kernel import clock
from portal.storage import reading
from portal.web import current_actor, slots


def furnish() -> None:
    """Called once by the application."""
    slots.add("contract.promises", promises)
    slots.add("contract.aside", aside)


def promises(contract: Contract) -> str:
    """Each thing promised, its formula and where it stands; nothing when nothing is promised."""
    if not contract.commitments:
        return ""
    with reading() as session:
        page = StandingPage(contract, queries.standing_of(session, contract, clock.today()))
    return render_template("commitments/standing.html", contract=contract, page=page)


def aside(contract: Contract) -> str:
    """Its pool; its penalties, for who may read them, or what the titulaires are told of them."""
    actor = current_actor()
    reads = policies.can_read_penalties(actor, contract)
    told = []
    if contracts.holds(actor, contract) and not reads:
        with reading() as session:
            told = list(queries.told_to_titulaires(session, contract))
    may_pool = contracts.can_write(actor, contract) and bool(contract.commitments)
    context = {"contract": contract, "reads_penalties": reads, "told": told, "may_pool": may_pool}
    return render_template("commitments/aside.html", **context)
