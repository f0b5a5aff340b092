"""A groupement is opened on a lot, then its name, its lots, its form, its mandataire and its parts are set."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.forecast.models import Lot
from portal.groupements import policies, queries, rules, translation
from portal.groupements.facts import ACTIVE, About, Share, Terms
from portal.groupements.models import EssentialTask, Groupement, GroupementLot, Member, MemberCommune
from portal.groupements.services.base import fall, lock, record
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import ensure_current
from portal.vocabulary import Event, GroupementState, MemberRole, MemberState


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
    """Set the form, the mandataire, the share of each member and who does each essential task, the invited included.

    Whatever changes for a member makes the acceptances fall. Raises RuleViolation on `mandataire`, or beyond 100 %.
    """
    lock(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    ensure_current(groupement, expected_version)
    rules.ensure_forming(groupement.state)
    rules.ensure_shares(terms.shares.values())
    rules.ensure_communes(terms.shares.values(), queries.places_of(session, groupement))
    before = _composition(groupement)
    groupement.form = terms.form
    _designate(session, groupement, terms.mandataire)
    for member in groupement.members:
        if member.public_id in terms.shares and member.state in _WITH_SHARE:
            give(member, terms.shares[member.public_id])
    _give_tasks(groupement, terms.tasks)
    if _composition(groupement) != before:
        fall(groupement)
    record(session, Event.GROUPEMENT_PARTS_SET, groupement, actor=actor, now=now)


_WITH_SHARE = ACTIVE | {MemberState.INVITED}


def give(member: Member, share: Share) -> None:
    member.part, member.amount, member.hours, member.tasks = share.part, share.amount, share.hours, share.tasks or None
    kept = [place for place in member.communes if place.commune_code in share.communes]
    new = set(share.communes) - {place.commune_code for place in kept}
    member.communes = [*kept, *(MemberCommune(commune_code=code) for code in sorted(new))]


def _give_tasks(groupement: Groupement, wanted: Mapping[tuple[int, str], str]) -> None:
    """R2142-27, for the tasks that the lots ask now: who is neither in nor invited does none."""
    asked = {(lot.id, label) for lot in groupement.lots for label in lot.facts.task_labels}
    members = {each.public_id: each for each in groupement.members if each.state in _WITH_SHARE}
    chosen = {task: members[who] for task, who in wanted.items() if task in asked and who in members}
    kept = [each for each in groupement.tasks if (each.lot_id, each.label) in chosen]
    for each in kept:
        each.member_id = chosen.pop((each.lot_id, each.label)).id
    new = (EssentialTask(lot_id=lot_id, label=label, member_id=who.id) for (lot_id, label), who in chosen.items())
    groupement.tasks = [*kept, *new]


def drop_tasks(groupement: Groupement, member: Member) -> None:
    """Who goes no longer does what it was to do."""
    groupement.tasks = [each for each in groupement.tasks if each.member_id != member.id]


def tidy(groupement: Groupement, places: Collection[str]) -> None:
    """Forget the essential tasks and the communes that the buyer took out of the lots since they were given."""
    held = {(each.lot_id, each.label): each.member_id for each in groupement.tasks}
    public_ids = {each.id: each.public_id for each in groupement.members}
    _give_tasks(groupement, {task: public_ids[member_id] for task, member_id in held.items()})
    for member in groupement.members:
        member.communes = [place for place in member.communes if place.commune_code in places]


def _composition(groupement: Groupement) -> tuple[object, ...]:
    active = [member for member in groupement.members if member.state in ACTIVE]
    shares = [
        (each.id, each.role, each.part, each.amount, each.hours, each.tasks, {at.commune_code for at in each.communes})
        for each in active
    ]
    return groupement.form, shares, {(each.lot_id, each.label, each.member_id) for each in groupement.tasks}


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
