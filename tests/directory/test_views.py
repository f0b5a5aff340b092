import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal.accounts.models import Account, Membership
from portal.accounts.services.sign_in import open_session
from portal.directory.models import Affiliation, OfferedTrade, Organisation
from portal.journal.models import JournalEntry
from portal.vocabulary import EssFamily, OrganisationKind, Role, ServiceType, Trade
from tests.directory.organisations import NOW, affiliation, network, organisation, siret, text_of
from tests.statements import Statements

pytestmark = pytest.mark.usefixtures("moment")


def sign_in(client: FlaskClient, session: Session, for_: Organisation, *roles: Role) -> None:
    email = f"claire@{for_.siret}.example"
    account = Account(email=email, display_name="Claire Ansel", created_at=NOW, confirmed_at=NOW)
    session.add(account)
    session.flush()
    session.add_all(Membership(account_id=account.id, organisation_id=for_.id, role=role, since=NOW) for role in roles)
    token = open_session(session, account, now=NOW, organisation_id=for_.id, second_factor=True)
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True


def posted(client: FlaskClient, path: str, page: TestResponse | None = None, **typed: Any) -> TestResponse:
    """Send the page's posting form, with what it holds and what is typed over it."""
    page = page or client.get(path)
    form = re.search(r'<form[^>]*method="post".*?</form>', page.text, flags=re.DOTALL)
    assert form is not None, page.status_code
    held: MultiDict[str, str] = MultiDict()
    for tag in re.findall(r"<input[^>]*>", form[0]):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") != "checkbox" or " checked" in tag:
            held.add(attributes["name"], html.unescape(attributes.get("value", "")))
    for name, value in typed.items():
        held.setlist(name, value if isinstance(value, list) else [value])
    action = re.search(r'<form[^>]*action="([^"]+)"', form[0])
    return client.post(action[1] if action else path, data=held, headers={"Origin": "http://localhost"})


# The list


def test_the_list_counts_in_a_sentence_and_links_to_each(client: FlaskClient, place: Session) -> None:
    organisation(place, 1, "Ateliers du Pont", commune="33063")
    page = client.get("/annuaire")
    assert page.status_code == 200
    assert "1 organisation" in text_of(page)
    assert f'href="/annuaire/{siret(1)}"' in page.text
    assert "<title>Annuaire — Amont</title>" in page.text


def test_an_address_can_be_shared_with_its_filters(client: FlaskClient, place: Session) -> None:
    made = organisation(place, 1, "Ateliers du Pont", commune="33063")
    made.offered = [OfferedTrade(trade=Trade.LAUNDRY, service_type=ServiceType.PREST)]
    place.commit()
    organisation(place, 2, "Ville de Bègles", kinds={OrganisationKind.BUYER: None}, commune="33039")
    page = client.get("/annuaire?q=pont&type=EI&type=ESAT&metier=laundry&commune=33063&page=1")
    text = text_of(page)
    assert "Ateliers du Pont" in text
    assert "Ville de Bègles" not in text
    assert 'value="EI" checked' in page.text
    assert 'value="pont"' in page.text
    without_commune = "/annuaire?q=pont&amp;type=EI&amp;type=ESAT&amp;metier=laundry"
    assert f'href="{without_commune}"' in page.text


@pytest.mark.parametrize(
    "query",
    [
        "type=XX&metier=XX&commune=zzzzz",
        "page=-3",
        "page=abc",
        "page=99999999999999999999",
        "q=%00%27%22%3Cscript%3E",
        "q=" + "a" * 5000,
    ],
)
def test_no_address_breaks_the_list(client: FlaskClient, place: Session, query: str) -> None:
    organisation(place, 1)
    page = client.get(f"/annuaire?{query}")
    assert page.status_code == 200
    assert "<script" not in page.text


