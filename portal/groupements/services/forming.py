"""A groupement is opened on a lot, then its name, its lots, its form, its mandataire and its parts are set."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.forecast.models import Lot
from portal.groupements import policies, rules, translation
from portal.groupements.facts import ACTIVE, About, Share, Terms
from portal.groupements.models import Groupement, GroupementLot, Member
from portal.groupements.services.base import fall, lock, record
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import ensure_current
from portal.vocabulary import Event, GroupementForm, GroupementState, MemberRole, MemberState


def open_groupement(session: Session, lot: Lot, about: About, *, actor: Actor, now: datetime) -> Groupement:
    """Open a groupement on a public lot: a supplier becomes its mandataire and first member, a network coordinates.

    Raises RuleViolation when the lot takes no candidacy any more.
    """
    organisation_id = policies.ensure_can_open(actor)
    rules.ensure_formable(lot.project.state, [translation.lot_terms(lot)])
    groupement = Groupement(
        project=lot.project,
        name=about.name,
        presentation=about.presentation,
        open_to_requests=about.open_to_requests,
        state=GroupementState.FORMING,
        opened_by_id=organisation_id,
        created_at=now,
    )
    if policies.opens_as_network(actor):
        groupement.network_id = organisation_id
    else:
        groupement.members.append(_founder(session, organisation_id, lot, actor, now))
    session.add(groupement)
    session.flush()
    session.add(GroupementLot(groupement_id=groupement.id, lot_id=lot.id))
    session.flush()
    record(session, Event.GROUPEMENT_OPENED, groupement, actor=actor, now=now)
    return groupement


def _founder(session: Session, organisation_id: int, lot: Lot, actor: Actor, now: datetime) -> Member:
    organisation = session.get_one(Organisation, organisation_id)
    kinds = organisation.kinds_on(clock.paris_date(now))
    rules.ensure_may_be_member(kinds, organisation_id, lot.project.buyer_id)
    return Member(
        organisation=organisation,
        role=MemberRole.MANDATAIRE,
        state=MemberState.JOINED,
        asked_at=now,
        asked_by=actor.account_id,
        answered_at=now,
    )


def revise(
    session: Session,
    groupement: Groupement,
    about: About,
    lots: Collection[Lot],
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Change its name, what it says of itself, and the lots of its project that it answers."""
    lock(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    ensure_current(groupement, expected_version)
    rules.ensure_forming(groupement.state)
    groupement.name, groupement.presentation = about.name, about.presentation
    groupement.open_to_requests = about.open_to_requests
    if {lot.id for lot in lots} != {lot.id for lot in groupement.lots}:
        _answer(session, groupement, lots)
        fall(groupement)
    record(session, Event.GROUPEMENT_EDITED, groupement, actor=actor, now=now)


def _answer(session: Session, groupement: Groupement, lots: Collection[Lot]) -> None:
    terms = [translation.lot_terms(lot) for lot in lots]
    rules.ensure_lots(terms, groupement.project.lots_per_candidate)
    rules.ensure_formable(groupement.project.state, terms)
    if any(lot.project_id != groupement.project_id for lot in lots):
        raise RuleViolation("Un groupement répond aux lots d’un seul projet.", "lots")
    before, after = {lot.id for lot in groupement.lots}, {lot.id for lot in lots}
    for gone in before - after:
        session.delete(session.get_one(GroupementLot, (groupement.id, gone)))
    session.add_all(GroupementLot(groupement_id=groupement.id, lot_id=new) for new in sorted(after - before))
    session.flush()
    session.expire(groupement, ["lots"])


def set_terms(
    session: Session, groupement: Groupement, terms: Terms, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Set the form, the mandataire and the share of each member, those proposed to the invited included.

    Whatever changes for a member makes the acceptances fall. Raises RuleViolation on `mandataire`, or beyond 100 %.
    """
    lock(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    ensure_current(groupement, expected_version)
    rules.ensure_forming(groupement.state)
    rules.ensure_shares(terms.shares.values())
    before = _composition(groupement)
    groupement.form = terms.form
    _designate(session, groupement, terms.mandataire)
    for member in groupement.members:
        if member.public_id in terms.shares and member.state in _WITH_SHARE:
            give(member, terms.shares[member.public_id])
    if _composition(groupement) != before:
        fall(groupement)
    record(session, Event.GROUPEMENT_PARTS_SET, groupement, actor=actor, now=now)


_WITH_SHARE = ACTIVE | {MemberState.INVITED}


def give(member: Member, share: Share) -> None:
    member.part, member.hours, member.tasks = share.part, share.hours, share.tasks or None


def _composition(groupement: Groupement) -> tuple[GroupementForm | None, list[tuple[object, ...]]]:
    active = [member for member in groupement.members if member.state in ACTIVE]
    return groupement.form, [(each.id, each.role, each.part, each.hours, each.tasks) for each in active]


def _designate(session: Session, groupement: Groupement, public_id: str | None) -> None:
    """R2142-24: one mandataire, who is a member. The seat is freed before it is given: a key guards it."""
    chosen = next((each for each in groupement.members if each.public_id == public_id), None)
    held = [each for each in groupement.members if each.role is MemberRole.MANDATAIRE]
    if public_id and (chosen is None or chosen.state not in ACTIVE):
        raise RuleViolation("Le mandataire est un des membres (R2142-24) : choisissez-le parmi eux.", "mandataire")
    if chosen is None and held:
        raise RuleViolation(
            "Désignez un autre mandataire plutôt que de laisser la place vide (R2142-24).", "mandataire"
        )
    for member in held:
        if member is not chosen:
            member.role = MemberRole.COTRAITANT
    session.flush()
    if chosen is not None:
        chosen.role = MemberRole.MANDATAIRE
