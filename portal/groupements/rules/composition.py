"""What a composition must be before its members are asked, and what other groupements forbid it."""

from collections.abc import Collection, Iterable
from enum import Enum

from portal.groupements.facts import WHOLE, GroupementFacts, LotTerms, MemberFacts, SealedElsewhere, Share
from portal.groupements.rules.opening import too_many_lots
from portal.groupements.rules.problem import Problem, percent
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.vocabulary import GroupementForm


class Parts(Enum):
    """What is asked of the parts of a groupement."""

    REQUIRED = "required"
    """Conjoint: each answers for its own part, and the parts make the whole (R2142-20)."""
    INDICATIVE = "indicative"
    """Conjoint, by purchase orders: what is ordered will tell."""
    OPTIONAL = "optional"
    """Solidaire: each answers for the whole (R2142-20)."""


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


def ensure_communes(shares: Iterable[Share], places: Collection[str]) -> None:
    """A member works in communes of the lots."""
    if any(code not in places for share in shares for code in share.communes):
        raise RuleViolation("Une commune cochée n’est pas (ou plus) une de celles des lots : revoyez les communes.")


def problems(facts: GroupementFacts) -> list[Problem]:
    """What still forbids to ask the members, in the order in which one mends it."""
    found = (
        _closed_lots(facts),
        too_many_lots(facts.lots, facts.lots_per_candidate),
        _too_few(facts),
        _no_mandataire(facts),
        _no_form(facts),
        _wrong_parts(facts),
        tasks_without_member(facts),
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
    total = total_part(facts.sharing)
    if total > WHOLE:
        return _parts(f"Les parts font {percent(total)} : elles ne peuvent pas dépasser 100 % (R2142-20).")
    if parts_asked(facts) is not Parts.REQUIRED or facts.form is None:
        return None
    if empty := [member.name for member in facts.active if not member.part]:
        return _parts(f"Dans un groupement conjoint, chacun a sa part (R2142-20). Sans part : {', '.join(empty)}.")
    if total != WHOLE:
        return _parts(f"Les parts font {percent(total)} : dans un groupement conjoint, il faut 100 % (R2142-20).")
    return None


def tasks_without_member(facts: GroupementFacts) -> Problem | None:
    """R2142-27: the buyer may ask that a member named in the candidacy does a task itself."""
    doing = {member.organisation_id for member in facts.sharing}
    left = [label for lot, label in facts.tasks_asked if facts.tasks.get((lot.lot_id, label)) not in doing]
    if not left:
        return None
    words = "une tâche essentielle" if len(left) == 1 else "des tâches essentielles"
    sentence = f"L’acheteur veut qu’un membre nommé fasse {words} (R2142-27). À donner : {', '.join(left)}."
    return Problem("terms", typo(sentence), "R2142-27")


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
