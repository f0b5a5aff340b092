"""The receipt of a deposit, to keep: what was handed in, at what hour, and the hash that proves it.

It says nothing that may change afterwards: neither the answer nor the pieces added later. The same deposit makes the
same bytes, as long as nobody of it is anonymised and its organisations keep their names.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from portal.declarations import told, wording
from portal.declarations.models import Declaration, Deposit, DepositLine
from portal.kernel.clock import PARIS
from portal.kernel.french import format_instant, typo
from portal.kernel.hours import format_hours
from portal.printing import printed

_PROOF = (
    "Il prouve que cette déclaration a été déposée à l’heure dite, et que le portail garde ce qui a été déposé sans le "
    "changer : l’empreinte est calculée sur son texte exact, un seul signe de différence en donnerait une autre. Il ne "
    "prouve ni que ce qui est déclaré est exact, ni que la déclaration est acceptée : la réponse du facilitateur se "
    "lit sur la page du mois."
)


def receipt(
    declaration: Declaration,
    deposit: Deposit,
    employers: Mapping[int, str],
    name_of: Callable[[DepositLine], str],
    *,
    portal_name: str,
    by_matricule: bool = True,
) -> bytes:
    """An accessible PDF. `name_of`: how a person is called."""
    values = {
        "portal": portal_name,
        "title": typo(f"Récépissé {deposit.number} : déclaration {wording.of_month(declaration.month)}"),
        "lead": _lead(declaration, deposit),
        "deposit": [*_whose(declaration, deposit), *told.of_month(deposit)],
        "person_label": "Matricule" if by_matricule else "Identifiant",
        "lines": [_line(line, employers, name_of(line)) for line in deposit.lines],
        "hours": format_hours(deposit.hours),
        "training": format_hours(sum((line.training_hours for line in deposit.lines), Decimal(0))),
        "evidence": told.pieces_of(deposit, {line.participant_id: name_of(line) for line in deposit.lines}),
        "proof": typo(_PROOF),
        "sha256": deposit.sha256,
    }
    return printed("declarations/receipt.typ", values, deposit.at)


def _lead(declaration: Declaration, deposit: Deposit) -> str:
    whose = declaration.organisation.shown_name
    return f"Déposée le {format_instant(deposit.at)}, {_zone(deposit.at)}, par {deposit.by_label}, pour {whose}."


def _zone(at: datetime) -> str:
    """« heure de Paris (UTC+1) »: what the hour means, a year later and anywhere."""
    offset = at.astimezone(PARIS).utcoffset()
    assert offset is not None  # noqa: S101 — narrows the type
    return f"heure de Paris (UTC+{offset.seconds // 3600})"


def _whose(declaration: Declaration, deposit: Deposit) -> told.Facts:
    contract, declarant = declaration.contract, declaration.organisation
    buyer = contract.buyer.shown_name if contract.buyer else contract.buyer_name
    facts = [
        ("Marché", f"{contract.number}, {contract.object}"),
        ("Acheteur", buyer),
        ("Déclarant", f"{declarant.shown_name}, SIRET {declarant.shown_siret}"),
        ("Mois", declaration.month.label),
        ("Version", f"{deposit.number}, de la déclaration {declaration.reference}"),
    ]
    return [(label, typo(words or "—")) for label, words in facts]


def _line(line: DepositLine, employers: Mapping[int, str], name: str) -> dict[str, Any]:
    said = dict(told.of_line(line, employers))
    hours, training = said.pop("Heures"), said.pop("dont formation", "—")
    words = " · ".join(typo(words if label in _PLAIN else f"{label} : {words}") for label, words in said.items())
    return {"name": name, "words": words, "hours": hours, "training": training}


_PLAIN = {"Contrat", "Embauche"}
"""Told without their labels: « CDD · Embauche directe » says enough."""


def file_name(declaration: Declaration, deposit: Deposit) -> str:
    """« recepisse-2026-11-version-2.pdf »: neither a person nor a contract in it."""
    return f"recepisse-{declaration.month}-version-{deposit.number}.pdf"
