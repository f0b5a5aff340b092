"""What an import of DECP did, in words."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Self

from portal.contracts.decp.notices import ReadContract
from portal.intake import ImportReport, Outcome, Refusal
from portal.kernel.french import format_number, plural, typo
from portal.kernel.money import format_euros
from portal.vocabulary import OrganisationKind

_SHOWN_REMARKS = 20


@dataclass(frozen=True)
class Stored:
    """What became of one contract, and the organisations that it brought to the directory."""

    outcome: Outcome
    amount: Decimal | None
    """As the portal now has it."""
    listed: dict[str, OrganisationKind] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass
class DecpReport(ImportReport):
    """`outcomes` counts contracts, `refused` rows; the amount of each contract counts once, whatever its rows."""

    noun: str = "ligne"
    rows: int = 0
    titulaires: int = 0
    held_together: int = 0
    """Contracts with several titulaires."""
    amended: int = 0
    to_check: int = 0
    """Titulaires and buyers whose identifier is no valid SIRET."""
    total: Decimal = Decimal(0)
    without_amount: int = 0
    listed: Counter[OrganisationKind] = field(default_factory=Counter)
    """How many organisations the directory did not know, by what they are listed as."""
    remarks: int = 0
    shown_remarks: list[str] = field(default_factory=list)
    remarks_in: str = ""
    """Where all remarks stand."""

    @classmethod
    def taken_up(cls, kept: Mapping[str, Any]) -> Self:
        """The report that `kept` told."""
        told = dict(kept)
        told["outcomes"] = Counter({Outcome(name): count for name, count in kept["outcomes"].items()})
        told["listed"] = Counter({OrganisationKind(name): count for name, count in kept["listed"].items()})
        told["refusals"] = [Refusal(**refusal) for refusal in kept["refusals"]]
        return cls(**told | {"total": Decimal(kept["total"])})

    def kept(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        return asdict(self) | {"outcomes": dict(self.outcomes), "listed": dict(self.listed), "total": str(self.total)}

    @property
    def read(self) -> int:
        return self.rows

    @property
    def contracts(self) -> int:
        return self.outcomes.total()

    def store(self, contract: ReadContract, stored: Stored) -> None:
        self.keep(stored.outcome)
        self.titulaires += len(contract.titulaires)
        self.held_together += len(contract.titulaires) > 1
        self.amended += contract.state_on > contract.notified_on
        self.to_check += sum(party.siret is None for party in contract.parties)
        self.total += stored.amount or 0
        self.without_amount += stored.amount is None
        self.listed.update(stored.listed.values())

    def remark(self, number: int, uid: str, remark: str) -> None:
        self.remarks += 1
        if len(self.shown_remarks) < _SHOWN_REMARKS:
            self.shown_remarks.append(typo(f"{self.noun.capitalize()} {format_number(number)}, {uid} : {remark}"))

    @property
    def summary(self) -> str:
        """A line for each thing counted."""
        return "\n".join(typo(line) for line in self._lines())

    def _lines(self) -> list[str]:
        lines = [
            f"{plural(self.rows, f'{self.noun} lue', f'{self.noun}s lues')}, {plural(self.refused, 'refusée')}.",
            f"{plural(self.contracts, 'marché')} : {plural(self.created, 'créé')}, {self._changed()}.",
            f"{plural(self.titulaires, 'titulaire')}, {plural(self.held_together, 'marché')} à plusieurs titulaires.",
        ]
        if self.amended:
            lines.append(f"{plural(self.amended, 'marché modifié', 'marchés modifiés')} par avenant.")
        if self.to_check:
            lines.append(plural(self.to_check, "identifiant à vérifier", "identifiants à vérifier") + ".")
        if self.listed:
            companies = plural(self.listed[OrganisationKind.COMPANY], "entreprise inscrite", "entreprises inscrites")
            buyers = plural(self.listed[OrganisationKind.BUYER], "acheteur")
            lines.append(f"{companies} à l’annuaire, {buyers}.")
        if self.remarks:
            lines.append(f"{plural(self.remarks, 'remarque')} sur ce qui a été lu : voir {self.remarks_in}.")
        return [*lines, self._total()]

    def _changed(self) -> str:
        return f"{plural(self.updated, 'mis à jour', 'mis à jour')}, {plural(self.unchanged, 'inchangé')}"

    def _total(self) -> str:
        unknown = f", dont {plural(self.without_amount, 'marché')} sans montant" if self.without_amount else ""
        return f"Montant total, chaque marché compté une fois{unknown} : {format_euros(self.total)}."

    @property
    def refusal_lines(self) -> list[str]:
        refused = [
            typo(f"{self.noun.capitalize()} {format_number(refusal.number)} : {refusal.reason}")
            for refusal in self.refusals
        ]
        more = self.refused - len(self.refusals)
        if more:
            refused.append(f"… et {plural(more, f'autre {self.noun} refusée', f'autres {self.noun}s refusées')}.")
        remaining = self.remarks - len(self.shown_remarks)
        others = [f"… et {plural(remaining, 'autre remarque')}."] if remaining else []
        return [*refused, *self.shown_remarks, *others]

    def counts(self) -> dict[str, int]:
        return super().counts() | {
            "contracts": self.contracts,
            "titulaires": self.titulaires,
            "to_check": self.to_check,
        }
