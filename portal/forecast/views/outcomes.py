"""How lots ended, in words: for the public, and for those who may open the contract."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.contracts import policies
from portal.contracts.models import Contract, ContractTitulaire
from portal.forecast.models import Lot, Project
from portal.kernel.actor import Actor
from portal.kernel.french import format_date, typo
from portal.kernel.hours import format_hours
from portal.vocabulary import LotOutcome


@dataclass(frozen=True)
class Outcome:
    """How one lot ended. `contract_url` only for who may read the contract."""

    name: str
    is_awarded: bool
    when: str
    holders: list[tuple[str, str | None]]
    """Names, the mandataire first, each with its page of the directory."""
    hours: str | None
    reason: str | None
    contract_url: str | None

    @property
    def short(self) -> str:
        """« attribué à Les Ateliers du Pont et 2 autres »."""
        if not self.is_awarded:
            return "sans suite"
        others = len(self.holders) - 1
        return f"attribué à {self.holders[0][0]}" + (f" et {others} autre{'s' if others > 1 else ''}" if others else "")


def outcome_of(project: Project, lot: Lot, actor: Actor) -> Outcome | None:
    award = lot.award
    if award is None:
        return None
    contract = award.contract
    return Outcome(
        name=_name(project, lot),
        is_awarded=award.outcome is LotOutcome.AWARDED,
        when=format_date(award.decided_on),
        holders=[_holder(held) for held in contract.holders] if contract else [],
        hours=format_hours(award.promised_hours) if award.promised_hours else None,
        reason=award.reason,
        contract_url=_contract_url(contract, actor),
    )


def outcomes_of(project: Project, actor: Actor) -> list[Outcome]:
    """Those of the lots that have one, in order."""
    return [ended for lot in project.lots if (ended := outcome_of(project, lot, actor)) is not None]


def endings_of(project: Project, actor: Actor) -> list[dict[str, Any]]:
    """Every live lot of one's own project: how it ended, or where to end it."""
    return [_ending(project, lot, outcome_of(project, lot, actor)) for lot in project.lots]


def _ending(project: Project, lot: Lot, outcome: Outcome | None) -> dict[str, Any]:
    address: dict[str, Any] = {"reference": project.reference, "number": lot.number}
    return {
        "name": _name(project, lot),
        "outcome": outcome,
        "award_url": url_for("forecast.award", **address),
        "close_url": url_for("forecast.close_lot", **address),
    }


def _name(project: Project, lot: Lot) -> str:
    if project.only_lot is lot:
        return "Le projet" if lot.is_whole else "Le lot unique"
    return typo(lot.shown_name)


def _holder(held: ContractTitulaire) -> tuple[str, str | None]:
    url = url_for("directory.show", siret=held.organisation.siret) if held.organisation else None
    return held.shown_name + (" (mandataire)" if held.is_mandataire else ""), url


def _contract_url(contract: Contract | None, actor: Actor) -> str | None:
    if contract is None or not actor.is_signed_in or not policies.can_read(actor, contract):
        return None
    return url_for("contracts.show", reference=contract.reference)
