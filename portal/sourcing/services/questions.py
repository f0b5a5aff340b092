"""A question, its one answer to all, or the reason why it has none. Who asked is never told (CCP L3)."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal import journal, outbox
from portal.accounts.models import Account
from portal.accounts.queries import accounts_holding
from portal.alerts import services as alerts
from portal.forecast.models import Lot, Project
from portal.forecast.services import mark_public_change
from portal.forecast.services.history import record, tell
from portal.forecast.wording import Change
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import Refused, RuleViolation
from portal.kernel.french import format_date, typo
from portal.outbox.services import Promise, promise_each
from portal.sourcing import anonymity, policies, queries, rules
from portal.sourcing.models import Question
from portal.storage import ensure_current
from portal.vocabulary import AlertKind, Event, MessageKind, QuestionState, Role


def ask(
    session: Session,
    project: Project,
    lot: Lot | None,
    text: str,
    *,
    as_it_is: bool = False,
    actor: Actor,
    now: datetime,
) -> Question:
    """Put a question to the buyer. Raises RuleViolation on `text` when it tells who asks, unless `as_it_is`."""
    organisation_id, account_id = policies.ensure_may_ask(actor, project)
    rules.ensure_questions_open(project.state, project.questions_until, clock.paris_date(now))
    asker = queries.asker_of(session, organisation_id, account_id)
    marks = anonymity.marks_of(asker, text)
    if marks and not as_it_is:
        raise RuleViolation(typo(f"L’acheteur y lirait qui vous êtes : {_listed(marks)}. Retirez-le."), "text")
    question = Question(
        project_id=project.id,
        lot_id=lot.id if lot else None,
        organisation_id=organisation_id,
        account_id=account_id,
        asked_at=now,
        text=text,
        state=QuestionState.WAITING,
    )
    session.add(question)
    session.flush()
    _tell_purchasing(session, question, project, now)
    _record(session, Event.QUESTION_ASKED, project, policies.VEILED, now)
    return question


def answer(
    session: Session,
    question: Question,
    public_text: str,
    answer: str,
    *,
    is_checked: bool = False,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Answer to all. Raises RuleViolation on `is_checked` when a wording seems to tell who asked, unless checked."""
    policies.ensure_can_answer(actor, question.project.buyer_id)
    ensure_current(question, expected_version)
    rules.ensure_answerable(question.state, question.project.state)
    if not is_checked:
        _ensure_anonymous(session, question, f"{public_text}\n{answer}")
    question.public_text, question.answer = public_text, answer
    _close(question, QuestionState.ANSWERED, now)
    _publish(session, question, question.project, now)
    _tell_asker(session, question, now)
    _record(session, Event.QUESTION_ANSWERED, question.project, actor, now)


def set_aside(
    session: Session, question: Question, reason: str, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Leave a question without an answer, saying why to whoever asked, through the portal."""
    policies.ensure_can_answer(actor, question.project.buyer_id)
    ensure_current(question, expected_version)
    rules.ensure_waiting(question.state)
    question.answer = reason
    _close(question, QuestionState.SET_ASIDE, now)
    session.flush()
    _tell_asker(session, question, now)
    _record(session, Event.QUESTION_SET_ASIDE, question.project, actor, now)


def inform(
    session: Session, project: Project, lot: Lot | None, public_text: str, answer: str, *, actor: Actor, now: datetime
) -> Question:
    """Tell all what one was told, or what nobody asked yet: a question of the buyer's own, with its answer."""
    policies.ensure_can_answer(actor, project.buyer_id)
    rules.ensure_informs(project.state)
    if actor.account_id is None:
        raise Refused("Une personne du service des achats informe ; le portail n’informe pas de lui-même.")
    question = Question(
        project=project,
        lot_id=lot.id if lot else None,
        organisation_id=project.buyer_id,
        account_id=actor.account_id,
        asked_at=now,
        text=public_text,
        public_text=public_text,
        answer=answer,
    )
    _close(question, QuestionState.ANSWERED, now)
    session.add(question)
    _publish(session, question, project, now)
    _record(session, Event.QUESTION_ANSWERED, project, actor, now)
    return question


def date_questions(
    session: Session,
    project: Project,
    until: date | None,
    *,
    reason: str | None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Set the last day for questions; in public, with a reason."""
    policies.ensure_can_answer(actor, project.buyer_id)
    ensure_current(project, expected_version)
    if until == project.questions_until:
        return
    rules.ensure_last_day(project.state, until, clock.paris_date(now))
    before, after = _last_day(project.questions_until), _last_day(until)
    project.questions_until, project.saved_at = until, now
    change = Change("questions_until", "Questions reçues", before, after, needs_reason=True)
    tell(session, project, None, [change], reason=reason, now=now)
    record(session, Event.QUESTIONS_DATED, project, actor=actor, now=now, changes=[change])


def _last_day(until: date | None) -> str:
    return f"jusqu’au {format_date(until)}" if until else "jusqu’à l’ouverture de la consultation"


def _ensure_anonymous(session: Session, question: Question, wording: str) -> None:
    asker = queries.asker_of(session, question.organisation_id, question.account_id)
    if found := anonymity.warnings(asker, question.text, wording):
        raise RuleViolation(
            typo(f"Ce que tous liront contient {_listed(found)} : retirez ce qui dirait qui a posé la question."),
            "is_checked",
        )


def _close(question: Question, state: QuestionState, now: datetime) -> None:
    question.state, question.answered_at = state, now
    project = question.project
    question.answered_by_label = project.contact_service or project.buyer.shown_name


def _publish(session: Session, question: Question, project: Project, now: datetime) -> None:
    session.flush()
    mark_public_change(session, now=now)
    subject = f"answer:{question.id}"
    alerts.tell(session, project.id, AlertKind.ANSWERS, subject, lot_id=question.lot_id, now=now)


def _tell_purchasing(session: Session, question: Question, project: Project, now: datetime) -> None:
    people = accounts_holding(session, project.buyer_id, Role.PURCHASING, now)
    kind = MessageKind.QUESTION_ASKED
    promises = (
        Promise(each.email, {"question": question.id, "account": each.id}, f"{kind}:{question.id}:{each.id}")
        for each in people
    )
    promise_each(session, kind, promises, now=now)


def _tell_asker(session: Session, question: Question, now: datetime) -> None:
    """The person who asked; the composer spares them when an alert tells them the same."""
    account = session.get_one(Account, question.account_id)
    outbox.promise(
        session,
        MessageKind.QUESTION_CLOSED,
        recipient=account.email,
        ids={"question": question.id, "account": account.id},
        dedupe_key=f"{MessageKind.QUESTION_CLOSED}:{question.id}",
        now=now,
    )


def _record(session: Session, event: Event, project: Project, actor: Actor, now: datetime) -> None:
    """Under the project, never under the question: its number would tie who asked to what was asked."""
    subject = ("project", project.id, f"{project.shown_number} {project.title}")
    journal.record(session, event, subject, actor=actor, at=now)


def _listed(marks: list[str]) -> str:
    return ", ".join(f"« {mark} »" for mark in marks)
