"""Who may open a groupement, on what, and who may be in it."""

from collections.abc import Collection, Iterable

from portal.groupements.facts import LotTerms
from portal.groupements.rules.problem import Problem
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural, typo
from portal.vocabulary import OrganisationKind, ProjectState

FORMABLE_STATES = frozenset({ProjectState.PUBLISHED, ProjectState.IN_TENDER})
"""The projects whose lots people may prepare to answer together."""

_NEITHER_SUPPLIES = frozenset({OrganisationKind.BUYER, OrganisationKind.NETWORK, OrganisationKind.FACILITATION})


def ensure_formable(project: ProjectState, lots: Iterable[LotTerms]) -> None:
    """Candidates may come together for a lot that is public, and whose consultation has not ended (R2142-19)."""
    if project not in FORMABLE_STATES:
        raise RuleViolation("On ne forme un groupement que pour un projet publié, avant son attribution.")
    if not all(lot.is_open for lot in lots):
        raise RuleViolation("Ce lot n’attend plus de candidature : choisissez-en un autre.", "lots")


def ensure_lots(lots: Collection[LotTerms], per_candidate: int | None) -> None:
    """L2113-10: the buyer may limit how many lots one candidate answers."""
    if not lots:
        raise RuleViolation("Choisissez au moins un lot.", "lots")
    if problem := too_many_lots(lots, per_candidate):
        raise RuleViolation(problem.sentence, "lots", problem.article)


def too_many_lots(lots: Collection[LotTerms], per_candidate: int | None) -> Problem | None:
    """L2113-10, as a fact of a groupement that already answers them."""
    if per_candidate is None or len(lots) <= per_candidate:
        return None
    allowed = plural(per_candidate, "lot")
    return Problem("lots", typo(f"L’acheteur accepte {allowed} au plus par candidat (L2113-10)."), "L2113-10")


def ensure_may_be_member(kinds: Collection[OrganisationKind], organisation_id: int, buyer_id: int) -> None:
    """Any operator may be a member, ordinary companies included; neither the buyer nor a body that sells nothing."""
    if organisation_id == buyer_id:
        raise RuleViolation("C’est l’acheteur de ce lot : il ne peut pas y répondre.", "siret")
    if kinds and _NEITHER_SUPPLIES.issuperset(kinds):
        raise RuleViolation("Cette organisation n’est ni une structure ni une entreprise.", "siret")
