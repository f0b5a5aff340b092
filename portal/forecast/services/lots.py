"""Lots: added to a project, changed, taken out."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.forecast import policies, queries, rules, wording
from portal.forecast.facts import LotFacts
from portal.forecast.models import Lot, Project
from portal.forecast.services.history import record, tell, write
from portal.forecast.wording import Change
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.storage import ensure_current, touch


def add_lot(
    session: Session, project: Project, facts: LotFacts, *, reason: str | None = None, actor: Actor, now: datetime
) -> Lot:
    """Add a lot. The first one defines the allotment, and takes the place of the whole."""
    policies.ensure_can_write(actor, project.buyer_id)
    hold(session, project)
    rules.ensure_editable(project.state)
    rules.ensure_planned_ahead(facts.planned, clock.paris_date(now))
    rules.ensure_lot_coherent(facts)
    rules.ensure_derogation(facts, project.family)
    rules.ensure_not_decided_here(None, facts)
    _ensure_titled(project, facts)
    lot = new_lot(max(known.number for known in project.all_lots) + 1, facts, now)
    changes = [Change("lot_added", "Nouveau lot", None, _shown(lot), needs_reason=True)]
    if not project.allotment_defined:
        changes.insert(0, Change("allotment", "Allotissement", "à définir", "défini", needs_reason=True))
        for whole in project.lots:
            whole.ended_at = now
        project.allotment_defined = True
    project.all_lots.append(lot)
    session.flush()
    write(project, changes, actor=actor, now=now)
    tell(session, project, lot, changes, reason=reason, now=now)
    record(session, "lot.added", project, actor=actor, now=now, changes=changes)
    return lot


def revise_lot(
    session: Session,
    lot: Lot,
    facts: LotFacts,
    *,
    expected_version: int,
    reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Change a lot. Raises RuleViolation on the field at fault, on `reason` when a public change must say why."""
    project = lot.project
    policies.ensure_can_write(actor, project.buyer_id)
    rules.ensure_editable(project.state)
    ensure_current(lot, expected_version)
    hold(session, project)
    rules.ensure_editable(project.state)
    rules.ensure_lot_coherent(facts)
    rules.ensure_derogation(facts, project.family)
    before = lot.facts
    rules.ensure_not_decided_here(before, facts)
    if facts.planned != before.planned:
        rules.ensure_planned_ahead(facts.planned, clock.paris_date(now))
    change(session, lot, facts, reason=reason, actor=actor, now=now)


def change(
    session: Session, lot: Lot, facts: LotFacts, *, reason: str | None = None, actor: Actor, now: datetime
) -> None:
    """Make a lot of a project that one holds what the rules allowed, and tell what changed."""
    before = lot.facts
    lot.tell(facts)
    after = lot.facts
    changes = wording.lot_changes(before, after, _names(session, before, after))
    write(lot.project, changes, actor=actor, now=now)
    tell(session, lot.project, lot, changes, reason=reason, now=now)
    record(session, "lot.revised", lot.project, actor=actor, now=now, changes=changes, lot=lot)


def remove_lot(
    session: Session, lot: Lot, *, expected_version: int, reason: str | None = None, actor: Actor, now: datetime
) -> None:
    """Take a lot out of its project; its row and its history stay."""
    project = lot.project
    policies.ensure_can_write(actor, project.buyer_id)
    rules.ensure_editable(project.state)
    ensure_current(lot, expected_version)
    hold(session, project)
    rules.ensure_editable(project.state)
    if len(project.lots) == 1:
        raise RuleViolation("Un projet garde au moins un lot : modifiez celui-ci, ou abandonnez le projet.")
    lot.ended_at = now
    changes = [Change("lot_removed", "Lot retiré", _shown(lot), None, needs_reason=True)]
    write(project, changes, actor=actor, now=now)
    tell(session, project, lot, changes, reason=reason, now=now)
    record(session, "lot.removed", project, actor=actor, now=now, changes=changes, lot=lot)


def cpv_code_of(session: Session, typed: str | None) -> str | None:
    """The CPV code that a buyer typed, as a code or in words. Raises RuleViolation when none, or several, match."""
    if not typed:
        return None
    found = queries.cpv_matching(session, typed)
    if len(found) == 1:
        return found[0].code
    if not found:
        raise RuleViolation(
            typo(
                f"« {typed} » n’est ni un code CPV connu, ni des mots de la nomenclature : essayez un mot plus large."
            ),
            "cpv_code",
        )
    listed = " ; ".join(f"{cpv.full_code} {cpv.label}" for cpv in found)
    raise RuleViolation(typo(f"Plusieurs codes répondent à « {typed} », indiquez le bon : {listed}."), "cpv_code")


def new_lot(number: int, facts: LotFacts, now: datetime) -> Lot:
    lot = Lot(number=number, created_at=now)
    lot.tell(facts)
    return lot


def _ensure_titled(project: Project, facts: LotFacts) -> None:
    others = [lot for lot in project.lots if not lot.is_whole]
    if others and not facts.title:
        raise RuleViolation("Donnez un intitulé au lot : il doit se distinguer des autres.", "title")
    if any(other.title == facts.title for other in others):
        raise RuleViolation("Un autre lot du projet porte déjà cet intitulé.", "title")


def _shown(lot: Lot) -> str:
    return f"lot {lot.number}, {lot.title}" if lot.title else f"lot {lot.number}"


def hold(session: Session, project: Project) -> None:
    """Change the project because one of its lots changes: nobody else changes it until the commit."""
    session.flush()
    session.refresh(project, attribute_names=["version", "state"], with_for_update=True)
    touch(project)


def _names(session: Session, *states: LotFacts) -> dict[str, str]:
    communes = {code for facts in states for code in facts.commune_codes}
    return queries.names_of(session, communes, {facts.cpv_code for facts in states if facts.cpv_code})
