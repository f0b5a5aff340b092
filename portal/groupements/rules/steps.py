"""From a state to the next."""

from collections.abc import Collection, Iterable

from portal.groupements.facts import GroupementFacts, LotTerms, MemberFacts, SealedElsewhere
from portal.groupements.rules.composition import clashes, problems
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural, typo
from portal.vocabulary import GroupementState, MemberState

SEATED = frozenset(
    {GroupementState.SEALED, GroupementState.FILED, GroupementState.AWARDED, GroupementState.NOT_RETAINED}
)
"""From the seal on, each lot's seat of mandataire is taken; only unsealing or dissolution gives it back."""

KNOWN_TO_BUYER = frozenset({GroupementState.FILED, GroupementState.AWARDED, GroupementState.NOT_RETAINED})


def ensure_forming(state: GroupementState) -> None:
    """R2142-26 freezes the composition from the filing on; the portal does from the seal on."""
    if state in KNOWN_TO_BUYER:
        raise RuleViolation(
            "La candidature est déposée : la composition du groupement ne change plus jusqu’à la signature du marché "
            "(R2142-26).",
            article="R2142-26",
        )
    if state is GroupementState.SEALED:
        raise RuleViolation("Ce groupement est scellé : il faut d’abord le desceller, puis tous acceptent de nouveau.")
    if state is not GroupementState.FORMING:
        raise RuleViolation(typo(f"Ce groupement est « {state.label} » : il ne change plus."))


def ensure_proposable(facts: GroupementFacts) -> None:
    ensure_forming(facts.state)
    if found := problems(facts):
        raise RuleViolation(" ".join(problem.sentence for problem in found), article=found[0].article)
    if facts.invited:
        raise RuleViolation(_awaited(facts))


def _awaited(facts: GroupementFacts) -> str:
    names = ", ".join(member.name for member in facts.invited)
    return typo(f"Une invitation attend sa réponse : {names}. Attendez-la, ou retirez l’invitation.")


def ensure_acceptable(facts: GroupementFacts, number: int, member: MemberFacts) -> None:
    """Each accepts for itself the agreement that is asked now, once; after a change that the buyer allowed, too."""
    if facts.state is not GroupementState.FILED:
        ensure_forming(facts.state)
    if facts.asked_number is None:
        raise RuleViolation("Aucun accord n’est proposé : quelque chose a changé depuis. Attendez le prochain.")
    if number != facts.asked_number:
        raise RuleViolation(
            typo(f"L’accord nᵒ {number} a été remplacé par l’accord nᵒ {facts.asked_number} : relisez-le.")
        )
    if member.state is not MemberState.JOINED:
        raise RuleViolation("Votre organisation a déjà accepté cet accord.")


def ensure_sealable(facts: GroupementFacts) -> None:
    """Everything holds, nobody is awaited, and each member has accepted the agreement asked now."""
    ensure_proposable(facts)
    if facts.asked_number is None:
        raise RuleViolation("Aucun accord n’a été proposé aux membres.")
    if late := [member.name for member in facts.active if member.state is not MemberState.ACCEPTED]:
        raise RuleViolation(typo(f"Il manque {plural(len(late), 'acceptation')} : {', '.join(late)}."))


def is_complete(facts: GroupementFacts) -> bool:
    """« Complet »: nothing is missing but what the members say of it, and the seal."""
    return facts.state is GroupementState.FORMING and not problems(facts) and not facts.invited


def ensure_no_clash(facts: GroupementFacts, elsewhere: Iterable[SealedElsewhere]) -> None:
    if found := clashes(facts, elsewhere):
        raise RuleViolation(" ".join(problem.sentence for problem in found), article=found[0].article)


def ensure_unsealable(state: GroupementState) -> None:
    """Before the filing only: afterwards the composition stands (R2142-26)."""
    if state is not GroupementState.SEALED:
        ensure_forming(state)
        raise RuleViolation("Ce groupement n’est pas scellé.")


def ensure_fileable(facts: GroupementFacts) -> None:
    if facts.state is not GroupementState.SEALED:
        raise RuleViolation("Seul un groupement scellé dépose sa candidature, une fois.")
    if not facts.in_tender:
        raise RuleViolation("La consultation n’est pas ouverte : la candidature se dépose pendant qu’elle court.")
    if not all(lot.is_open for lot in facts.lots):
        raise RuleViolation("Un lot choisi n’attend plus de candidature : descellez, puis revoyez les lots.")


def ensure_dissolvable(state: GroupementState) -> None:
    """Before the filing only (R2142-26)."""
    if state is not GroupementState.SEALED:
        ensure_forming(state)


def ensure_awardable(state: GroupementState, answered: Collection[int], lot: LotTerms) -> None:
    """A lot goes to a candidacy that was filed for it; one that won another lot may win this one too."""
    if lot.lot_id not in answered:
        raise RuleViolation("Ce groupement n’a pas répondu à ce lot.")
    if state not in {GroupementState.FILED, GroupementState.AWARDED}:
        raise RuleViolation("Seule une candidature déposée peut être retenue.")
    if not lot.is_open:
        raise RuleViolation("Ce lot est déjà attribué, ou sans suite.")


def ensure_may_leave(facts: GroupementFacts, member: MemberFacts) -> None:
    """Before the seal; the mandataire hands its role over first (R2142-24), unless it is alone with the role."""
    ensure_forming(facts.state)
    if member.is_mandataire:
        raise RuleViolation("Désignez d’abord un autre mandataire : c’est lui qui représente les membres (R2142-24).")
