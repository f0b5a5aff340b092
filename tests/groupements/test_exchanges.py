"""The room's exchanges: read by those inside, never changed, one mail a day; invitations reminded once."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config import Config
from portal import scheduler
from portal.forecast.models import Lot
from portal.groupements import jobs, services
from portal.groupements.exchanges.services import say
from portal.groupements.facts import Offer
from portal.groupements.models import Groupement, Word
from portal.kernel.errors import NotFound, RuleViolation
from portal.outbox import Mail, Spared, composing
from portal.outbox.models import Message
from portal.vocabulary import MessageKind
from tests.groupements.pages import enter, press, room
from tests.groupements.people import Town, joined, member, opened

ENDS = MessageKind.GROUPEMENT_INVITATION_ENDS


@pytest.fixture
def groupement(town: Town, lot: Lot) -> Groupement:
    made = opened(town, lot)
    joined(town, made, "regie", "net")
    return made


def written(town: Town, groupement: Groupement, by: str, text: str) -> Word:
    return say(town.session, groupement, text, actor=town.actor(by), now=town.now)


def promised(session: Session, kind: str) -> list[Message]:
    session.flush()
    return list(session.scalars(select(Message).where(Message.kind == kind).order_by(Message.id)))


def test_those_inside_write_and_read_by_the_pages(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    enter(client, town, "regie")
    assert "Personne n’a encore écrit" in client.get(room(groupement)).text
    for text, status in (("", 422), ("x" * 2001, 422), ("\x00<b>Qui</b> prend\r\nle jeudi\u202f?\ud800", 302)):
        sent = press(client, room(groupement, "/echanges"), text=text.encode("utf-8", "surrogatepass"))
        assert sent.status_code == status
    for path in ("", "/echanges", "/echanges?page=99999999999999", "/echanges?page=-1&page=2"):
        page = client.get(room(groupement, path)).text
        assert "&lt;b&gt;Qui&lt;/b&gt; prend" in page
        assert "Personne Regie" in page


def test_words_never_change(town: Town, groupement: Groupement, session: Session) -> None:
    word = written(town, groupement, "regie", "Je prends le jeudi.")
    for change in (update(Word).where(Word.id == word.id).values(text="Rien."), delete(Word)):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(change)


def test_only_those_inside_write_and_only_while_it_runs(town: Town, groupement: Groupement, session: Session) -> None:
    for name in ("renfort", "reseau", "batisseurs"):
        with pytest.raises(NotFound):
            written(town, groupement, name, "Bonjour")
    services.leave(session, groupement, "Trop loin.", actor=town.actor("net"), now=town.now)
    with pytest.raises(NotFound):
        written(town, groupement, "net", "Encore un mot")
    with pytest.raises(RuleViolation):
        written(town, groupement, "pont", " \n ")
    services.dissolve(
        session, groupement, "Fini.", expected_version=groupement.version, actor=town.actor("pont"), now=town.now
    )
    with pytest.raises(RuleViolation, match="a pris fin"):
        written(town, groupement, "pont", "Au revoir")


def test_one_mail_a_day_and_person_and_never_the_words(
    town: Town, groupement: Groupement, session: Session, key_config: Config
) -> None:
    for by in ("pont", "regie", "pont"):
        written(town, groupement, by, "Le mot secret")
    told = promised(session, MessageKind.GROUPEMENT_WORDS)
    assert sorted(each.recipient.partition("@")[0] for each in told) == ["net", "pont", "regie"]
    town.now += timedelta(days=1)
    written(town, groupement, "pont", "Le lendemain")
    assert len(promised(session, MessageKind.GROUPEMENT_WORDS)) == 5
    services.leave(session, groupement, "Trop loin.", actor=town.actor("net"), now=town.now)
    scheduler.prepare(key_config)
    try:
        mails = {each.recipient: composing.compose(session, each.kind, each.ids, town.now) for each in told}
    finally:
        composing._composers.clear()
    assert isinstance(mails["net@town.example"], Spared)
    sent = mails["regie@town.example"]
    assert isinstance(sent, Mail)
    assert "secret" not in sent.text + sent.html + sent.subject


def _reminded(session: Session) -> int:
    found = select(func.count()).select_from(Message).where(Message.kind == ENDS)
    return session.scalar(found) or 0


def _run(town: Town, days: float) -> int:
    town.session.commit()
    jobs.remind_invitations(town.now + timedelta(days=days), False)
    town.session.expire_all()
    return _reminded(town.session)


@pytest.mark.usefixtures("connection")
def test_an_invitation_about_to_expire_is_reminded_once_whatever_runs_were_missed(
    town: Town, groupement: Groupement, session: Session
) -> None:
    pont, renfort = town.actor("pont"), town.organisations["renfort"]
    services.invite(session, groupement, renfort, Offer(), actor=pont, now=town.now)
    assert [_run(town, days) for days in (0, 9.9, 12.5, 12.6, 13, 15)] == [0, 0, 1, 1, 1, 1]
    town.now += timedelta(days=15)
    invited = member(town, groupement, "renfort")
    services.renew_invitation(session, groupement, invited, actor=pont, now=town.now)
    assert [_run(town, days) for days in (1, 10, 10)] == [1, 2, 2]


@pytest.mark.usefixtures("connection")
def test_an_answered_or_withdrawn_invitation_is_not_reminded(
    town: Town, groupement: Groupement, session: Session, key_config: Config
) -> None:
    pont = town.actor("pont")
    for name in ("renfort", "batisseurs"):
        services.invite(session, groupement, town.organisations[name], Offer(), actor=pont, now=town.now)
    services.part_with(session, groupement, member(town, groupement, "batisseurs"), None, actor=pont, now=town.now)
    assert _run(town, 11) == 1
    services.answer_invitation(
        session, groupement, accepted=False, reason="Non.", actor=town.actor("renfort"), now=town.now
    )
    session.flush()
    scheduler.prepare(key_config)
    try:
        (message,) = promised(session, ENDS)
        told = composing.compose(session, message.kind, message.ids, town.now + timedelta(days=11))
    finally:
        composing._composers.clear()
    assert isinstance(told, Spared)
