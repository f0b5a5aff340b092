"""The public history as acts, each with the tag that OCDS has for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.forecast.models import Revision
from portal.opendata.api.documents import acts_of
from portal.vocabulary import ProjectState

Line = tuple[Revision, int | None]
"""A line of the history, and the number of its lot."""

SILENT = frozenset({"published", "in_tender", "lot_awarded", "awarded"})
"""Steps that the tag of the release tells; any other line is a change, and an amendment."""


@dataclass(frozen=True)
class Act:
    """What was told at once. `rank` counts from 1 and never changes: the history only grows."""

    rank: int
    at: datetime
    reason: str | None
    tag: str
    lines: Sequence[Line]

    @property
    def fields(self) -> set[str]:
        return {revision.field for revision, _ in self.lines}

    @property
    def changes(self) -> list[Line]:
        return [line for line in self.lines if line[0].field not in SILENT]

    @property
    def awarded(self) -> list[Line]:
        return [line for line in self.lines if line[0].field == "lot_awarded"]


def acts(history: Sequence[Line], state: ProjectState) -> list[Act]:
    """From the publication on."""
    told: list[Act] = []
    in_tender = False
    groups = acts_of(history)
    last_end = max((rank for rank, (_, lines) in enumerate(groups, 1) if _ends(lines)), default=0)
    for rank, ((at, reason, _by), lines) in enumerate(groups, 1):
        gives_up = rank == last_end and state is ProjectState.DROPPED
        in_tender = in_tender or any(revision.field == "in_tender" for revision, _ in lines)
        told.append(Act(rank, at, reason, _tag(rank, lines, gives_up, in_tender), lines))
    return told


def _ends(lines: Sequence[Line]) -> bool:
    return any(revision.field in {"dropped", "lot_unsuccessful"} for revision, _ in lines)


def _tag(rank: int, lines: Sequence[Line], gives_up: bool, in_tender: bool) -> str:
    fields = {revision.field for revision, _ in lines}
    if rank == 1:
        return "planning"
    if gives_up:
        return "tenderCancellation"
    if "lot_awarded" in fields:
        return "award"
    if "in_tender" in fields:
        return "tender"
    if not in_tender:
        return "planningUpdate"
    return "tenderAmendment" if fields & {"tender_url", "offers_due_on"} else "tenderUpdate"