def test_an_empty_list_says_the_next_step(client: FlaskClient, place: Session) -> None:
    assert "L’annuaire est encore vide" in text_of(client.get("/annuaire"))
    organisation(place, 1)
    page = client.get("/annuaire?q=introuvable")
    assert "Aucune organisation ne répond à cette recherche" in text_of(page)
    assert 'href="/annuaire"' in page.text


@pytest.mark.parametrize("path", ["/annuaire", "/annuaire?q=atelier&type=EI&commune=33063"])
def test_the_list_sends_as_many_statements_for_50_as_for_5(
    client: FlaskClient, place: Session, sql_count: Callable[[], AbstractContextManager[Statements]], path: str
) -> None:
    counts = []
    for number in range(50):
        organisation(place, number, commune="33063")
        if number in {4, 49}:
            with sql_count() as statements:
                assert client.get(path).status_code == 200
            counts.append(statements.count)
    assert counts == [7, 7]


# The page of one organisation


def test_the_page_tells_what_is_known_and_what_is_to_complete(client: FlaskClient, place: Session) -> None:
    made = organisation(
        place,
        1,
        "ASSOC ARCINS",
        kinds={OrganisationKind.EI: date(2020, 1, 1), OrganisationKind.ESAT: None},
        ess_family=EssFamily.ASSOCIATION,
        usual_name="Arcins",
    )
    coorace = network(place)
    affiliation(place, made, coorace, accepted_at=NOW)
    text = text_of(client.get(f"/annuaire/{siret(1)}"))
    for expected in (
        siret(1).formatted,
        "Arcins",
        "ASSOC ARCINS",
        "Entreprise d’insertion depuis le 1ᵉʳ janvier 2020",
        "date de début non renseignée",
        "Association",
        "Réservé aux structures d’insertion art. L2113-13",
        "Coorace depuis le 3 décembre 2026",
        "non renseigné",
    ):
        assert expected in text, expected
    assert "à compléter" not in text


def test_its_own_people_are_led_to_what_they_may_complete(client: FlaskClient, place: Session) -> None:
    made = organisation(place, 1)
    sign_in(client, place, made, Role.MANAGER)
    page = client.get(f"/annuaire/{siret(1)}")
    links = re.findall(r'<a class="nowrap" href="([^"]*)">à compléter</a>', page.text)
    assert set(links) == {f"/annuaire/{siret(1)}/modifier"}
    assert len(links) == 4
    assert "Activité non renseigné" in text_of(page)


def test_trades_whose_names_hold_commas_stay_apart(client: FlaskClient, place: Session) -> None:
    made = organisation(place, 1)
    made.offered = [OfferedTrade(trade=trade, service_type=ServiceType.PREST) for trade in (Trade.CLEANING, Trade.FOOD)]
    place.commit()
    assert f"{Trade.CLEANING.label} · {Trade.FOOD.label}" in text_of(client.get("/annuaire"))


