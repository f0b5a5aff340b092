"""The agreement that members accept: its exact text, its hash, and whether a composition is the one it tells. Pure."""

import hashlib
import json
from typing import Any

from portal.groupements.facts import GroupementFacts, MemberFacts
from portal.kernel.errors import RuleViolation


def agreement_text(number: int, public_id: str, name: str, project: str, facts: GroupementFacts) -> str:
    """The exact agreement, in one spelling: what is accepted, what is sealed, what its hash proves."""
    mandataire = facts.mandataire
    told = {
        "number": number,
        "groupement": public_id,
        "name": name,
        "project": project,
        "lots": [{"number": lot.number, "name": lot.name} for lot in sorted(facts.lots, key=lambda lot: lot.number)],
        "form": facts.form,
        "hours_per_year": facts.hours_per_year,
        "mandataire": mandataire.siret if mandataire else None,
        "members": [_told(member) for member in sorted(facts.active, key=lambda member: member.siret)],
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _told(member: MemberFacts) -> dict[str, Any]:
    hours = None if member.hours is None else format(member.hours, ".2f")
    return {"siret": member.siret, "name": member.name, "part": member.part, "hours": hours, "tasks": member.tasks}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str) -> dict[str, Any]:
    """What an agreement tells, as it was accepted."""
    told: dict[str, Any] = json.loads(text)
    return told


def is_intact(text: str, sha256: str) -> bool:
    return digest(text) == sha256


def ensure_agreed(text: str, sha256: str, facts: GroupementFacts) -> None:
    """What is sealed is what was accepted, to the last part; names that the directory has mended apart."""
    now = agreement_text(0, "", "", "", facts)
    if not is_intact(text, sha256) or _terms(read(text)) != _terms(read(now)):
        raise RuleViolation("L’accord accepté ne dit pas ce que le groupement est devenu : proposez-en un nouveau.")


def _terms(told: dict[str, Any]) -> tuple[Any, ...]:
    members = [(each["siret"], each["part"], each["hours"], each["tasks"]) for each in told["members"]]
    return [lot["number"] for lot in told["lots"]], told["form"], told["hours_per_year"], told["mandataire"], members
