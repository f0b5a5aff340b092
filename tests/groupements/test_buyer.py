"""What a buyer reads of the groupements that prepare: totals that give no part away, names only when they choose."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from portal import scheduler
from portal.forecast.models import Lot
from portal.groupements import services
from portal.groupements.buyer.rules import Preparing, covered_words, quarters
from portal.groupements.buyer.services import name_to_buyer
from portal.groupements.facts import Share, Terms
from portal.groupements.models import Groupement
from portal.kernel.errors import Refused, RuleViolation
from portal.outbox import Mail, composing
from portal.outbox.models import Message
from portal.vocabulary import Role
from tests.forecast import sample
from tests.forecast.pages import posted
from tests.forecast.pages import sign_in as sign_in_for
from tests.groupements.pages import enter, room
from tests.groupements.people import CONJOINT, Town, filed, joined, member, opened, shared
from tests.statements import Statements

Counting = Callable[[], AbstractContextManager[Statements]]

WANTED = Decimal(12000)
told = st.lists(st.integers(0, 14000).map(Decimal), min_size=2, max_size=5)


def words(*hours: int, wanted: Decimal | None = WANTED) -> str:
    found = covered_words([Preparing(tuple(map(Decimal, hours)), wanted)], wanted)
    return found.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("hours", "read"),
    [
        ((5000, 4000), "au moins 9 000 h"),
        ((5999, 0, 1), "au moins 6 000 h"),
        ((1000, 1999), "moins de 3 000 h"),
        ((9000, 9000), "toutes"),
        ((9000,), "à venir"),
        ((9000, 0), "à venir"),
        ((), "à venir"),
    ],
)
def test_hours_are_told_by_quarters_from_two_members_on(hours: tuple[int, ...], read: str) -> None:
    assert words(*hours) == read
    assert words(*hours, wanted=None) == "à venir"


def test_several_are_not_added_for_each_answers_alone() -> None:
    several = [Preparing((Decimal(4000), Decimal(2500)), WANTED), Preparing((Decimal(5000), Decimal(4500)), WANTED)]
    assert covered_words(several, WANTED).replace("\u202f", " ") == "au moins 9 000 h"
    assert covered_words([], WANTED) == "—"


@given(told, st.integers(0, 4))
def test_no_reading_tells_the_part_of_one_even_to_who_knows_all_the_others(hours: list[Decimal], place: int) -> None:
    """Parts that lie nearly a quarter of the lot apart read alike: the least and the most that the reading allows."""
    place = place % len(hours)
    read, others = quarters(Preparing(tuple(hours), WANTED)), sum(hours, Decimal(0)) - hours[place]
    if read is None or not hours[place]:
        return
    least = max(WANTED * read / 4 - others, Decimal(1))
    most = least + 100 if read == 4 else WANTED * (read + 1) / 4 - others - 1
    for part in (least, most):
        alike = [*hours[:place], part, *hours[place + 1 :]]
        assert quarters(Preparing(tuple(alike), WANTED)) == read
    if others <= WANTED * read / 4:
        assert read == 4 or most - least >= WANTED / 4 - 2


@given(told, st.integers(1, 9000).map(Decimal))
def test_who_comes_moves_the_total_by_whole_quarters_only(hours: list[Decimal], comes: Decimal) -> None:
    """Read before and after, its part is known to half the lot at best."""
    before, after = quarters(Preparing(tuple(hours), WANTED)), quarters(Preparing((*hours, comes), WANTED))
    if before is None or after is None:
        return
    assert after - before <= comes * 4 / WANTED + 1
    assert after in range(5)


# The pages


@pytest.fixture
def groupement(town: Town, lot: Lot) -> Groupement:
    """Two members who share 9 000 h of 12 000."""
    made = opened(town, lot)
    joined(town, made, "regie")
    hours(town, made, pont=5000, regie=4000)
    town.session.commit()
    return made


def hours(town: Town, groupement: Groupement, **told: int) -> None:
    shares = {
        member(town, groupement, name).public_id: Share(5000, Decimal(count), "Tâches secrètes")
        for name, count in told.items()
    }
    terms = Terms(CONJOINT, member(town, groupement, "pont").public_id, shares)
    told_by = {"expected_version": groupement.version, "actor": town.actor("pont"), "now": town.now}
    services.set_terms(town.session, groupement, terms, **told_by)  # type: ignore[arg-type]


def pages_of(client: FlaskClient, groupement: Groupement) -> list[str]:
    """The overview and the lot, as whoever is signed in reads them."""
    reference = groupement.project.reference
    found = [client.get(f"/achats/{reference}"), client.get(f"/programmation/{reference}")]
    assert {page.status_code for page in found} == {200}
    return [page.text.replace("\u202f", " ") for page in found]


def test_the_buyer_reads_how_many_and_how_far_but_not_who(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    sign_in_for(client, session, town.buyer_id)
    for page in pages_of(client, groupement):
        assert "au moins 9 000 h" in page
        for secret in (groupement.name, "Regie", "Pont", "5 000", "4 000", "Tâches secrètes"):
            assert secret not in page
    assert client.get(room(groupement)).status_code == 404


@pytest.mark.parametrize("moved", [(5000, 4001), (4000, 5000), (8000, 3999), (100, 8900)])
def test_the_buyer_reads_the_same_page_whatever_each_carries(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session, moved: tuple[int, int]
) -> None:
    sign_in_for(client, session, town.buyer_id)
    before = pages_of(client, groupement)[1].split("vous seul le lisez ici")[1].split("</section>")[0]
    hours(town, groupement, pont=moved[0], regie=moved[1])
    session.commit()
    assert pages_of(client, groupement)[1].split("vous seul le lisez ici")[1].split("</section>")[0] == before


def test_nobody_else_reads_it_on_the_lot(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    address = f"/programmation/{groupement.project.reference}"
    assert "du plus avancé" not in client.get(address).text
    for name in ("net", "reseau", "batisseurs"):
        enter(client, town, name)
        assert "du plus avancé" not in client.get(address).text
    sign_in_for(client, session, sample.make_buyer(session, "Ville voisine", rank=1))
    assert "du plus avancé" not in client.get(address).text


def test_once_it_chooses_so_the_buyer_reads_who_until_it_takes_it_back(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    buyer = client.application.test_client()
    sign_in_for(buyer, session, town.buyer_id)
    enter(client, town, "pont")
    assert "Des totaux, sans nom" in client.get(room(groupement)).text
    assert posted(client, room(groupement, "/acheteur")).status_code == 302
    enter(client, town, "regie")
    assert "parce que vous l’avez choisi" in client.get(room(groupement)).text
    assert client.get(room(groupement, "/acheteur")).status_code == 404
    for page in pages_of(buyer, groupement):
        for name in (groupement.name, "Regie", "Pont"):
            assert name in page
        for secret in ("5 000", "4 000", "Tâches secrètes"):
            assert secret not in page
    assert buyer.get(room(groupement)).status_code == 404
    enter(client, town, "pont")
    assert posted(client, room(groupement, "/acheteur")).status_code == 302
    assert not [page for page in pages_of(buyer, groupement) if groupement.name in page]


def test_the_choice_is_of_whoever_leads_and_until_the_filing(town: Town, lot: Lot) -> None:
    town.open_tender(lot.project)
    candidacy = filed(town, lot)
    told_by = {"expected_version": candidacy.version, "now": town.now}
    with pytest.raises(RuleViolation, match="plus d’objet"):
        name_to_buyer(town.session, candidacy, True, actor=town.actor("pont"), **told_by)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        name_to_buyer(town.session, candidacy, True, actor=town.actor("regie"), **told_by)  # type: ignore[arg-type]


def test_members_are_told_by_mail_while_it_is_true(
    town: Town, groupement: Groupement, session: Session, composers: None
) -> None:
    def choose(named: bool) -> None:
        told_by = {"expected_version": groupement.version, "actor": town.actor("pont"), "now": town.now}
        name_to_buyer(session, groupement, named, **told_by)  # type: ignore[arg-type]

    choose(True)
    assert set(_sent(town)) == {"regie"}
    assert "lu par l’acheteur" in _sent(town)["regie"].text
    choose(False)
    assert "ne lit plus" in _sent(town)["regie"].text


@pytest.fixture
def composers(key_config: Config) -> Iterator[None]:
    scheduler.prepare(key_config)
    yield
    composing._composers.clear()


def _sent(town: Town) -> dict[str, Mail]:
    town.session.flush()
    town.session.expire_all()
    promised = select(Message).where(Message.kind == "groupements.named").order_by(Message.id)
    composed = [
        (each.recipient.partition("@")[0], composing.compose(town.session, each.kind, each.ids, town.now))
        for each in town.session.scalars(promised)
    ]
    return {to: mail for to, mail in composed if isinstance(mail, Mail)}


def test_a_filed_one_is_listed_for_its_buyer_and_no_longer_counted(
    client: FlaskClient, town: Town, lot: Lot, session: Session
) -> None:
    town.open_tender(lot.project)
    candidacy = filed(town, lot)
    sign_in_for(client, session, town.buyer_id, Role.LEGAL)
    overview = client.get(f"/achats/{lot.project.reference}").text
    assert "Candidatures déposées" in overview
    assert room(candidacy) in overview
    assert "Aucun groupement ne se prépare" not in overview


def test_the_overview_costs_a_fixed_number_of_statements(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session, sql_count: Counting
) -> None:
    sign_in_for(client, session, town.buyer_id)

    def cost() -> int:
        with sql_count() as statements:
            pages_of(client, groupement)
        return statements.count

    few = cost()
    for number in range(3):
        other = opened(town, groupement.lots[0], by="net", name=f"Autre {number}")
        joined(town, other, "regie", "renfort", by="net")
        shared(town, other, {"net": 4000, "regie": 3000, "renfort": 3000}, by="net", mandataire="net")
        other.named_to_buyer = True
    session.commit()
    assert cost() == few
