"""The pages of contracts, as each side reads them and as their buyer fills them in."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts import services
from portal.contracts.models import Contract, ContractTitulaire
from portal.contracts.queries import PAGE_SIZE
from portal.directory.models import Organisation
from portal.kernel.actor import SYSTEM
from portal.kernel.month import Month
from portal.vocabulary import CommitmentKind, ContractSource, IdentifierType, OrganisationKind, Role
from tests.accounts.people import new_organisation, text_of
from tests.contracts.sample import NOW, Town, make_contract
from tests.forecast.pages import filled, post, posted, sign_in
from tests.statements import Statements

Count = Callable[[], AbstractContextManager[Statements]]
COMMITMENT, REPORTING, FOLLOW = "/engagement", "/mois-a-declarer", "/facilitateur"


@pytest.fixture
def buyer(client: FlaskClient, session: Session, town: Town) -> Organisation:
    sign_in(client, session, town.buyer.id)
    return town.buyer


def path(contract: Contract, page: str = "") -> str:
    return f"/marches/{contract.reference}{page}"


def fresh(session: Session, contract: Contract) -> Contract:
    session.expire_all()
    return contract


def made(session: Session, town: Town, *holders: Organisation, **changed: Any) -> Contract:
    contract = make_contract(session, town, *holders, **changed)
    session.commit()
    return contract


def read_in_decp(session: Session, town: Town) -> Contract:
    """One whose titulaire's identifier is no SIRET."""
    contract = Contract(
        reference="lu-en-decp",
        buyer_id=town.buyer.id,
        buyer_identifier=town.buyer.siret,
        number="00001",
        object="Fourniture de sel",
        notified_on=date(2024, 5, 6),
        source=ContractSource.DECP,
        created_at=NOW,
        titulaires=[ContractTitulaire(identifier="FR123", identifier_type=IdentifierType.VAT, name="Sel du Sud")],
    )
    session.add(contract)
    services.index_contracts(session, [contract.id] if contract.id else [])
    session.commit()
    return contract


def test_each_side_reads_whom_it_does_not_know(client: FlaskClient, session: Session, town: Town) -> None:
    contract = made(session, town, town.structure, town.partner)
    services.follow(session, contract, town.facilitation, expected_version=contract.version, actor=SYSTEM, now=NOW)
    rows = {
        (town.buyer, Role.PURCHASING): "2026E001 · Structure des Deux Rives et Partner des Deux Rives",
        (town.partner, Role.TITULAIRE): "2026E001 · Buyer des Deux Rives · Structure des Deux Rives et Partner",
        (town.facilitation, Role.FACILITATEUR): "2026E001 · Buyer des Deux Rives · Structure des Deux Rives et Partner",
    }
    for (organisation, role), row in rows.items():
        sign_in(client, session, organisation.id, role)
        page = text_of(client.get("/marches"))
        assert row in page
        assert "15 septembre 2026 au 14 septembre 2028" in page
        assert "120 000,50 €" in page
        assert "3 000 h" in page


def test_an_identifier_to_check_is_told(client: FlaskClient, session: Session, town: Town, buyer: Organisation) -> None:
    contract = read_in_decp(session, town)
    assert "identifiant à vérifier" in text_of(client.get("/marches"))
    page = text_of(client.get(path(contract)))
    assert "identifiant à vérifier TVA FR123" in page
    assert "Sel du Sud" in page


def test_the_page_tells_all_there_is(client: FlaskClient, session: Session, town: Town, buyer: Organisation) -> None:
    page = text_of(client.get(path(made(session, town, town.structure, town.partner))))
    for told in (
        "En cours jusqu’au 14 septembre 2028",
        "Clause sociale",
        "3 000 h d’insertion",
        "De septembre 2026 à septembre 2028 , le 10 du mois suivant",
        "groupement conjoint",
        "Structure des Deux Rives Mandataire",
        "Personne ne vérifie les déclarations. Désigner le facilitateur",
        "Les heures ne sont pas réparties entre les membres. Répartir les heures",
    ):
        assert told in page


def test_only_its_buyer_is_asked_to_complete(client: FlaskClient, session: Session, town: Town) -> None:
    contract = made(session, town)
    sign_in(client, session, town.structure.id, Role.STRUCTURE)
    page = client.get(path(contract))
    assert page.status_code == 200
    assert "Ce qui manque" not in page.text
    assert "/engagement" not in page.text
    for form in (COMMITMENT, REPORTING, FOLLOW):
        assert client.get(path(contract, form)).status_code == 403


@pytest.mark.parametrize(
    ("kind", "role", "told"),
    [
        (OrganisationKind.BUYER, Role.PURCHASING, "import decp"),
        (OrganisationKind.BUYER, Role.DIRECTION, "service des achats"),
        (OrganisationKind.EI, Role.STRUCTURE, "Voir la programmation"),
        (OrganisationKind.FACILITATION, Role.FACILITATEUR, "Un acheteur vous en confie le suivi"),
    ],
)
def test_without_a_contract_the_next_step_is_said(
    client: FlaskClient, session: Session, kind: OrganisationKind, role: Role, told: str
) -> None:
    sign_in(client, session, new_organisation(session, NOW, 90, kind).id, role)
    assert told in text_of(client.get("/marches"))


