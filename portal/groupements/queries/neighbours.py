"""What other groupements of the same lots forbid, or are worth knowing."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.groupements import rules, translation
from portal.groupements.facts import ACTIVE, OwnElsewhere, SealedElsewhere
from portal.groupements.models import Groupement, GroupementLot, Member
from portal.groupements.queries.groupements import RUNNING
from portal.kernel.actor import Actor
from portal.vocabulary import GroupementState, MemberRole


def sealed_elsewhere(session: Session, groupement: Groupement) -> list[SealedElsewhere]:
    """The sealed groupements that answer one of its lots, by lot."""
    lots = select(GroupementLot.lot_id).where(GroupementLot.groupement_id == groupement.id).scalar_subquery()
    rows = session.execute(
        select(GroupementLot.lot_id, Groupement.id, Groupement.state, Member.organisation_id, Member.role)
        .join(Groupement, Groupement.id == GroupementLot.groupement_id)
        .join(Member, Member.groupement_id == Groupement.id)
        .where(
            GroupementLot.lot_id.in_(lots),
            Groupement.id != groupement.id,
            Groupement.state.in_(rules.SEATED),
            Member.state.in_(ACTIVE),
        )
        .order_by(GroupementLot.lot_id, Groupement.id)
    ).all()
    by_one: dict[tuple[int, int, GroupementState], list[tuple[int, MemberRole]]] = {}
    for lot_id, groupement_id, state, organisation_id, role in rows:
        by_one.setdefault((lot_id, groupement_id, state), []).append((organisation_id, role))
    return [_sealed(lot_id, state, members) for (lot_id, _, state), members in by_one.items()]


def _sealed(lot_id: int, state: GroupementState, members: list[tuple[int, MemberRole]]) -> SealedElsewhere:
    lead = next((id_ for id_, role in members if role is MemberRole.MANDATAIRE), 0)
    return SealedElsewhere(lot_id, lead, frozenset(id_ for id_, _ in members), state in rules.KNOWN_TO_BUYER)


def own_elsewhere(session: Session, groupement: Groupement, actor: Actor) -> list[OwnElsewhere]:
    """The other running groupements where the actor's organisation is, for one of the same lots."""
    other = aliased(GroupementLot)
    rows = session.execute(
        select(GroupementLot.lot_id, Member.role)
        .join(other, other.lot_id == GroupementLot.lot_id)
        .join(Groupement, Groupement.id == other.groupement_id)
        .join(Member, Member.groupement_id == Groupement.id)
        .where(
            GroupementLot.groupement_id == groupement.id,
            Groupement.id != groupement.id,
            Groupement.state.in_(RUNNING),
            Member.organisation_id == actor.organisation_id,
            Member.state.in_(ACTIVE),
        )
        .distinct()
    ).all()
    names = {lot.id: translation.lot_name(lot) for lot in groupement.lots}
    lead = groupement_mandataire_id(groupement) == actor.organisation_id
    return [OwnElsewhere(names[lot_id], lead and role is MemberRole.MANDATAIRE) for lot_id, role in rows]


def own_lots(session: Session, groupement: Groupement, actor: Actor) -> int:
    """How many lots of the project the actor's organisation answers, all its running groupements together."""
    answered = (
        select(func.count(GroupementLot.lot_id.distinct()))
        .join(Groupement, Groupement.id == GroupementLot.groupement_id)
        .join(Member, Member.groupement_id == Groupement.id)
        .where(
            Groupement.project_id == groupement.project_id,
            Groupement.state.in_(RUNNING),
            Member.organisation_id == actor.organisation_id,
            Member.state.in_(ACTIVE),
        )
    )
    return session.scalar(answered) or 0


def groupement_mandataire_id(groupement: Groupement) -> int | None:
    active = (member for member in groupement.members if member.state in ACTIVE)
    return next((member.organisation_id for member in active if member.role is MemberRole.MANDATAIRE), None)
