"""What an import did, row by row, and its summary in French."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from portal.kernel.french import format_number, plural, typo

_SHOWN_REFUSALS = 20


class Outcome(StrEnum):
    """What became of a row that was kept."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class RowRefused(Exception):
    """This row cannot be kept; `reason` is French and says why. The others go on."""

    def __init__(self, reason: str) -> None:
        self.reason = typo(reason)
        super().__init__(self.reason)


@dataclass(frozen=True)
class Refusal:
    number: int
    """The line of the file, the headings being line 1."""
    reason: str


@dataclass
class ImportReport:
    """Counts of rows, and the first refusals; all of them are in the file of rejected rows."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def created(self) -> int:
        return self.outcomes[Outcome.CREATED]

    @property
    def updated(self) -> int:
        return self.outcomes[Outcome.UPDATED]

    @property
    def unchanged(self) -> int:
        return self.outcomes[Outcome.UNCHANGED]

    @property
    def read(self) -> int:
        return self.outcomes.total() + self.refused

    def keep(self, outcome: Outcome) -> None:
        self.outcomes[outcome] += 1

    def refuse(self, number: int, reason: str) -> None:
        self.refused += 1
        if len(self.refusals) < _SHOWN_REFUSALS:
            self.refusals.append(Refusal(number, reason))

    @property
    def summary(self) -> str:
        """« 75 lignes lues : 73 créées, 0 mise à jour, 1 inchangée, 1 refusée. »"""
        parts = (
            plural(self.created, "créée"),
            plural(self.updated, "mise à jour", "mises à jour"),
            plural(self.unchanged, "inchangée"),
            plural(self.refused, "refusée"),
        )
        return typo(f"{plural(self.read, 'ligne lue', 'lignes lues')} : {', '.join(parts)}.")

    @property
    def refusal_lines(self) -> list[str]:
        """One line for each of the first refusals, and how many more there are."""
        lines = [typo(f"Ligne {format_number(refusal.number)} : {refusal.reason}") for refusal in self.refusals]
        more = self.refused - len(self.refusals)
        return [*lines, f"… et {plural(more, 'autre ligne refusée', 'autres lignes refusées')}."] if more else lines

    def counts(self) -> dict[str, int]:
        """For the journal."""
        return {
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": self.refused,
        }
