"""What the advice says beside a request: cautious about supplies, mindful of who held the same services before."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.forecast.facts import LeverChoice
from portal.requests import advice
from portal.vocabulary import Lever, LeverState, PurchaseFamily, Reservation, Trade
from tests.contracts.sample import Town, make_contract, make_town
from tests.forecast.sample import NOW
from tests.requests.people import WHOLE

TODAY = NOW.date()


@pytest.fixture
def town(session: Session, country: None) -> Town:
    return make_town(session)


def _purchase(town: Town, **changed: object) -> advice.Purchase:
    wished = (LeverChoice(Lever.RESERVED, LeverState.ENVISAGED, reservation=Reservation.ESS),)
    purchase = advice.Purchase(
        buyer=town.buyer,
        trade=Trade.HEALTH_SOCIAL,
        family=PurchaseFamily.SERVICES,
        cpv_code=None,
        amount=WHOLE.budget,
        months=24,
        consultation_on=TODAY,
        communes=("33001",),
        levers=wished,
    )
    return replace(purchase, **changed)  # type: ignore[arg-type]


def _articles(found: advice.Advice) -> set[str | None]:
    return {point.article for point in found.legal if "Carence" in point.sentence}


def test_who_held_the_same_reserved_services_is_named_for_three_years(session: Session, town: Town) -> None:
    held = make_contract(session, town, trade=Trade.HEALTH_SOCIAL, reservation=Reservation.ESS, notified_on=TODAY)
    session.flush()
    purchase = _purchase(town)
    assert _articles(advice.gather(session, purchase, TODAY)) == {"L2113-16"}
    assert _articles(advice.gather(session, replace(purchase, levers=()), TODAY)) == set()
    later = replace(purchase, consultation_on=held.notified_on + timedelta(days=3 * 366))
    assert _articles(advice.gather(session, later, TODAY)) == set()


def test_supplies_are_never_said_reservable_without_a_word_of_caution(session: Session, town: Town) -> None:
    services = advice.gather(session, _purchase(town), TODAY).in_short
    supplies = advice.gather(session, _purchase(town, family=PurchaseFamily.SUPPLIES), TODAY).in_short
    assert supplies.startswith(services)
    assert "fournitures" in supplies
    assert "fournitures" not in services
