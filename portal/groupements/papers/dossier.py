"""All that the papers tell, as values: read once, without database afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portal.groupements import rules
from portal.groupements.facts import GroupementFacts, MemberFacts
from portal.groupements.papers.standing import Standing
from portal.kernel.french import typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros
from portal.kernel.siret import Siret
from portal.vocabulary import GroupementForm

TO_FILL = "à compléter"

ENGAGED = {
    GroupementForm.CONJOINT: "Chaque membre s’engage pour les seules prestations qui lui sont attribuées (R2142-20). "
    "Le mandataire ne répond pas de celles des autres.",
    GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE: "Chaque membre s’engage pour les prestations qui lui sont "
    "attribuées (R2142-20). Le mandataire répond, en plus, de celles de chacun des autres envers l’acheteur "
    "(R2142-24).",
    GroupementForm.SOLIDAIRE: "Chaque membre s’engage financièrement pour la totalité du marché (R2142-20).",
}


@dataclass(frozen=True, kw_only=True)
class Partner:
    """A member, as papers name it."""

    facts: MemberFacts
    legal_name: str
    address: str
    contact: str
    kinds: str
    communes: tuple[str, ...]
    essential: tuple[str, ...]
    """The tasks that the buyer calls essential and that it does, with their lot when there are several."""
    accepted_by: str | None
    accepted_at: datetime | None

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def siret(self) -> str:
        return Siret(self.facts.siret).formatted

    @property
    def called(self) -> str:
        """« Les Ateliers du Pont », with its legal name when people call it otherwise."""
        return self.name if self.legal_name == self.name else f"{self.legal_name} ({self.name})"

    @property
    def does(self) -> str:
        """Its tasks, the essential ones, and where."""
        essential = f"Tâches essentielles : {' ; '.join(self.essential)}" if self.essential else None
        where = f"Communes : {', '.join(self.communes)}" if self.communes else None
        return "\n".join(filter(None, (self.facts.tasks, essential and typo(essential), where and typo(where)))) or "—"

    @property
    def share(self) -> tuple[str, str, str]:
        """Part, euros, hours."""
        return told_share(self.facts.part, self.facts.amount, self.facts.hours)


def told_share(part: int | None, amount: Decimal | None, hours: Decimal | None) -> tuple[str, str, str]:
    return (
        rules.percent(part) if part is not None else "—",
        format_euros(amount) if amount is not None else "—",
        format_hours(hours) if hours is not None else "—",
    )


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """A groupement and its project. `partners`: who is in it, the mandataire first."""

    portal: str
    public_id: str
    name: str
    project: str
    reference: str
    buyer: str
    buyer_siret: str
    buyer_address: str
    buyer_contact: str
    procedure: str
    tender_url: str | None
    facts: GroupementFacts
    partners: Sequence[Partner]
    standing: Standing
    communes: Mapping[str, str]
    """Their names, by code: those of the lots and of the members."""

    @property
    def mandataire(self) -> Partner | None:
        return next((partner for partner in self.partners if partner.facts.is_mandataire), None)

    @property
    def mandataire_words(self) -> str:
        lead = self.mandataire
        return f"{lead.called}, SIRET {lead.siret}" if lead else f"à désigner parmi les membres, {TO_FILL}"

    @property
    def lots(self) -> list[str]:
        return [lot.name[:1].upper() + lot.name[1:] for lot in self.facts.lots]

    @property
    def form_words(self) -> str:
        return self.facts.form.label if self.facts.form else TO_FILL

    @property
    def engaged_words(self) -> str:
        form = self.facts.form
        return ENGAGED[form] if form else f"Le groupement sera conjoint ou solidaire (R2142-20) : {TO_FILL}."

    @property
    def hours_label(self) -> str:
        return "Heures par an" if self.facts.hours_per_year else "Heures"

    @property
    def totals(self) -> tuple[int | None, Decimal | None, Decimal | None]:
        """Part, euros and hours of all; None as long as one of them does not tell its own."""
        members = self.facts.active
        parts = [each.part for each in members if each.part is not None]
        amounts = [each.amount for each in members if each.amount is not None]
        hours = [each.hours for each in members if each.hours is not None]
        whole = len(members) or -1
        return (
            sum(parts) if len(parts) == whole else None,
            sum(amounts, Decimal(0)) if len(amounts) == whole else None,
            sum(hours, Decimal(0)) if len(hours) == whole else None,
        )

    @property
    def tasks(self) -> list[tuple[str, str, str | None]]:
        """Each task that a buyer calls essential: its lot, its words, the member that does it."""
        names = {partner.facts.organisation_id: partner.name for partner in self.partners}
        return [
            (lot.name[:1].upper() + lot.name[1:], label, names.get(self.facts.tasks.get((lot.lot_id, label), 0)))
            for lot in self.facts.lots
            for label in lot.essential_tasks
        ]
