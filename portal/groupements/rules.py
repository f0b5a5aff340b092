"""What the code de la commande publique says of groupements, lot by lot. No database, no clock.

A lot is a contract of its own (L2113-10): R2142-4, -21 and -23 look at one lot at a time.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from portal.groupements.facts import WHOLE, GroupementFacts, LotTerms, MemberFacts, SealedElsewhere, Share
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_number, plural, typo
from portal.vocabulary import GroupementForm, GroupementState, MemberState, OrganisationKind, ProjectState

INVITATION_LASTS = timedelta(days=14)

FORMABLE_STATES = frozenset({ProjectState.PUBLISHED, ProjectState.IN_TENDER})
"""The projects whose lots people may prepare to answer together."""

SEATED = frozenset(
    {GroupementState.SEALED, GroupementState.FILED, GroupementState.AWARDED, GroupementState.NOT_RETAINED}
)
"""From the seal on, each lot's seat of mandataire is taken; only unsealing or dissolution gives it back."""

KNOWN_TO_BUYER = frozenset({GroupementState.FILED, GroupementState.AWARDED, GroupementState.NOT_RETAINED})

_NEITHER_SUPPLIES = frozenset({OrganisationKind.BUYER, OrganisationKind.NETWORK, OrganisationKind.FACILITATION})


@dataclass(frozen=True)
class Problem:
    """What forbids to go on: `about` names the step that mends it."""

    about: str
    sentence: str
    article: str | None = None


class Parts(Enum):
    """What is asked of the parts of a groupement."""

    REQUIRED = "required"
    """Conjoint: each answers for its own part, and the parts make the whole (R2142-20)."""
    INDICATIVE = "indicative"
    """Conjoint, by purchase orders: what is ordered will tell."""
    OPTIONAL = "optional"
    """Solidaire: each answers for the whole (R2142-20)."""


# Who may open, and who may be in it


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


def ensure_reason(reason: str | None, sentence: str) -> None:
    if not reason:
        raise RuleViolation(sentence, "reason")


# What a composition must be before its members are asked


def parts_asked(facts: GroupementFacts) -> Parts:
    """R2142-20: required of a conjoint, optional for a solidaire; indicative when the buyer orders as it goes."""
    if facts.form is GroupementForm.SOLIDAIRE:
        return Parts.OPTIONAL
    return Parts.INDICATIVE if facts.by_orders else Parts.REQUIRED


def total_part(members: Iterable[MemberFacts]) -> int:
    return sum(member.part or 0 for member in members)


def ensure_shares(shares: Iterable[Share]) -> None:
    """No set of parts goes beyond the whole, drafts included."""
    total = sum(share.part or 0 for share in shares)
    if total > WHOLE:
        raise RuleViolation(typo(f"Les parts font {percent(total)} : elles ne peuvent pas dépasser 100 %."))


def problems(facts: GroupementFacts) -> list[Problem]:
    """What still forbids to ask the members, in the order in which one mends it."""
    found = (
        _closed_lots(facts),
        too_many_lots(facts.lots, facts.lots_per_candidate),
        _too_few(facts),
        _no_mandataire(facts),
        _no_form(facts),
        _wrong_parts(facts),
    )
    return [problem for problem in found if problem is not None]


def _closed_lots(facts: GroupementFacts) -> Problem | None:
    if facts.lots and all(lot.is_open for lot in facts.lots):
        return None
    return Problem("lots", "Un lot choisi n’attend plus de candidature : revoyez les lots.")


def _too_few(facts: GroupementFacts) -> Problem | None:
    """R2142-19: several operators, hence at least two enterprises (SIREN), not two establishments of one."""
    if len({member.siren for member in facts.active}) >= 2:
        return None
    return Problem(
        "members",
        "Un groupement réunit au moins deux entreprises différentes, au SIREN distinct (R2142-19).",
        "R2142-19",
    )


def _no_mandataire(facts: GroupementFacts) -> Problem | None:
    """R2142-24: one of the members represents all of them before the buyer; without one, the candidacy may fall."""
    if facts.mandataire is not None:
        return None
    return Problem("terms", "Un des membres doit être le mandataire, qui représente les autres (R2142-24).", "R2142-24")


def _no_form(facts: GroupementFacts) -> Problem | None:
    if facts.form is not None:
        return None
    return Problem("terms", "Le groupement est conjoint ou solidaire : il faut choisir (R2142-20).", "R2142-20")


def _wrong_parts(facts: GroupementFacts) -> Problem | None:
    """R2142-20: in a conjoint, each executes what it is given, and nothing is left over."""
    total = total_part(facts.active)
    if total > WHOLE:
        return _parts(f"Les parts font {percent(total)} : elles ne peuvent pas dépasser 100 % (R2142-20).")
    if parts_asked(facts) is not Parts.REQUIRED or facts.form is None:
        return None
    if empty := [member.name for member in facts.active if not member.part]:
        return _parts(f"Dans un groupement conjoint, chacun a sa part (R2142-20). Sans part : {', '.join(empty)}.")
    if total != WHOLE:
        return _parts(f"Les parts font {percent(total)} : dans un groupement conjoint, il faut 100 % (R2142-20).")
    return None


def _parts(sentence: str) -> Problem:
    return Problem("terms", typo(sentence), "R2142-20")


def clashes(facts: GroupementFacts, elsewhere: Iterable[SealedElsewhere]) -> list[Problem]:
    """What sealed groupements of the same lots forbid to seal as well."""
    by_lot = {lot.lot_id: lot for lot in facts.lots}
    found = [problem for other in elsewhere for problem in _clashes(facts, by_lot[other.lot_id], other)]
    return list(dict.fromkeys(found))


def _clashes(facts: GroupementFacts, lot: LotTerms, other: SealedElsewhere) -> Iterable[Problem]:
    """R2142-4 and R2142-23, always; R2142-21, 2°, if the buyer said so."""
    if facts.mandataire and facts.mandataire.organisation_id == other.mandataire_id:
        yield seat_taken(facts.mandataire.name, lot.name)
    if lot.several_groupements_allowed is False:
        for member in facts.active:
            if member.organisation_id in other.member_ids:
                sentence = (
                    f"{member.name} est déjà membre d’un groupement scellé pour {lot.name} : "
                    "l’acheteur n’en accepte qu’un par entreprise (R2142-21, 2°)."
                )
                yield Problem("members", typo(sentence), "R2142-21")


def seat_taken(name: str, lot: str) -> Problem:
    """R2142-23 (and R2142-4): an operator is the mandataire of one groupement at most for one lot."""
    sentence = (
        f"{name} est déjà mandataire d’un groupement scellé pour {lot} : "
        "on n’est mandataire que d’un groupement par lot (R2142-4, R2142-23)."
    )
    return Problem("terms", typo(sentence), "R2142-23")


# From a state to the next


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
    """Each accepts for itself the agreement that is asked now, once."""
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


# Invitations, words


def has_expired(expires_at: datetime | None, now: datetime) -> bool:
    return expires_at is not None and expires_at <= now


def percent(part: int) -> str:
    """« 40 % », « 33,34 % »."""
    whole, hundredths = divmod(part, 100)
    digits = f"{hundredths:02}".rstrip("0")
    return typo(f"{format_number(whole)}{',' + digits if digits else ''} %")
