"""What legal checks show: each lever of each lot, what was said of it, and what the code says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.forecast import rules, wording
from portal.forecast.facts import LeverChoice, LotFacts
from portal.forecast.listing.rows import LeverMark, lever_mark
from portal.forecast.models import LegalCheck, Lot, Project
from portal.forecast.queries import as_looked_at, last_checks
from portal.forecast.rules import LegalPoint
from portal.kernel.french import format_instant, typo
from portal.vocabulary import Lever, LeverState, Reservation

_RESERVATIONS = tuple(reservation for reservation in Reservation if reservation is not Reservation.NONE)


@dataclass(frozen=True)
class LeverLine:
    """One lever of a lot: where it stands, the last look at it, where to look."""

    title: str
    mark: LeverMark | None
    reason: str | None
    looked: str | None
    """« Contrôlé le 3 décembre 2026 à 9 h par Awa Dubreuil »."""
    is_waiting: bool
    url: str


@dataclass(frozen=True)
class LotChecks:
    title: str
    lines: list[LeverLine]
    points: list[LegalPoint]
    size: str
    """What the thresholds and the articles depend on: amount, duration, hours, CPV."""


def lots_of(
    project: Project, checks: dict[int, list[LegalCheck]], carence: dict[int, LegalPoint | None]
) -> list[LotChecks]:
    """Every live lot with its levers, weighed or not."""
    return [_lot(project, lot, checks.get(lot.id, []), carence.get(lot.id)) for lot in project.lots]


def _lot(project: Project, lot: Lot, checks: Collection[LegalCheck], carence: LegalPoint | None) -> LotChecks:
    facts, last = lot.facts, last_checks(checks)
    waiting = rules.waiting_levers(facts, as_looked_at(checks))
    lines = [
        _line(project, lot, lever, facts.choice(lever), last.get(lever), is_waiting=lever in waiting) for lever in Lever
    ]
    points = rules.points_of(facts, project.family) + ([carence] if carence else [])
    return LotChecks(name_of(project, lot), lines, points, _size(facts))


def _size(lot: LotFacts) -> str:
    amount = wording.amount_words(lot)
    told = (
        f"{amount} HT" if amount else "montant à dire",
        wording.duration_words(lot),
        f"insertion : {wording.hours_words(lot)}" if lot.hours_wanted else None,
        f"CPV {lot.cpv_code}" if lot.cpv_code else "code CPV à dire",
    )
    return "\u00a0· ".join(filter(None, told))


def _line(
    project: Project, lot: Lot, lever: Lever, choice: LeverChoice | None, check: LegalCheck | None, *, is_waiting: bool
) -> LeverLine:
    address: dict[str, Any] = {"reference": project.reference, "number": lot.number, "code": lever.value}
    mark = lever_mark(choice) if choice else None
    return LeverLine(
        title=wording.lever_title(choice) if choice else lever.label,
        mark=LeverMark(mark.kind, choice.state.value, mark.words, mark.article) if mark and choice else None,
        reason=choice.reason if choice else None,
        looked=looked_at(check) if check else None,
        is_waiting=is_waiting,
        url=url_for("forecast.check_lever", **address),
    )


def looked_at(check: LegalCheck) -> str:
    return f"Contrôlé le {format_instant(check.at)} par {check.by_label}"


def past_of(checks: Sequence[LegalCheck], lever: Lever) -> list[dict[str, str]]:
    """The looks at one lever, latest first."""
    return [
        {
            "when": looked_at(check),
            "what": wording.lever_words(LeverChoice(lever, check.outcome, check.reservation)),
            "reason": check.reason,
        }
        for check in reversed(checks)
        if check.lever is lever
    ]


def points_by_choice(lot: Lot, project: Project, lever: Lever) -> list[tuple[str, list[LegalPoint]]]:
    """What the code would say of each way to decide a lever: by reservation for a reserved lot."""
    if lever is not Lever.RESERVED:
        return [(typo(lever.label), _points_if(lot.facts, project, LeverChoice(lever, LeverState.DECIDED)))]
    return [
        (typo(to.label), _points_if(lot.facts, project, LeverChoice(lever, LeverState.DECIDED, to)))
        for to in _RESERVATIONS
    ]


def _points_if(lot: LotFacts, project: Project, choice: LeverChoice) -> list[LegalPoint]:
    """Those that the choice brings: without what is said of the lot whatever is chosen."""
    told = {point.sentence for point in rules.points_of(lot.without(choice.lever), project.family)}
    brought = rules.points_of(lot.with_choice(choice), project.family)
    together = "L2112-2" if choice.lever is Lever.RESERVED else None
    return [point for point in brought if point.sentence not in told and not (together and point.article == together)]


def name_of(project: Project, lot: Lot) -> str:
    if project.only_lot is lot:
        return "Le projet entier" if lot.is_whole else "Le lot unique"
    return typo(lot.shown_name)
