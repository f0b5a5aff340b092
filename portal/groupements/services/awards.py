"""A lot goes to a filed groupement: its composition becomes that of the contract; the others are told."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.facts import HeldBy
from portal.contracts.models import Contract
from portal.forecast.facts import AwardFacts
from portal.forecast.models import Lot, Project
from portal.forecast.services import award_lot
from portal.groupements import policies, queries, rules, translation
from portal.groupements.changes import rules as change_rules
from portal.groupements.changes.queries import is_waiting
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, Member
from portal.groupements.services.agreements import end
from portal.groupements.services.base import facts as facts_now
from portal.groupements.services.base import hold, lock
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import Refused
from portal.storage import touch
from portal.vocabulary import GroupementForm, GroupementState, MemberRole

_ANOTHER = "Le lot a été attribué à un autre candidat."
_OVER = "Le projet est abandonné, ou sa consultation close."


def award(
    session: Session,
    groupement: Groupement,
    lot: Lot,
    facts: AwardFacts,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Contract:
    """Award a lot to a filed groupement: parts, hours, form and mandataire are those that were sealed.

    `expected_version` is the lot's; the titulaires of `facts` are replaced. The project is locked first, then the
    groupements by number: of two awards of one lot, the second finds its outcome. The other candidacies that have no
    lot left to win are « non retenu ».
    """
    if not policies.can_award(actor, groupement):
        raise Refused("Seul le service des achats de cet acheteur peut attribuer ce lot.")
    lock_project(session, groupement.project)
    lock(session, groupement)
    touch(groupement)
    session.refresh(lot, attribute_names=["award"])
    answered = {each.id for each in groupement.lots}
    rules.ensure_awardable(groupement.state, answered, translation.lot_terms(lot))
    change_rules.ensure_settled(is_waiting(session, groupement), facts_now(groupement, now).active)
    contract = award_lot(
        session,
        groupement.project,
        lot,
        composed(groupement, lot, facts),
        expected_version=expected_version,
        actor=actor,
        now=now,
    )
    end(session, groupement, GroupementState.AWARDED, None, actor=actor, now=now)
    session.flush()
    _close_others(session, groupement, lot, actor=actor, now=now)
    return contract


def lock_project(session: Session, project: Project) -> None:
    session.execute(select(Project.id).where(Project.id == project.id).with_for_update(key_share=True)).all()


def composed(groupement: Groupement, lot: Lot, facts: AwardFacts) -> AwardFacts:
    """What the award says, with the composition that was sealed.

    Hours that the members share beyond what the contract promises are left for the buyer to set with them.
    """
    form = groupement.form
    hours = hours_by_member(groupement, lot, facts.duration_months)
    if sum(hours.values()) > (facts.promised_hours or 0):
        hours = {}
    return replace(
        facts,
        groupement=form.decp if form else None,
        mandataire_solidaire=form is GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE if form else None,
        titulaires=tuple(
            HeldBy(
                organisation_id=member.organisation_id,
                is_mandataire=member.role is MemberRole.MANDATAIRE,
                part=member.part,
                hours=hours.get(member.id),
            )
            for member in active_in_order(groupement)
        ),
    )


def active_in_order(groupement: Groupement) -> list[Member]:
    """The mandataire first."""
    active = [member for member in groupement.members if member.state in ACTIVE]
    return sorted(active, key=lambda member: (member.role is not MemberRole.MANDATAIRE, member.id))


def hours_by_member(groupement: Groupement, lot: Lot, months: int | None) -> dict[int, Decimal]:
    """The hours of each over the whole contract; none when shared over several lots, or over no known time."""
    months = months or lot.duration_months
    if len(groupement.lots) != 1 or (lot.hours_per_year and months is None):
        return {}
    years = Decimal(months or 12) / 12 if lot.hours_per_year else Decimal(1)
    told = {member.id: member.hours for member in groupement.members if member.state in ACTIVE and member.hours}
    return {id_: (hours * years).quantize(Decimal("0.01")) for id_, hours in told.items()}


def _close_others(session: Session, winner: Groupement, lot: Lot, *, actor: Actor, now: datetime) -> None:
    others = [each for each in queries.filed_on(session, lot.id) if each.id != winner.id]
    for other in sorted(others, key=lambda each: each.id):
        if other.state is GroupementState.FILED and translation.is_over(other):
            hold(session, other)
            end(session, other, GroupementState.NOT_RETAINED, _ANOTHER, actor=actor, now=now)


def close_if_over(session: Session, groupement: Groupement, *, now: datetime) -> None:
    """End what can win nothing any more, because of what the buyer did elsewhere: for the job of each night."""
    hold(session, groupement)
    if not (groupement.state in queries.RUNNING and translation.is_over(groupement)):
        return
    filed = groupement.state is GroupementState.FILED
    state = GroupementState.NOT_RETAINED if filed else GroupementState.DISSOLVED
    end(session, groupement, state, _OVER, actor=SYSTEM, now=now)
