"""The buyer's side, as it is typed: creating, completing, publishing, changing, giving up."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import LoginSession
from portal.accounts.services.sign_in import open_session
from portal.forecast import rules
from portal.forecast.facts import LeverChoice
from portal.forecast.models import Lot, Project, Revision
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import AmountBand, Lever, LeverState, PlannedPrecision, ProjectState, Reservation, Role, Trade
from portal.web.kept_forms import ACCOUNT
from tests.forecast.pages import filled, post, posted, sign_in
from tests.forecast.sample import NOW, lot_facts, make_buyer, make_project
from tests.forecast.test_public_pages import text_of
from tests.statements import Statements

FEW_FACTS = {
    "title": "Blanchissage du linge des crèches",
    "trade": "laundry",
    "family": "services",
    "planned": "T2 2027",
    "confidence": "probable",
}
TENDER = {"tender_url": "https://marches.example.fr/42", "offers_due_on": "12/05/2027"}
PATHS = (
    *("", "/modifier", "/publier", "/consultation", "/abandonner"),
    *("/lots/nouveau", "/lots/1/modifier", "/lots/1/retirer"),
)


@pytest.fixture
def buyer(client: FlaskClient, session: Session, buyer_id: int) -> int:
    sign_in(client, session, buyer_id)
    return buyer_id


def only_project(session: Session) -> Project:
    session.expire_all()
    return session.scalars(select(Project)).one()


@pytest.mark.parametrize(("allotment", "number", "leads_to"), [("later", 0, ""), ("now", 1, "/lots/1/modifier")])
def test_a_few_facts_make_a_draft(
    client: FlaskClient, session: Session, buyer: int, allotment: str, number: int, leads_to: str
) -> None:
    answer = posted(client, "/achats/nouveau", **FEW_FACTS, allotment=allotment)
    assert answer.status_code == 302
    assert answer.location == f"/achats/metropole-des-deux-rives-2026-0001{leads_to}"
    project = only_project(session)
    assert (project.state, project.title) == (ProjectState.DRAFT, FEW_FACTS["title"])
    assert project.allotment_defined is (allotment == "now")
    assert [(lot.number, lot.trade, lot.planned.label) for lot in project.lots] == [
        (number, Trade.LAUNDRY, "2ᵉ trimestre 2027")
    ]


def test_what_is_missing_is_said_on_its_field(client: FlaskClient, buyer: int) -> None:
    page = posted(client, "/achats/nouveau", title="", planned="bientôt")
    assert page.status_code == 422
    words = text_of(page)
    assert "Dites en quelques mots ce que vous achetez." in words
    assert "« bientôt » n’est pas une date prévue lisible" in words
    assert 'value="bientôt"' in page.text


def test_posting_twice_makes_one_project(client: FlaskClient, session: Session, buyer: int) -> None:
    fields = filled(client.get("/achats/nouveau"), **FEW_FACTS, allotment="later")
    first, second = (post(client, "/achats/nouveau", fields) for _ in range(2))
    assert first.location == second.location
    assert session.scalar(select(func.count()).select_from(Project)) == 1


def test_a_lot_is_read_as_people_write(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer, published=False)
    session.commit()
    answer = posted(
        client,
        f"/achats/{project.reference}/lots/1/modifier",
        planned="mars 2027",
        execution="01/09/2027",
        amount_low="85 000,50 €",
        amount_high="95 000",
        hours_wanted="970,50",
        cpv_code="nettoyage de bureaux",
        commune_codes=["33003", "33004"],
        replaced_ends_on="31/08/2027",
        price_weight_percent="40 %",
        reserved_state="envisaged",
        reserved_reservation="handicap_insertion",
        reserved_reason="",
        criterion_state="envisaged",
        criterion_weight="15",
        several_groupements_allowed="oui",
        essential_tasks="  Encadrer les équipes \r\n\r\nRemplacer\r\nRemplacer",
    )
    assert answer.status_code == 302, text_of(answer)
    facts = only_project(session).lots[0].facts
    assert facts.planned == PlannedPeriod(date(2027, 3, 1), PlannedPrecision.MONTH)
    assert facts.execution == PlannedPeriod(date(2027, 9, 1), PlannedPrecision.DAY)
    assert (facts.amount_low, facts.amount_high) == (Decimal("85000.50"), Decimal(95000))
    assert facts.amount_band is AmountBand.FROM_90K
    assert facts.hours_wanted == Decimal("970.50")
    assert facts.cpv_code == "90919200"
    assert facts.commune_codes == ("33003", "33004")
    assert facts.replaced_ends_on == date(2027, 8, 31)
    assert facts.price_weight_percent == 40
    assert facts.several_groupements_allowed is True
    assert facts.task_labels == ("Encadrer les équipes", "Remplacer")
    assert facts.alone_and_grouped_allowed is None
    assert facts.levers == (
        LeverChoice(Lever.RESERVED, LeverState.ENVISAGED, reservation=Reservation.HANDICAP_INSERTION),
        LeverChoice(Lever.CRITERION, LeverState.ENVISAGED, weight_percent=15),
    )


def test_a_form_saved_as_it_opened_changes_nothing(client: FlaskClient, session: Session, buyer: int) -> None:
    full = lot_facts(
        title="centre",
        description="Trois groupes scolaires.\nDeux gymnases.",
        execution=PlannedPeriod(date(2027, 9, 1), PlannedPrecision.DAY),
        renewals=2,
        renewal_months=12,
        framework_minimum=Decimal("1000.50"),
        alone_and_grouped_allowed=False,
        adapted_allotment=True,
        replaced_ends_on=date(2027, 8, 1),
        levers=(
            LeverChoice(Lever.RESERVED, LeverState.DECIDED, reservation=Reservation.INSERTION, reason="Trois offres."),
            LeverChoice(Lever.CRITERION, LeverState.ENVISAGED, weight_percent=10),
        ),
    )
    project = make_project(session, buyer, full)
    before = project.lots[0].facts
    session.commit()
    assert posted(client, f"/achats/{project.reference}/lots/1/modifier").status_code == 302
    assert only_project(session).lots[0].facts == before
    assert session.scalar(select(func.count()).select_from(Revision)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"cpv_code": "nettoyage"}, "90919200-4 Services de nettoyage de bureaux"),
        ({"cpv_code": "12345678"}, "n’est ni un code CPV connu"),
        ({"amount_low": "9", "amount_high": "8"}, "Le montant haut est plus petit que le montant bas."),
        ({"renewals": "2"}, "Indiquez la durée de chaque reconduction, en mois."),
        ({"clause_state": "discarded"}, "Dites en une phrase pourquoi ce levier est écarté."),
        ({"reserved_state": "decided", "reserved_reservation": ""}, "Choisissez à qui le lot est réservé"),
        ({"price_weight_percent": "140"}, "Écrivez un nombre entre 0 et 100."),
        ({"reserved_reservation": "handicap"}, "Cette réservation n’est pas celle qui est décidée"),
        ({"derogation": "no_link"}, "Dites en une phrase pourquoi cette dérogation."),
        ({"derogation_reason": "Aucun lien."}, "Choisissez la dérogation que ce motif explique."),
        ({"derogation": "short_works", "derogation_reason": "Court."}, "ne vaut que pour des travaux"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_a_rule_refuses_is_said_on_its_field(
    client: FlaskClient, session: Session, buyer: int, typed: dict[str, str], said: str
) -> None:
    project = make_project(session, buyer, published=False)
    session.commit()
    page = posted(client, f"/achats/{project.reference}/lots/1/modifier", **typed)
    assert page.status_code == 422
    assert said in text_of(page)
    assert 'aria-invalid="true"' in page.text
    assert only_project(session).lots[0].facts == project.lots[0].facts


def test_publishing_asks_once_more_then_shows_it_to_all(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer, published=False)
    session.commit()
    asked = client.get(f"/achats/{project.reference}/publier")
    assert "Il reste prévisionnel" in text_of(asked)
    assert "La procédure n’est pas indiquée." in text_of(asked)
    assert posted(client, f"/achats/{project.reference}/publier").status_code == 302
    assert client.get(f"/programmation/{project.reference}").status_code == 200
    client.delete_cookie("amont")
    assert client.get(f"/programmation/{project.reference}").status_code == 200


def test_what_blocks_locks_the_button(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer, lot_facts(), lot_facts(title="rive droite"), published=False)
    session.commit()
    page = client.get(f"/achats/{project.reference}/publier")
    assert "Le lot 1 n’a pas d’intitulé" in text_of(page)
    assert "button-locked" in page.text
    fields = filled(client.get(f"/achats/{project.reference}/abandonner"))
    refused = post(client, f"/achats/{project.reference}/publier", fields)
    assert refused.status_code == 422
    assert only_project(session).state is ProjectState.DRAFT


def test_a_public_slip_without_reason_is_refused_then_told(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer)
    session.commit()
    path = f"/achats/{project.reference}/lots/1/modifier"
    refused = posted(client, path, planned="T3 2027")
    assert refused.status_code == 422
    assert "Dites pourquoi" in text_of(refused)
    answer = post(client, path, filled(refused, reason="Le marché en cours est prolongé."))
    assert answer.status_code == 302
    assert "Le marché en cours est prolongé." in client.get(f"/programmation/{project.reference}").text


def test_two_people_on_one_lot_see_both_versions(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer, published=False)
    session.commit()
    path = f"/achats/{project.reference}/lots/1/modifier"
    mine = filled(client.get(path), planned="T4 2027", hours_wanted="3 000", commune_codes=["33001"])
    assert posted(client, path, planned="T1 2028").status_code == 302
    conflict = post(client, path, mine)
    assert conflict.status_code == 409
    words = text_of(conflict)
    assert "4ᵉ trimestre 2027" in words
    assert "1ᵉʳ trimestre 2028" in words
    assert "Saint-Aubrin" in words
    again = client.get(path)
    assert 'value="T4 2027"' in again.text
    assert post(client, path, filled(again)).status_code == 302
    assert only_project(session).lots[0].planned.label == "4ᵉ trimestre 2027"


def test_defining_the_lots_starts_from_the_whole(client: FlaskClient, session: Session, buyer: int) -> None:
    posted(client, "/achats/nouveau", **FEW_FACTS, allotment="later")
    reference = only_project(session).reference
    page = client.get(f"/achats/{reference}/lots/nouveau")
    assert 'value="2ᵉ trimestre 2027"' in page.text
    assert posted(client, f"/achats/{reference}/lots/nouveau", title="crèches du centre").status_code == 302
    project = only_project(session)
    assert [(lot.number, lot.title) for lot in project.lots] == [(1, "crèches du centre")]
    assert session.scalar(select(func.count()).select_from(Lot)) == 2


def test_a_next_lot_starts_from_the_terms_of_the_last(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer, lot_facts(title="centre"), published=False)
    session.commit()
    path = f"/achats/{project.reference}/lots/nouveau"
    assert posted(client, path).status_code == 422
    assert posted(client, path, title="centre").status_code == 422
    assert posted(client, path, title="rive droite").status_code == 302
    second = only_project(session).lots[1].facts
    assert (second.duration_months, second.hours_wanted, second.amount_high) == (24, None, None)
    assert second.levers == rules.softened(project.lots[0].facts).levers


def test_a_lot_is_taken_out_with_its_reason(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer, lot_facts(title="centre"), lot_facts(title="rive droite"))
    session.commit()
    path = f"/achats/{project.reference}/lots/2/retirer"
    assert posted(client, path).status_code == 422
    assert posted(client, path, reason="Besoin retiré.").status_code == 302
    assert [lot.number for lot in only_project(session).lots] == [1]


def test_a_consultation_is_announced_with_its_address(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer)
    session.commit()
    path = f"/achats/{project.reference}/consultation"
    assert posted(client, path, **TENDER).status_code == 302
    page = client.get(f"/programmation/{project.reference}")
    assert 'href="https://marches.example.fr/42"' in page.text
    assert "le 12 mai 2027 au plus tard" in text_of(page)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tender_url": ""}, "Indiquez l’adresse de la consultation."),
        ({"tender_url": "javascript:alert(1)"}, "Cette adresse est mal formée"),
        ({"tender_url": "marches"}, "Cette adresse est mal formée"),
        ({"tender_url": "ftp://x.example"}, "Cette adresse est mal formée"),
        ({"offers_due_on": ""}, "Indiquez jusqu’à quand les offres se remettent."),
        ({"offers_due_on": "02/12/2026"}, "Cette date est passée"),
        ({"offers_due_on": "mai 2027"}, "Indiquez un jour du calendrier"),
    ],
    ids=str,
)
def test_a_consultation_is_on_the_web_and_still_to_answer(
    client: FlaskClient, session: Session, buyer: int, wrong: dict[str, str], said: str
) -> None:
    project = make_project(session, buyer)
    session.commit()
    page = posted(client, f"/achats/{project.reference}/consultation", **(TENDER | wrong))
    assert page.status_code == 422
    assert said in text_of(page)
    assert only_project(session).state is ProjectState.PUBLISHED


def test_announcing_twice_announces_once(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer)
    session.commit()
    path = f"/achats/{project.reference}/consultation"
    fields = filled(client.get(path), **TENDER)
    assert [post(client, path, fields).status_code for _ in range(2)] == [302, 302]
    assert session.scalar(select(func.count()).where(Revision.field == "in_tender")) == 1


def test_a_running_consultation_is_mended_with_a_reason(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer)
    session.commit()
    path = f"/achats/{project.reference}/consultation"
    posted(client, path, **TENDER)
    assert path in client.get(f"/achats/{project.reference}").text
    assert posted(client, path, offers_due_on="19/05/2027").status_code == 422
    assert posted(client, path, offers_due_on="19/05/2027", reason="Une semaine de plus.").status_code == 302
    words = text_of(client.get(f"/programmation/{project.reference}"))
    assert "le 19 mai 2027 au plus tard" in words
    assert "avant : 12 mai 2027 maintenant : 19 mai 2027 « Une semaine de plus. »" in words


def test_an_address_that_is_not_of_the_web_is_never_a_link(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer)
    session.commit()
    posted(client, f"/achats/{project.reference}/consultation", **TENDER)
    only_project(session).tender_url = "javascript:alert(1)"
    session.commit()
    assert "javascript:" not in client.get(f"/programmation/{project.reference}").text


@pytest.mark.parametrize("path", ["/achats/nouveau", "/lots/1/modifier", "/lots/nouveau"])
def test_nothing_is_planned_in_the_past(client: FlaskClient, session: Session, buyer: int, path: str) -> None:
    project = make_project(session, buyer, published=False)
    session.commit()
    whole = path if path.startswith("/achats") else f"/achats/{project.reference}{path}"
    typed = {"title": "Blanchissage", "planned": "T3 2026"}
    page = posted(client, whole, **(FEW_FACTS | {"allotment": "now"} if whole == path else {}) | typed)
    assert page.status_code == 422
    assert "Cette date est passée" in text_of(page)
    assert 'href="#planned"' in page.text


def test_a_date_gone_by_leaves_the_other_facts_open(client: FlaskClient, session: Session, buyer: int) -> None:
    late, before = lot_facts(planned=PlannedPeriod(date(2026, 9, 1), PlannedPrecision.MONTH)), NOW - timedelta(days=120)
    public = make_project(session, buyer, late, now=before)
    draft = make_project(session, buyer, late, now=before, published=False)
    session.commit()
    path = f"/achats/{public.reference}/lots/1/modifier"
    assert "La date prévue est passée." in text_of(client.get(path))
    assert posted(client, path, visit="Deux dates").status_code == 302
    page = client.get(f"/achats/{draft.reference}/publier")
    assert "c’est passé" in text_of(page)
    assert "button-locked" in page.text


CLOSED_PATHS = ("/modifier", "/lots/nouveau", "/lots/1/modifier", "/lots/1/retirer", "/publier")


@pytest.mark.parametrize(
    ("state", "paths"),
    [
        (ProjectState.IN_TENDER, CLOSED_PATHS),
        (ProjectState.DROPPED, (*CLOSED_PATHS, "/consultation", "/abandonner")),
        (ProjectState.AWARDED, (*CLOSED_PATHS, "/consultation", "/abandonner")),
    ],
)
def test_a_closed_project_offers_no_form(
    client: FlaskClient, session: Session, buyer: int, state: ProjectState, paths: tuple[str, ...]
) -> None:
    project = make_project(session, buyer)
    project.state = state
    session.commit()
    for path in paths:
        answer = client.get(f"/achats/{project.reference}{path}")
        assert (answer.status_code, answer.location) == (302, f"/achats/{project.reference}"), path
        assert state.label in text_of(client.get(answer.location)), path


def test_a_form_sent_too_late_leads_to_the_project(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer)
    session.commit()
    path = f"/achats/{project.reference}/lots/1/modifier"
    fields = filled(client.get(path), planned="T3 2027", reason="Décalé.")
    posted(client, f"/achats/{project.reference}/abandonner", reason="Budget non voté.")
    assert post(client, path, fields).location == f"/achats/{project.reference}"


def test_publishing_again_says_that_it_is_done(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer, published=False)
    session.commit()
    path = f"/achats/{project.reference}/publier"
    opened_twice = filled(client.get(path))
    posted(client, path)
    assert post(client, path, opened_twice).location == f"/achats/{project.reference}"
    assert "Ce projet est déjà publié." in text_of(client.get(f"/achats/{project.reference}"))


def test_giving_up_demands_a_reason(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer)
    session.commit()
    path = f"/achats/{project.reference}/abandonner"
    assert posted(client, path).status_code == 422
    assert posted(client, path, reason="Budget non voté.").status_code == 302
    assert "Ce projet est abandonné." in text_of(client.get(f"/programmation/{project.reference}"))
    assert project.title not in client.get("/programmation").text


def test_ones_own_projects_say_what_to_do_next(client: FlaskClient, session: Session, buyer: int) -> None:
    make_project(session, buyer, lot_facts(), lot_facts(title="rive droite"), published=False)
    late = lot_facts(planned=PlannedPeriod(date(2026, 9, 1), PlannedPrecision.MONTH))
    make_project(session, buyer, late, now=NOW - timedelta(days=120))
    session.commit()
    words = text_of(client.get("/achats"))
    assert "1 point à corriger avant de publier" in words
    assert "La date prévue est passée" in words


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/modifier",
        "/lots/nouveau",
        "/lots/1/modifier",
        "/lots/1/retirer",
        "/publier",
        "/consultation",
        "/abandonner",
    ],
)
def test_another_buyer_finds_nothing(client: FlaskClient, session: Session, buyer_id: int, path: str) -> None:
    project = make_project(session, buyer_id)
    sign_in(client, session, make_buyer(session, "Ville de Belleroche", rank=1))
    assert client.get(f"/achats/{project.reference}{path}").status_code == 404
    assert project.title not in client.get("/achats").text


def test_readers_read_without_a_way_to_write(client: FlaskClient, session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id, published=False)
    sign_in(client, session, buyer_id, Role.DIRECTION)
    page = client.get(f"/achats/{project.reference}")
    assert page.status_code == 200
    assert not re.search(r'href="/achats/[^"]*/(modifier|publier|abandonner|nouveau)"', page.text)
    assert client.get(f"/achats/{project.reference}/publier").status_code == 403


WRONG = {
    "nouveau": {"contact_email": "personne", "summary": "x" * 4001, "planned": "bientôt"},
    "{}/modifier": {"title": "", "contact_email": "personne", "reply_days": "x", "reason": "x" * 501},
    "{}/lots/1/modifier": dict.fromkeys(
        ("advance_percent", "framework_minimum", "planned", "price_weight_percent", "staff_to_take_over"), "beaucoup"
    )
    | {"trade": "", "reason": "x" * 501, "adapted_allotment_reason": "x" * 301, "replaced_ends_on": "x"},
}


@pytest.mark.parametrize("path", WRONG)
def test_errors_are_told_in_the_order_of_the_page(client: FlaskClient, session: Session, buyer: int, path: str) -> None:
    project = make_project(session, buyer)
    session.commit()
    page = posted(client, "/achats/" + path.format(project.reference), **WRONG[path])
    told = re.findall(r'<li><a href="#([^"]+)"', page.text)
    assert len(told) >= len(WRONG[path])
    assert told == sorted(told, key=lambda name: page.text.index(f'id="{name}"'))


def test_a_wrong_fact_is_named_in_the_summary(client: FlaskClient, session: Session, buyer: int) -> None:
    project = make_project(session, buyer, published=False)
    session.commit()
    typed = {"duration_months": "deux ans", "replaced_ends_on": "fin août"}
    words = text_of(posted(client, f"/achats/{project.reference}/lots/1/modifier", **typed))
    assert "Durée : écrivez un nombre entier, en chiffres." in words
    assert "Échéance du marché remplacé : indiquez un jour du calendrier : écrivez par exemple « 31/08/2027 »." in words


def test_a_new_project_starts_with_its_writer_as_contact(client: FlaskClient, session: Session, buyer: int) -> None:
    assert posted(client, "/achats/nouveau", **FEW_FACTS, allotment="later").status_code == 302
    project = only_project(session)
    assert (project.contact_name, project.contact_email) == (
        "Karim Lestrade",
        f"karim{buyer}@deux-rives.example",
    )


def test_a_lot_form_is_found_again_whole_after_the_session_ended(
    client: FlaskClient, session: Session, buyer: int
) -> None:
    project = make_project(session, buyer, published=False)
    session.commit()
    path = f"/achats/{project.reference}/lots/1/modifier"
    fields = filled(
        client.get(path),
        commune_codes=["33001", "33003", "33004"],
        reserved_state="envisaged",
        reserved_reservation="handicap",
        clause_state="envisaged",
    )
    opened = session.scalars(select(LoginSession)).one()
    opened.revoked_at = NOW
    session.commit()
    with client.session_transaction() as cookie:
        cookie[ACCOUNT] = opened.account_id
    assert "/connexion" in post(client, path, fields).location
    again = open_session(session, opened.account, now=NOW, organisation_id=buyer, second_factor=True)
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = again, True
    page = client.get(path)
    assert "Voici ce que vous aviez saisi." in text_of(page)
    found = filled(page)
    told = ("commune_codes", "reserved_state", "reserved_reservation", "clause_state", "planned")
    assert {name: set(found.getlist(name)) for name in told} == {name: set(fields.getlist(name)) for name in told}


def test_each_state_shows_its_first_projects_and_pages_the_rest(
    client: FlaskClient, session: Session, buyer: int, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    make_project(session, buyer, published=False)
    make_project(session, buyer)
    session.commit()
    with sql_count() as few:
        client.get("/achats")
    for month in range(1, 13):
        period = PlannedPeriod(date(2028, month, 1), PlannedPrecision.MONTH)
        for published in (True, False):
            make_project(session, buyer, lot_facts(planned=period), published=published)
    for _ in range(10):
        make_project(session, buyer)
    session.commit()
    with sql_count() as many:
        page = client.get("/achats")
    assert many.count == few.count
    assert page.text.count("title-link") == 20
    assert "/achats?etat=publies" in page.text
    pages = [client.get(f"/achats?etat=publies&page={number}") for number in (1, 2)]
    assert [answer.text.count("title-link") for answer in pages] == [20, 3]
    references = [set(re.findall(r"/achats/([a-z0-9-]+)", answer.text)) for answer in pages]
    assert len(references[0] | references[1]) == 23
    assert "décembre 2028" in pages[1].text, "the soonest come first"


@pytest.mark.parametrize("asked", ["etat=publies&page=9", "etat=publies&page=99999999999999999999", "etat=attribues"])
def test_a_page_with_nothing_leads_back(client: FlaskClient, session: Session, buyer: int, asked: str) -> None:
    make_project(session, buyer)
    session.commit()
    answer = client.get(f"/achats?{asked}")
    assert answer.location in {"/achats", "/achats?etat=publies"}
    assert client.get(answer.location).status_code == 200


@pytest.mark.parametrize("asked", ["etat=autre", "etat=publies&page=-3", "etat=publies&page=x"])
def test_odd_addresses_of_ones_projects_are_answered(
    client: FlaskClient, session: Session, buyer: int, asked: str
) -> None:
    make_project(session, buyer)
    session.commit()
    assert client.get(f"/achats?{asked}").status_code == 200
