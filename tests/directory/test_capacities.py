"""A structure tells what it could carry: its own people write, buyers and its networks read, nobody else."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory import queries, rules, services
from portal.directory.models import CapacityStatement, OfferedTrade, Organisation
from portal.directory.services import CapacityFacts
from portal.journal.models import JournalEntry
from portal.kernel.errors import NotFound, RuleViolation, Stale
from portal.vocabulary import CapacityBand, OrganisationKind, Role, ServiceType, Trade
from tests.directory.organisations import NOW, acting, affiliation, network, organisation, text_of
from tests.directory.test_views import posted, sign_in
from tests.statements import Statements

pytestmark = pytest.mark.usefixtures("moment")

FACTS = CapacityFacts({Trade.CLEANING: CapacityBand.FROM_1500}, date(2027, 3, 1), 18, True, "Deux équipes")


def _told(session: Session, structure: Organisation, facts: CapacityFacts = FACTS, version: int = 0) -> None:
    actor = acting(structure, Role.STRUCTURE)
    services.tell_capacity(session, structure, facts, expected_version=version, actor=actor, now=NOW)
    session.commit()


def _statement(session: Session, structure: Organisation) -> CapacityStatement:
    session.expire_all()
    found = queries.capacity_of(session, structure)
    assert found is not None
    return found


def test_told_then_told_again_then_confirmed(place: Session) -> None:
    structure = organisation(place)
    _told(place, structure)
    again = CapacityFacts({Trade.CLEANING: CapacityBand.FROM_3500, Trade.LAUNDRY: CapacityBand.UNDER_500})
    _told(place, structure, again, version=1)
    later = NOW + timedelta(days=200)
    actor = acting(structure, Role.STRUCTURE)
    services.confirm_capacity(place, structure, expected_version=2, actor=actor, now=later)
    place.commit()
    told = _statement(place, structure)
    assert {each.trade: each.band for each in told.bands} == dict(again.bands)
    assert (told.confirmed_on, told.available_on, told.can_lead) == (later.date(), None, None)
    events = place.scalars(select(JournalEntry.event).where(JournalEntry.event == "capacity.told")).all()
    assert len(events) == 3


def test_two_who_tell_it_first_do_not_overwrite_each_other(place: Session) -> None:
    structure = organisation(place)
    _told(place, structure)
    with pytest.raises(Stale) as refused:
        _told(place, structure, version=0)
    assert isinstance(refused.value.current, CapacityStatement)


def test_one_trade_at_least(place: Session) -> None:
    with pytest.raises(RuleViolation):
        _told(place, organisation(place), CapacityFacts({}))


def test_nobody_tells_it_for_another_structure(place: Session) -> None:
    structure, other = organisation(place, 1), organisation(place, 2)
    with pytest.raises(NotFound):
        services.tell_capacity(
            place, structure, FACTS, expected_version=0, actor=acting(other, Role.STRUCTURE), now=NOW
        )


@pytest.mark.parametrize(
    ("confirmed", "due"), [("2026-03-31", "2026-09-30"), ("2026-08-31", "2027-02-28"), ("2026-06-03", "2026-12-03")]
)
def test_due_again_after_six_months(confirmed: str, due: str) -> None:
    assert rules.capacity_due_on(date.fromisoformat(confirmed)) == date.fromisoformat(due)


# The page


def test_one_screen_then_one_click(client: FlaskClient, place: Session) -> None:
    structure = organisation(place)
    structure.offered = [OfferedTrade(trade=Trade.CLEANING, service_type=ServiceType.PREST)]
    place.commit()
    sign_in(client, place, structure, Role.STRUCTURE)
    path = f"/annuaire/{structure.siret}/capacite"
    page = client.get(path)
    assert page.text.index('name="band_cleaning"') < page.text.index("Un autre métier")
    assert posted(client, path, band_cleaning="from_500", people="12", can_lead="oui").status_code == 302
    told = _statement(place, structure)
    assert [(each.trade, each.band) for each in told.bands] == [(Trade.CLEANING, CapacityBand.FROM_500)]
    told.confirmed_on = date(2026, 3, 1)
    place.commit()
    page = client.get(path)
    assert "C’est à relire" in text_of(page)
    form = page.text.split('action="/annuaire/' + structure.siret + '/capacite/confirmer"')[1]
    token, version = (
        form.split(f'name="{name}"')[1].split('value="')[1].split('"')[0] for name in ("idempotency_token", "version")
    )
    csrf = form.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    fields = {"csrf_token": csrf, "idempotency_token": token, "version": version}
    done = client.post(f"{path}/confirmer", data=fields, headers={"Origin": "http://localhost"})
    assert done.status_code == 302
    assert _statement(place, structure).confirmed_on == date(2026, 12, 3)
    stale = client.post(
        f"{path}/confirmer", data=fields | {"idempotency_token": "other"}, headers={"Origin": "http://localhost"}
    )
    assert stale.status_code == 422
    assert "vient de changer" in text_of(stale)


@pytest.mark.parametrize(
    "typed",
    [
        {"band_cleaning": "huge"},
        {"band_cleaning": ["from_500", "from_1500"], "people": "-3"},
        {"people": "99999999999999999999"},
        {"available_on": "un jour \x00 peut-être"},
        {"band_cleaning": "from_500", "note": "x" * 301},
        {"band_cleaning": "from_500", "available_on": "31/02/2027"},
    ],
)
def test_what_is_ill_typed_is_said_and_nothing_is_lost(
    client: FlaskClient, place: Session, typed: dict[str, Any]
) -> None:
    structure = organisation(place)
    sign_in(client, place, structure, Role.STRUCTURE)
    page = posted(client, f"/annuaire/{structure.siret}/capacite", **({"note": "Deux équipes"} | typed))
    assert page.status_code == 422
    assert "Deux équipes" in page.text or "note" in typed


def test_whoever_may_not_read_it_sees_nothing_of_it(client: FlaskClient, place: Session) -> None:
    structure, rival = organisation(place, 1), organisation(place, 2)
    _told(place, structure)
    path = f"/annuaire/{structure.siret}"
    assert "peut porter" not in text_of(client.get(path))
    for other, role in ((rival, Role.STRUCTURE), (network(place), Role.NETWORK)):
        sign_in(client, place, other, role)
        assert "peut porter" not in text_of(client.get(path))
        assert client.get(f"{path}/capacite").status_code in {403, 404}


def test_buyers_facilitateurs_and_own_networks_read_it(client: FlaskClient, place: Session) -> None:
    structure, leading = organisation(place, 1), network(place)
    _told(place, structure)
    affiliation(place, structure, leading, accepted_at=NOW)
    buyer = organisation(place, 3, kinds={OrganisationKind.BUYER: None})
    helper = organisation(place, 4, kinds={OrganisationKind.FACILITATION: None})
    readers = ((structure, Role.STRUCTURE), (leading, Role.NETWORK), (buyer, Role.LEGAL), (helper, Role.FACILITATEUR))
    for other, role in readers:
        sign_in(client, place, other, role)
        text = text_of(client.get(f"/annuaire/{structure.siret}"))
        assert "1 500 à 3 500 h par an" in text
        assert "à partir du 1ᵉʳ mars 2027" in text


def test_a_former_network_reads_nothing(client: FlaskClient, place: Session) -> None:
    structure, former = organisation(place, 1), network(place)
    _told(place, structure)
    affiliation(place, structure, former, accepted_at=NOW, ended_at=NOW)
    sign_in(client, place, former, Role.NETWORK)
    assert "peut porter" not in text_of(client.get(f"/annuaire/{structure.siret}"))


def test_the_page_of_the_form_costs_as_much_whatever_was_told(
    client: FlaskClient, place: Session, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    structure = organisation(place)
    sign_in(client, place, structure, Role.STRUCTURE)
    counts = []
    for trades in (1, 20):
        bands = dict.fromkeys(list(Trade)[:trades], CapacityBand.FROM_500)
        _told(place, structure, CapacityFacts(bands), version=0 if trades == 1 else 1)
        with sql_count() as statements:
            client.get(f"/annuaire/{structure.siret}/capacite")
        counts.append(statements.count)
    assert counts[0] == counts[1]
