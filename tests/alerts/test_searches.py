"""A saved search tells of each lot that enters it, once; its page says truly what it would have sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.alerts import queries, services
from portal.alerts.jobs import alert
from portal.alerts.models import SavedSearch
from portal.alerts.queries.entries import entries
from portal.forecast import services as forecast
from portal.forecast.facts import ProjectFacts
from portal.forecast.listing.selection import Facet, Selection
from portal.forecast.models import Project
from portal.kernel.actor import SYSTEM
from portal.kernel.errors import NotFound, RuleViolation
from portal.outbox import Spared
from portal.storage import reading
from portal.vocabulary import AlertKind, Frequency, PurchaseFamily
from tests.alerts.conftest import World, alerts, composed, mails, postpone, read
from tests.forecast import sample

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def save(
    session: Session,
    world: World,
    *,
    words: str = "nettoyage",
    name: str = "anne",
    frequency: Frequency = Frequency.AT_ONCE,
    now: datetime,
) -> SavedSearch:
    selection = Selection(words)
    return services.save_search(session, selection, f"Mes {words}", frequency, actor=world.actor(name), now=now)


def publish(session: Session, world: World, title: str, *, lots: int = 1, now: datetime) -> Project:
    facts = ProjectFacts(title=title, family=PurchaseFamily.SERVICES)
    told = [sample.lot_facts(title=f"Secteur {number}" if lots > 1 else None) for number in range(lots)]
    return sample.make_project(session, world.buyer_id, *told, facts=facts, now=now)


def dropped(session: Session, project: Project, *, now: datetime) -> None:
    forecast.drop(session, project, reason="Sans suite.", expected_version=project.version, actor=SYSTEM, now=now)


def told_lots() -> Sequence[int | None]:
    return [each.lot_id for each in alerts() if each.kind is AlertKind.NEW_LOTS]


def test_new_lots_come_in_one_message_whatever_their_number(session: Session, world: World, now: datetime) -> None:
    save(session, world, now=now)
    save(session, world, words="jardin", now=now)
    publish(session, world, "Nettoyage des gymnases", lots=3, now=now + HOUR)
    publish(session, world, "Entretien des jardins", now=now + HOUR)
    session.commit()
    assert alert(now + HOUR, False)["messages"] == 1
    mail = read(mails()[0], now + HOUR)
    text = plain(mail.text)
    assert "Nettoyage des gymnases" in text
    assert text.count("Entretien des jardins") == 1, "two searches found it"
    assert mail.unsubscribe_url is not None
    assert alert(now + 2 * HOUR, False) == {"alertes notées": 0, "devenues sans objet": 0, "messages": 0}


def test_what_answered_before_saving_is_not_told_nor_told_again(session: Session, world: World, now: datetime) -> None:
    publish(session, world, "Nettoyage ancien", now=now - HOUR)
    save(session, world, now=now)
    project = publish(session, world, "Nettoyage neuf", now=now + HOUR)
    session.commit()
    alert(now + HOUR, False)
    assert told_lots() == [project.lots[0].id]
    postpone(session, project, "T4 2027", "Report.", now=now + 2 * HOUR)
    session.commit()
    alert(now + 2 * HOUR, False)
    assert len(told_lots()) == 1


def test_a_lot_that_changes_into_the_search_is_told(session: Session, world: World, now: datetime) -> None:
    project = publish(session, world, "Travaux divers", now=now - HOUR)
    save(session, world, words="vitrerie", now=now)
    session.commit()
    alert(now, False)
    lot = project.lots[0]
    facts = sample.envisaged(description="Lavage de la vitrerie")
    forecast.revise_lot(
        session, lot, facts, expected_version=lot.version, reason="Précision.", actor=SYSTEM, now=now + HOUR
    )
    session.commit()
    alert(now + HOUR, False)
    assert told_lots() == [lot.id]


def test_a_lot_that_left_the_search_before_the_message_is_left_out(
    session: Session, world: World, now: datetime
) -> None:
    save(session, world, frequency=Frequency.WEEKLY, now=now)
    kept = publish(session, world, "Nettoyage des quais", now=now + HOUR)
    gone = publish(session, world, "Nettoyage des halles", now=now + HOUR)
    session.commit()
    assert alert(now + HOUR, False)["messages"] == 0
    dropped(session, gone, now=now + 2 * HOUR)
    session.commit()
    monday = now + 5 * DAY
    assert alert(monday, False)["messages"] == 1
    text = read(mails()[0], monday).text
    assert "quais" in text
    assert "halles" not in text
    dropped(session, kept, now=monday)
    session.commit()
    assert isinstance(composed(mails()[0], monday), Spared)


def test_what_was_published_while_one_looked_is_seen_by_the_next_look(
    session: Session, world: World, now: datetime
) -> None:
    """Its instant is that of the request, earlier than its commit."""
    save(session, world, words="tardif", now=now - HOUR)
    session.commit()
    alert(now + MINUTE, False)
    project = publish(session, world, "Nettoyage tardif", now=now)
    session.commit()
    alert(now + 2 * MINUTE, False)
    assert told_lots() == [project.lots[0].id]


def test_nothing_is_looked_at_when_nothing_public_changed(session: Session, world: World, now: datetime) -> None:
    search = save(session, world, now=now)
    session.commit()
    alert(now, False)
    alert(now + HOUR, False)
    session.refresh(search)
    assert search.looked_at == now


def test_searches_end_and_stop(session: Session, world: World, now: datetime) -> None:
    search = save(session, world, frequency=Frequency.DAILY, now=now)
    save(session, world, name="rose", frequency=Frequency.DAILY, now=now)
    publish(session, world, "Nettoyage des quais", now=now + HOUR)
    session.commit()
    assert alert(now + HOUR, False)["alertes notées"] == 2
    services.end_search(session, search, actor=world.actor("anne"), now=now + 2 * HOUR)
    services.stop(session, world.reseau.id, [AlertKind.NEW_LOTS], actor=world.actor("rose"), now=now + 2 * HOUR)
    publish(session, world, "Nettoyage des halles", now=now + 3 * HOUR)
    session.commit()
    assert alert(now + DAY, False) == {"alertes notées": 0, "devenues sans objet": 0, "messages": 0}


def test_another_rhythm_moves_what_waits(session: Session, world: World, now: datetime) -> None:
    search = save(session, world, frequency=Frequency.WEEKLY, now=now)
    publish(session, world, "Nettoyage des quais", now=now + HOUR)
    session.commit()
    alert(now + HOUR, False)
    at_once, anne = Frequency.AT_ONCE, world.actor("anne")
    services.revise_search(
        session, search, "Quais", at_once, expected_version=search.version, actor=anne, now=now + HOUR
    )
    session.commit()
    assert alert(now + HOUR + MINUTE, False)["messages"] == 1


def test_a_search_is_saved_once_with_a_name_and_is_one_s_own(session: Session, world: World, now: datetime) -> None:
    search = save(session, world, now=now)
    with pytest.raises(RuleViolation, match="déjà enregistré"):
        save(session, world, now=now)
    with pytest.raises(RuleViolation, match="nom"):
        services.save_search(session, Selection("eau"), "  ", Frequency.DAILY, actor=world.actor("anne"), now=now)
    with pytest.raises(NotFound):
        queries.search(session, world.actor("jean"), search.public_id)
    with pytest.raises(NotFound):
        services.end_search(session, search, actor=world.actor("rose"), now=now)


def test_the_estimate_counts_what_the_history_says(session: Session, world: World, now: datetime) -> None:
    monday = now - timedelta(days=3)
    for number, at in enumerate((monday, monday + HOUR, monday + DAY, monday - 8 * DAY, now - 200 * DAY)):
        publish(session, world, f"Balayage {number}", now=at)
    session.commit()
    with reading() as unit:
        told = queries.estimate(unit, Selection("balayage"), now)
    assert {frequency.value: count for frequency, count in told.messages.items()} == {
        "at_once": 4,
        "daily": 3,
        "weekly": 2,
    }
    assert not told.is_partial


def test_a_search_too_long_to_be_kept_is_refused(session: Session, world: World, now: datetime) -> None:
    chosen = {Facet.BUYER: tuple(str(10**13 + number) for number in range(40))}
    selection = Selection("\U0001f9f9" * 120, chosen)
    actor = world.actor("anne")
    with pytest.raises(RuleViolation, match="trop de filtres"):
        services.save_search(session, selection, "Tout", Frequency.DAILY, actor=actor, now=now)


def test_more_lots_than_a_statement_may_hold_are_looked_at(session: Session, world: World, now: datetime) -> None:
    project = publish(session, world, "Nettoyage des quais", now=now)
    lot_id = project.lots[0].id
    known = entries(session, {lot_id, *range(10**6, 10**6 + 70_000)}, since=now - HOUR)
    assert [each.field for each in known[lot_id]] == ["published"]
