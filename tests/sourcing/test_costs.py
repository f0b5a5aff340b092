"""What pages cost whatever was said, copies that hold while nothing public changes, conflicts that lose nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.forecast.models import Lot, Project
from portal.sourcing import queries, services, telling
from portal.sourcing.facts import MeetingFacts
from portal.vocabulary import InterestKind
from tests.accounts.people import text_of
from tests.forecast.pages import filled, post
from tests.groupements.pages import enter
from tests.groupements.people import Town
from tests.sourcing.acts import answer, ask, buyer_of, more_structures, refusal, tell, word
from tests.statements import Statements

Counted = Callable[[], AbstractContextManager[Statements]]


def _say_all(town: Town, project: Project, names: tuple[str, ...]) -> None:
    lot = project.lots[0]
    for place, name in enumerate(names):
        named: dict[str, Any] = {"named_to_buyer": True, "named_to_others": True, "commune_codes": ("33001",)}
        tell(town, lot, name, word(list(InterestKind)[place % 4], **named) if place != 3 else refusal())
        answer(town, ask(town, project, name, f"Question {place} ?"), answer=f"Réponse {place}.")
        ask(town, project, name, f"Autre question {place} ?")
    town.session.commit()


@pytest.mark.parametrize(
    ("reader", "page"),
    [
        (None, "/programmation/{}"),
        ("reseau", "/programmation/{}"),
        ("acheteuse", "/achats/{}"),
        ("acheteuse", "/achats/{}/questions"),
        ("acheteuse", "/achats/{}/journal"),
        (None, "/programmation/{}/questions"),
    ],
)
def test_a_page_costs_the_same_whatever_was_said(
    client: FlaskClient, town: Town, project: Project, sql_count: Counted, reader: str | None, page: str
) -> None:
    buyer_of(town)
    _say_all(town, project, ("pont",))
    if reader:
        enter(client, town, reader)
    path = page.format(project.reference)
    client.get(path)
    with sql_count() as few:
        assert client.get(path).status_code == 200
    more_structures(town, "quatre", "cinq", "six", "sept")
    _say_all(town, project, ("regie", "net", "renfort", "quatre", "cinq", "six", "sept"))
    with sql_count() as many:
        assert client.get(path).status_code == 200
    assert many.count == few.count, many.sent


def test_a_copy_holds_until_something_public_changes(client: FlaskClient, town: Town, lot: Lot) -> None:
    path = f"/programmation/{lot.project.reference}"

    def is_fresh(tag: str) -> bool:
        town.session.commit()
        return client.get(path, headers={"If-None-Match": tag}).status_code == 304

    town.session.commit()
    tag = client.get(path).headers["ETag"]
    tell(town, lot, "pont", word())
    question = ask(town, lot.project, "pont")
    assert is_fresh(tag)
    answer(town, question)
    assert not is_fresh(tag)
    tag = client.get(path).headers["ETag"]
    for name in ("regie", "net"):
        tell(town, lot, name, word())
    assert is_fresh(tag)
    tell(town, lot, "renfort", word())
    assert not is_fresh(tag)


def test_who_was_slower_reads_both_and_finds_its_words_again(client: FlaskClient, town: Town, project: Project) -> None:
    question = ask(town, project, "pont")
    buyer_of(town)
    enter(client, town, "acheteuse")
    path = f"/achats/{project.reference}/questions/{question.public_id}"
    form = filled(client.get(path), answer="Oui, au sous-sol.")
    services.set_aside(
        town.session, question, "Hors sujet.", expected_version=question.version, actor=buyer_of(town), now=town.now
    )
    town.session.commit()
    conflict = post(client, path, form)
    assert conflict.status_code == 409
    shown = text_of(conflict)
    assert "Oui, au sous-sol." in shown
    assert "Hors sujet." in shown
    assert "écartée" in shown
    again = text_of(client.get(path))
    assert "Oui, au sous-sol." in again
    assert "Hors sujet." in again


def test_two_people_of_one_organisation_see_both_words(client: FlaskClient, town: Town, lot: Lot) -> None:
    enter(client, town, "pont")
    path = f"/programmation/{lot.project.reference}/lot-1/interet"
    form = filled(client.get(path), kind="alone", hours="900")
    tell(town, lot, "pont", word(InterestKind.MEMBER, hours=400, commune_codes=("33002",)), version=0)
    town.session.commit()
    conflict = post(client, path, form)
    assert conflict.status_code == 409
    shown = text_of(conflict)
    for words in ("900", "400", "Prête à répondre seule", "Prête à rejoindre un groupement", "Belleroche"):
        assert words in shown
    resumed = filled(client.get(path))
    assert (resumed["kind"], resumed["hours"], resumed["version"]) == ("alone", "900", "1")


def test_alerts_say_an_answer_and_a_meeting_as_they_stand(town: Town, project: Project, session: Session) -> None:
    question = ask(town, project, "pont")
    answer(town, question)
    starts = town.now + timedelta(20)
    facts = MeetingFacts(title="Sourçage", starts_at=starts, ends_at=starts + timedelta(hours=2), place="Mairie")
    meeting = services.set_meeting(session, town.buyer_id, project, facts, actor=buyer_of(town), now=town.now)
    subjects = [f"meeting:{meeting.id}:set", f"meeting:{meeting.id}:cancelled"]
    told = telling.answers(session, [f"answer:{question.id}", "answer:999999"])
    assert told[f"answer:{question.id}"].details == ("Local fourni ?", "Oui.")
    assert len(told) == 1
    assert "annonce une rencontre" in telling.meetings(session, subjects[:1])[subjects[0]].sentence
    services.cancel_meeting(session, meeting, "Salle prise", expected_version=1, actor=buyer_of(town), now=town.now)
    assert set(telling.meetings(session, subjects)) == {subjects[1]}
    assert [each.id for each in queries.meetings_from(session, town.now)] == [meeting.id]