def test_the_page_costs_the_same_whatever_it_holds(
    client: FlaskClient, place: Session, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    made = organisation(place, 1, kinds=dict.fromkeys(OrganisationKind), commune="33063")
    counts = []
    for trades in (list(Trade)[:1], list(Trade)[1:]):
        made.offered += [OfferedTrade(trade=trade, service_type=ServiceType.PREST) for trade in trades]
        for number in range(len(trades)):
            affiliation(place, made, network(place, 100 * len(trades) + number), accepted_at=NOW)
        place.commit()
        with sql_count() as statements:
            client.get(f"/annuaire/{siret(1)}")
        counts.append(statements.count)
    assert counts[0] == counts[1]


def test_a_request_that_waits_is_not_public(client: FlaskClient, place: Session) -> None:
    affiliation(place, organisation(place, 1), network(place))
    assert "Coorace" not in client.get(f"/annuaire/{siret(1)}").text


@pytest.mark.parametrize("path", ["/annuaire/nope", f"/annuaire/{siret(8)}", "/annuaire/3560000000001%00"])
def test_an_unknown_siret_is_not_found(client: FlaskClient, place: Session, path: str) -> None:
    assert client.get(path).status_code == 404


def test_what_people_wrote_cannot_run(client: FlaskClient, place: Session) -> None:
    organisation(place, 1, "<script>alert(1)</script>", description='<img src=x onerror="alert(1)">')
    for path in ("/annuaire", f"/annuaire/{siret(1)}"):
        assert "<script" not in client.get(path).text
        assert "<img" not in client.get(path).text


# Editing


def test_its_people_edit_their_page(client: FlaskClient, place: Session) -> None:
    made = organisation(place, 1, "ASSOC ARCINS")
    sign_in(client, place, made, Role.MANAGER)
    path = f"/annuaire/{siret(1)}/modifier"
    answer = posted(
        client,
        path,
        usual_name="Arcins",
        website="arcins.example",
        contact_email="contact@arcins.example",
        ess_family="association",
        trades=["cleaning:PREST", "laundry:BUILD"],
        departments="33 ; 40",
        communes="Bègles\nBordeaux (33063)",
    )
    assert (answer.status_code, answer.location) == (302, f"/annuaire/{siret(1)}")
    text = text_of(client.get(f"/annuaire/{siret(1)}"))
    for expected in (
        "La fiche est à jour.",
        "Arcins",
        "arcins.example",
        "Propreté",
        "Gironde (33), Landes (40), Bègles",
    ):
        assert expected in text, expected
    shown = client.get(path).text
    assert 'value="cleaning:PREST"' in shown
    assert len(re.findall(r'name="trades"[^>]*checked', shown, flags=re.DOTALL)) == 2
    assert "Bègles (33039), Bordeaux (33063)" in shown


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"contact_email": "pas une adresse"}, "Cette adresse est mal formée"),
        ({"website": "javascript:alert(1)"}, "Cette adresse est mal formée"),
        ({"website": "https://sans-point"}, "Cette adresse est mal formée"),
        ({"communes": "Atlantis"}, "Atlantis"),
        ({"everywhere": "y", "departments": "33"}, "comprend déjà"),
        ({"description": "x" * 2_001}, "2 000 caractères"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    client: FlaskClient, place: Session, typed: dict[str, str], sentence: str
) -> None:
    made = organisation(place, 1)
    sign_in(client, place, made, Role.MANAGER)
    path = f"/annuaire/{siret(1)}/modifier"
    answer = posted(client, path, client.get(path), **({"contact_phone": "05 56 00 00 00"} | typed))
    assert answer.status_code == 422
    assert sentence in text_of(answer).replace("\u202f", " ")
    assert "05 56 00 00 00" in answer.text
    place.expire_all()
    assert place.get_one(Organisation, made.id).version == 1


def test_the_page_of_others_is_not_theirs_to_edit(client: FlaskClient, place: Session) -> None:
    mine, _other = organisation(place, 1), organisation(place, 2)
    path = f"/annuaire/{siret(2)}/modifier"
    assert client.get(path).status_code == 302
    sign_in(client, place, mine, Role.MANAGER)
    assert client.get(path).status_code == 404
    page = client.get(f"/annuaire/{siret(1)}/modifier")
    stolen = posted(client, path, page, usual_name="Volé")
    assert stolen.status_code == 404
    assert path not in client.get(f"/annuaire/{siret(2)}").text
    place.expire_all()
    assert place.scalar(select(Organisation.usual_name).where(Organisation.siret == siret(2))) is None


def test_without_the_permission_even_ones_own_page_is_refused(client: FlaskClient, place: Session) -> None:
    made = organisation(place, 1)
    sign_in(client, place, made, Role.STRUCTURE)
    assert client.get(f"/annuaire/{siret(1)}/modifier").status_code == 403


