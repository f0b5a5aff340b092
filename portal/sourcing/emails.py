"""The mails of this room, composed when they leave, only if they are still true. None tells a buyer who asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import Account, Membership
from portal.accounts.queries import accounts_holding, in_force
from portal.alerts.models import Alert
from portal.outbox import Mail, Spared
from portal.sourcing import queries, telling
from portal.sourcing.models import Question
from portal.vocabulary import AccountState, MessageKind, QuestionState, Role

Ids = Mapping[str, int | str]
_DEPARTED = Spared("la personne ne parle plus pour cette organisation")


def register() -> None:
    """Tell the outbox how each of this room's mails is composed, and alerts what its own say."""
    outbox.register(MessageKind.QUESTION_ASKED, question_asked)
    outbox.register(MessageKind.QUESTION_CLOSED, question_closed)
    telling.register()


def question_asked(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To the buyer's purchasing people."""
    question = queries.question_by_id(session, int(ids["question"]))
    if question.state is not QuestionState.WAITING:
        return Spared("la question a sa réponse")
    buyers = accounts_holding(session, question.project.buyer_id, Role.PURCHASING, now)
    if ids["account"] not in {each.id for each in buyers}:
        return _DEPARTED
    return _mail("question_asked", question)


def question_closed(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To whoever asked, unless they follow the project: they are told of it as all followers are."""
    question = queries.question_by_id(session, int(ids["question"]))
    if not _speaks(session, question, now):
        return _DEPARTED
    if _is_alerted(session, question):
        return Spared("l’alerte du projet suivi le dit déjà")
    return _mail("question_closed", question)


def _speaks(session: Session, question: Question, now: datetime) -> bool:
    still = exists().where(
        Membership.account_id == question.account_id,
        Membership.organisation_id == question.organisation_id,
        in_force(now),
        Account.id == Membership.account_id,
        Account.state == AccountState.ACTIVE,
    )
    return bool(session.scalar(select(still)))


def _is_alerted(session: Session, question: Question) -> bool:
    told = exists().where(
        Alert.account_id == question.account_id,
        Alert.subject == f"answer:{question.id}",
        Alert.spared_at.is_(None),
    )
    return bool(session.scalar(select(told)))


def _mail(kind: str, question: Question, **context: Any) -> Mail:
    told = {"question": question, "project": question.project, "lot": question.lot}
    return outbox.mail_from_template(f"sourcing/emails/{kind}", {**told, **context})
