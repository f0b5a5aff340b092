"""From rows to what the rules read: a groupement and its lots as facts."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from portal.directory.models import Organisation
from portal.forecast.models import Lot
from portal.groupements import rules
from portal.groupements.facts import ACTIVE, DocumentFacts, GroupementFacts, LotTerms, MemberFacts
from portal.groupements.models import Groupement, Member, MemberDocument
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date, typo
from portal.vocabulary import (
    ELIGIBLE_KINDS,
    ExecutionMode,
    Lever,
    MemberState,
    OrganisationKind,
    ProjectState,
    Reservation,
)


def facts_of(
    groupement: Groupement, now: datetime, *, with_fitness: bool = False, places: Mapping[str, str] | None = None
) -> GroupementFacts:
    """`with_fitness` looks at what each member is; it reads the kinds of organisations. `places`: see `places_of`."""
    project = groupement.project
    lots = tuple(lot_terms(lot) for lot in groupement.lots)
    return GroupementFacts(
        state=groupement.state,
        form=groupement.form,
        lots=lots,
        members=tuple(
            _member_facts(member, now, _unfit(member, groupement, now) if with_fitness else None)
            for member in groupement.members
        ),
        network_id=groupement.network_id,
        network_name=groupement.network.shown_name if groupement.network else None,
        asked_number=groupement.asked_number,
        tasks=tasks_of(groupement),
        places=places or {},
        lots_per_candidate=project.lots_per_candidate,
        in_tender=project.state is ProjectState.IN_TENDER,
        tender_planned=groupement.lots[0].planned.label if groupement.lots else None,
        offers_due_on=project.offers_due_on,
        candidacy_on=candidacy_on(groupement, now),
        buyer_id=project.buyer_id,
        buyer_name=project.buyer.shown_name,
    )


def tasks_of(groupement: Groupement) -> dict[tuple[int, str], int]:
    """R2142-27: the organisation that does each essential task, as last set."""
    organisations = {member.id: member.organisation_id for member in groupement.members}
    return {(task.lot_id, task.label): organisations[task.member_id] for task in groupement.tasks}


def lot_terms(lot: Lot) -> LotTerms:
    low, high = _worth(lot)
    return LotTerms(
        lot_id=lot.id,
        number=lot.number,
        name=lot_name(lot),
        reservation=reservation_of(lot),
        several_groupements_allowed=lot.several_groupements_allowed,
        alone_and_grouped_allowed=lot.alone_and_grouped_allowed,
        by_orders=lot.execution_mode is ExecutionMode.PURCHASE_ORDERS,
        amount_low=low,
        amount_high=high,
        hours_wanted=lot.hours_wanted,
        hours_per_year=lot.hours_per_year,
        essential_tasks=tuple((lot.essential_tasks or "").splitlines()),
        is_open=is_open(lot),
    )


def _worth(lot: Lot) -> tuple[Decimal | None, Decimal | None]:
    """What the buyer publishes: the exact estimate, else the bounds of the band."""
    if lot.amount_low is not None or lot.amount_high is not None:
        return lot.amount_low, lot.amount_high
    band = lot.amount_band
    if band is None:
        return None, None
    return Decimal(band.low), None if band.high is None else Decimal(band.high)


def is_open(lot: Lot) -> bool:
    return lot.ended_at is None and lot.award is None and lot.project.state in rules.FORMABLE_STATES


def is_over(groupement: Groupement) -> bool:
    """Whether nothing of it can be awarded any more; a lot merely cut anew leaves its candidates the choice."""
    if groupement.project.state not in rules.FORMABLE_STATES:
        return True
    live = [lot for lot in groupement.lots if lot.ended_at is None]
    return bool(live) and all(lot.award is not None for lot in live)


def lot_name(lot: Lot) -> str:
    """« le lot 1, rive droite », as it stands in a sentence."""
    if lot.is_whole:
        return "l’ensemble du projet"
    return typo(f"le lot {lot.number}" + (f", {lot.title}" if lot.title else ""))


def reservation_of(lot: Lot) -> Reservation:
    """Whom the lot is kept for, envisaged or decided; NONE for nobody, or nobody yet."""
    held = next((lever for lever in lot.levers if lever.lever is Lever.RESERVED), None)
    if held is None or not held.choice.is_live:
        return Reservation.NONE
    return held.reservation or Reservation.NONE


def _member_facts(member: Member, now: datetime, unfit: str | None) -> MemberFacts:
    return MemberFacts(
        organisation_id=member.organisation_id,
        siret=member.organisation.siret,
        name=member.organisation.shown_name,
        state=state_of(member, now),
        public_id=member.public_id,
        role=member.role,
        part=member.part,
        amount=member.amount,
        hours=member.hours,
        communes=tuple(sorted(place.commune_code for place in member.communes)),
        tasks=member.tasks,
        asked_on=paris_date(member.asked_at),
        expires_on=paris_date(member.expires_at) if member.expires_at else None,
        unfit=unfit,
        documents=tuple(_document_facts(document) for document in member.documents),
    )


def _document_facts(document: MemberDocument) -> DocumentFacts:
    brought = document.file_id is not None
    return DocumentFacts(name=document.name, is_brought=brought, expires_on=document.expires_on if brought else None)


def candidacy_on(groupement: Groupement, now: datetime) -> date:
    """The planned opening of the last of its lots, then the day offers are due; today once either is past."""
    project = groupement.project
    planned = [lot.planned.starts_on for lot in groupement.lots]
    days = [project.offers_due_on] if project.state is ProjectState.IN_TENDER else planned
    return max([paris_date(now), *(day for day in days if day)])


def state_of(member: Member, now: datetime) -> MemberState:
    """The state as it reads: an invitation past its time has expired."""
    if member.state is MemberState.INVITED and rules.has_expired(member.expires_at, now):
        return MemberState.EXPIRED
    return member.state


def _unfit(member: Member, groupement: Groupement, now: datetime) -> str | None:
    """Why a member may not answer a reserved lot as of right, on this day or on that of the consultation."""
    if member.state not in ACTIVE:
        return None
    today = paris_date(now)
    for lot in groupement.lots:
        reservation = reservation_of(lot)
        if reservation is not Reservation.NONE:
            on_day = max(today, lot.planned.starts_on)
            if words := _why_unfit(member.organisation, reservation, lot_name(lot), today, on_day):
                return words
    return None


def _kind_words(kind: OrganisationKind) -> str:
    return kind.value if kind.is_structure else kind.label.lower()


def _why_unfit(organisation: Organisation, reservation: Reservation, lot: str, today: date, then: date) -> str | None:
    """L2113-12 to L2113-15: the kinds held, on the day; `then` is the day of the consultation."""
    article = f"({reservation.article})"
    if not organisation.is_eligible_on(today, reservation):
        held = ", ".join(sorted(_kind_words(kind) for kind in organisation.kinds_on(today))) or "rien d’elle"
        wanted = ", ".join(sorted(ELIGIBLE_KINDS[reservation])) or "économie sociale et solidaire"
        return typo(f"Pour {lot}, réservé à : {wanted} {article}. L’annuaire dit : {held}. À justifier au dépôt.")
    if not organisation.is_eligible_on(then, reservation):
        eligible = (held for held in organisation.kinds if held.kind in ELIGIBLE_KINDS[reservation])
        ends = max(held.valid_to for held in eligible if held.valid_to)
        return typo(
            f"Ce qui la rend éligible finit le {format_date(ends)}, avant la consultation de {lot} {article} : "
            "joignez le renouvellement dès qu’il arrive."
        )
    return None