def test_a_search_that_finds_nothing_leads_back(
    client: FlaskClient, session: Session, town: Town, buyer: Organisation
) -> None:
    made(session, town)
    assert "Voir tous les marchés" in text_of(client.get("/marches?q=introuvable"))
    assert "1 marché " in text_of(client.get("/marches?q=gymnase&etat=en-cours&page=7"))
    assert "Aucun marché ne répond" in text_of(client.get("/marches?etat=termines"))


@pytest.mark.parametrize("asked", ["?page=-1", "?page=abc", "?etat=<b>", "?q=" + "x" * 500, "?q=%00", "?q='\"*"])
def test_odd_addresses_of_the_list_are_answered(
    client: FlaskClient, session: Session, town: Town, buyer: Organisation, asked: str
) -> None:
    assert client.get(f"/marches{asked}").status_code == 200


def test_the_commitment_is_typed_shown_again_and_told(
    client: FlaskClient, session: Session, town: Town, buyer: Organisation
) -> None:
    contract = made(session, town, town.structure, town.partner)
    first, second = contract.titulaires
    typed = {
        "fixed_hours": "4 000,50",
        f"hours_{first.id}": "2500",
        f"hours_{second.id}": "1 500,5",
        "labour_share": "7,5 %",
        "internship": "3",
    }
    assert posted(client, path(contract, COMMITMENT), **typed).status_code == 302
    page = client.get(path(contract, COMMITMENT))
    kept = filled(page)
    assert kept["labour_share"] == "7,50"
    assert kept["internship"] == "3"
    assert fresh(session, contract).promised_hours == Decimal("4000.5")
    told = text_of(client.get(path(contract)))
    for words in ("4 000,50 h d’insertion", "7,50 % des heures de main-d’œuvre", "3 stages", "1 500,50 h"):
        assert words in told


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"fixed_hours": "beaucoup"}, "n’est pas lisible"),
        ({"fixed_hours": "1000000000000000"}, "trop grand"),
        ({"labour_share": "101"}, "ne dépasse pas 100"),
        ({"internship": "-1"}, "nombre entier"),
        ({"internship": "99999"}, "entre 0 et 10 000"),
    ],
)
def test_a_promise_mistyped_is_told_and_kept(
    client: FlaskClient, session: Session, town: Town, buyer: Organisation, typed: dict[str, str], told: str
) -> None:
    contract = made(session, town)
    answer = posted(client, path(contract, COMMITMENT), **typed)
    assert answer.status_code == 422
    assert told in text_of(answer)
    (value,) = typed.values()
    assert value in answer.text
    assert [held.quantity for held in fresh(session, contract).commitments] == [3000]


def test_months_are_typed_suspended_and_shown_again(
    client: FlaskClient, session: Session, town: Town, buyer: Organisation
) -> None:
    contract = made(session, town)
    typed = {
        "first_month": "octobre 2026",
        "last_month": "09/2028",
        "due_day": "15",
        "suspended": "août 2027 : fermeture d’été\n12/2027",
        "training_cap_percent": "25",
    }
    assert posted(client, path(contract, REPORTING), **typed).status_code == 302
    assert fresh(session, contract).first_month == Month(2026, 10)
    assert [(held.month, held.reason) for held in contract.suspensions] == [
        (Month(2027, 8), "fermeture d’été"),
        (Month(2027, 12), None),
    ]
    assert "août 2027 : fermeture d’été\ndécembre 2027" in text_lines(client.get(path(contract, REPORTING)).text)
    told = text_of(client.get(path(contract)))
    assert "Sans objet : août 2027 (fermeture d’été), décembre 2027" in told
    assert posted(client, path(contract, REPORTING), first_month="", last_month="", suspended="").status_code == 302
    assert fresh(session, contract).last_month is None
    assert "Aucun mois n’est à déclarer" in text_of(client.get(path(contract)))


def text_lines(markup: str) -> str:
    return markup.replace("\u202f", " ").replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"first_month": "T2 2027"}, "Indiquez un mois"),
        ({"first_month": "12/10/2026"}, "Indiquez un mois"),
        ({"first_month": "janvier 2026"}, "on ne déclare pas avant"),
        ({"last_month": "septembre 2026", "first_month": "octobre 2026"}, "avant le premier"),
        ({"due_day": "31"}, "entre 1 et 28"),
        ({"due_day": ""}, "Indiquez un jour"),
        ({"suspended": "fermeture"}, "ne commence pas par un mois"),
        ({"suspended": "août 2030"}, "n’est pas entre"),
        ({"training_cap_percent": "120"}, "entre 0 et 100"),
        ({"counting_months": "0"}, "entre 1 et 120"),
    ],
)
def test_months_mistyped_are_told_and_change_nothing(
    client: FlaskClient, session: Session, town: Town, buyer: Organisation, typed: dict[str, str], told: str
) -> None:
    contract = made(session, town)
    answer = posted(client, path(contract, REPORTING), **typed)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert fresh(session, contract).first_month == Month(2026, 9)


