"""A contract that comes to its end is proposed, drafted once, and proposed again when its draft is dropped."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.contracts import queries as contract_queries
from portal.contracts.facts import HeldBy, NewContract
from portal.contracts.models import Contract
from portal.contracts.rules import ends_on
from portal.contracts.services import create_contract
from portal.forecast import queries, renewals, services
from portal.forecast.models import Project, Renewal
from portal.kernel.errors import Refused, RuleViolation
from portal.kernel.month import Month
from portal.kernel.period import PlannedPeriod, Quarter
from portal.storage import reading, unit_of_work
from portal.vocabulary import (
    Confidence,
    Lever,
    LeverState,
    OrganisationKind,
    PlannedPrecision,
    ProjectState,
    PurchaseFamily,
    Reservation,
    Role,
    Trade,
)
from tests.accounts.people import new_organisation, text_of
from tests.forecast.pages import filled, post, sign_in
from tests.forecast.sample import NOW, make_buyer, make_country, purchaser
from tests.forecast.test_awards import together
from tests.statements import Statements

TODAY = NOW.date()
Count = Callable[[], AbstractContextManager[Statements]]


def contract(session: Session, buyer_id: int, number: str = "2025E007", **changed: Any) -> Contract:
    """One that ends in fourteen months."""
    holder = changed.pop("holder", None) or new_organisation(session, NOW, 60, OrganisationKind.EI).id
    facts: dict[str, Any] = {
        "buyer_id": buyer_id,
        "number": number,
        "object": "Nettoyage des écoles",
        "trade": Trade.CLEANING,
        "cpv_code": "90919300",
        "notified_on": date(2026, 2, 10),
        "duration_months": 24,
        "amount": Decimal(410000),
        "promised_hours": Decimal(9000),
        "is_reserved": True,
        "reservation": Reservation.INSERTION,
        "titulaires": (HeldBy(organisation_id=holder),),
    }
    return create_contract(session, NewContract(**facts | changed), actor=purchaser(buyer_id), now=NOW)


def renew(session: Session, ending: Contract) -> Project:
    return services.renew_contract(session, ending, actor=purchaser(ending.buyer_id or 0), now=NOW)


def proposed(session: Session, buyer_id: int) -> list[str]:
    return [each.number for each in queries.ending_contracts(session, purchaser(buyer_id), TODAY, 20).contracts]


def test_the_draft_says_what_the_contract_tells(session: Session, buyer_id: int) -> None:
    project = renew(session, contract(session, buyer_id))
    assert (project.title, project.family) == ("Renouvellement\u202f: Nettoyage des écoles", PurchaseFamily.SERVICES)
    assert (project.state, project.allotment_defined) == (ProjectState.DRAFT, False)
    (lot,) = project.lots
    assert (lot.number, lot.trade, lot.cpv_code) == (0, Trade.CLEANING, "90919300")
    assert lot.planned == PlannedPeriod(Quarter(2027, 2).first_day, PlannedPrecision.QUARTER)
    assert lot.confidence is Confidence.TO_CONFIRM
    assert (lot.duration_months, lot.amount_high, lot.hours_wanted) == (24, Decimal(410000), Decimal(9000))
    assert (lot.replaced_contract, lot.replaced_ends_on) == ("2025E007", date(2028, 2, 9))
    choice = lot.facts.choice(Lever.RESERVED)
    assert choice is not None
    assert (choice.state, choice.reservation) == (LeverState.ENVISAGED, Reservation.INSERTION)


def test_a_second_click_leads_to_the_first_draft(session: Session, buyer_id: int) -> None:
    ending = contract(session, buyer_id)
    assert renew(session, ending) is renew(session, ending)
    assert session.scalar(select(func.count()).select_from(Renewal)) == 1


def test_what_is_renewed_is_proposed_no_more_until_its_draft_is_dropped(session: Session, buyer_id: int) -> None:
    ending = contract(session, buyer_id)
    assert proposed(session, buyer_id) == ["2025E007"]
    draft = renew(session, ending)
    assert proposed(session, buyer_id) == []
    services.drop(session, draft, reason="Non.", expected_version=draft.version, actor=purchaser(buyer_id), now=NOW)
    assert proposed(session, buyer_id) == ["2025E007"]
    assert renew(session, ending) is not draft


def test_only_ones_own_contracts_that_end_within_two_years_are_proposed(session: Session, buyer_id: int) -> None:
    holder = new_organisation(session, NOW, 61, OrganisationKind.EI).id
    other = make_buyer(session, "Ville de Combeaux", rank=1)
    contract(session, other, "ailleurs", holder=holder)
    contract(session, buyer_id, "fini", holder=holder, notified_on=date(2020, 1, 1))
    contract(session, buyer_id, "loin", holder=holder, duration_months=48)
    contract(session, buyer_id, "sans fin", holder=holder, duration_months=None)
    contract(session, buyer_id, "tard", holder=holder, duration_months=34)
    contract(session, buyer_id, "tôt", holder=holder, duration_months=11)
    assert proposed(session, buyer_id) == ["tôt", "tard"]


@pytest.mark.parametrize("months", [None, 60])
def test_an_end_unknown_or_far_is_not_renewed(session: Session, buyer_id: int, months: int | None) -> None:
    with pytest.raises(RuleViolation):
        renew(session, contract(session, buyer_id, duration_months=months))


def test_only_purchasing_renews(session: Session, buyer_id: int) -> None:
    ending = contract(session, buyer_id)
    for actor in (purchaser(buyer_id, Role.LEGAL), purchaser(make_buyer(session, "Ville de Combeaux", rank=1))):
        with pytest.raises(Refused):
            services.renew_contract(session, ending, actor=actor, now=NOW)


def test_two_clicks_at_once_make_one_draft(fresh_engine: Engine) -> None:
    with unit_of_work() as session:
        make_country(session)
        buyer_id = make_buyer(session)
        reference = contract(session, buyer_id).reference

    def click(session: Session) -> object:
        return renew(session, contract_queries.visible(session, purchaser(buyer_id), reference))

    assert together(*[click] * 4) == ["done"] * 4
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Project)) == 1


def test_a_contract_read_in_decp_with_little_said_is_renewed_all_the_same(session: Session, buyer_id: int) -> None:
    ending = contract(
        session,
        buyer_id,
        trade=None,
        cpv_code="45210000",
        amount=None,
        promised_hours=None,
        is_reserved=False,
        reservation=None,
        object="Travaux " * 60,
    )
    project = renew(session, ending)
    assert project.family is PurchaseFamily.WORKS
    assert len(project.title) <= 200
    assert (project.lots[0].trade, project.lots[0].cpv_code) == (Trade.BUILDING, None)


@given(st.dates(date(2026, 12, 3), date(2028, 12, 31)), st.none() | st.text("0123456789", min_size=8, max_size=8))
def test_any_end_in_the_window_can_be_planned(end: date, cpv: str | None) -> None:
    ending = Contract(
        number="1", object="x", notified_on=date(2020, 1, 1), ends_on=end, cpv_code=cpv, is_reserved=False
    )
    renewals.ensure_renewable(ending, TODAY)
    planned = renewals.lot_facts(ending, None, TODAY).planned
    assert planned.ends_on >= TODAY
    assert planned.starts_on <= max(end, TODAY)


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 600))
def test_a_duration_ends_the_day_before_its_anniversary(start: date, months: int) -> None:
    end = ends_on(start, months)
    assert Month.of(end + timedelta(1)) == Month.of(start) + months
    assert end >= start


def test_my_purchases_propose_and_one_click_drafts(client: FlaskClient, session: Session, buyer_id: int) -> None:
    reference = contract(session, buyer_id).reference
    sign_in(client, session, buyer_id)
    page = client.get("/achats")
    assert "Ces marchés finissent bientôt" in text_of(page)
    assert "fin le 9 février 2028 · Les Ateliers du Pont 60 · 410 000 € HT" in text_of(page)
    first = post(client, f"/achats/renouveler/{reference}", filled(page))
    second = post(client, f"/achats/renouveler/{reference}", filled(page, idempotency_token="another"))
    assert first.location == second.location
    assert first.location is not None
    assert "Renouvellement" in text_of(client.get(first.location))
    assert "Ces marchés finissent bientôt" not in client.get("/achats").text
    assert "Son renouvellement est en préparation" in text_of(client.get(f"/marches/{reference}"))


def test_who_may_not_write_sees_what_ends_without_a_button(
    client: FlaskClient, session: Session, buyer_id: int
) -> None:
    contract(session, buyer_id)
    sign_in(client, session, buyer_id, Role.DIRECTION)
    page = text_of(client.get("/achats"))
    assert "Ces marchés finissent bientôt" in page
    assert "Préparer le renouvellement" not in page


def test_my_purchases_take_the_same_statements_whatever_ends(
    client: FlaskClient, session: Session, buyer_id: int, sql_count: Count
) -> None:
    holder = new_organisation(session, NOW, 62, OrganisationKind.EI).id
    contract(session, buyer_id, "0", holder=holder)
    sign_in(client, session, buyer_id)
    with sql_count() as few:
        client.get("/achats")
    for number in range(1, 9):
        contract(session, buyer_id, str(number), holder=holder)
    session.commit()
    with sql_count() as many:
        page = client.get("/achats")
    assert "les 5 premiers sur 9" in text_of(page)
    assert many.count == few.count <= 12
