"""The month: where a declaration stands, in the words of each side (model.md, states)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

from portal.vocabulary.base import Listed


class DeclarationState(Listed):
    """The label is what the declarant reads. « En retard » is derived from the due date, never stored."""

    EXPECTED = "expected", "à remplir"
    DRAFT = "draft", "brouillon, pas encore déposée"
    DEPOSITED = "deposited", "déposée, en vérification"
    ACCEPTED = "accepted", "acceptée"
    RETURNED = "returned", "à corriger"
    SUSPENDED = "suspended", "sans objet"

    @classmethod
    def awaited(cls) -> frozenset[Self]:
        """States in which the declarant still has to act: late once the due date is past."""
        return frozenset({cls.EXPECTED, cls.DRAFT, cls.RETURNED})

    @property
    def facilitateur_label(self) -> str:
        """What the facilitateur reads of the same state."""
        return _FACILITATEUR_LABELS[self]


_FACILITATEUR_LABELS: Mapping[DeclarationState, str] = MappingProxyType(
    {
        DeclarationState.EXPECTED: "attendue",
        DeclarationState.DRAFT: "attendue (commencée)",
        DeclarationState.DEPOSITED: "à vérifier",
        DeclarationState.ACCEPTED: "acceptée",
        DeclarationState.RETURNED: "renvoyée",
        DeclarationState.SUSPENDED: "sans objet",
    }
)


class DepositOutcome(Listed):
    """What the facilitateur answered to one deposit."""

    ACCEPTED = "accepted", "acceptée"
    RETURNED = "returned", "renvoyée"
    REOPENED = "reopened", "acceptée, puis rouverte"


class RetentionReason(Listed):
    """Why hours that were declared are not retained."""

    NOT_ELIGIBLE = "not_eligible", "éligibilité non retenue"
    NOT_CONFIRMED = "not_confirmed", "éligibilité pas encore confirmée"
    PERIOD_OVER = "period_over", "au-delà de la période de prise en compte"
    TRAINING = "training", "formation au-delà de ce que le marché compte"
    CORRECTED = "corrected", "heures corrigées par le facilitateur"


class PartState(Listed):
    """Where an employer's part of a month stands."""

    OPEN = "open", "à remplir"
    HANDED = "handed", "remise"


class EvidenceKind(Listed):
    """What a file proves (domain.md § 2.6)."""

    CONTRACT = "contract", "Contrat de travail ou de mise à disposition"
    TIMESHEET = "timesheet", "Relevé d’heures"
    PAYSLIP = "payslip", "Bulletin de salaire"
    INVOICE = "invoice", "Facture de la structure qui emploie"
    ELIGIBILITY = "eligibility", "Attestation d’éligibilité"
    OTHER = "other", "Autre pièce"


class DoubtKind(Listed):
    """What deserves an explanation, and forbids nothing."""

    FULL_TIME = "full_time", "plus qu’un temps plein"
    OUTSIDE_CONTRACT = "outside_contract", "hors des dates du marché"
    PERIOD_OVER = "period_over", "au-delà de la période de prise en compte"
    CHANGE = "change", "écart de plus de moitié avec le mois d’avant"
    TRAINING = "training", "formation au-delà de ce que le marché compte"
    INVOICED_WITHOUT_HOURS = "invoiced_without_hours", "rien de déclaré alors que le marché est facturé"