def test_a_body_of_facilitation_is_found_and_named(
    client: FlaskClient, session: Session, town: Town, buyer: Organisation
) -> None:
    contract = made(session, town)
    page = client.get(path(contract, FOLLOW), query_string={"q": "facilitation rive"})
    assert "Facilitation des Deux Rives" in text_of(page)
    assert "Structure des Deux Rives" not in text_of(page)
    found = client.get(path(contract, FOLLOW), query_string={"q": town.facilitation.shown_siret})
    assert "Facilitation des Deux Rives" in text_of(found)
    assert "ne répond à" in text_of(client.get(path(contract, FOLLOW), query_string={"q": "introuvable"}))
    assert post(client, path(contract, FOLLOW), filled(page, organisation=town.facilitation.siret)).status_code == 302
    assert fresh(session, contract).follower is not None
    assert "Facilitation des Deux Rives depuis le 3 décembre 2026" in text_of(client.get(path(contract)))
    assert posted(client, path(contract, FOLLOW), organisation="personne").status_code == 302
    assert fresh(session, contract).follower is None


def test_a_choice_that_was_not_offered_is_refused(
    client: FlaskClient, session: Session, town: Town, buyer: Organisation
) -> None:
    contract = made(session, town)
    for siret in (town.structure.siret, town.stranger.siret, "", "12345"):
        assert posted(client, path(contract, FOLLOW), organisation=siret).status_code == 422
    assert fresh(session, contract).follower is None


@pytest.mark.parametrize(
    ("page", "typed", "label"),
    [
        (COMMITMENT, {"fixed_hours": "9 999"}, "Heures d’insertion"),
        (REPORTING, {"due_day": "20"}, "Jour d’échéance"),
        (FOLLOW, {"organisation": "buyer"}, "Qui vérifie les déclarations"),
    ],
)
def test_two_people_at_one_form_see_both_versions(
    client: FlaskClient,
    session: Session,
    town: Town,
    buyer: Organisation,
    page: str,
    typed: dict[str, str],
    label: str,
) -> None:
    contract = made(session, town, town.structure, town.partner)
    if "organisation" in typed:
        typed = {"organisation": town.buyer.siret}
    fields = filled(client.get(path(contract, page)), **typed)
    services.follow(session, contract, town.facilitation, expected_version=contract.version, actor=SYSTEM, now=NOW)
    session.commit()
    answer = post(client, path(contract, page), fields)
    assert answer.status_code == 409
    assert label in text_of(answer)
    resumed = filled(client.get(path(contract, page)))
    (name,) = typed
    assert resumed[name] == typed[name], "what was typed waits on top of the current version"
    assert post(client, path(contract, page), resumed).status_code == 302


def test_lists_and_pages_take_the_same_statements_whatever_there_is(
    client: FlaskClient, session: Session, town: Town, sql_count: Count
) -> None:
    little = made(session, town, town.structure, town.partner)
    for organisation, role in (
        (town.structure, Role.STRUCTURE),
        (town.facilitation, Role.FACILITATEUR),
        (town.buyer, Role.PURCHASING),
    ):
        sign_in(client, session, organisation.id, role)
        with sql_count() as few:
            client.get("/marches")
        made_before = session.scalars(select(Contract.id)).all()
        for number in range(PAGE_SIZE + 5):
            make_contract(session, town, town.structure, town.partner, number=f"{len(made_before)}-{number}")
        session.commit()
        with sql_count() as many:
            assert client.get("/marches").status_code == 200
        assert few.count == many.count <= 14, role
    with sql_count() as bare:
        client.get(path(little))
    much = made(session, town, *(new_organisation(session, NOW, 100 + rank) for rank in range(6)), number="grand")
    assert posted(client, path(much, COMMITMENT), internship="2", labour_share="3").status_code == 302
    assert posted(client, path(much, REPORTING), suspended="août 2027\nseptembre 2027").status_code == 302
    assert posted(client, path(much, FOLLOW), organisation=town.facilitation.siret).status_code == 302
    assert posted(client, path(much, FOLLOW), organisation=town.buyer.siret).status_code == 302
    client.get(path(much))
    with sql_count() as full:
        client.get(path(much))
    assert full.count <= bare.count + 4, "one for followers, one for each thing that a promise follows"
    assert full.count <= 24
    assert {held.kind for held in much.commitments} >= {CommitmentKind.FIXED_HOURS}


def test_the_directory_tells_what_an_organisation_was_awarded(
    client: FlaskClient, session: Session, town: Town
) -> None:
    address = f"/annuaire/{town.structure.siret}"
    assert "Son marché" not in text_of(client.get(address))
    made(session, town)
    assert "Son marché Nettoyage des gymnases Buyer des Deux Rives, notifié le 15 septembre 2026" in text_of(
        client.get(address)
    )
    for number in range(6):
        made(session, town, town.structure, town.partner, number=str(number))
    page = client.get(address)
    assert "Les derniers de ses 7 marchés" in text_of(page)
    assert "/marches/" not in page.text
