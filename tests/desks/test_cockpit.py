"""A network reads where the holes are, who could fill them and who waits, and nothing of what is closed to it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT, Config
from portal import outbox
from portal.accounts import keys
from portal.accounts.services.sign_in import open_session
from portal.desks.cockpit import emails, nudges, rules
from portal.desks.cockpit.desk import Desk, count_waiting, desk_of
from portal.desks.cockpit.quarters import balance
from portal.desks.models import Nudge
from portal.groupements import services as groupements
from portal.groupements.facts import About, Offer, Share
from portal.journal.models import JournalEntry
from portal.kernel.errors import RuleViolation
from portal.kernel.filters import FILTERS
from portal.kernel.period import Quarter
from portal.outbox import Mail, Spared
from portal.outbox.models import Message
from portal.storage import reading, unit_of_work
from portal.vocabulary import CapacityBand, NudgeSubject, Role, Trade
from tests.accounts.people import acting
from tests.accounts.test_races import Outcomes, together
from tests.desks.net import Net, make_net
from tests.groupements.pages import press
from tests.statements import Statements

BAND = CapacityBand.FROM_1500
CAPACITY, LOT = NudgeSubject.CAPACITY, NudgeSubject.LOT


@pytest.fixture(autouse=True)
def moment(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def net(session: Session, app: Flask, now: datetime) -> Net:
    outbox.configure(ROOT / "templates", "https://amont.example", filters=FILTERS, portal_name="Rivemont")
    return make_net(session, now)


def seen(net: Net) -> Desk:
    net.session.flush()
    net.session.expire_all()
    return desk_of(net.session, net.head, net.now)


def entered(client: FlaskClient, net: Net) -> FlaskClient:
    net.session.commit()
    assert net.account
    token = open_session(net.session, net.account, now=net.now, organisation_id=net.network.id, second_factor=True)
    net.session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return client


def test_holes_come_first_with_who_could_fill_them(net: Net) -> None:
    for band in (BAND, BAND, BAND, BAND, None):
        net.add(band)
    small, large = net.lot(1000), net.lot(12000)

    near = seen(net).near

    assert [each.lot.id for each in near.lots] == [large.id, small.id]
    hole = near.lots[0]
    assert (hole.missing, hole.own_hours, hole.leaders) == (Decimal(6000), Decimal(6000), 4)
    assert [each.name for each in hole.silent] == ["Structure 024"]
    assert not near.lots[1].is_hole
    assert (len(near.fillers), len(near.to_ask)) == (4, 1)


def test_a_total_of_three_is_hidden_even_from_their_network(net: Net, client: FlaskClient) -> None:
    for _ in range(3):
        net.add(BAND)
    net.lot(12000)

    assert seen(net).near.lots[0].missing is None
    page = entered(client, net).get("/reseau").text
    assert "total masqué" in page
    assert "offertes" not in page


def test_who_left_or_only_asked_is_seen_nowhere(net: Net, client: FlaskClient) -> None:
    stays, leaves, asks = net.add(BAND), net.add(BAND), net.add(BAND, accepted=False)
    net.lot(12000)
    net.affiliations[1].ended_at = net.now

    assert [each.name for each in seen(net).members] == [stays.shown_name]
    entered(client, net)
    for path in ("/reseau", "/reseau/adherents", "/reseau/adherents.csv", "/reseau/lots"):
        text = client.get(path).text
        assert leaves.shown_name not in text
        assert asks.shown_name not in text
    for gone in (leaves, asks):
        assert client.get(f"/reseau/adherents/{gone.siret}/relancer/capacite").status_code == 404


def test_of_a_groupement_of_others_only_that_a_member_is_in_one(net: Net, client: FlaskClient) -> None:
    ours, partner = net.add(BAND), net.add(BAND, accepted=False)
    lot = net.lot(12000)
    lead = acting(net.people[1], partner, Role.STRUCTURE)
    about = About(name="Le Secret des Trois Rives", open_to_requests=False)
    other = groupements.open_groupement(net.session, lot, about, actor=lead, now=net.now)
    offer = Offer(message=None, share=Share(part=4321, hours=Decimal(1234), tasks="Vitrerie confidentielle"))
    groupements.invite(net.session, other, ours, offer, actor=lead, now=net.now)
    member = acting(net.people[0], ours, Role.STRUCTURE)
    groupements.answer_invitation(net.session, other, accepted=True, reason=None, actor=member, now=net.now)

    assert seen(net).elsewhere == {ours.id}
    entered(client, net)
    text = "".join(client.get(path).text for path in ("/reseau", "/reseau/adherents", "/reseau/lots"))
    assert "dans un groupement que vous ne coordonnez pas" in text
    for secret in (about.name, "Vitrerie", "1\u202f234", "43,21", partner.shown_name, other.public_id):
        assert secret not in text
    assert client.get(f"/groupements/{other.public_id}").status_code == 404


def test_a_network_coordinates_and_reads_what_blocks(net: Net, client: FlaskClient) -> None:
    ours = net.add(BAND)
    lot = net.lot(12000)
    made = groupements.open_groupement(net.session, lot, About(name="Rives"), actor=net.head, now=net.now)
    groupements.invite(net.session, made, ours, Offer(), actor=net.head, now=net.now)

    desk = seen(net)
    assert desk.near.lots[0].groupement == made
    assert [each.subjects for each in desk.members] == [[NudgeSubject.INVITATION]]
    page = entered(client, net).get("/reseau").text
    assert "Votre groupement\u202f: Rives" in page
    assert "autre point" in page or "autres points" in page


def nudged(net: Net, at: int = 0, *, days: int = 0) -> int:
    structure, when = net.members[at], net.now + timedelta(days)
    member = (structure.id, structure.shown_name)
    return nudges.nudge(net.session, member, CAPACITY, due={CAPACITY}, actor=net.head, now=when)


def test_one_word_a_week_journaled_whoever_the_network(net: Net) -> None:
    net.add(None)

    assert nudged(net) == 1
    with pytest.raises(RuleViolation, match="10 décembre 2026"):
        nudged(net, days=6)
    assert nudged(net, days=7) == 1
    net.session.flush()
    assert net.session.scalars(select(Nudge)).one().number == 2
    assert len(net.session.scalars(select(Message).where(Message.kind == "desks.nudge")).all()) == 2
    told = net.session.scalars(select(JournalEntry).where(JournalEntry.event == "network.nudged")).all()
    assert [each.after for each in told] == [{"subject": "capacity", "about": None, "people": 1}] * 2


def test_nobody_is_written_to_in_vain(net: Net) -> None:
    net.add(None, people=False)
    with pytest.raises(RuleViolation, match="compte"):
        nudged(net)
    with pytest.raises(RuleViolation, match="à jour"):
        nudges.nudge(net.session, (net.members[0].id, "x"), CAPACITY, due=set(), actor=net.head, now=net.now)


def composed(net: Net) -> Mail | Spared:
    net.session.flush()
    net.session.expire_all()
    message = net.session.scalars(select(Message).where(Message.kind == "desks.nudge").order_by(Message.id)).all()[-1]
    return emails.nudge(net.session, message.ids, net.now)


def test_the_message_says_who_why_and_how_to_stop_and_stops(net: Net, client: FlaskClient) -> None:
    structure = net.add(None)
    nudged(net)

    mail = composed(net)
    assert isinstance(mail, Mail)
    for words in (net.network.shown_name, "Tête", structure.shown_name, "Ne plus recevoir de relances", "une fois par"):
        assert words in mail.text
    assert mail.unsubscribe_url
    net.session.commit()
    path = mail.unsubscribe_url.split("/", 3)[3]
    assert client.post(f"/{path}", data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert isinstance(composed(net), Spared)
    with pytest.raises(RuleViolation, match="ne veut pas"):
        nudged(net, days=30)


def test_the_message_is_spared_once_done_or_once_the_structure_left(net: Net) -> None:
    net.add(None)
    net.add(None)
    nudged(net)
    net.tell(net.members[0], BAND)
    assert isinstance(composed(net), Spared)
    nudged(net, 1)
    assert isinstance(composed(net), Mail)
    net.affiliations[1].ended_at = net.now
    assert isinstance(composed(net), Spared)


def test_the_page_of_a_nudge_says_then_does_it_once(net: Net, client: FlaskClient) -> None:
    structure = net.add(None)
    path = f"/reseau/adherents/{structure.siret}/relancer/capacite"
    entered(client, net)

    assert "Envoyer la relance" in client.get(path).text
    assert press(client, path).status_code == 302
    again = client.get(path).text
    assert "Envoyer la relance" not in again
    assert "10 décembre 2026" in again.replace("\u00a0", " ")
    assert press(client, path).status_code == 422
    assert "relance du" in client.get("/reseau/adherents").text
    for bad in ("autre", "lot", "%00", "capacite%0a"):
        assert client.get(f"/reseau/adherents/{structure.siret}/relancer/{bad}").status_code == 404


def test_a_lot_is_pointed_out_to_those_chosen(net: Net, client: FlaskClient) -> None:
    told, silent, alone = net.add(BAND), net.add(None), net.add(BAND, people=False)
    lot = net.lot(12000)
    path = f"/reseau/lots/{lot.project.reference}/lot-{lot.number}"
    entered(client, net)

    assert "Structure 021\u202f: capacité à demander" in client.get(path).text
    assert press(client, path).status_code == 422
    assert press(client, path, structures="00000000000000").status_code == 422
    assert press(client, path, structures=[told.siret, alone.siret]).status_code == 302
    page = client.get(path).text
    assert "1 structure prévenue" in page
    assert alone.shown_name in page.split("Personne à qui écrire")[1]
    assert "Déjà prévenues cette semaine" in page
    assert isinstance(composed(net), Mail)
    assert press(client, path, structures=[told.siret]).status_code == 422
    assert press(client, path, structures=[silent.siret]).status_code == 302
    assert client.get("/reseau/lots/nulle-part/lot-1").status_code == 404


@pytest.mark.parametrize(
    "query", ["page=999", "page=-1", "page=x", "tri=nom&tri=heures", "tri=%00", "tri=heures&page=0"]
)
def test_addresses_may_say_anything(net: Net, client: FlaskClient, query: str) -> None:
    net.add(BAND)
    entered(client, net)
    for path in ("/reseau/adherents", "/reseau/lots", "/reseau"):
        assert client.get(f"{path}?{query}").status_code in {200, 404}


def test_as_many_statements_for_three_hundred_members_as_for_five(
    net: Net, client: FlaskClient, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    for rank in range(5):
        net.add(BAND if rank else None, people=False)
    net.lot(12000)
    entered(client, net)
    paths = ("/reseau", "/reseau/adherents", "/reseau/adherents.csv", "/reseau/lots")
    few = [counted(client, path, sql_count) for path in paths]
    net.crowd(295)
    net.lot(9000)
    net.session.commit()

    assert [counted(client, path, sql_count) for path in paths] == few


def counted(client: FlaskClient, path: str, sql_count: Callable[[], AbstractContextManager[Statements]]) -> int:
    with sql_count() as statements:
        assert client.get(path).status_code == 200
    return statements.count


def test_the_header_counts_who_is_late(net: Net) -> None:
    net.add(BAND)
    assert count_waiting(net.session, net.head, net.now) == 0


def test_the_file_cannot_run_anything(net: Net, client: FlaskClient) -> None:
    net.add(BAND).call("=1+1", None)
    text = entered(client, net).get("/reseau/adherents.csv").get_data(as_text=True)
    assert "'=1+1" in text


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(list(Trade)[:3]), st.integers(0, 9000))),
    st.dictionaries(st.sampled_from(list(Trade)[:3]), st.integers(0, 20000)),
)
@pytest.mark.any_database
def test_capacity_is_never_given_twice(asked: list[tuple[int, Trade, int]], told: dict[Trade, int]) -> None:
    first, capacity = Quarter(2027, 1), {trade: Decimal(hours) for trade, hours in told.items()}
    found = balance(first, 8, [(first + at, trade, Decimal(hours)) for at, trade, hours in asked], capacity)

    inside = sum(hours for at, _, hours in asked if at < 8)
    assert found.total.wanted == inside
    for row in found.rows:
        assert row.total.covered == min(row.total.wanted, row.capacity)
        assert all(0 <= cell.covered <= cell.wanted for cell in row.cells)


@pytest.mark.any_database
def test_a_week_is_seven_days() -> None:
    rules.ensure_apart(date(2026, 11, 26), date(2026, 12, 3))
    with pytest.raises(RuleViolation):
        rules.ensure_apart(date(2026, 11, 27), date(2026, 12, 3))


@pytest.mark.usefixtures("fresh_engine")
def test_two_who_press_at_once_write_once(config: Config, now: datetime) -> None:
    keys.use(config)
    with unit_of_work() as session:
        net = make_net(session, now)
        structure = net.add(None)
        member, head = (structure.id, structure.shown_name), net.head

    def press_button(session: Session) -> None:
        nudges.nudge(session, member, CAPACITY, due={CAPACITY}, actor=head, now=now)

    assert together(press_button, press_button) == Outcomes(done=1, refused=1)
    with reading() as session:
        assert len(session.scalars(select(Message).where(Message.kind == "desks.nudge")).all()) == 1
