"""What may be asked and brought, and until when. No database, no clock."""

from collections.abc import Collection
from datetime import date

from portal.groupements.rules import KNOWN_TO_BUYER
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.vocabulary import DocumentKind, GroupementState

MOST = 30
"""Documents asked of one member."""
_LATEST = date(2099, 12, 31)
_USUAL = (
    DocumentKind.SWORN_STATEMENT,
    DocumentKind.REGISTRATION,
    DocumentKind.SOCIAL_CERTIFICATE,
    DocumentKind.TAX_CERTIFICATE,
    DocumentKind.INSURANCE,
    DocumentKind.REFERENCES,
)


def usual(*, is_mandataire: bool, is_reserved: bool) -> list[DocumentKind]:
    """R2143-3 and R2143-6 to R2143-10; R2142-23: who is not the mandataire empowers it; L2113-12 and following: what
    makes eligible to a reserved lot."""
    empowerment = [] if is_mandataire else [DocumentKind.EMPOWERMENT]
    agreement = [DocumentKind.STRUCTURE_AGREEMENT] if is_reserved else []
    return [_USUAL[0], *empowerment, *agreement, *_USUAL[1:]]


def is_changeable(state: GroupementState) -> bool:
    return state in {GroupementState.FORMING, GroupementState.SEALED}


def ensure_changeable(state: GroupementState) -> None:
    """Until the filing; what was brought then stays as it was."""
    if state in KNOWN_TO_BUYER:
        raise RuleViolation("La candidature est déposée : ses pièces ne changent plus.")
    if not is_changeable(state):
        raise RuleViolation(typo(f"Ce groupement est « {state.label} » : ses pièces ne changent plus."))


def ensure_named(kind: DocumentKind, label: str | None) -> None:
    if kind is DocumentKind.OTHER and not label:
        raise RuleViolation("Dites quelle pièce, en quelques mots.", "label")


def ensure_room(asked: Collection[object]) -> None:
    if len(asked) >= MOST:
        raise RuleViolation(f"On demande {MOST} pièces au plus à un membre : regroupez-les.", "kind")


def ensure_lasts(expires_on: date | None, today: date) -> None:
    """A document that is already out of date proves nothing."""
    if expires_on is None:
        return
    if expires_on < today:
        raise RuleViolation(
            typo(f"Cette pièce ne vaut plus depuis le {format_date(expires_on)} : apportez celle en cours."),
            "expires_on",
        )
    if expires_on > _LATEST:
        raise RuleViolation("Vérifiez l’année : cette date est trop lointaine.", "expires_on")
