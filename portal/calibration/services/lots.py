"""From what was kept to the project: one lot for each sector, or the lot as the variant sizes it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.calibration import policies, rules
from portal.calibration import queries as coverage
from portal.calibration.comparison import sector_needs
from portal.calibration.facts import SectorNeed
from portal.calibration.models import Choice, Variant
from portal.calibration.queries import variants as queries
from portal.calibration.services.base import hold, is_live
from portal.calibration.services.variants import terms_of
from portal.forecast import rules as forecast_rules
from portal.forecast import services as forecast
from portal.forecast.facts import LotFacts
from portal.forecast.models import Lot
from portal.forecast.rules import EDITABLE_STATES
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.period import PlannedPeriod
from portal.storage import ensure_current
from portal.vocabulary import PlannedPrecision

_LONGEST_TITLE, _LONGEST_REASON = 200, 300


def prepare_lots(session: Session, lot: Lot, *, expected_version: int, actor: Actor, now: datetime) -> Sequence[Lot]:
    """Write what was kept into the project, with the reason given for it: the lots that come of it.

    Each sector becomes a lot, with the terms of the one that it replaces; amounts and levers are the buyer's to tell
    again. A variant in one sector changes the lot itself. Raises RuleViolation as the forecast does, lot by lot.
    """
    policies.ensure_can_size(actor, lot.project)
    hold(session, lot)
    rules.ensure_preparable(lot.project.state, is_live=is_live(lot))
    choice = queries.choice_of(session, lot.id)
    if choice is None or choice.variant is None:
        raise RuleViolation("Le lot est gardé tel qu’il est : retenez d’abord une variante.")
    facts = lot_facts(session, lot, choice, choice.variant)
    if len(facts) == 1:
        forecast.revise_lot(
            session, lot, facts[0], expected_version=expected_version, reason=choice.reason, actor=actor, now=now
        )
        return [lot]
    return _split(session, lot, facts, choice.reason, expected_version, actor, now)


def _split(
    session: Session,
    lot: Lot,
    facts: Sequence[LotFacts],
    reason: str,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Sequence[Lot]:
    """The first defined lot ends the whole by itself; a defined one is taken out once the others stand."""
    project, was_whole = lot.project, lot.is_whole
    ensure_current(lot, expected_version)
    made = [forecast.add_lot(session, project, each, reason=reason, actor=actor, now=now) for each in facts]
    if not was_whole:
        forecast.remove_lot(session, lot, expected_version=lot.version, reason=reason, actor=actor, now=now)
    return made


def is_to_prepare(session: Session, lot: Lot, choice: Choice | None) -> bool:
    """Whether what was kept is still to be written into the project."""
    if choice is None or choice.variant is None or lot.project.state not in EDITABLE_STATES:
        return False
    return list(lot_facts(session, lot, choice, choice.variant)) != [lot.facts]


def lot_facts(session: Session, lot: Lot, choice: Choice, variant: Variant) -> Sequence[LotFacts]:
    """What each new lot would say."""
    needs = sector_needs(terms_of(variant), coverage.needs_of(session, [lot])[lot.id])
    if len(needs) == 1:
        return [_sized(lot.facts, needs[0], variant, choice)]
    terms = forecast_rules.softened(lot.facts.terms)
    title = None if lot.is_whole else lot.title
    return [replace(_sized(terms, need, variant, choice), title=_title(title, need.name)) for need in needs]


def _sized(facts: LotFacts, need: SectorNeed, variant: Variant, choice: Choice) -> LotFacts:
    execution = PlannedPeriod(variant.starts_on, PlannedPrecision.DAY) if variant.starts_on else facts.execution
    sized = replace(
        facts,
        duration_months=variant.duration_months or facts.duration_months,
        execution=execution,
        adapted_allotment=True,
        adapted_allotment_reason=choice.reason[:_LONGEST_REASON],
    )
    if len(variant.sectors) > 1:
        codes = tuple(sorted(place.code for place in need.places))
        sized = replace(sized, whole_territory=False, commune_codes=codes)
    elif variant.hours is None:
        return sized
    return replace(sized, hours_wanted=need.hours, hours_per_year=need.hours is not None)


def _title(lot: str | None, sector: str) -> str:
    return (f"{lot}, {sector}" if lot else sector)[:_LONGEST_TITLE]
