"""The equal-treatment journal of a project: what was told to whom and when, on one dated list (CCP L3).

It says how many people were written to, never who; that a question came, never from whom.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.alerts.models import Alert
from portal.forecast.models import Project, Revision
from portal.kernel.clock import PARIS
from portal.kernel.french import format_instant, plural, typo
from portal.sourcing.models import Exchange, PublicMeeting, Question
from portal.vocabulary import AlertKind, QuestionState

TO_ALL = "tous, sur la page publique"
_MAILS = {
    AlertKind.CHANGES: "Changement signalé par courriel",
    AlertKind.ANSWERS: "Réponse signalée par courriel",
    AlertKind.MEETINGS: "Rencontre signalée par courriel",
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing told: when, what, to whom, in which words."""

    at: datetime
    what: str
    to_whom: str
    text: str | None = None
    reason: str | None = None
    by: str | None = None
    hour_known: bool = True
    exchange_id: int | None = None
    """What was told to one, and that the buyer may tell to all."""


def told(session: Session, project: Project) -> list[Line]:
    """Everything, the latest first: six statements."""
    numbers = {lot.id: lot.number for lot in project.all_lots}
    lines = [
        *_changes(session, project, numbers),
        *_mails(session, project, numbers),
        *_questions(session, project, numbers),
        *_meetings(session, project),
        *_exchanges(session, project),
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _changes(session: Session, project: Project, numbers: dict[int, int]) -> Iterator[Line]:
    told = select(Revision).where(Revision.project_id == project.id).order_by(Revision.id.desc())
    for revision in session.scalars(told):
        yield Line(
            at=revision.at,
            what=revision.label + _of_lot(revision.lot_id, numbers),
            to_whom=TO_ALL,
            text=_before_after(revision),
            reason=revision.reason,
            by=revision.by_label,
        )


def _before_after(revision: Revision) -> str | None:
    if revision.before is None:
        return revision.after
    return f"avant : {revision.before} ; maintenant : {revision.after or 'rien'}"


def _mails(session: Session, project: Project, numbers: dict[int, int]) -> Iterator[Line]:
    counts = (func.min(Alert.noted_at), func.count(), func.count(Alert.message_key), func.count(Alert.spared_at))
    about = (Alert.project_id == project.id, Alert.kind != AlertKind.NEW_LOTS)
    grouped = select(Alert.kind, Alert.subject, func.max(Alert.lot_id), *counts).where(*about)
    rows = session.execute(grouped.group_by(Alert.kind, Alert.subject)).all()
    titles = _titles(session, [subject for kind, subject, *_ in rows if kind is AlertKind.MEETINGS])
    for row in rows:
        yield _mail(row, titles, numbers)


def _titles(session: Session, subjects: Iterable[str]) -> dict[str, str]:
    """Of the meetings that mails were about, those of the buyer about no project included: « meeting:3:set »."""
    ids = {subject: int(subject.split(":")[1]) for subject in subjects}
    titled = select(PublicMeeting.id, PublicMeeting.title).where(PublicMeeting.id.in_(set(ids.values())))
    known = dict(session.execute(titled).all())
    return {subject: known[id_] for subject, id_ in ids.items() if id_ in known}


def _mail(row: Any, titles: dict[str, str], numbers: dict[int, int]) -> Line:
    kind, subject, lot_id, noted_at, noted, sent, spared = row
    waiting = noted - sent - spared
    states = ((sent, "parti", "partis"), (waiting, "à partir", "à partir"), (spared, "sans objet", "sans objet"))
    became = ", ".join(plural(count, one, several) for count, one, several in states if count)
    return Line(
        at=noted_at,
        what=_MAILS[kind] + _of_lot(lot_id, numbers),
        to_whom=plural(noted, "personne qui suit le projet", "personnes qui suivent le projet"),
        text="\n".join(filter(None, (titles.get(subject), f"Courriels : {became}"))),
        by="Le portail",
    )


def _questions(session: Session, project: Project, numbers: dict[int, int]) -> Iterator[Line]:
    columns = (Question.asked_at, Question.text, Question.state, Question.public_text, Question.answer)
    rest = (Question.answered_at, Question.answered_by_label, Question.lot_id)
    own = (Question.organisation_id == project.buyer_id).label("own")
    asked = select(*columns, *rest, own).where(Question.project_id == project.id)
    for row in session.execute(asked.order_by(Question.id)):
        yield from _question(row, _of_lot(row.lot_id, numbers))


def _question(row: Any, lot: str) -> Iterable[Line]:
    if not row.own:
        yield Line(at=row.asked_at, what=f"Question reçue{lot}", to_whom="le service des achats", text=row.text)
    if row.state is QuestionState.ANSWERED:
        what = "Information publiée" if row.own else "Question et réponse publiées"
        text = f"{row.public_text}\n{row.answer}"
        yield Line(at=row.answered_at, what=what + lot, to_whom=TO_ALL, text=text, by=row.answered_by_label)
    elif row.state is QuestionState.SET_ASIDE:
        whom = "qui l’a posée, que le portail ne nomme pas"
        what = f"Question écartée{lot}"
        yield Line(at=row.answered_at, what=what, to_whom=whom, reason=row.answer, by=row.answered_by_label)


def _meetings(session: Session, project: Project) -> Iterator[Line]:
    about = select(PublicMeeting).where(PublicMeeting.project_id == project.id)
    for meeting in session.scalars(about):
        where = " · ".join(filter(None, (format_instant(meeting.starts_at), meeting.place, meeting.url)))
        text = typo(f"{meeting.title} : {where}")
        yield Line(at=meeting.created_at, what="Rencontre annoncée", to_whom=TO_ALL, text=text)
        if meeting.cancelled_at is not None:
            reason = meeting.cancel_reason
            yield Line(
                at=meeting.cancelled_at, what="Rencontre annulée", to_whom=TO_ALL, text=meeting.title, reason=reason
            )
        elif meeting.changed_at > meeting.created_at:
            yield Line(at=meeting.changed_at, what="Rencontre modifiée", to_whom=TO_ALL, text=text)


def _exchanges(session: Session, project: Project) -> Iterator[Line]:
    noted = select(Exchange).where(Exchange.project_id == project.id)
    for exchange in session.scalars(noted.order_by(Exchange.id)):
        yield Line(
            at=datetime.combine(exchange.told_on, time(12), PARIS),
            what=exchange.kind.label,
            to_whom=exchange.told_to,
            text=exchange.text,
            by=exchange.by_label,
            hour_known=False,
            exchange_id=exchange.id,
        )


def _of_lot(lot_id: int | None, numbers: dict[int, int]) -> str:
    number = numbers.get(lot_id or 0)
    return f", lot {number}" if number and len(numbers) > 1 else ""