def test_two_people_on_one_page_lose_nothing(client: FlaskClient, place: Session) -> None:
    made = organisation(place, 1)
    sign_in(client, place, made, Role.MANAGER)
    path = f"/annuaire/{siret(1)}/modifier"
    mine, theirs = client.get(path), client.get(path)
    assert posted(client, path, theirs, usual_name="Leur nom", trades=["laundry:PREST"]).status_code == 302
    answer = posted(client, path, mine, usual_name="Mon nom", trades=["cleaning:PREST"], communes="Bègles")
    assert answer.status_code == 409
    text = text_of(answer)
    for expected in (
        "Leur nom",
        "Mon nom",
        "Linge (prestation de service)",
        "Propreté (prestation de service)",
        "Bègles",
    ):
        assert expected in text, expected
    again = client.get(path)
    assert "Mon nom" in again.text
    assert posted(client, path, again).status_code == 302
    place.expire_all()
    assert place.get_one(Organisation, made.id).usual_name == "Mon nom"


def test_a_double_click_edits_once(client: FlaskClient, place: Session) -> None:
    made = organisation(place, 1)
    sign_in(client, place, made, Role.MANAGER)
    path = f"/annuaire/{siret(1)}/modifier"
    page = client.get(path)
    first, second = (posted(client, path, page, usual_name="Arcins") for _ in range(2))
    assert (first.status_code, second.status_code, first.location) == (302, 302, second.location)
    edits = select(func.count()).select_from(JournalEntry).where(JournalEntry.event == "organisation.edited")
    assert place.scalar(edits) == 1


# Networks


def test_a_structure_asks_and_the_network_accepts(client: FlaskClient, place: Session) -> None:
    made, coorace = organisation(place, 1, "Ateliers du Pont"), network(place)
    sign_in(client, place, made, Role.STRUCTURE)
    path = f"/annuaire/{siret(1)}/reseaux"
    answer = posted(client, path, network=coorace.siret)
    assert (answer.status_code, answer.location) == (302, path)
    assert "réponse attendue" in text_of(client.get(path))
    assert coorace.siret not in re.findall(r'<option[^>]*value="(\d+)"', client.get(path).text)

    client.delete_cookie("amont")
    sign_in(client, place, coorace, Role.NETWORK)
    own = f"/annuaire/{coorace.siret}/reseaux"
    assert "Ateliers du Pont" in text_of(client.get(own))
    assert posted(client, f"{own}/{siret(1)}/accepter").status_code == 302
    assert "membre depuis le 3 décembre 2026" in text_of(client.get(own))
    assert "Coorace depuis le" in text_of(client.get(f"/annuaire/{siret(1)}"))
    assert posted(client, f"{own}/{siret(1)}/mettre-fin").status_code == 302
    assert "terminé le 3 décembre 2026" in text_of(client.get(own))


def test_the_header_tells_the_network_what_waits(client: FlaskClient, place: Session) -> None:
    coorace = network(place)
    for number in (1, 2):
        affiliation(place, organisation(place, number), coorace)
    affiliation(place, organisation(place, 3), coorace, accepted_at=NOW)
    sign_in(client, place, coorace, Role.NETWORK)
    assert "Réseaux 2 en attente" in text_of(client.get("/annuaire"))
    assert client.get("/reseaux").location == f"/annuaire/{coorace.siret}/reseaux"


def test_a_network_reads_first_what_waits_then_its_members_by_name_then_the_past(
    client: FlaskClient, place: Session
) -> None:
    coorace = network(place)
    for number, name in enumerate(("Zéphyr", "Arcins"), start=1):
        affiliation(place, organisation(place, number, name), coorace, accepted_at=NOW)
    affiliation(place, organisation(place, 3, "Bois mort"), coorace, accepted_at=NOW, ended_at=NOW)
    affiliation(place, organisation(place, 4, "Yourte"), coorace)
    sign_in(client, place, coorace, Role.NETWORK)
    text = text_of(client.get(f"/annuaire/{coorace.siret}/reseaux"))
    expected = [
        "À vous de répondre",
        "1 demande",
        "Yourte",
        "2 structures font partie",
        "Arcins",
        "Zéphyr",
        "Bois mort",
    ]
    places = [text.index(words) for words in expected]
    assert places == sorted(places)


