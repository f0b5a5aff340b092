"""The agreement: proposed, accepted by each member, sealed, filed; or unsealed and dissolved before the filing."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.forecast.models import Lot
from portal.groupements import agreement, policies, queries, rules
from portal.groupements.facts import ACTIVE, GroupementFacts
from portal.groupements.models import Acceptance, Agreement, Groupement, MandataireSeat
from portal.groupements.services import telling
from portal.groupements.services.base import facts, facts_of_member, fall, hold, lock, record
from portal.groupements.services.forming import tidy
from portal.groupements.services.members import decide
from portal.groupements.services.seals import write_seal
from portal.groupements.services.telling import tell
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.storage import ensure_current
from portal.storage.once import insert_once
from portal.vocabulary import Event, GroupementState, MemberState

_TOO_LATE = "Le groupement est scellé : sa composition ne change plus."


def propose(
    session: Session, groupement: Groupement, *, expected_version: int, actor: Actor, now: datetime
) -> Agreement:
    """Write the agreement down as the groupement stands, under the next number, and ask each member to accept it."""
    lock(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    ensure_current(groupement, expected_version)
    rules.ensure_proposable(facts(groupement, now))
    tidy(groupement, queries.places_of(session, groupement))
    session.flush()
    return ask(session, groupement, facts(groupement, now), actor=actor, now=now)


def ask(session: Session, groupement: Groupement, told: GroupementFacts, *, actor: Actor, now: datetime) -> Agreement:
    """Write down what is told as the next agreement of a locked groupement, and ask its members: one mail."""
    fall(groupement)
    told = replace(told, places=queries.places_of(session, groupement))
    number = 1 + max((known.number for known in groupement.agreements), default=0)
    text = agreement.agreement_text(number, groupement.public_id, groupement.name, groupement.project.reference, told)
    made = Agreement(number=number, text=text, sha256=agreement.digest(text), made_at=now)
    groupement.agreements.append(made)
    groupement.asked_number = number
    session.flush()
    ids = {"number": number}
    tell(session, telling.AGREEMENT, groupement, _members(groupement), ids=ids, actor=actor, now=now)
    written = {"number": number, "sha256": made.sha256}
    record(session, Event.GROUPEMENT_AGREED, groupement, actor=actor, now=now, after=written)
    return made


def _members(groupement: Groupement) -> set[int | None]:
    return {member.organisation_id for member in groupement.members if member.state in ACTIVE}


def accept(session: Session, groupement: Groupement, number: int, *, actor: Actor, now: datetime) -> Acceptance:
    """Accept, for the organisation one acts for, the very agreement that was read.

    Raises RuleViolation when another one has taken its place, or none is asked.
    """
    hold(session, groupement)
    member = policies.own_membership(actor, groupement, *ACTIVE)
    rules.ensure_acceptable(facts(groupement, now), number, facts_of_member(groupement, member, now))
    asked = asked_agreement(groupement)
    accepted = Acceptance(
        member_id=member.id,
        account_id=actor.account_id,
        by_label=actor.label,
        organisation_label=f"{member.organisation.shown_name}, SIRET {member.organisation.shown_siret}",
        at=now,
    )
    asked.acceptances.append(accepted)
    member.state = MemberState.ACCEPTED
    session.flush()
    record(session, Event.GROUPEMENT_ACCEPTED, groupement, actor=actor, now=now, after={"number": number})
    if groupement.state is GroupementState.FILED and all_accepted(groupement):
        _write_seal(session, groupement, asked, actor=actor, now=now)
    return accepted


def all_accepted(groupement: Groupement) -> bool:
    return all(each.state is MemberState.ACCEPTED for each in groupement.members if each.state in ACTIVE)


def _write_seal(session: Session, groupement: Groupement, asked: Agreement, *, actor: Actor, now: datetime) -> None:
    seal = write_seal(session, groupement, asked, now=now)
    written = {"number": asked.number, "sha256": asked.sha256, "seal": seal.sha256}
    record(session, Event.GROUPEMENT_SEALED, groupement, actor=actor, now=now, after=written)


def asked_agreement(groupement: Groupement) -> Agreement:
    """The agreement that is asked, or was sealed. Raises RuleViolation when none is."""
    found = next((known for known in groupement.agreements if known.number == groupement.asked_number), None)
    if found is None:
        raise RuleViolation("Aucun accord n’est proposé.")
    return found


def seal(session: Session, groupement: Groupement, *, expected_version: int, actor: Actor, now: datetime) -> None:
    """Seal what all have accepted, and take the mandataire's seat on each lot (R2142-23).

    The lots are locked, so that of two groupements that would clash the second sees the first; the seats' key would
    refuse it anyway. Requests still waiting are declined. Raises RuleViolation.
    """
    lock(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    ensure_current(groupement, expected_version)
    lock_lots(session, groupement)
    told = facts(groupement, now)
    rules.ensure_sealable(told)
    asked = asked_agreement(groupement)
    agreement.ensure_agreed(asked.text, asked.sha256, told)
    rules.ensure_no_clash(told, queries.sealed_elsewhere(session, groupement))
    take_seats(session, groupement, now)
    groupement.state, groupement.sealed_at = GroupementState.SEALED, now
    tell(session, telling.SEALED, groupement, telling.everyone(groupement), actor=actor, now=now)
    _decline_requests(session, groupement, _TOO_LATE, actor=actor, now=now)
    _write_seal(session, groupement, asked, actor=actor, now=now)


def lock_lots(session: Session, groupement: Groupement) -> None:
    lots = select(Lot).where(Lot.id.in_([lot.id for lot in groupement.lots])).order_by(Lot.id)
    locked = lots.with_for_update(of=Lot, key_share=True).execution_options(populate_existing=True)
    session.scalars(locked).all()
    session.refresh(groupement.project, attribute_names=["state"])


def take_seats(session: Session, groupement: Groupement, now: datetime) -> None:
    told = facts(groupement, now)
    mandataire = told.mandataire
    if mandataire is None:
        raise RuleViolation("Un des membres doit être le mandataire (R2142-24).", article="R2142-24")
    for lot in told.lots:
        seat = {"lot_id": lot.lot_id, "organisation_id": mandataire.organisation_id, "groupement_id": groupement.id}
        if not insert_once(session, MandataireSeat, **seat):
            taken = rules.seat_taken(mandataire.name, lot.name)
            raise RuleViolation(taken.sentence, article=taken.article)


def _decline_requests(session: Session, groupement: Groupement, reason: str, *, actor: Actor, now: datetime) -> None:
    for member in groupement.members:
        if member.state is MemberState.ASKING:
            decide(session, groupement, member, False, reason, actor=actor, now=now)


def unseal(session: Session, groupement: Groupement, *, expected_version: int, actor: Actor, now: datetime) -> None:
    """Open the composition again, before the filing: the seats are given back, and all will accept anew."""
    lock(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    ensure_current(groupement, expected_version)
    rules.ensure_unsealable(groupement.state)
    give_seats_back(session, groupement)
    groupement.state, groupement.sealed_at = GroupementState.FORMING, None
    fall(groupement)
    record(session, Event.GROUPEMENT_UNSEALED, groupement, actor=actor, now=now)


def give_seats_back(session: Session, groupement: Groupement) -> None:
    session.execute(delete(MandataireSeat).where(MandataireSeat.groupement_id == groupement.id))


def file(session: Session, groupement: Groupement, *, expected_version: int, actor: Actor, now: datetime) -> None:
    """Tell that the candidacy is filed: from here on the composition stands (R2142-26), and the buyer reads it."""
    lock(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    ensure_current(groupement, expected_version)
    rules.ensure_fileable(facts(groupement, now))
    groupement.state, groupement.filed_at = GroupementState.FILED, now
    record(session, Event.GROUPEMENT_FILED, groupement, actor=actor, now=now)


def dissolve(
    session: Session,
    groupement: Groupement,
    reason: str | None,
    *,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """End a groupement before the filing, saying why to its members and to those who were invited or had asked."""
    lock(session, groupement)
    policies.ensure_can_lead(actor, groupement, now)
    ensure_current(groupement, expected_version)
    rules.ensure_dissolvable(groupement.state)
    rules.ensure_reason(reason, "Dites en une phrase pourquoi : les membres et les invités le liront.")
    end(session, groupement, GroupementState.DISSOLVED, reason, actor=actor, now=now)


def end(
    session: Session,
    groupement: Groupement,
    state: GroupementState,
    reason: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Put an end to a locked groupement, and tell all those it concerns."""
    if state is GroupementState.DISSOLVED:
        give_seats_back(session, groupement)
    groupement.state, groupement.ended_at, groupement.end_reason = state, now, reason
    waiting = {each.organisation_id for each in groupement.members if each.state in _WAITING}
    concerned = {*telling.everyone(groupement), *waiting}
    tell(session, telling.ENDED, groupement, concerned, ids={"state": state.value}, actor=actor, now=now)
    record(session, _ENDS[state], groupement, actor=actor, now=now)


_WAITING = frozenset({MemberState.INVITED, MemberState.ASKING})
_ENDS = {
    GroupementState.AWARDED: Event.GROUPEMENT_AWARDED,
    GroupementState.NOT_RETAINED: Event.GROUPEMENT_NOT_RETAINED,
    GroupementState.DISSOLVED: Event.GROUPEMENT_DISSOLVED,
}
