"""Where the contracts of a titulaire stand: hours retained against those promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.declarations import queries as declarations
from portal.desks import queries
from portal.kernel.actor import Actor
from portal.kernel.hours import format_hours
from portal.kernel.month import Month
from portal.vocabulary import Permission

_LONGEST = 60


@dataclass(frozen=True)
class Standing:
    """One contract: a line, its measure, and what to say of it."""

    reference: str
    label: str
    words: str
    share: float
    expected: float
    verdict: str
    tone: str

    @classmethod
    def of(cls, contract: Contract, promised: Decimal, retained: Decimal, expected: Decimal) -> "Standing":
        ahead = (retained - expected).quantize(Decimal(1))
        pace = "d’avance sur le rythme prévu" if ahead >= 0 else "de retard sur le rythme prévu"
        return cls(
            reference=contract.reference,
            label=_short(contract.object) + (", tout le groupement" if len(contract.titulaires) > 1 else ""),
            words=f"{format_hours(retained)} sur {format_hours(promised)}",
            share=float(min(retained / promised, Decimal(1))),
            expected=float(min(expected / promised, Decimal(1))),
            verdict=f"{format_hours(abs(ahead))} {pace}",
            tone="ok" if ahead >= 0 else "due",
        )


def standings_of(session: Session, actor: Actor, today: date) -> Sequence[Standing]:
    """The contracts that one's organisation carries out: as many statements whatever they are."""
    if not actor.may(Permission.DECLARATION_FILE):
        return []
    held = queries.contracts_held(session, actor, today)
    retained = declarations.retained_of(session, [contract.id for contract in held])
    promised = declarations.promised_of(session, held, today)
    expected = declarations.promised_to(session, held, Month.of(today) + -1)
    return [
        Standing.of(contract, promised[contract.id], retained.get(contract.id, Decimal(0)), expected[contract.id])
        for contract in held
        if promised[contract.id]
    ]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0].rstrip(" ,—") + "…"
