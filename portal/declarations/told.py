"""What a deposit says, in words: one (label, words) for each thing told, the same on pages, in the PDF and compared."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from portal.declarations.models import Deposit, DepositLine
from portal.kernel.french import format_date, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros
from portal.vocabulary import ActionKind, EvidenceKind

Facts = Sequence[tuple[str, str]]


def of_month(deposit: Deposit) -> Facts:
    """What is told of the whole month; what was left unsaid is left out."""
    return [*figures_of(deposit), *words_of(deposit)]


def figures_of(deposit: Deposit) -> Facts:
    labour, other = deposit.labour_hours, _canonical(deposit).get("different_hours")
    said: list[tuple[str, str | Decimal | None]] = [
        ("Heures", "néant" if deposit.is_nil else format_hours(deposit.hours)),
        ("Personnes", None if deposit.is_nil else plural(deposit.people, "personne")),
        ("Facturé à l’acheteur, hors taxes", _euros(deposit.invoiced)),
        ("Payé à des structures d’insertion, hors taxes", _euros(deposit.paid_to_structures)),
        ("Heures de main-d’œuvre, toutes personnes", None if labour is None else format_hours(labour)),
        ("Actions", _actions(deposit)),
        ("Personnes déclarées aussi par un autre", "le déclarant dit que ce sont d’autres heures" if other else None),
    ]
    return _said(said)


def words_of(deposit: Deposit) -> Facts:
    said: list[tuple[str, str | Decimal | None]] = [
        ("Ce qui s’est passé ce mois-ci, pour les personnes", deposit.people_progress),
        ("Ce qui s’est passé ce mois-ci, pour la structure", deposit.structure_progress),
        ("Ce qui explique ce mois inhabituel", deposit.explanation),
        ("Le mot du déclarant", deposit.comment),
    ]
    return _said(said)


def of_line(line: DepositLine, employers: Mapping[int, str]) -> Facts:
    """What is told of one person's month. `employers`: names by id."""
    said: list[tuple[str, str | Decimal | None]] = [
        ("Heures", format_hours(line.hours)),
        ("dont formation", line.training_hours and format_hours(line.training_hours)),
        ("Contrat", line.contract_type.label),
        ("Embauche", line.hiring_mode.label),
        ("Employeur", employers.get(line.employer_id) if line.employer_id else None),
        ("Tuteur", "oui" if line.has_tutor else None),
        ("Entrée", format_date(line.entered_on)),
        ("Âge", line.age_band and line.age_band.label),
        ("Niveau de formation", line.education and line.education.label),
        ("Sortie", format_date(line.exit_on) if line.exit_on else None),
        ("Motif de sortie", line.exit_kind and line.exit_kind.label),
        ("Explication", line.explanation),
    ]
    return _said(said)


def _said(told: Iterable[tuple[str, str | Decimal | None]]) -> Facts:
    return [(label, typo(str(words))) for label, words in told if words]


def _euros(amount: Decimal | None) -> str | None:
    return None if amount is None else format_euros(amount)


# What stands in the text that was handed in, and nowhere else: the working month may say otherwise by now


def pieces_of(deposit: Deposit, names: Mapping[int, str]) -> Facts:
    """The files that proved the month, each by its kind and its SHA-256. `names`: of people, by participant id."""
    pieces = _canonical(deposit).get("evidence") or []
    return [(_piece_words(piece, names), piece["sha256"]) for piece in pieces]


def _piece_words(piece: Mapping[str, Any], names: Mapping[int, str]) -> str:
    kind, whose = EvidenceKind(piece["kind"]).label, names.get(piece["participant"] or 0)
    return f"{kind}, {whose}" if whose else kind


def _actions(deposit: Deposit) -> str:
    done: Mapping[str, int] = _canonical(deposit).get("actions") or {}
    return ", ".join(f"{ActionKind(code).label} : {quantity}" for code, quantity in sorted(done.items()))


def _canonical(deposit: Deposit) -> Mapping[str, Any]:
    said: Mapping[str, Any] = json.loads(deposit.canonical)
    return said
