"""Contracts that come to their end: proposed on « Mes achats » and on their own page, and drafted in one click."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, url_for
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.views.list_page import holders
from portal.forecast import policies, queries, renewals
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.french import format_date, format_number, plural
from portal.kernel.money import format_euros
from portal.storage import reading
from portal.web import SafeForm, current_actor

_MOST = 5


@dataclass(frozen=True)
class Panel:
    """The first contracts that end, and how many there are."""

    rows: list[dict[str, Any]]
    total: int
    form: SafeForm

    @property
    def note(self) -> str:
        within = "d’ici deux ans"
        if self.total == len(self.rows):
            return f"{plural(self.total, 'marché', 'marchés')} {within}"
        return f"les {len(self.rows)} premiers sur {format_number(self.total)} {within}"


def panel(session: Session, actor: Actor, today: date) -> Panel:
    ending = queries.ending_contracts(session, actor, today, _MOST)
    return Panel([_row(contract) for contract in ending.contracts], ending.total, SafeForm())


def contract_aside(contract: Contract) -> str:
    """« Et après ? », for the buyer's people who read the forecast, as the end draws near."""
    today, actor = clock.today(), current_actor()
    ends = contract.ends_on
    near = ends is not None and today <= ends <= renewals.last_day(today)
    if not near or not policies.can_read_drafts(actor, contract.buyer_id or 0):
        return ""
    with reading() as session:
        project = queries.renewal_of(session, contract.id)
    row = _row(contract)
    return render_template("forecast/contract_aside.html", contract=contract, project=project, row=row, form=SafeForm())


def _row(contract: Contract) -> dict[str, Any]:
    ends = f"fin le {format_date(contract.ends_on)}" if contract.ends_on else None
    amount = f"{format_euros(contract.amount)} HT" if contract.amount else None
    return {
        "id": contract.id,
        "title": contract.object,
        "number": contract.number,
        "words": " · ".join(filter(None, (ends, holders(contract), amount))),
        "url": url_for("contracts.show", reference=contract.reference),
        "renew_url": url_for("forecast.renew", reference=contract.reference),
    }
