"""Who is the same person as whom, from answers given pair by pair: asked, never decided alone (domain.md § 0 bis)."""

from collections.abc import Iterable, Mapping

from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.vocabulary import LikenessAnswer

Pair = tuple[int, int]
"""Two person ids, the lower one first."""


def pair_of(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)


def counted_as(same: Iterable[Pair]) -> dict[int, int]:
    """By person id, the oldest of those who are one with them; nobody who counts as themselves is in it."""
    parent: dict[int, int] = {}

    def root(person: int) -> int:
        while (above := parent.get(person, person)) != person:
            parent[person] = parent.get(above, above)
            person = above
        return person

    for one, other in same:
        older, younger = sorted((root(one), root(other)))
        parent[younger] = older
    return {person: oldest for person in parent if (oldest := root(person)) != person}


def ensure_consistent(answers: Mapping[Pair, LikenessAnswer], asked: Pair) -> None:
    """Two persons told apart are never one through others. `answers`: all of the buyer, the new one to `asked` among
    them."""
    groups = counted_as(pair for pair, answer in answers.items() if answer is LikenessAnswer.SAME)
    apart = [pair for pair, answer in answers.items() if answer is LikenessAnswer.DIFFERENT]
    if all(groups.get(one, one) != groups.get(other, other) for one, other in apart):
        return
    if answers[asked] is LikenessAnswer.SAME:
        raise RuleViolation(
            typo(
                "Vous avez dit « deux personnes » de deux de ceux que cette réponse réunirait : "
                "revoyez d’abord cette réponse, parmi celles qui sont données."
            )
        )
    raise RuleViolation(
        typo(
            "D’autres réponses disent « la même personne » de chacun d’eux et d’un troisième : "
            "revoyez d’abord l’une d’elles."
        )
    )
