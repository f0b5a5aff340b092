"""Two persons who may be one: what the facilitateur answers for a buyer, and whom each counts as from then on."""

from datetime import datetime

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import Session

from portal.declarations import fingerprints, rules
from portal.declarations.models import Likeness, Person, SamePerson
from portal.declarations.queries.likenesses import is_pair_of
from portal.declarations.rules import Pair
from portal.directory.models import Organisation
from portal.journal import services as journal
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import format_instant, typo
from portal.vocabulary import LikenessAnswer


def answer(
    session: Session,
    buyer_id: int,
    pair: Pair,
    said: LikenessAnswer,
    *,
    seen: LikenessAnswer | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Say whether two persons who look alike are one, for one buyer; or think better of it.

    `seen` is the answer that the page showed: somebody else's since then is not silently replaced.
    """
    if not is_pair_of(session, actor, buyer_id, pair):
        raise NotFound
    buyer = _hold(session, buyer_id)
    known = {(row.low_id, row.high_id): row for row in session.scalars(_of(buyer_id))}
    row = known.get(pair)
    _ensure_as_seen(row, seen)
    answers = {each: likeness.answer for each, likeness in known.items()} | {pair: said}
    rules.ensure_consistent(answers, pair)
    if row is None:
        row = Likeness(buyer_id=buyer_id, low_id=pair[0], high_id=pair[1])
        session.add(row)
    row.answer, row.decided_by_label, row.decided_at = said, actor.label[:300], now
    session.flush()
    _count_anew(session, buyer_id, [each for each, told in answers.items() if told is LikenessAnswer.SAME])
    people = session.scalars(select(Person.public_id).where(Person.id.in_(pair)))
    told = {"people": [fingerprints.alias(public_id, buyer_id) for public_id in people], "answer": said}
    label = buyer.shown_name
    journal.record(session, "likeness.answered", ("likeness", row.id, label), actor=actor, at=now, after=told)


def _hold(session: Session, buyer_id: int) -> Organisation:
    """Nobody else answers for this buyer until the commit: groups are made of all of its answers."""
    held = select(Organisation).where(Organisation.id == buyer_id).with_for_update(key_share=True)
    return session.scalars(held).one()


def _of(buyer_id: int) -> Select[Likeness]:
    return select(Likeness).where(Likeness.buyer_id == buyer_id).execution_options(populate_existing=True)


def _ensure_as_seen(row: Likeness | None, seen: LikenessAnswer | None) -> None:
    if row is None or row.answer is seen:
        return
    raise RuleViolation(
        typo(
            f"{row.decided_by_label} a répondu entre-temps, le {format_instant(row.decided_at)} : "
            f"« {row.answer.label} ». Relisez, puis répondez de nouveau si besoin."
        )
    )


def _count_anew(session: Session, buyer_id: int, same: list[Pair]) -> None:
    """All of the buyer's, from its answers alone: taking one back splits what it had joined, and nothing else."""
    session.execute(delete(SamePerson).where(SamePerson.buyer_id == buyer_id))
    rows = [
        {"buyer_id": buyer_id, "person_id": person, "counted_as_id": oldest}
        for person, oldest in sorted(rules.counted_as(same).items())
    ]
    if rows:
        session.execute(insert(SamePerson), rows)
