"""How the rows of a programme become projects and lots. No database, no clock."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from portal.directory.rules import purchase_family_of
from portal.forecast import rules as forecast
from portal.forecast import wording
from portal.forecast.facts import LeverChoice, LotFacts, ProjectFacts
from portal.forecast.models import Lot, Project
from portal.forecast.renewals import trade_of
from portal.forecast.wording import Change
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.kernel.text import fold
from portal.programmes.rows import ReadRow
from portal.vocabulary import Confidence, Lever, LeverState, ProgrammeField, PurchaseFamily, Trade

_NEEDED = (
    (ProgrammeField.REFERENCE, "votre référence : c’est elle qui retrouve chaque projet à la lecture suivante"),
    (ProgrammeField.TITLE, "l’intitulé du projet"),
    (ProgrammeField.PUBLISHED_ON, "la date prévue de la consultation"),
)


def ensure_mapped(fields: Sequence[ProgrammeField]) -> None:
    """Raises RuleViolation: without a reference the same file would make its projects twice."""
    missing = [words for field, words in _NEEDED if field not in fields]
    if missing:
        raise RuleViolation(typo(f"Dites quelle colonne porte {' ; et '.join(missing)}."))
    twice = [field for field, count in Counter(fields).items() if count > 1 and field is not ProgrammeField.IGNORED]
    if twice:
        raise RuleViolation(typo(f"Deux colonnes disent « {twice[0].label} » : n’en gardez qu’une."))


# Several rows of one reference


_SHARED = {
    "title": "le même intitulé de projet",
    "summary": "la même présentation",
    "family": "la même nature d’achat",
    "procedure": "la même procédure",
    "contact_service": "le même service",
}


def disagreements(rows: Sequence[ReadRow]) -> Iterator[tuple[int, str]]:
    """By line: lots of one project must say the same of it, and be told apart."""
    first = rows[0]
    for row in rows[1:]:
        if not row.names_a_lot or not first.names_a_lot:
            words = "donnez à chaque lot son numéro ou son intitulé, ou gardez une seule ligne"
            yield row.line, typo(f"Cette référence est aussi à la ligne {first.line} : {words}.")
            continue
        for name, words in _SHARED.items():
            if row.project.get(name, first.project.get(name)) != first.project.get(name, row.project.get(name)):
                yield row.line, f"Cette ligne et la ligne {first.line} ne disent pas {words}."
        if (row.ended is None) != (first.ended is None):
            yield row.line, f"Cette ligne et la ligne {first.line} ne disent pas le même statut."
    yield from _doubles(rows)


def _doubles(rows: Sequence[ReadRow]) -> Iterator[tuple[int, str]]:
    seen: dict[object, int] = {}
    for row in rows:
        keys = [row.lot_number, fold(row.lot_title) if row.lot_title else None]
        for key in filter(None, keys):
            if key in seen:
                yield row.line, f"Ce lot est déjà à la ligne {seen[key]} : changez son numéro ou son intitulé."
                break
            seen[key] = row.line
        if len(rows) > 1 and row.lot_title is None:
            yield row.line, typo("Donnez un intitulé à ce lot : il doit se distinguer des autres.")


def shared(rows: Sequence[ReadRow]) -> dict[str, Any]:
    """What the rows of one project tell of it: the first that tells a fact is believed."""
    told: dict[str, Any] = {}
    for row in reversed(rows):
        told |= row.project
    return told


def in_order(rows: Sequence[ReadRow]) -> list[ReadRow]:
    """By the numbers of the lots when all have one."""
    if all(row.lot_number is not None for row in rows):
        return sorted(rows, key=lambda row: row.lot_number or 0)
    return list(rows)


def lot_named(project: Project, row: ReadRow, rows: Sequence[ReadRow]) -> tuple[Lot | None, bool]:
    """The lot that a row is about, and whether it was taken out of the project.

    By number when the file numbers them 1, 2, 3…: the portal does too. By title otherwise.
    """
    if not row.names_a_lot:
        return project.only_lot, False
    named = [lot for lot in project.all_lots if not lot.is_whole and _is_named(lot, row, by_number=_numbered(rows))]
    live = next((lot for lot in named if lot.ended_at is None), None)
    return live, live is None and bool(named)


def _is_named(lot: Lot, row: ReadRow, *, by_number: bool) -> bool:
    if by_number:
        return lot.number == row.lot_number
    return fold(lot.title or "") == fold(row.lot_title or "")


def _numbered(rows: Sequence[ReadRow]) -> bool:
    return sorted(row.lot_number or 0 for row in rows) == list(range(1, len(rows) + 1))


# New projects


@dataclass(frozen=True)
class Guessed:
    """A lot as a row tells it, and what had to be guessed; None without what a lot cannot do without."""

    facts: LotFacts | None
    remarks: tuple[str, ...]
    faults: tuple[str, ...] = ()


def new_lot(row: ReadRow, told: Mapping[str, Any], beside: LotFacts | None = None) -> Guessed:
    """`beside`: another lot of the same project, whose trade and date are taken when the row tells none."""
    facts, remarks, faults = dict(told), [], []
    if "planned" not in facts:
        if beside is None:
            faults.append("La date prévue de la consultation manque.")
        else:
            facts["planned"] = beside.planned
    if "trade" not in facts:
        guessed = trade_of(facts["cpv_code"]) if "cpv_code" in facts else beside.trade if beside else None
        if guessed is None:
            faults.append("Le métier manque, et aucun code CPV ne le dit : ajoutez l’un ou l’autre.")
        else:
            facts["trade"] = guessed
            remarks.append(f"métier supposé : {guessed.label}")
    if faults:
        return Guessed(None, (), tuple(map(typo, faults)))
    levers = tuple(LeverChoice(lever, LeverState.ENVISAGED) for lever in Lever if lever in row.levers)
    return Guessed(LotFacts(confidence=Confidence.TO_CONFIRM, levers=levers, **facts), tuple(map(typo, remarks)))


def new_project(told: Mapping[str, Any], lot: LotFacts | None) -> tuple[ProjectFacts | None, list[str]]:
    """None without a title; and what had to be guessed."""
    if "title" not in told:
        return None, []
    if "family" in told or lot is None:
        return ProjectFacts(**{"family": PurchaseFamily.SERVICES, **told}), []
    family = _family(lot)
    return ProjectFacts(family=family, **told), [typo(f"nature supposée : {family.label}")]


def _family(lot: LotFacts) -> PurchaseFamily:
    if lot.cpv_code:
        return purchase_family_of(lot.cpv_code)
    return PurchaseFamily.WORKS if lot.trade is Trade.BUILDING else PurchaseFamily.SERVICES


# Known projects


def revised(before: LotFacts, told: Mapping[str, Any], levers: frozenset[Lever]) -> LotFacts:
    """A lot as the file tells it now. A lever that the buyer has weighed already stays as it is."""
    weighed = {choice.lever: choice for choice in before.levers}
    envisaged = {lever: LeverChoice(lever, LeverState.ENVISAGED) for lever in levers}
    choices = envisaged | weighed
    facts = replace(before, **told, levers=tuple(choices[lever] for lever in Lever if lever in choices))
    return replace(facts, amount_band=facts.band)


def told_changes(before: LotFacts, after: LotFacts, names: wording.Names) -> list[Change]:
    """In words; a difference that no word shows is told too."""
    changes = wording.lot_changes(before, after, names)
    if not changes and after != before:
        changes = [Change("details", "Précisions", None, "mises à jour", needs_reason=False)]
    return changes


def problems_of_lot(guessed: Guessed, before: LotFacts | None, today: date, *, is_alone: bool) -> list[str]:
    """Why a lot could not be taken, as the services of the forecast would say."""
    facts, problems = guessed.facts, list(guessed.faults)
    if facts is None:
        return problems
    try:
        forecast.ensure_lot_coherent(facts)
        if before is None or facts.planned != before.planned:
            forecast.ensure_planned_ahead(facts.planned, today)
    except RuleViolation as problem:
        problems.append(problem.sentence)
    if not is_alone and not facts.title:
        problems.append("Donnez un intitulé à ce lot : il doit se distinguer des autres.")
    return problems