def test_the_members_of_a_large_network_follow_by_pages(client: FlaskClient, place: Session) -> None:
    coorace = network(place)
    for number in range(51):
        affiliation(place, organisation(place, number), coorace, accepted_at=NOW)
    sign_in(client, place, coorace, Role.NETWORK)
    path = f"/annuaire/{coorace.siret}/reseaux"
    first, second = (text_of(client.get(path, query_string={"page": page})) for page in (1, 2))
    assert "51 structures font partie" in first
    assert ("Atelier 049" in first, "Atelier 050" in first) == (True, False)
    assert ("Atelier 049" in second, "Atelier 050" in second) == (False, True)


@pytest.mark.parametrize("reason", ["Vous travaillez hors de notre territoire.", ""])
def test_declining_says_why_to_the_structure(client: FlaskClient, place: Session, reason: str) -> None:
    made, coorace = organisation(place, 1, "Ateliers du Pont"), network(place)
    affiliation(place, made, coorace)
    sign_in(client, place, coorace, Role.NETWORK)
    own = f"/annuaire/{coorace.siret}/reseaux"
    assert posted(client, f"{own}/{siret(1)}/mettre-fin", reason=reason).location == own
    assert "Vous avez décliné la demande de Ateliers du Pont." in text_of(client.get(own))
    client.delete_cookie("amont")
    sign_in(client, place, made, Role.STRUCTURE)
    text = text_of(client.get(f"/annuaire/{siret(1)}/reseaux"))
    assert "déclinée le 3 décembre 2026" in text
    assert ("« Vous travaillez hors de notre territoire. »" in text) is bool(reason)


def test_asking_twice_from_two_tabs_asks_once(client: FlaskClient, place: Session) -> None:
    made, coorace = organisation(place, 1), network(place)
    sign_in(client, place, made, Role.STRUCTURE)
    path = f"/annuaire/{siret(1)}/reseaux"
    first, second = client.get(path), client.get(path)
    assert posted(client, path, first, network=coorace.siret).status_code == 302
    assert posted(client, path, second, network=coorace.siret).status_code == 422
    assert place.scalar(select(func.count()).select_from(Affiliation)) == 1


def test_asking_what_is_no_network_is_told(client: FlaskClient, place: Session) -> None:
    made, _ = organisation(place, 1), network(place)
    sign_in(client, place, made, Role.STRUCTURE)
    assert posted(client, f"/annuaire/{siret(1)}/reseaux", network=siret(1)).status_code == 422
    assert posted(client, f"/annuaire/{siret(1)}/reseaux").status_code == 422


def test_affiliations_of_others_do_not_exist(client: FlaskClient, place: Session) -> None:
    mine, other, coorace = organisation(place, 1), organisation(place, 2), network(place)
    affiliation(place, other, coorace)
    sign_in(client, place, mine, Role.STRUCTURE, Role.NETWORK)
    for path in (
        f"/annuaire/{other.siret}/reseaux",
        f"/annuaire/{coorace.siret}/reseaux",
        f"/annuaire/{coorace.siret}/reseaux/{other.siret}/accepter",
        f"/annuaire/{other.siret}/reseaux/{coorace.siret}/mettre-fin",
        f"/annuaire/{mine.siret}/reseaux/{coorace.siret}/mettre-fin",
    ):
        assert client.get(path).status_code == 404, path


def test_looking_at_the_question_ends_nothing(client: FlaskClient, place: Session) -> None:
    made, coorace = organisation(place, 1), network(place)
    live = affiliation(place, made, coorace, accepted_at=NOW)
    sign_in(client, place, made, Role.STRUCTURE)
    page = client.get(f"/annuaire/{siret(1)}/reseaux/{coorace.siret}/mettre-fin")
    assert "Quitter ce réseau" in text_of(page)
    place.expire_all()
    assert place.get_one(Affiliation, live.id).is_member
