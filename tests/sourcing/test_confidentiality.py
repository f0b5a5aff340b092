"""Who is interested without agreeing, and who asked, are read by nobody: not in a page, a mail, a journal, a file."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from portal import scheduler
from portal.alerts import services as alerts
from portal.alerts import telling
from portal.alerts.models import Alert
from portal.forecast.models import Lot, Project
from portal.journal.models import JournalEntry
from portal.outbox import Mail, Spared, composing
from portal.outbox.models import Message
from portal.sourcing import emails
from portal.vocabulary import InterestKind
from tests.groupements.pages import enter
from tests.groupements.people import Town
from tests.sourcing.acts import answer, ask, buyer_of, refusal, tell, word

STRUCTURES = ("pont", "regie", "net", "renfort")
_SAID = st.tuples(st.sampled_from(InterestKind), st.booleans(), st.booleans())


@pytest.fixture(autouse=True)
def _composers() -> Iterator[None]:
    yield
    composing._composers.clear()
    telling._readers.clear()


@pytest.fixture
def named(town: Town) -> Town:
    """Names that stand nowhere else."""
    for name in STRUCTURES:
        town.organisations[name].call(f"Zz{name}zz", None)
    buyer_of(town)
    town.session.commit()
    return town


def _marks(town: Town, name: str) -> tuple[str, ...]:
    organisation = town.organisations[name]
    return organisation.shown_name, organisation.siret, organisation.shown_siret, f"mot de {name}"


@given(st.fixed_dictionaries(dict.fromkeys(STRUCTURES, _SAID)))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_is_read_by_whom_it_was_not_given_to(
    client: FlaskClient, named: Town, lot: Lot, said: dict[str, tuple[InterestKind, bool, bool]]
) -> None:
    for name, (kind, to_buyer, to_others) in said.items():
        agreed: dict[str, Any] = {"named_to_buyer": to_buyer, "named_to_others": to_others, "note": f"mot de {name}"}
        told = word(kind, **agreed) if kind.is_live else refusal(**agreed)
        tell(named, lot, name, told)
    named.session.commit()
    for reader in ("batisseurs", "reseau", "pont", "acheteuse", None):
        text = "".join(_read(client, named, lot.project, reader))
        for name, (kind, to_buyer, to_others) in said.items():
            may = to_buyer if reader == "acheteuse" else to_others and kind.is_live and reader in {"reseau", "pont"}
            if reader != name and not may:
                assert not [mark for mark in _marks(named, name) if mark in text], (reader, name)
            if may and reader != name:
                assert named.organisations[name].shown_name in text


def _read(client: FlaskClient, town: Town, project: Project, reader: str | None) -> Iterator[str]:
    reference = project.reference
    if reader is None:
        with client.session_transaction() as cookie:
            cookie.clear()
    else:
        enter(client, town, reader)
    pages = [f"/programmation/{reference}", f"/programmation/{reference}/questions"]
    if reader == "acheteuse":
        pages += [f"/achats/{reference}", f"/achats/{reference}/questions", f"/achats/{reference}/journal"]
        pages += [f"/achats/{reference}/journal.csv"]
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, (reader, page)
        yield response.text


def test_who_asked_is_told_to_nobody(client: FlaskClient, named: Town, project: Project, session: Session) -> None:
    waiting, answered = ask(named, project, "pont"), ask(named, project, "pont", "Et la visite ?")
    answer(named, answered)
    session.commit()
    marks = (*_marks(named, "pont"), named.people["pont"].email, named.people["pont"].display_name)
    for reader in ("acheteuse", "regie", "reseau", None):
        text = "".join(_read(client, named, project, reader))
        assert "Local fourni" in text
        assert not [mark for mark in marks if mark in text], reader
    enter(client, named, "acheteuse")
    page = client.get(f"/achats/{project.reference}/questions/{waiting.public_id}").text
    assert not [mark for mark in marks if mark in page]
    entries = session.scalars(select(JournalEntry).where(JournalEntry.event.like("question.%"))).all()
    assert {entry.actor_label for entry in entries if entry.event == "question.asked"} == {"Un fournisseur"}
    told = "".join(f"{e.actor_id}{e.actor_label}{e.actor_organisation}{e.object_label}{e.after}" for e in entries)
    assert not [mark for mark in marks if mark in told]


def test_mails_tell_the_buyer_what_is_asked_and_the_asker_what_became_of_it(
    named: Town, project: Project, session: Session, now: datetime, key_config: Config
) -> None:
    scheduler.prepare(key_config)
    question = ask(named, project, "pont")
    to_buyer = session.scalars(select(Message).where(Message.kind == "sourcing.question_asked")).one()
    mail = emails.question_asked(session, to_buyer.ids, now)
    assert isinstance(mail, Mail)
    assert "Le local est-il fourni" in mail.text
    assert not [mark for mark in _marks(named, "pont") if mark in mail.text + mail.html + mail.subject]
    answer(named, question)
    assert isinstance(emails.question_asked(session, to_buyer.ids, now), Spared)
    to_asker = session.scalars(select(Message).where(Message.kind == "sourcing.question_closed")).one()
    assert to_asker.recipient == named.people["pont"].email
    closed = emails.question_closed(session, to_asker.ids, now)
    assert isinstance(closed, Mail)
    assert "Oui." in closed.text
    assert "une seule fois" in closed.html


def test_who_follows_is_told_once_the_asker_too(named: Town, project: Project, session: Session, now: datetime) -> None:
    for name in ("pont", "regie"):
        alerts.follow(session, project, actor=named.actor(name), now=now)
    answer(named, ask(named, project, "pont"))
    noted = session.scalars(select(Alert).where(Alert.subject.like("answer:%"))).all()
    assert len(noted) == 2
    to_asker = session.scalars(select(Message).where(Message.kind == "sourcing.question_closed")).one()
    assert isinstance(emails.question_closed(session, to_asker.ids, now), Spared)
