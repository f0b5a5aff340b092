"""The agreement that members accept: its exact text, its hash, and whether a composition is the one it tells. Pure."""

import hashlib
import json
from typing import Any

from portal.groupements.facts import GroupementFacts, LotTerms, MemberFacts
from portal.kernel.errors import RuleViolation


def agreement_text(number: int, public_id: str, name: str, project: str, facts: GroupementFacts) -> str:
    """The exact agreement, in one spelling: what is accepted, what is sealed, what its hash proves."""
    mandataire = facts.mandataire
    lots = sorted(facts.lots, key=lambda lot: lot.number)
    return canonical(
        {
            "number": number,
            "groupement": public_id,
            "name": name,
            "project": project,
            "lots": [{"number": lot.number, "name": lot.name, "tasks": _tasks(lot, facts)} for lot in lots],
            "form": facts.form,
            "hours_per_year": facts.hours_per_year,
            "mandataire": mandataire.siret if mandataire else None,
            "members": [_told(member, facts) for member in sorted(facts.active, key=lambda member: member.siret)],
        }
    )


def _tasks(lot: LotTerms, facts: GroupementFacts) -> list[dict[str, Any]]:
    """R2142-27: who does each essential task of a lot, by label."""
    sirets = {member.organisation_id: member.siret for member in facts.active}
    told = sorted((label, sirets.get(who)) for (lot_id, label), who in facts.tasks.items() if lot_id == lot.lot_id)
    return [{"label": label, "siret": siret} for label, siret in told]


def _told(member: MemberFacts, facts: GroupementFacts) -> dict[str, Any]:
    return {
        "siret": member.siret,
        "name": member.name,
        "part": member.part,
        "amount": None if member.amount is None else format(member.amount, ".2f"),
        "hours": None if member.hours is None else format(member.hours, ".2f"),
        "communes": [{"code": code, "name": facts.places.get(code, code)} for code in member.communes],
        "tasks": member.tasks,
    }


def canonical(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str) -> dict[str, Any]:
    """What an agreement tells, as it was accepted. Those of before lacked euros, communes and essential tasks."""
    told = read_json(text)
    for lot in told["lots"]:
        lot.setdefault("tasks", [])
    for member in told["members"]:
        member.setdefault("amount", None)
        member.setdefault("communes", [])
    return told


def read_json(text: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(text)
    return told


def is_intact(text: str, sha256: str) -> bool:
    return digest(text) == sha256


def tells(text: str, sha256: str, facts: GroupementFacts) -> bool:
    """Whether what was accepted is what the groupement is, to the last part; names that the directory mended apart."""
    return is_intact(text, sha256) and _terms(read(text)) == _terms(read(agreement_text(0, "", "", "", facts)))


def ensure_agreed(text: str, sha256: str, facts: GroupementFacts) -> None:
    """What is sealed is what was accepted."""
    if not tells(text, sha256, facts):
        raise RuleViolation("L’accord accepté ne dit pas ce que le groupement est devenu : proposez-en un nouveau.")


def _terms(told: dict[str, Any]) -> tuple[Any, ...]:
    lots = [(lot["number"], lot["tasks"]) for lot in told["lots"]]
    members = [{**each, "name": None, "communes": codes_of(each)} for each in told["members"]]
    return lots, told["form"], told["hours_per_year"], told["mandataire"], members


def codes_of(member: dict[str, Any]) -> list[str]:
    return [place["code"] for place in member["communes"]]
