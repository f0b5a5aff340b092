"""What the buyer keeps of its variants, and why: published with the project."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.calibration import policies, rules, wording
from portal.calibration.models import Choice, Variant
from portal.calibration.queries import variants as queries
from portal.calibration.services.base import hold, is_live, record
from portal.forecast.models import Lot
from portal.forecast.services.history import tell
from portal.forecast.wording import Change
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.vocabulary import Event


def keep(
    session: Session,
    lot: Lot,
    variant: Variant | None,
    reason: str,
    *,
    expected_choice: int,
    actor: Actor,
    now: datetime,
) -> Choice:
    """Say which way is kept, None for the lot as it is, and why. `expected_choice`: the number of the last one read, 0
    for none. Raises RuleViolation when a colleague has chosen in between.
    """
    policies.ensure_can_size(actor, lot.project)
    hold(session, lot)
    withdrawn = variant is not None and variant.withdrawn_at is not None
    rules.ensure_kept(lot.project.state, is_live=is_live(lot), is_withdrawn=withdrawn)
    rules.ensure_why(reason)
    before = queries.choice_of(session, lot.id)
    if (before.id if before else 0) != expected_choice:
        raise RuleViolation("Un collègue vient de choisir pour ce lot : relisez son choix, puis faites le vôtre.")
    choice = Choice(lot_id=lot.id, variant=variant, reason=reason, decided_at=now, by_label=_speaker(lot))
    session.add(choice)
    session.flush()
    words = wording.kept_words(choice)
    change = Change("calibration_kept", "Découpage retenu", wording.kept_words(before) if before else None, words, True)
    tell(session, lot.project, lot, [change], reason=reason, now=now)
    record(session, Event.CALIBRATION_KEPT, lot, actor=actor, now=now, after=words)
    return choice


def _speaker(lot: Lot) -> str:
    """Who speaks to the public: the buyer, or its department. The person stands in the journal."""
    return lot.project.contact_service or lot.project.buyer.shown_name
