"""What the alerts of this room say when their message leaves: an answer, a meeting as it stands by then."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.alerts import telling
from portal.alerts.telling import Piece
from portal.forecast.models import Project
from portal.kernel.french import typo
from portal.sourcing.models import PublicMeeting, Question
from portal.sourcing.wording import meeting_when
from portal.vocabulary import AlertKind, QuestionState

_CANCELLED = "cancelled"


def register() -> None:
    telling.register(AlertKind.ANSWERS, answers)
    telling.register(AlertKind.MEETINGS, meetings)


def answers(session: Session, subjects: Sequence[str]) -> Mapping[str, Piece]:
    """« answer:7 »: one statement."""
    wanted = {int(subject.partition(":")[2]): subject for subject in subjects}
    found = select(Question).where(Question.id.in_(wanted), Question.state == QuestionState.ANSWERED)
    project = joinedload(Question.project).joinedload(Project.buyer)
    return {wanted[each.id]: _answer(each) for each in session.scalars(found.options(project))}


def _answer(question: Question) -> Piece:
    project = question.project
    return Piece(
        sentence=typo(f"{project.buyer.shown_name} répond à une question sur « {project.title} »."),
        path=f"/programmation/{project.reference}#questions",
        details=(question.public_text or "", question.answer or ""),
    )


def meetings(session: Session, subjects: Sequence[str]) -> Mapping[str, Piece]:
    """« meeting:3:set », « meeting:3:moved4 », « meeting:3:cancelled »: one statement.

    Once it is cancelled, what was to be told of it before is no longer true.
    """
    steps = {subject: (int(subject.split(":")[1]), subject.split(":")[2]) for subject in subjects}
    found = select(PublicMeeting).where(PublicMeeting.id.in_({id_ for id_, _ in steps.values()}))
    known = {each.id: each for each in session.scalars(found.options(joinedload(PublicMeeting.buyer)))}
    return {
        subject: _meeting(known[id_], step)
        for subject, (id_, step) in steps.items()
        if id_ in known and (known[id_].cancelled_at is None or step == _CANCELLED)
    }


def _meeting(meeting: PublicMeeting, step: str) -> Piece:
    act = {"set": "annonce une rencontre", _CANCELLED: "annule une rencontre"}.get(step, "change une rencontre")
    details = (meeting_when(meeting), meeting.place, meeting.url, meeting.cancel_reason)
    return Piece(
        sentence=typo(f"{meeting.buyer.shown_name} {act} : « {meeting.title} »."),
        path=f"/rencontres/{meeting.public_id}",
        details=tuple(typo(detail) for detail in details if detail),
    )
