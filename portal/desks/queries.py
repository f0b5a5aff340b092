"""What several rooms together say of what waits, for the homes of roles only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.contracts import queries as contracts
from portal.contracts.models import Contract, ContractTitulaire
from portal.declarations import queries as declarations
from portal.declarations.models import Declaration
from portal.forecast.listing.rows import lot_title
from portal.forecast.models import Award, Lot, Project, Revision
from portal.groupements.models import Groupement, GroupementLot
from portal.kernel.actor import Actor
from portal.sourcing.models import Question
from portal.stories.models import StoryAgreement, SuccessStory
from portal.vocabulary import DeclarationState, GroupementState, ProjectState, QuestionState

_SHOWN = 5
_MOVES = 3


@dataclass(frozen=True)
class ToAward:
    """A lot whose consultation is over, or for which a groupement is a candidate, and which nobody holds yet."""

    reference: str
    number: int
    title: str
    offers_due_on: date | None


def lots_to_award(session: Session, actor: Actor, today: date) -> Sequence[ToAward]:
    """Lots of the buyer one acts for that wait for an outcome: their offers were due, or a groupement has filed."""
    filed = (
        select(GroupementLot.lot_id)
        .join(Groupement, Groupement.id == GroupementLot.groupement_id)
        .where(Groupement.state == GroupementState.FILED)
    )
    rows = session.execute(
        select(Project.reference, Lot.number, Project.title, Lot.title, Project.offers_due_on)
        .join(Lot.project)
        .outerjoin(Award, Award.lot_id == Lot.id)
        .where(
            Project.buyer_id == actor.organisation_id,
            Project.state == ProjectState.IN_TENDER,
            or_(Project.offers_due_on < today, Lot.id.in_(filed)),
            Lot.ended_at.is_(None),
            Award.lot_id.is_(None),
        )
        .order_by(Project.offers_due_on, Project.id, Lot.number)
        .limit(_SHOWN)
    )
    return [
        ToAward(reference, number, lot_title(project, number, title) if title else project, due_on)
        for reference, number, project, title, due_on in rows
    ]


@dataclass(frozen=True)
class Moved:
    """A public change of the forecast, and whose project it is of."""

    at: datetime
    reference: str
    title: str
    label: str
    before: str | None
    after: str | None
    reason: str | None


def what_moved(session: Session) -> Sequence[Moved]:
    """The last public changes that were given a reason, the latest first, each project once."""
    last = (
        select(func.max(Revision.id))
        .where(Revision.reason.is_not(None))
        .group_by(Revision.project_id)
        .order_by(func.max(Revision.id).desc())
        .limit(_MOVES)
    )
    rows = session.execute(
        select(
            Revision.at,
            Project.reference,
            Project.title,
            Revision.label,
            Revision.before,
            Revision.after,
            Revision.reason,
        )
        .join(Project, Project.id == Revision.project_id)
        .where(Revision.id.in_(last), Project.published_at.is_not(None))
        .order_by(Revision.id.desc())
    )
    return [Moved(*row) for row in rows]


def projects_ready(session: Session, actor: Actor) -> int:
    """How many projects of the buyer one acts for wait only for their publication."""
    ready = select(func.count()).where(Project.buyer_id == actor.organisation_id, Project.state == ProjectState.READY)
    return session.scalar(ready) or 0


@dataclass(frozen=True)
class Asked:
    """A project whose buyer is awaited by suppliers."""

    reference: str
    title: str
    count: int
    since: datetime


def questions_waiting(session: Session, actor: Actor) -> Sequence[Asked]:
    """Projects of the buyer one acts for with questions left to answer, the one that waits longest first."""
    since = func.min(Question.asked_at)
    rows = session.execute(
        select(Project.reference, Project.title, func.count(), since)
        .join(Question, Question.project_id == Project.id)
        .where(Project.buyer_id == actor.organisation_id, Question.state == QuestionState.WAITING)
        .group_by(Project.id, Project.reference, Project.title)
        .order_by(since, Project.id)
        .limit(_SHOWN)
    )
    return [Asked(*row) for row in rows]


def stories_to_agree(session: Session, actor: Actor) -> Sequence[SuccessStory]:
    """Those that name the organisation one acts for, and wait for its word."""
    asked = (
        StoryAgreement.organisation_id == actor.organisation_id,
        StoryAgreement.asked_at.is_not(None),
        StoryAgreement.agreed_at.is_(None),
        StoryAgreement.refused_at.is_(None),
        StoryAgreement.told_on.is_(None),
    )
    waiting = select(SuccessStory).join(StoryAgreement, StoryAgreement.story_id == SuccessStory.id).where(*asked)
    return session.scalars(waiting.order_by(StoryAgreement.asked_at, SuccessStory.id).limit(_SHOWN)).all()


def late_for_my_desk(session: Session, actor: Actor, today: date) -> int:
    """Months that are late, on the contracts that one checks."""
    late = declarations.checked_by(actor).where(
        Declaration.state.in_(DeclarationState.awaited()), Declaration.due_on < today
    )
    return session.scalar(late.with_only_columns(func.count())) or 0


def late_members(session: Session, actor: Actor, today: date) -> Sequence[Declaration]:
    """Months of the other members, late, of the groupements that one's organisation is the mandataire of."""
    led = select(ContractTitulaire.contract_id).where(
        ContractTitulaire.organisation_id == actor.organisation_id,
        ContractTitulaire.is_mandataire,
        ContractTitulaire.left_on.is_(None),
    )
    return session.scalars(
        select(Declaration)
        .where(
            Declaration.contract_id.in_(led),
            Declaration.organisation_id != actor.organisation_id,
            Declaration.state.in_(DeclarationState.awaited()),
            Declaration.due_on < today,
        )
        .options(joinedload(Declaration.contract), joinedload(Declaration.organisation))
        .order_by(Declaration.due_on, Declaration.id)
        .limit(_SHOWN)
    ).all()


def contracts_held(session: Session, actor: Actor, today: date) -> Sequence[Contract]:
    """The contracts that one's organisation carries out and which promise hours, the first to end first."""
    held = select(ContractTitulaire.contract_id).where(
        ContractTitulaire.organisation_id == actor.organisation_id, ContractTitulaire.left_on.is_(None)
    )
    running = (
        contracts.whole(select(Contract))
        .where(Contract.id.in_(held), Contract.ends_on >= today, Contract.first_month.is_not(None))
        .order_by(Contract.ends_on, Contract.id)
        .limit(_SHOWN)
    )
    return [contract for contract in session.scalars(running) if contract.commitments]
