"""An agreement as one reads it, to come or accepted."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portal.groupements import agreement as agreements
from portal.groupements import rules
from portal.groupements.facts import GroupementFacts
from portal.groupements.models import Groupement
from portal.groupements.views.words import FORM_MEANS
from portal.kernel.french import typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros
from portal.vocabulary import GroupementForm


def text_to_come(groupement: Groupement, facts: GroupementFacts) -> str:
    """The agreement that would be proposed now."""
    return agreements.agreement_text(0, groupement.public_id, groupement.name, groupement.project.reference, facts)


@dataclass(frozen=True)
class Told:
    """An agreement as one reads it."""

    lots: list[str]
    form: str
    form_means: str
    mandataire: str
    hours_label: str
    rows: list[list[str]]
    tasks: list[tuple[str, str]]
    """R2142-27: each essential task, and who does it."""


def told_by(text: str) -> Told:
    told = agreements.read(text)
    form = GroupementForm(told["form"])
    members = sorted(told["members"], key=lambda each: bool(each["siret"] != told["mandataire"]))
    names = {each["siret"]: each["name"] for each in members}
    return Told(
        lots=[lot["name"][:1].upper() + lot["name"][1:] for lot in told["lots"]],
        form=form.label,
        form_means=typo(FORM_MEANS[form]),
        mandataire=names.get(told["mandataire"], ""),
        hours_label="Heures par an" if told["hours_per_year"] else "Heures",
        rows=[_told_row(each) for each in members],
        tasks=[(task["label"], names.get(task["siret"], "personne")) for lot in told["lots"] for task in lot["tasks"]],
    )


def _told_row(member: dict[str, Any]) -> list[str]:
    hours = format_hours(Decimal(member["hours"])) if member["hours"] else "—"
    part = rules.percent(member["part"]) if member["part"] else "—"
    amount = format_euros(Decimal(member["amount"])) if member["amount"] else "—"
    places = ", ".join(place["name"] for place in member["communes"]) or "—"
    return [member["name"], member["tasks"] or "—", places, hours, amount, part]
