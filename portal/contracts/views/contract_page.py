"""What the page of one contract shows, to who reads it, on a civil day."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flask import url_for

from portal.contracts import policies
from portal.contracts.models import Commitment, Contract, ContractTitulaire
from portal.contracts.views.list_page import buyer_name, period_words
from portal.contracts.wording import amended
from portal.kernel.actor import Actor
from portal.kernel.french import format_date, format_number, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.hundredths import format_hundredths
from portal.kernel.money import format_euros
from portal.vocabulary import CommitmentKind, ContractFamily, DecpGroupement, Reservation

Fact = tuple[str, str, str | None]


@dataclass(frozen=True)
class Missing:
    """One thing to complete, and where."""

    sentence: str
    label: str
    url: str


@dataclass(frozen=True)
class ContractPage:
    contract: Contract
    actor: Actor
    today: date
    cpv_label: str | None

    @property
    def can_write(self) -> bool:
        return policies.can_write(self.actor, self.contract)

    @property
    def buyer_name(self) -> str:
        return buyer_name(self.contract)

    @property
    def status(self) -> tuple[str, str]:
        """Where it stands in bold, then its dates."""
        ends = self.contract.ends_on
        if ends is not None and ends < self.today:
            return "Terminé", f"le {format_date(ends)}"
        return "En cours", f"jusqu’au {format_date(ends)}" if ends else "fin non précisée"

    @property
    def marks(self) -> list[tuple[str, str, str | None]]:
        """Its social levers: kind, words, article."""
        contract, marks = self.contract, []
        if contract.is_reserved:
            known = contract.reservation if contract.reservation is not Reservation.NONE else None
            article = f"art. {known.article}" if known else None
            marks.append(("reserved", known.label if known else "Marché réservé", article))
        if contract.has_social_clause:
            marks.append(("clause", "Clause sociale", None))
        if contract.has_social_criterion:
            marks.append(("criterion", "Critère social", None))
        return marks

    @property
    def facts(self) -> list[Fact]:
        known = ((label, value, note) for label, value, note in self._all_facts() if value)
        return [(label, typo(value or ""), typo(note) if note else None) for label, value, note in known]

    def _all_facts(self) -> Iterator[tuple[str, str | None, str | None]]:
        contract = self.contract
        yield "Numéro", contract.number, contract.family.label if contract.family is ContractFamily.CONCESSION else None
        yield "Période", period_words(contract), self._duration_words
        yield "Montant", format_euros(contract.amount) if contract.amount is not None else "non précisé", "HT, en tout"
        yield "Métier", contract.trade.label if contract.trade else None, None
        yield "Code CPV", contract.cpv_code, self.cpv_label
        yield "Procédure", contract.procedure.label if contract.procedure else contract.procedure_as_read, None
        yield "Offres reçues", format_number(contract.offers_received) if contract.offers_received else None, None
        yield "Source", contract.source.label, None

    @property
    def _duration_words(self) -> str:
        if any("ends_on" in json.loads(each.after) for each in self.contract.amendments):
            return "fin changée par avenant"
        months = self.contract.duration_months
        return f"{months} mois" if months else "durée non précisée"

    @property
    def amendments(self) -> list[dict[str, str | None]]:
        return [amended(each) for each in reversed(self.contract.amendments)]

    @property
    def follows_orders(self) -> bool:
        return any(held.kind is CommitmentKind.HOURS_PER_K for held in self.contract.commitments)

    @property
    def groupement(self) -> str | None:
        """« groupement conjoint, mandataire solidaire »."""
        form = self.contract.groupement
        if form in {None, DecpGroupement.NONE}:
            return None
        solidaire = ", mandataire solidaire" if self.contract.mandataire_solidaire else ""
        return f"groupement {form.label.lower()}{solidaire}" if form else None

    @property
    def titulaires(self) -> list[dict[str, Any]]:
        return [self._titulaire(held) for held in self.contract.titulaires]

    def _titulaire(self, held: ContractTitulaire) -> dict[str, Any]:
        several = len(self.contract.titulaires) > 1
        role = "Mandataire" if held.is_mandataire else "Cotraitant" if several else "Titulaire"
        if held.left_on is not None:
            role = f"{role}, parti le {format_date(held.left_on)}"
        elif held.joined_on is not None:
            role = f"{role} depuis le {format_date(held.joined_on)}"
        return {
            "name": held.shown_name,
            "url": url_for("directory.show", siret=held.organisation.siret) if held.organisation else None,
            "identifier": _identifier(held) if held.is_to_check else None,
            "role": role,
            "part": typo(f"{format_hundredths(Decimal(held.part) / 100)} %") if held.part is not None else "—",
            "hours": format_hours(held.hours) if held.hours is not None else "—",
        }

    @property
    def promises(self) -> list[tuple[str, str | None]]:
        """What is promised, each in words with its note."""
        return [(promise_words(held), held.note) for held in self.contract.commitments]

    @property
    def counting(self) -> str:
        """Which hours are retained, in one sentence."""
        contract = self.contract
        cap = contract.training_cap_percent
        training = "Les heures de formation comptent" if contract.counts_training else "La formation ne compte pas"
        if contract.counts_training and cap is not None:
            training += f", dans la limite de {cap} % des heures retenues de chaque personne, mois par mois"
        return typo(f"{training}. Prise en compte : {contract.counting_months} mois après l’entrée d’une personne.")

    @property
    def missing(self) -> list[Missing]:
        """What the buyer still has to say, the most useful first."""
        return list(self._missing()) if self.can_write else []

    def _missing(self) -> Iterator[Missing]:
        contract = self.contract
        if not contract.commitments and self._is_social:
            yield self._to(
                "commitment", "Ce marché porte un levier social, mais rien n’y est promis.", "Saisir l’engagement"
            )
        if contract.first_month is None and (contract.commitments or self._is_social):
            yield self._to(
                "reporting", "Aucun mois n’est à déclarer : personne ne dira ce qui est fait.", "Choisir les mois"
            )
        if contract.first_month is not None and contract.follower is None:
            yield self._to("follow", "Personne ne vérifie les déclarations.", "Désigner le facilitateur")
        live = [held for held in contract.titulaires if held.left_on is None]
        if contract.promised_hours and len(live) > 1 and any(held.hours is None for held in live):
            yield self._to("commitment", "Les heures ne sont pas réparties entre les membres.", "Répartir les heures")

    @property
    def _is_social(self) -> bool:
        return self.contract.is_reserved or self.contract.has_social_clause

    def _to(self, page: str, sentence: str, label: str) -> Missing:
        return Missing(typo(sentence), label, url_for(f"contracts.{page}", reference=self.contract.reference))

    @property
    def to_check(self) -> list[str]:
        """Identifiers that no organisation answers to."""
        held = [_identifier(held) for held in self.contract.titulaires if held.is_to_check]
        return ([self.contract.buyer_identifier] if self.contract.buyer_id is None else []) + held


def promise_words(held: Commitment) -> str:
    """« 12 000 h d’insertion », « 5 % des heures de main-d’œuvre », « 3 stages »."""
    match held.kind:
        case CommitmentKind.FIXED_HOURS:
            return f"{format_hours(held.quantity)} d’insertion"
        case CommitmentKind.LABOUR_SHARE:
            return typo(f"{format_hundredths(held.quantity)} % des heures de main-d’œuvre")
        case CommitmentKind.HOURS_PER_K:
            return f"{format_hours(held.quantity)} par millier d’euros commandé"
        case CommitmentKind.ACTIONS:
            return plural(int(held.quantity), held.action.label.lower() if held.action else "action")


def _identifier(held: ContractTitulaire) -> str:
    kind = f"{held.identifier_type.label} " if held.identifier_type else ""
    return f"{kind}{held.identifier}".strip() or "sans identifiant"
