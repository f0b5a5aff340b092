"""Saving a way to size a lot, changing it before anyone reads it, taking it away."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.calibration import queries as coverage
from portal.calibration import rules, wording
from portal.calibration.facts import Place
from portal.calibration.models import Sector, SectorCommune, Variant
from portal.calibration.queries import variants as queries
from portal.calibration.sectors import name_of, ready_made
from portal.calibration.services.base import record, take
from portal.calibration.split import SectorTerms, VariantTerms
from portal.forecast.models import Lot
from portal.forecast.services import mark_public_change
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import ensure_current
from portal.vocabulary import Event


def ready_made_terms(places: tuple[Place, ...], count: int) -> VariantTerms | None:
    """The lot in so many sectors of neighbouring communes; one: as it is. None when neighbours are not known."""
    groups = (places,) if count == 1 else ready_made(places, count)
    if not groups or not places:
        return None
    if count == 1:
        return VariantTerms(name=wording.AS_IT_IS, sectors=(SectorTerms("Tout le lot", codes_of(places)),))
    sectors = tuple(SectorTerms(name_of(group), codes_of(group)) for group in groups)
    return VariantTerms(name=f"{count} secteurs de communes voisines", sectors=sectors)


def codes_of(places: tuple[Place, ...]) -> tuple[str, ...]:
    return tuple(sorted(place.code for place in places))


def save_ready_made(session: Session, lot: Lot, count: int, *, actor: Actor, now: datetime) -> Variant:
    """Save a ready-made one; the same one saved before is found again. Raises RuleViolation without neighbours."""
    terms = ready_made_terms(coverage.needs_of(session, [lot])[lot.id].places, count)
    if terms is None:
        raise RuleViolation(
            "Ce découpage n’est pas possible : trop peu de communes au lot, ou leur place n’est pas connue."
        )
    take(session, lot, actor)
    same = (each for each in queries.variants_of(session, lot.id) if terms_of(each).groups == terms.groups)
    found = next((each for each in same if terms_of(each).yearly_hours is None and _keeps_period(each)), None)
    return found or save_variant(session, lot, terms, actor=actor, now=now)


def _keeps_period(variant: Variant) -> bool:
    return variant.starts_on is None and variant.duration_months is None


def save_variant(session: Session, lot: Lot, terms: VariantTerms, *, actor: Actor, now: datetime) -> Variant:
    """Save a way to size a lot; nobody but the buyer reads it until it is shared."""
    take(session, lot, actor)
    rules.ensure_split(terms, _codes(session, lot), clock.paris_date(now))
    rules.ensure_another(terms.name, [each.name for each in queries.variants_of(session, lot.id)])
    variant = Variant(lot=lot, created_at=now)
    _write(variant, terms)
    session.add(variant)
    session.flush()
    record(session, Event.VARIANT_SAVED, lot, actor=actor, now=now, after=wording.variant_words(variant))
    return variant


def revise_variant(
    session: Session, variant: Variant, terms: VariantTerms, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Change one that nobody else has read. Raises RuleViolation once it is shared."""
    lot = variant.lot
    take(session, lot, actor)
    session.refresh(variant, attribute_names=["version", "shared_at"])
    ensure_current(variant, expected_version)
    rules.ensure_unshared(is_shared=variant.shared_at is not None)
    rules.ensure_split(terms, _codes(session, lot), clock.paris_date(now))
    others = [each.name for each in queries.variants_of(session, lot.id) if each is not variant]
    rules.ensure_another(terms.name, others)
    variant.sectors = []
    session.flush()
    _write(variant, terms)
    session.flush()
    record(session, Event.VARIANT_SAVED, lot, actor=actor, now=now, after=wording.variant_words(variant))


def withdraw_variant(session: Session, variant: Variant, *, expected_version: int, actor: Actor, now: datetime) -> None:
    """Take a shared one from the pages where opinions are told, its opinions kept; one that nobody read is deleted."""
    lot = variant.lot
    take(session, lot, actor)
    session.refresh(variant, attribute_names=["version", "shared_at", "withdrawn_at"])
    ensure_current(variant, expected_version)
    if variant.withdrawn_at is not None:
        raise RuleViolation("Cette variante est déjà retirée.")
    record(session, Event.VARIANT_WITHDRAWN, lot, actor=actor, now=now, after=wording.variant_words(variant))
    if variant.shared_at is None and not queries.is_kept(session, variant.id):
        session.delete(variant)
        return
    variant.shared_at = variant.shared_at or now
    variant.withdrawn_at = now
    mark_public_change(session, now=now)


def terms_of(variant: Variant) -> VariantTerms:
    return VariantTerms(
        name=variant.name,
        sectors=tuple(
            SectorTerms(each.name, tuple(place.commune_code for place in each.communes), each.hours)
            for each in variant.sectors
        ),
        hours=variant.hours,
        starts_on=variant.starts_on,
        duration_months=variant.duration_months,
        note=variant.note,
    )


def _codes(session: Session, lot: Lot) -> frozenset[str]:
    return frozenset(place.code for place in coverage.needs_of(session, [lot])[lot.id].places)


def _write(variant: Variant, terms: VariantTerms) -> None:
    variant.name, variant.note = terms.name, terms.note
    variant.hours, variant.starts_on, variant.duration_months = (
        terms.yearly_hours,
        terms.starts_on,
        terms.duration_months,
    )
    variant.sectors = [
        Sector(
            number=number,
            name=sector.name,
            hours=sector.hours,
            communes=[SectorCommune(commune_code=code) for code in sorted(sector.codes)],
        )
        for number, sector in enumerate(terms.sectors, start=1)
    ]
