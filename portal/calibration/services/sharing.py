"""Asking for opinions before the consultation (R2111-1), of all alike: one page, one mail to each one concerned."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.calibration import comparison, policies, rules, wording
from portal.calibration import queries as coverage
from portal.calibration.models import Variant
from portal.calibration.queries import variants as queries
from portal.calibration.services.base import hold, is_live, record
from portal.forecast.models import Lot
from portal.forecast.services.history import tell
from portal.forecast.wording import Change
from portal.groupements.queries import people_of
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.outbox.services import Promise, promise_each
from portal.vocabulary import Event, MessageKind


def share_variants(
    session: Session, lot: Lot, variants: Sequence[Variant], *, note: str | None = None, actor: Actor, now: datetime
) -> int:
    """Show these variants to all and ask for opinions; how many people are written to, once each for all of them.

    Raises RuleViolation unless the project is public: all then read the same page.
    """
    policies.ensure_can_size(actor, lot.project)
    rules.ensure_shareable(lot.project.state, is_live=is_live(lot))
    hold(session, lot)
    for variant in variants:
        session.refresh(variant, attribute_names=["version", "shared_at"])
    new = [each for each in variants if each.shared_at is None]
    if not new:
        raise RuleViolation("Choisissez au moins une variante qui n’est pas encore partagée.", "variants")
    for variant in new:
        variant.shared_at, variant.note = now, note or variant.note
    words = wording.named_words(new)
    change = Change("calibration_shared", "Avis demandés sur le découpage", None, words, needs_reason=False)
    tell(session, lot.project, lot, [change], reason=None, now=now)
    record(session, Event.VARIANT_SHARED, lot, actor=actor, now=now, after=words)
    return _write_to_concerned(session, lot, max(each.id for each in new), actor, now)


def concerned(session: Session, lot: Lot, now: datetime) -> tuple[Sequence[int], Sequence[int]]:
    """The structures whose trade and territory match the lot, and the networks that they belong to."""
    need = coverage.needs_of(session, [lot])[lot.id]
    found = coverage.structures_for(session, {lot.id: need}, clock.paris_date(now)).get(lot.id, ())
    structures = [each for each in comparison.concerned(need, found) if each != lot.project.buyer_id]
    return structures, queries.networks_of(session, structures)


def _write_to_concerned(session: Session, lot: Lot, last: int, actor: Actor, now: datetime) -> int:
    structures, networks = concerned(session, lot, now)
    kind = MessageKind.CALIBRATION_SHARED
    promises = {
        account.id: Promise(
            account.email,
            {"lot": lot.id, "account": account.id, "organisation": organisation_id},
            f"{kind}:{lot.id}:{last}:{account.id}",
        )
        for organisation_id, account in people_of(session, [*structures, *networks], now)
        if account.id != actor.account_id
    }
    promise_each(session, kind, promises.values(), now=now)
    return len(promises)
