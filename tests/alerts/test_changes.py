"""Who follows a project is told of each public act once, in one message, however the portal reads its history."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Membership
from portal.alerts import services
from portal.alerts.jobs import alert
from portal.alerts.models import AlertMark, Follow
from portal.forecast import services as forecast
from portal.forecast.models import Revision
from portal.forecast.services.history import mark_public_change
from portal.kernel.actor import SYSTEM
from portal.outbox import SmtpSettings, Spared, deliver
from portal.storage import reading, unit_of_work
from portal.vocabulary import AlertKind, Frequency, MessageState, Role
from tests.accounts.people import give, new_account
from tests.alerts.conftest import World, alerts, composed, made, mails, postpone, read
from tests.forecast import sample
from tests.outbox.postbox import Postbox
from tests.statements import Statements

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def follow(session: Session, world: World, *names: str, now: datetime) -> None:
    """A minute later: the project was published at `now`."""
    for name in names:
        assert services.follow(session, world.project, actor=world.actor(name), now=now + MINUTE)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def test_followers_get_one_message_that_says_what_why_and_when(session: Session, world: World, now: datetime) -> None:
    follow(session, world, "anne", "rose", now=now)
    postpone(session, world.project, "T3 2027", "Le financement est voté en mai.", now=now + HOUR)
    session.commit()
    assert alert(now + HOUR + MINUTE, False)["messages"] == 2
    assert alert(now + HOUR + 2 * MINUTE, False) == {"alertes notées": 0, "devenues sans objet": 0, "messages": 0}
    assert sorted(mail.recipient for mail in mails()) == ["anne@pont.example", "rose@pont.example"]
    mail = read(mails()[0], now + HOUR + MINUTE)
    first = plain(mail.text).splitlines()[0]
    assert first.endswith("Consultation : 3ᵉ trimestre 2027 au lieu de 2ᵉ trimestre 2027.")
    assert plain(mail.subject) == "Nettoyage des écoles et des équipements : consultation"
    assert "parce que vous suivez ce projet, pour Atelier" in plain(mail.text)
    assert "Motif : Le financement est voté en mai." in plain(mail.text)
    assert "3 décembre 2026" in plain(mail.text)
    assert f"https://amont.example/programmation/{world.project.reference}" in mail.text
    assert "Ne plus recevoir" in mail.text
    assert mail.unsubscribe_url is not None
    assert mail.unsubscribe_url in mail.text


def test_an_act_of_several_fields_is_told_once(session: Session, world: World, now: datetime) -> None:
    follow(session, world, "anne", now=now)
    lot = world.project.lots[0]
    facts = sample.envisaged(title=None, staff_to_take_over=3, visit="Le 4 mai", payment_rhythm="Mensuel")
    forecast.revise_lot(
        session, lot, facts, expected_version=lot.version, reason="Précisions.", actor=SYSTEM, now=now + HOUR
    )
    session.commit()
    assert session.query(Revision).filter(Revision.at == now + HOUR).count() >= 3
    assert alert(now + HOUR, False) == {"alertes notées": 1, "devenues sans objet": 0, "messages": 1}
    text = plain(read(mails()[0], now + HOUR).text)
    assert "Visite : Le 4 mai" in text
    assert "Paiement : Mensuel" in text


def test_each_public_step_is_told(session: Session, world: World, now: datetime) -> None:
    follow(session, world, "anne", now=now)
    forecast.open_tender(
        session,
        world.project,
        url="https://marches.exemple.fr/42",
        offers_due_on=(now + 60 * 24 * HOUR).date(),
        expected_version=world.project.version,
        actor=SYSTEM,
        now=now + HOUR,
    )
    forecast.drop(
        session,
        world.project,
        reason="Budget retiré.",
        expected_version=world.project.version,
        actor=SYSTEM,
        now=now + 2 * HOUR,
    )
    session.commit()
    assert alert(now + 3 * HOUR, False)["alertes notées"] == 2
    text = plain(read(mails()[0], now + 3 * HOUR).text)
    assert "Consultation ouverte" in text
    assert "Projet abandonné" in text
    assert "Motif : Budget retiré." in text


def test_what_came_before_or_after_following_is_not_told(session: Session, world: World, now: datetime) -> None:
    follow(session, world, "anne", now=now + HOUR)
    postpone(session, world.project, "T3 2027", "Trop tôt.", now=now)
    services.unfollow(session, world.project, actor=world.actor("anne"), now=now + 2 * HOUR)
    postpone(session, world.project, "T4 2027", "Trop tard.", now=now + 3 * HOUR)
    session.commit()
    assert alert(now + 4 * HOUR, False)["alertes notées"] == 0


def test_whoever_unfollowed_stopped_or_left_meanwhile_is_spared(session: Session, world: World, now: datetime) -> None:
    follow(session, world, "anne", "jean", "rose", now=now)
    daily = {AlertKind.CHANGES: Frequency.DAILY}
    for name in ("anne", "jean", "rose"):
        actor = world.actor(name)
        services.set_preferences(session, actor.organisation_id or 0, daily, actor=actor, now=now)
    postpone(session, world.project, "T3 2027", "Report.", now=now + HOUR)
    session.commit()
    assert alert(now + HOUR, False) == {"alertes notées": 3, "devenues sans objet": 0, "messages": 0}
    services.unfollow(session, world.project, actor=world.actor("anne"), now=now + 2 * HOUR)
    services.stop(session, world.reseau.id, [AlertKind.CHANGES], actor=world.actor("rose"), now=now + 2 * HOUR)
    session.query(Membership).filter_by(account_id=world.people["jean"].id).update({"until": now + 3 * HOUR})
    session.commit()
    counts = alert(now + 24 * HOUR, False)
    assert (counts["devenues sans objet"], counts["messages"]) == (1, 0)
    assert all(each.spared_at for each in alerts())


def test_a_promised_message_whose_person_changed_their_mind_does_not_leave(
    session: Session, world: World, now: datetime
) -> None:
    follow(session, world, "anne", "jean", "rose", now=now)
    postpone(session, world.project, "T3 2027", "Report.", now=now + HOUR)
    session.commit()
    assert alert(now + HOUR, False)["messages"] == 3
    services.unfollow(session, world.project, actor=world.actor("anne"), now=now + HOUR)
    services.stop(session, world.reseau.id, [AlertKind.CHANGES], actor=world.actor("rose"), now=now + HOUR)
    session.query(Membership).filter_by(account_id=world.people["jean"].id).update({"until": now + HOUR})
    session.commit()
    assert all(isinstance(composed(mail, now + HOUR), Spared) for mail in mails())


def test_ten_minutes_at_least_between_two_messages(session: Session, world: World, now: datetime) -> None:
    follow(session, world, "anne", now=now)
    at = now + 8 * MINUTE
    for number, when in enumerate(("T3 2027", "T4 2027", "T1 2028"), start=1):
        postpone(session, world.project, when, f"Report {number}.", now=at + number * MINUTE)
        session.commit()
        alert(at + number * MINUTE, False)
    assert len(mails()) == 1
    assert alert(at + 10 * MINUTE, False)["messages"] == 0
    assert alert(at + 12 * MINUTE, False)["messages"] == 1
    text = plain(read(mails()[1], at + 12 * MINUTE).text)
    assert "Report 1." not in text
    assert "Report 2." in text
    assert "Report 3." in text


def test_two_hundred_followers_cost_the_statements_of_one(
    session: Session, world: World, now: datetime, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    follow(session, world, "anne", now=now)
    postpone(session, world.project, "T3 2027", "Report.", now=now + HOUR)
    session.commit()
    with sql_count() as alone:
        alert(now + HOUR, False)
    for number in range(200):
        account = new_account(session, now, f"p{number}@pont.example", f"P{number}")
        give(session, account, world.atelier, Role.STRUCTURE, now=now)
        session.add(
            Follow(
                account_id=account.id, organisation_id=world.atelier.id, project_id=world.project.id, since=now + MINUTE
            )
        )
    postpone(session, world.project, "T4 2027", "Encore.", now=now + 2 * HOUR)
    session.commit()
    with sql_count() as many:
        assert alert(now + 2 * HOUR, False)["messages"] == 201
    assert many.count <= alone.count + 4
    with sql_count() as composing:
        read(mails()[5], now + 2 * HOUR)
    assert composing.count <= 12


def test_a_message_leaves_with_its_one_click_stop(fresh_engine: Engine, now: datetime) -> None:
    with unit_of_work() as session:
        world = made(session, now)
        follow(session, world, "anne", now=now)
        postpone(session, world.project, "T3 2027", "Report.", now=now + HOUR)
    alert(now + HOUR, False)
    with Postbox() as postbox:
        settings: SmtpSettings = postbox.settings()
        assert deliver(settings, now + HOUR) == {MessageState.SENT: 1}
        (mail,) = postbox.received
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = mail["List-Unsubscribe"].strip()
    assert url.startswith("<https://amont.example/alertes/arret/")
    assert url.endswith(">")
    assert "\n" not in url


def revision(project_id: int, at: datetime, label: str) -> Revision:
    return Revision(
        project_id=project_id, lot_id=None, at=at, by_label="Achats", field="summary", label=label, reason=label
    )


def test_what_commits_late_under_a_lower_number_is_told_once(
    fresh_engine: Engine, now: datetime, database: str
) -> None:
    """PostgreSQL numbers rows before their transaction commits: the lower number may appear after the higher."""
    if database == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    with unit_of_work() as session:
        world = made(session, now)
        follow(session, world, "anne", now=now)
        project_id = world.project.id
    alert(now, False)
    with Session(fresh_engine) as early, Session(fresh_engine) as late:
        slow = revision(project_id, now + HOUR, "lent")
        early.add(slow)
        early.flush()
        quick = revision(project_id, now + HOUR + MINUTE, "rapide")
        late.add(quick)
        late.flush()
        mark_public_change(late, now=now)
        late.commit()
        assert slow.id < quick.id
        assert alert(now + HOUR + MINUTE, False)["alertes notées"] == 1
        mark_public_change(early, now=now)
        early.commit()
    assert alert(now + HOUR + 2 * MINUTE, False)["alertes notées"] == 1
    for hours in (5, 7, 9, 14, 40, 41):
        assert alert(now + hours * HOUR, False)["alertes notées"] == 0
    assert len(alerts()) == 2
    with reading() as session:
        mark = session.scalars(select(AlertMark)).one()
        assert mark.last_revision == session.scalar(select(func.max(Revision.id)))


def test_two_schedulers_at_once_tell_once(fresh_engine: Engine, now: datetime) -> None:
    with unit_of_work() as session:
        world = made(session, now)
        follow(session, world, "anne", "jean", "rose", now=now)
        for number in range(30):
            account = new_account(session, now, f"p{number}@pont.example", f"P{number}")
            give(session, account, world.atelier, Role.STRUCTURE, now=now)
            session.add(
                Follow(
                    account_id=account.id,
                    organisation_id=world.atelier.id,
                    project_id=world.project.id,
                    since=now + MINUTE,
                )
            )
        postpone(session, world.project, "T3 2027", "Report.", now=now + HOUR)
    at = now + HOUR + 10 * MINUTE
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(alert, at + shift, False) for shift in (-timedelta(seconds=1), timedelta(0), MINUTE)]
    for run in runs:
        run.result()
    assert len(alerts()) == 33
    told = [mail for mail in mails() if not isinstance(composed(mail, at), Spared)]
    assert len(told) == len({mail.recipient for mail in told}) == 33
    assert all(each.message_key for each in alerts())


def test_after_days_away_nothing_is_lost(session: Session, world: World, now: datetime) -> None:
    follow(session, world, "anne", now=now)
    session.commit()
    alert(now, False)
    for day in range(1, 5):
        postpone(session, world.project, f"T{day} 2028", f"Jour {day}.", now=now + day * 24 * HOUR)
    session.commit()
    counts = alert(now + 6 * 24 * HOUR, False)
    assert (counts["alertes notées"], counts["messages"]) == (4, 1)
    text = plain(read(mails()[0], now + 6 * 24 * HOUR).text)
    assert [f"Jour {day}." in text for day in range(1, 5)] == [True] * 4
