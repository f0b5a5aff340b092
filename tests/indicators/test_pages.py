"""What the public reads, what the buyer's people read, and what nobody else does."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.indicators.facts import Figure
from portal.indicators.models import Edition
from portal.indicators.queries.editions import EditionAltered, frozen
from portal.indicators.services import freeze
from portal.kernel.clock import PARIS
from portal.kernel.month import Month
from portal.vocabulary import ExitKind, OrganisationKind, Role, Sex
from tests.forecast.pages import filled, post, posted, sign_in
from tests.indicators import sample
from tests.indicators.sample import NOW, Worked
from tests.indicators.test_figures import SqlCount

READERS = (Role.DIRECTION, Role.PURCHASING, Role.LEGAL, Role.PRESCRIPTEUR)


@pytest.fixture(autouse=True)
def moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW) as travelling:
        yield travelling


@pytest.fixture
def buyer(session: Session) -> Organisation:
    return sample.buyer(session)


@pytest.fixture
def contract(session: Session, buyer: Organisation) -> Contract:
    """A buyer's contract that twelve people worked on in March 2025 and in the year under way, paid once a year."""
    structure = sample.organisation(session, "Les Jardins", OrganisationKind.ACI)
    made = sample.contract(session, buyer, structure, promised=1_000, object_="Entretien des parcs")
    people = [sample.person(session, sex) for sex in (Sex.WOMAN, Sex.MAN) * 6]
    for month, hours in ((Month(2025, 3), 10), (Month(2026, 2), 3)):
        worked = [Worked(person, hours, ExitKind.CDI if month.year == 2025 else None) for person in people]
        sample.accept(session, made, structure, month, worked)
        sample.pay(session, made, structure, month.first_day, 2_500)
    session.commit()
    return made


@pytest.fixture
def edition(session: Session, buyer: Organisation, contract: Contract) -> Edition:
    made = freeze(session, buyer, 2025, actor=sample.direction(buyer.id), now=datetime(2026, 3, 31, 9, tzinfo=PARIS))
    session.commit()
    return made


def correct(session: Session, contract: Contract) -> None:
    """One more month of 2025 is accepted today, by somebody new."""
    held = contract.titulaires[0].organisation
    assert held is not None
    sample.accept(session, contract, held, Month(2025, 11), [Worked(sample.person(session), 7)], NOW)
    session.commit()


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return read(answer.text)


def read(page: str) -> str:
    """The page with plain spaces, whichever typography wants."""
    return unescape(page).replace("\u202f", " ").replace("\xa0", " ")


def test_nobody_has_published_anything_yet(client: FlaskClient, contract: Contract) -> None:
    assert "Aucun résultat n’est encore publié" in text(client, "/resultats")
    assert client.get("/resultats/2025").status_code == 200


def test_the_public_reads_the_last_closed_year(client: FlaskClient, edition: Edition) -> None:
    page = text(client, "/resultats")
    assert "Ce que les achats de 2025 ont changé" in page
    assert "Édition 1, arrêtée le mardi 31 mars 2026" in page
    assert "120" in page
    assert "12 sorties dynamiques sur 12 constatées, 100 %" in page
    assert "Visible de vos équipes" not in page


@pytest.mark.parametrize("figure", Figure)
def test_each_figure_has_its_definition_and_its_table(client: FlaskClient, edition: Edition, figure: Figure) -> None:
    page = text(client, f"/resultats/2025/{figure.value}")
    assert "Ce qui est compté" in page
    assert "<table" in page or "n’est pas montré" in page
    assert "visible de vos équipes seulement" not in page


