"""The month: where a declaration stands, in the words of each side (model.md, states)."""

from collections.abc import Mapping
from types import MappingProxyType

from portal.vocabulary.base import Listed


class DeclarationState(Listed):
    """The label is what the declarant reads. « En retard » is derived from the due date, never stored."""

    EXPECTED = "expected", "à remplir"
    DRAFT = "draft", "brouillon, pas encore déposée"
    DEPOSITED = "deposited", "déposée, en vérification"
    ACCEPTED = "accepted", "acceptée"
    RETURNED = "returned", "à corriger"
    SUSPENDED = "suspended", "sans objet"

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
