"""Two deposits of one month side by side: what was added, removed or changed, in words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from portal.declarations import told
from portal.declarations.models import Deposit, DepositLine


class Fate(Enum):
    """What became of a line from one deposit to the other. The value is what is read."""

    ADDED = "ajoutée"
    REMOVED = "retirée"
    CHANGED = "modifiée"
    SAME = "inchangée"

    @property
    def tone(self) -> str:
        return {"ADDED": "ok", "REMOVED": "late", "CHANGED": "due", "SAME": "quiet"}[self.name]


@dataclass(frozen=True)
class Change:
    """One thing told otherwise; None where it was not told at all."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class LineChange:
    """One person's line in both deposits."""

    name: str
    fate: Fate
    changes: Sequence[Change]
    remark: str | None = None
    """What the facilitateur had said of it."""


@dataclass(frozen=True)
class Comparison:
    whole: Sequence[Change]
    lines: Sequence[LineChange]
    """Those that differ first, in the order of the later deposit."""
    by_participant: Mapping[int, LineChange]

    @property
    def differing(self) -> Sequence[LineChange]:
        return [line for line in self.lines if line.fate is not Fate.SAME]

    @property
    def same(self) -> Sequence[str]:
        return [line.name for line in self.lines if line.fate is Fate.SAME]

    @property
    def removed(self) -> Sequence[LineChange]:
        return [line for line in self.lines if line.fate is Fate.REMOVED]

    @property
    def is_empty(self) -> bool:
        return not self.whole and not self.differing


def compare(
    earlier: Deposit, later: Deposit, employers: Mapping[int, str], name_of: Callable[[DepositLine], str]
) -> Comparison:
    """`employers`: names by organisation id; `name_of`: how a line's person is called."""
    before = {line.participant_id: line for line in earlier.lines}
    after = {line.participant_id: line for line in later.lines}
    in_order = [*after, *(each for each in before if each not in after)]
    found = {each: _line(before.get(each), after.get(each), employers, name_of) for each in in_order}
    lines = sorted(found.values(), key=lambda line: line.fate is Fate.SAME)
    return Comparison(list(_whole(earlier, later)), lines, found)


def _whole(earlier: Deposit, later: Deposit) -> Iterator[Change]:
    """What is told of the month, then the files that prove it."""
    yield from _changes(told.of_month(earlier), told.of_month(later))
    gone, come = told.pieces_of(earlier, {}), told.pieces_of(later, {})
    yield from (
        Change("Pièce retirée", words, None) for words, sha256 in gone if sha256 not in {each for _, each in come}
    )
    yield from (
        Change("Pièce ajoutée", None, words) for words, sha256 in come if sha256 not in {each for _, each in gone}
    )


def _line(
    before: DepositLine | None,
    after: DepositLine | None,
    employers: Mapping[int, str],
    name_of: Callable[[DepositLine], str],
) -> LineChange:
    either = after or before
    assert either is not None  # noqa: S101 — narrows the type
    changes = _changes(
        told.of_line(before, employers) if before else (), told.of_line(after, employers) if after else ()
    )
    return LineChange(name_of(either), _fate(before, after, changes), changes, before.remark if before else None)


def _fate(before: DepositLine | None, after: DepositLine | None, changes: Sequence[Change]) -> Fate:
    if before is None:
        return Fate.ADDED
    if after is None:
        return Fate.REMOVED
    return Fate.CHANGED if changes else Fate.SAME


def _changes(before: told.Facts, after: told.Facts) -> list[Change]:
    then, now = dict(before), dict(after)
    labels = [*then, *(label for label in now if label not in then)]
    return [Change(label, then.get(label), now.get(label)) for label in labels if then.get(label) != now.get(label)]