def test_the_year_under_way_and_years_not_frozen_are_closed_to_the_public(
    client: FlaskClient, session: Session, edition: Edition
) -> None:
    for path in ("/resultats/2026", "/resultats/2026/heures", "/resultats/2024", "/resultats/2027", "/resultats/0"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("role", READERS)
def test_the_buyers_people_read_the_year_under_way(
    client: FlaskClient, session: Session, buyer: Organisation, contract: Contract, role: Role
) -> None:
    sign_in(client, session, buyer.id, role)
    page = text(client, "/resultats/2026")
    assert "Visible de vos équipes seulement" in page
    assert "Ce que les achats de 2026 changent" in page
    assert ("Arrêter les résultats de 2025" in text(client, "/resultats")) is (role is Role.DIRECTION)


@pytest.mark.parametrize("role", [Role.FACILITATEUR, Role.MANAGER])
def test_other_roles_of_the_buyer_read_what_the_public_reads(
    client: FlaskClient, session: Session, buyer: Organisation, edition: Edition, role: Role
) -> None:
    sign_in(client, session, buyer.id, role)
    assert client.get("/resultats/2026").status_code == 404
    assert "visible de vos équipes" not in text(client, "/resultats/2025/heures")


def test_another_buyers_people_read_the_public_page_alone(
    client: FlaskClient, session: Session, buyer: Organisation, contract: Contract, edition: Edition
) -> None:
    correct(session, contract)
    other = sample.buyer(session, "Commune voisine")
    sign_in(client, session, other.id, Role.DIRECTION)
    asked = f"?acheteur={buyer.siret}"
    assert client.get(f"/resultats/2026{asked}").status_code == 404
    assert client.get(f"/resultats/2025/arreter{asked}").status_code == 404
    for figure in Figure:
        page = text(client, f"/resultats/2025/{figure.value}{asked}")
        assert "visible de vos équipes" not in page
        assert "/declarations/" not in page
        assert f"/marches/{contract.reference}" not in page
    assert "Écart" not in text(client, f"/resultats/2025{asked}")


def test_several_buyers_are_chosen_among(
    client: FlaskClient, session: Session, edition: Edition, buyer: Organisation
) -> None:
    other = sample.buyer(session, "Commune voisine")
    structure = sample.organisation(session, "Papyrus", OrganisationKind.EA)
    on = sample.contract(session, other, structure)
    sample.pay(session, on, structure, date(2025, 5, 5), 10)
    freeze(session, other, 2025, actor=sample.direction(other.id), now=NOW)
    session.commit()
    assert "De quel acheteur" in text(client, "/resultats")
    assert "De quel acheteur" in text(client, "/resultats/2025")
    assert "Métropole des Deux Rives · achats" in text(client, f"/resultats?acheteur={buyer.siret}")
    assert client.get("/resultats?acheteur=12345678901234").status_code == 404


@pytest.mark.parametrize("path", ["/resultats/2025/rien", "/resultats/2025/heures?page=0", "/resultats/99999"])
def test_what_is_not_there_is_not_found(client: FlaskClient, edition: Edition, path: str) -> None:
    assert client.get(path).status_code == 404


def test_rows_make_the_figure_and_lead_to_what_was_accepted(
    client: FlaskClient, session: Session, buyer: Organisation, contract: Contract
) -> None:
    sign_in(client, session, buyer.id, Role.DIRECTION)
    page = text(client, "/resultats/2025/heures")
    assert "1 déclaration acceptée" in page
    assert f"/marches/{contract.reference}" in page
    assert "120 h" in page
    assert client.get(_link(page, "/declarations/")).status_code == 200
    assert client.get(_link(page, "/marches/")).status_code == 200
    assert "2 500 €" in text(client, "/resultats/2025/euros")
    assert "Les Jardins" in text(client, "/resultats/2025/structures")


def _link(page: str, start: str) -> str:
    return start + page.partition(f'href="{start}')[2].partition('"')[0]


def test_signs_stay_with_their_words(
    client: FlaskClient, session: Session, buyer: Organisation, contract: Contract, edition: Edition
) -> None:
    correct(session, contract)
    sign_in(client, session, buyer.id, Role.DIRECTION)
    for path in (*PATHS, "/resultats/2026", "/resultats/2026/arreter"):
        page = unescape(client.get(path).text)
        assert re.findall(r"[^>]{0,20}[\w»)%€’] [;:!?](?=[\s<])|« | »", page) == [], path


def test_a_page_beyond_the_last_is_not_found(
    client: FlaskClient, session: Session, buyer: Organisation, contract: Contract
) -> None:
    sign_in(client, session, buyer.id, Role.DIRECTION)
    assert client.get("/resultats/2025/heures?page=2").status_code == 404


def test_a_later_correction_leaves_the_public_page_and_tells_the_buyer(
    client: FlaskClient, session: Session, buyer: Organisation, contract: Contract, edition: Edition
) -> None:
    before = {path: client.get(path).text for path in ("/resultats/2025", *_figures())}
    correct(session, contract)
    assert {path: client.get(path).text for path in before} == before
    sign_in(client, session, buyer.id, Role.PURCHASING)
    page = text(client, "/resultats/2025")
    assert "2 chiffres ont changé" in page
    assert "+7 h" in page
    assert "compte d’aujourd’hui 127 h : +7 h" in text(client, "/resultats/2025/heures")


def _figures() -> list[str]:
    return [f"/resultats/2025/{figure.value}" for figure in Figure]


def test_the_direction_freezes_what_it_read_and_freezes_again(
    client: FlaskClient, session: Session, buyer: Organisation, contract: Contract
) -> None:
    sign_in(client, session, buyer.id, Role.DIRECTION)
    answer = posted(client, "/resultats/2025/arreter")
    assert answer.status_code == 302
    assert "édition 1 : chacun peut les lire" in text(client, answer.headers["Location"])
    assert "Rien n’a changé depuis l’édition 1" in text(client, "/resultats/2025/arreter")
    correct(session, contract)
    posted(client, "/resultats/2025/arreter")
    editions = session.scalars(select(Edition).order_by(Edition.number)).all()
    assert [(edition.year, edition.number) for edition in editions] == [(2025, 1), (2025, 2)]
    assert "Édition 2" in text(client, "/resultats/2025")
    page = text(client, "/resultats/2025/arreter")
    assert "Édition 1" in page
    assert "Édition 2" in page


def test_the_same_button_pressed_twice_freezes_once(
    client: FlaskClient, session: Session, buyer: Organisation, contract: Contract
) -> None:
    sign_in(client, session, buyer.id, Role.DIRECTION)
    fields = filled(client.get("/resultats/2025/arreter"))
    assert [post(client, "/resultats/2025/arreter", fields).status_code for _ in range(2)] == [302, 302]
    assert session.scalar(select(func.count()).select_from(Edition)) == 1


def test_what_changed_while_it_was_read_is_not_frozen(
    client: FlaskClient, session: Session, buyer: Organisation, contract: Contract
) -> None:
    sign_in(client, session, buyer.id, Role.DIRECTION)
    fields = filled(client.get("/resultats/2025/arreter"))
    correct(session, contract)
    answer = post(client, "/resultats/2025/arreter", fields)
    assert answer.status_code == 422
    assert "Les chiffres ont changé" in read(answer.text)
    assert post(client, "/resultats/2025/arreter", filled(answer)).status_code == 302


def test_a_year_that_is_not_over_is_not_frozen(
    client: FlaskClient, session: Session, buyer: Organisation, contract: Contract
) -> None:
    sign_in(client, session, buyer.id, Role.DIRECTION)
    page = client.get("/resultats/2026/arreter")
    assert "n’est pas finie" in read(page.text)
    answer = client.post("/resultats/2026/arreter", data={"shown": "x", "idempotency_token": "t"})
    assert answer.status_code in {400, 422}
    for year in (2024, 2027):
        assert client.get(f"/resultats/{year}/arreter").status_code == 404


def test_an_edition_that_was_altered_is_not_shown(session: Session, buyer: Organisation, edition: Edition) -> None:
    session.add(
        Edition(
            buyer_id=buyer.id,
            year=2025,
            number=2,
            frozen_at=NOW,
            frozen_by_label="Quelqu’un",
            figures=edition.figures.replace("120", "999"),
            sha256=edition.sha256,
        )
    )
    session.flush()
    with pytest.raises(EditionAltered):
        frozen(session, buyer.id, 2025)


def test_small_groups_are_never_written_in_an_edition(session: Session, buyer: Organisation) -> None:
    structure = sample.organisation(session, "Les Jardins", OrganisationKind.ACI)
    on = sample.contract(session, buyer, structure, promised=50)
    worked = [Worked(sample.person(session), Decimal("33.33"), ExitKind.DEATH) for _ in range(3)]
    sample.accept(session, on, structure, Month(2025, 5), worked)
    edition = freeze(session, buyer, 2025, actor=sample.direction(buyer.id), now=NOW)
    for told in ("33.33", "99.99", '"people":3'):
        assert told not in edition.figures


def test_statements_do_not_grow_with_the_rows(
    client: FlaskClient, session: Session, buyer: Organisation, edition: Edition, sql_count: SqlCount
) -> None:
    def counted() -> dict[str, int]:
        counts = {}
        for path in PATHS:
            with sql_count() as statements:
                client.get(path)
            counts[path] = statements.count
        return counts

    assert set(counted().values()) == {3, 0}
    sign_in(client, session, buyer.id, Role.DIRECTION)
    client.get("/resultats")
    few = counted()
    structure = sample.organisation(session, "Papyrus", OrganisationKind.EA)
    for number in range(30):
        on = sample.contract(session, buyer, structure, promised=100 + number)
        sample.accept(session, on, structure, Month(2025, 6), [Worked(sample.person(session), 10, ExitKind.CDI)])
        sample.pay(session, on, structure, date(2025, 6, 1), 10)
    sample.launch(session, buyer, date(2025, 6, 1), 12)
    session.commit()
    assert counted() == few
    assert max(few.values()) < 20


PATHS = ["/resultats", "/resultats/2025", *_figures(), "/resultats/2025/arreter"]
