"""Two deposits of a month, told as rows: what, who, before, after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from portal.declarations import comparison
from portal.declarations.comparison import Change, Comparison, Fate, LineChange
from portal.declarations.models import Deposit
from portal.declarations.views.month_page import MonthPage
from portal.kernel.french import format_instant, typo

_SEVERAL = 2


@dataclass(frozen=True)
class Row:
    """One difference: what was told before, what is told after; None where nothing was."""

    name: str
    what: str
    before: str | None
    after: str | None
    fate: Fate
    note: str | None = None

    @property
    def words(self) -> str:
        return _FATES[self.fate]


_FATES = {Fate.ADDED: "ajouté", Fate.REMOVED: "retiré", Fate.CHANGED: "modifié", Fate.SAME: "inchangé"}


@dataclass(frozen=True)
class VersionsPage:
    month: MonthPage
    earlier: Deposit
    later: Deposit
    employers: Mapping[int, str]

    @classmethod
    def of(
        cls, month: MonthPage, employers: Mapping[int, str], earlier: int | None, later: int | None
    ) -> "VersionsPage":
        """The two that are wanted, in their order; the last two for whichever does not exist."""
        known = {deposit.number: deposit for deposit in month.deposits}
        last = month.deposits[-1]
        after = known.get(later or 0, last)
        before = known.get(earlier or 0) or known.get(after.number - 1) or after
        first, second = sorted((before, after), key=lambda deposit: deposit.number)
        return cls(month, first, second, employers)

    @property
    def has_several(self) -> bool:
        return len(self.month.deposits) >= _SEVERAL

    @property
    def choices(self) -> list[tuple[int, str]]:
        """« Version 2, déposée le 8 décembre 2026 à 9 h 42 »."""
        return [
            (each.number, f"Version {each.number}, déposée le {format_instant(each.at)}")
            for each in self.month.deposits
        ]

    @cached_property
    def compared(self) -> Comparison:
        return comparison.compare(self.earlier, self.later, self.employers, self.month.name_of)

    @property
    def whole(self) -> list[Row]:
        return [_row(change.label, change) for change in self.compared.whole]

    @property
    def lines(self) -> list[Row]:
        return [row for line in self.compared.differing for row in _rows(line)]

    @property
    def summary(self) -> str:
        """« 1 ligne ajoutée, 2 modifiées, 0 retirée ; 5 inchangées »."""
        fates = [line.fate for line in self.compared.lines]
        told = [f"{fates.count(fate)} {fate.value}{'s' if fates.count(fate) > 1 else ''}" for fate in Fate]
        return typo("Personnes : " + ", ".join(told))

    def answer_of(self, deposit: Deposit) -> str:
        """« renvoyée le 4 décembre 2026 à 10 h 05 par Claire Ansel »."""
        if deposit.outcome is None or deposit.decided_at is None:
            return "en vérification"
        return f"{deposit.outcome.label} le {format_instant(deposit.decided_at)} par {deposit.decided_by_label}"


def _rows(line: LineChange) -> Iterator[Row]:
    """A line that came or went is one row, all told at once; one that changed has a row for each change."""
    if line.fate is Fate.CHANGED:
        notes = [line.remark, *([None] * len(line.changes))]
        yield from (_row(line.name, change, note) for change, note in zip(line.changes, notes, strict=False))
    else:
        before, after = _told(line.changes, "before"), _told(line.changes, "after")
        yield Row(line.name, "Toute la ligne", before, after, line.fate, line.remark)


def _told(changes: Sequence[Change], side: str) -> str | None:
    said = [f"{change.label} : {words}" for change in changes if (words := getattr(change, side))]
    return typo(" · ".join(said)) if said else None


def _row(name: str, change: Change, note: str | None = None) -> Row:
    fate = Fate.ADDED if change.before is None else Fate.REMOVED if change.after is None else Fate.CHANGED
    return Row(name, change.label, change.before, change.after, fate, note)
