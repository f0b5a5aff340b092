"""What one row or one entry tells of a contract, and the contract that several of them make. No database, no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from portal.kernel.french import format_date, typo
from portal.kernel.money import format_euros
from portal.kernel.siret import InvalidSiret, Siret, parse_siret
from portal.kernel.text import fold
from portal.vocabulary import ContractFamily, IdentifierType


@lru_cache(maxsize=65_536)
def siret_of(identifier: str) -> Siret | None:
    """None when it is no valid SIRET. Files name the same organisations on most of their rows."""
    try:
        return parse_siret(identifier)
    except InvalidSiret:
        return None


@dataclass(frozen=True)
class Party:
    """A buyer or a titulaire, as a file names it."""

    identifier: str
    name: str
    type: IdentifierType | None = None

    @cached_property
    def siret(self) -> Siret | None:
        """None when the identifier is of another sort, or no valid SIRET: « identifiant à vérifier »."""
        if self.type not in {None, IdentifierType.SIRET}:
            return None
        return siret_of(self.identifier)

    @cached_property
    def key(self) -> str:
        """The same for two mentions of one organisation."""
        return self.siret or f"{self.identifier} {fold(self.name)}"


@dataclass(frozen=True, order=True)
class State:
    """The contract from a notification on: its own, or that of an amendment."""

    on: date
    rank: int = 0
    """Number of the amendment in an official file, whose dates may precede the contract's."""
    amount: Decimal | None = field(default=None, compare=False)
    months: int | None = field(default=None, compare=False)
    titulaires: tuple[Party, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Notice:
    """What one row or one entry tells. `facts` holds attributes of `Contract` under their names, when they are told."""

    uid: str
    number: str
    family: ContractFamily
    buyer: Party
    states: tuple[State, ...]
    """The contract's own notification, then its amendments."""
    facts: dict[str, Any]
    remarks: tuple[str, ...]
    written: str
    """All its cells: what tells it apart from another notice of the same day."""

    @property
    def notified_on(self) -> date:
        return self.states[0].on


@dataclass(frozen=True)
class ReadContract:
    """A contract as a whole file tells it."""

    uid: str
    number: str
    family: ContractFamily
    buyer: Party
    titulaires: tuple[Party, ...]
    notified_on: date
    state_on: date
    """The latest notification: amount and duration are of that day."""
    amount: Decimal | None
    months: int | None
    facts: dict[str, Any]
    remarks: tuple[str, ...]

    @property
    def parties(self) -> tuple[Party, ...]:
        return (self.buyer, *self.titulaires)


def gathered(notices: Iterable[Notice]) -> ReadContract:
    """The contract that notices of one uid make, whatever their order.

    Its date is that of the earliest notification; amount and duration are of the latest one that tells them; the rest
    is as first told. An amount is never added to another: DECP repeats it on each co-titulaire.
    """
    told = sorted(notices, key=lambda notice: (notice.notified_on, notice.written))
    first = told[0]
    states = sorted(state for notice in told for state in notice.states)
    facts: dict[str, Any] = {}
    for notice in told:
        facts = notice.facts | facts
    remarks = dict.fromkeys(remark for notice in told for remark in notice.remarks)
    return ReadContract(
        uid=first.uid,
        number=first.number,
        family=first.family,
        buyer=_named([notice.buyer for notice in told if notice.buyer.key == first.buyer.key]),
        titulaires=_titulaires(told),
        notified_on=first.notified_on,
        state_on=states[-1].on,
        amount=_latest(states, "amount"),
        months=_latest(states, "months"),
        facts=facts,
        remarks=(*remarks, *_contradictions(told)),
    )


def _titulaires(notices: Sequence[Notice]) -> tuple[Party, ...]:
    """Each once, those of the first notification first: an amendment adds, and never says who left."""
    mentions: dict[str, list[Party]] = {}
    held = [(state, party) for notice in notices for state in notice.states for party in state.titulaires]
    for _state, party in sorted(held, key=lambda pair: (pair[0], pair[1].key, pair[1].name, pair[1].type or "")):
        mentions.setdefault(party.key, []).append(party)
    return tuple(_named(parties) for parties in mentions.values())


def _named(mentions: Sequence[Party]) -> Party:
    """The first mention that gives a name, else the first one."""
    return next((party for party in mentions if party.name), mentions[0])


def _latest(states: Sequence[State], fact: str) -> Any:
    """From the latest state that tells it; of several that day, the greatest."""
    told = [state for state in states if getattr(state, fact) is not None]
    return max((getattr(state, fact) for state in told if state == told[-1]), default=None)


def _contradictions(notices: Sequence[Notice]) -> list[str]:
    """What notices of one number say that no single contract can: publishers give one number to several."""
    told = []
    if len({notice.buyer.key for notice in notices}) > 1:
        told.append("Plusieurs acheteurs sous ce numéro : le premier est gardé.")
    if len({notice.family for notice in notices}) > 1:
        told.append("Un marché et une concession sous ce numéro : le premier est gardé.")
    held: dict[tuple[date, Decimal], set[str]] = {}
    for own in (notice.states[0] for notice in notices):
        if own.amount is not None:
            held.setdefault((own.on, own.amount), set()).update(party.key for party in own.titulaires)
    if len({amount for _, amount in held}) > 1 and len({frozenset(keys) for keys in held.values()}) > 1:
        listed = ", ".join(f"{format_euros(amount)} le {format_date(on)}" for on, amount in sorted(held))
        told.append(
            f"Plusieurs titulaires et plusieurs montants sous ce numéro ({listed}) : peut-être plusieurs marchés. "
            "Le montant le plus récent est gardé, ou le plus élevé d’un même jour."
        )
    return [typo(remark) for remark in told]
