"""What documents add to « Ce qui manque, et à qui le tour ». Pure.

They hold back neither the seal nor the filing: a buyer may ask for proofs after the filing, and of the winner only
(R2144-2, R2144-4).
"""

from collections.abc import Iterable

from portal.groupements.facts import GroupementFacts, MemberFacts
from portal.groupements.points import Point, Standing
from portal.kernel.french import format_date, plural, typo

STEP = "documents"


def points(facts: GroupementFacts) -> Iterable[Point]:
    """Each member's turn: what it still has to bring, what will not last until the candidacy."""
    asked = [document for member in facts.active for document in member.documents]
    for member in facts.active:
        yield from _missing(member)
        yield from _outdated(member, facts)
        if asked and not member.documents and facts.leaders != {member.organisation_id}:
            yield _unasked(member, facts)
    if asked and all(document.is_brought for document in asked):
        yield _done(len(asked))


def _missing(member: MemberFacts) -> Iterable[Point]:
    missing = sum(not document.is_brought for document in member.documents)
    if missing:
        pieces = plural(missing, "pièce")
        yield _turn(member, f"Apporter {pieces}", f"{member.name} apporte {pieces}", None)


def _unasked(member: MemberFacts, facts: GroupementFacts) -> Point:
    """Whoever came after the documents were asked of the others."""
    mine = typo(f"Demander ses pièces à {member.name}")
    note = "Les autres membres ont la liste des leurs."
    return Point(step=STEP, mine=mine, note=note, by=facts.leaders, member=member.public_id, blocks=False)


def _outdated(member: MemberFacts, facts: GroupementFacts) -> Iterable[Point]:
    needed = facts.candidacy_on
    for document in member.documents:
        if needed and document.expires_on and document.expires_on < needed:
            yield _turn(
                member,
                f"Renouveler : {document.name}",
                f"{member.name} renouvelle une pièce",
                f"Elle vaut jusqu’au {format_date(document.expires_on)} ; il la faut encore le {format_date(needed)}.",
            )


def _turn(member: MemberFacts, mine: str, theirs: str, note: str | None) -> Point:
    return Point(
        step=STEP,
        mine=typo(mine),
        theirs=typo(theirs),
        note=note and typo(note),
        by=frozenset({member.organisation_id}),
        member=member.public_id,
        blocks=False,
    )


def _done(count: int) -> Point:
    words = plural(count, "pièce apportée", "pièces apportées")
    return Point(step="", mine=typo(words), note="toutes celles demandées", standing=Standing.DONE, blocks=False)
