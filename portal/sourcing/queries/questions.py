"""Questions and answers: for everyone, for who asked, for the buyer. No query gives a buyer who asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, lazyload

from portal.accounts.models import Account
from portal.directory.models import Organisation
from portal.forecast import policies as forecast
from portal.forecast.models import Lot, Project
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.paging import last_page, page_within
from portal.sourcing.facts import Asker
from portal.sourcing.models import Exchange, Question
from portal.vocabulary import QuestionState

PAGE = 20
_MOST_WAITING = 200
_MOST_OWN = 50


@dataclass(frozen=True)
class Answers:
    """A page of what everyone reads, the latest answer first."""

    questions: Sequence[Question]
    total: int
    number: int = 1

    @property
    def last(self) -> int:
        return last_page(self.total, PAGE)


def public_answers(session: Session, project_id: int, page: int = 1, most: int = PAGE) -> Answers:
    """What was answered to all: two statements."""
    answered = (Question.project_id == project_id, Question.state == QuestionState.ANSWERED)
    total = session.scalar(select(func.count()).select_from(Question).where(*answered)) or 0
    page = page_within(page, total, most)
    latest = _questions().where(*answered).order_by(Question.answered_at.desc(), Question.id.desc())
    return Answers(session.scalars(latest.offset((page - 1) * most).limit(most)).all() if total else [], total, page)


def asked_by(session: Session, project_id: int, actor: Actor) -> Sequence[Question]:
    """What the organisation one acts for asked and nobody else reads: it waits, or was set aside."""
    own = (Question.project_id == project_id, Question.organisation_id == actor.organisation_id)
    unseen = _questions().where(*own, Question.state != QuestionState.ANSWERED)
    return session.scalars(unseen.order_by(Question.id.desc()).limit(_MOST_OWN)).all()


@dataclass(frozen=True)
class Desk:
    """The questions of a project, for its buyer: what waits, and a page of what has its answer."""

    waiting: Sequence[Question]
    closed: Sequence[Question]
    total_closed: int
    number: int = 1

    @property
    def last(self) -> int:
        return last_page(self.total_closed, PAGE)


def desk_of(session: Session, project: Project, page: int = 1) -> Desk:
    own = _questions().where(Question.project_id == project.id)
    waiting = own.where(Question.state == QuestionState.WAITING).order_by(Question.id).limit(_MOST_WAITING)
    over = (Question.project_id == project.id, Question.state != QuestionState.WAITING)
    total = session.scalar(select(func.count()).select_from(Question).where(*over)) or 0
    page = page_within(page, total, PAGE)
    closed = _questions().where(*over).order_by(Question.answered_at.desc(), Question.id.desc())
    shown = closed.offset((page - 1) * PAGE).limit(PAGE)
    return Desk(session.scalars(waiting).all(), session.scalars(shown).all() if total else [], total, page)


def count_waiting(session: Session, *, project_id: int | None = None, buyer_id: int | None = None) -> int:
    """How many questions wait for their answer, of a project or of all those of a buyer."""
    waiting = select(func.count()).select_from(Question).where(Question.state == QuestionState.WAITING)
    if project_id is not None:
        waiting = waiting.where(Question.project_id == project_id)
    if buyer_id is not None:
        waiting = waiting.join(Question.project).where(Project.buyer_id == buyer_id)
    return session.scalar(waiting) or 0


def own_question(session: Session, actor: Actor, reference: str, public_id: str) -> Question:
    """A question put to the buyer one acts for. Raises NotFound."""
    found = session.scalar(_questions().where(Question.public_id == public_id))
    if found is None or found.project.reference != reference:
        raise NotFound
    if not forecast.can_read_drafts(actor, found.project.buyer_id):
        raise NotFound
    return found


def own_exchange(session: Session, project: Project, exchange_id: int) -> Exchange | None:
    return session.scalar(select(Exchange).where(Exchange.id == exchange_id, Exchange.project_id == project.id))


def question_by_id(session: Session, question_id: int) -> Question:
    """For the portal itself: its mails."""
    return session.scalars(_questions().where(Question.id == question_id)).one()


def asker_of(session: Session, organisation_id: int, account_id: int) -> Asker:
    """What would tell who asks: for the rule of anonymity alone, never for a page."""
    organisation = session.get_one(Organisation, organisation_id)
    account = session.get_one(Account, account_id)
    return Asker(
        names=tuple(filter(None, (organisation.name, organisation.usual_name, account.display_name))),
        siret=organisation.siret,
        emails=tuple(filter(None, (account.email, organisation.contact_email))),
        phones=tuple(filter(None, (organisation.contact_phone,))),
        website=organisation.website,
    )


def _questions() -> Select[Question]:
    plain = joinedload(Question.lot).options(lazyload(Lot.levers), lazyload(Lot.communes), lazyload(Lot.award))
    return select(Question).options(plain, joinedload(Question.project).joinedload(Project.buyer))
