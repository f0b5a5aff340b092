"""What a structure or a network says of a shared variant; its latest word wins."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.calibration import policies, rules
from portal.calibration.models import Opinion, Variant
from portal.calibration.queries import variants as queries
from portal.calibration.services.base import is_live, record
from portal.forecast.services import mark_public_change
from portal.kernel.actor import Actor
from portal.kernel.errors import Stale
from portal.sourcing.policies import VEILED
from portal.storage import ensure_current
from portal.storage.once import insert_once
from portal.vocabulary import Event, OpinionVerdict


@dataclass(frozen=True)
class Word:
    """What is said of a variant; `is_named`: whether the buyer reads who says it."""

    verdict: OpinionVerdict
    text: str | None = None
    is_named: bool = False


def tell_opinion(
    session: Session, variant: Variant, word: Word, *, expected_version: int, actor: Actor, now: datetime
) -> Opinion:
    """Take an organisation's word; `expected_version` is 0 for who read that it had said nothing yet.

    A network is always named, and read by all. Raises Stale when a colleague spoke in between.
    """
    lot = variant.lot
    organisation_id = policies.ensure_may_tell(actor, lot.project)
    is_open = variant.shared_at is not None and variant.withdrawn_at is None
    rules.ensure_opinion_taken(lot.project.state, is_live=is_live(lot), is_open=is_open)
    rules.ensure_said(word.verdict, word.text)
    named = word.is_named or policies.is_always_named(actor)
    opinion = _taken(session, variant, organisation_id, word, expected_version, named, actor, now)
    opinion.verdict, opinion.text, opinion.is_named = word.verdict, word.text, named
    opinion.told_at, opinion.by_label = now, actor.label
    session.flush()
    if policies.is_always_named(actor):
        mark_public_change(session, now=now)
    record(session, Event.OPINION_TOLD, lot, actor=actor if named else VEILED, now=now)
    return opinion


def _taken(
    session: Session,
    variant: Variant,
    organisation_id: int,
    word: Word,
    expected_version: int,
    named: bool,
    actor: Actor,
    now: datetime,
) -> Opinion:
    """The organisation's row, at its next version: the first word makes it, one of two at once finds it made."""
    known = queries.opinion_of(session, variant.id, organisation_id)
    if known is not None:
        ensure_current(known, expected_version)
        return known
    first = {"verdict": word.verdict, "is_named": named, "told_at": now, "by_label": actor.label, "version": 1}
    made = insert_once(session, Opinion, variant_id=variant.id, organisation_id=organisation_id, **first)
    known = queries.opinion_of(session, variant.id, organisation_id)
    assert known is not None  # noqa: S101 — this transaction or another has just inserted it
    if not made:
        session.expunge(known)
        raise Stale(current=known)
    return known
