"""Amendments: what they change, when, for whom; and who is told."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from config import ROOT
from portal import outbox
from portal.contracts import emails, services
from portal.contracts.facts import AmendmentFacts
from portal.contracts.models import Amendment, Contract
from portal.declarations import queries
from portal.declarations import services as declarations
from portal.declarations.models import Declaration
from portal.journal.models import JournalEntry
from portal.kernel.actor import SYSTEM
from portal.kernel.errors import Refused, RuleViolation, Stale
from portal.kernel.filters import FILTERS
from portal.kernel.month import Month
from portal.outbox import Mail
from portal.outbox.models import Message
from portal.vocabulary import MessageKind, Role
from tests.accounts.people import text_of
from tests.contracts.sample import NOW, TODAY, Town, acting_for, make_contract
from tests.declarations.sample import member
from tests.forecast.pages import filled, post, posted, sign_in


def as_it_stands(contract: Contract, **changed: Any) -> AmendmentFacts:
    facts = AmendmentFacts(
        number=1,
        signed_on=TODAY,
        effective_on=TODAY,
        reason="Travaux supplémentaires.",
        promised_hours=contract.promised_hours,
        ends_on=contract.ends_on,
        last_month=contract.last_month,
        suspended={held.month: held.reason for held in contract.suspensions},
    )
    return replace(facts, **changed)


def amend(session: Session, contract: Contract, **changed: Any) -> Amendment:
    facts = as_it_stands(contract, **changed)
    return services.amend(session, contract, facts, expected_version=contract.version, actor=SYSTEM, now=NOW)


def test_an_amendment_changes_hours_end_and_months_at_once(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    version = contract.version
    changed = {"promised_hours": Decimal(3600), "ends_on": date(2029, 3, 14), "last_month": Month(2029, 3)}
    amendment = amend(session, contract, **changed, suspended={Month(2027, 8): "fermeture"})
    session.expire_all()
    assert (contract.promised_hours, contract.ends_on, contract.last_month) == tuple(changed.values())
    assert [held.month for held in contract.suspensions] == [Month(2027, 8)]
    assert contract.version == version + 1
    assert (amendment.promised_before, amendment.promised_after) == (Decimal(3000), Decimal(3600))
    assert json.loads(amendment.before) == {"ends_on": "2028-09-14", "last_month": "2028-09", "suspended": []}
    assert json.loads(amendment.after)["suspended"] == ["2027-08"]
    entry = session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
    assert entry is not None
    assert (entry.event, entry.before and entry.before["promised"]) == ("contract.amended", "3000")


def test_the_curve_keeps_what_was_due(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    before = [each.promised_to_date for each in queries.months_of(session, contract)]
    amend(session, contract, promised_hours=Decimal(6000), effective_on=date(2027, 1, 10), signed_on=TODAY)
    after = [each.promised_to_date for each in queries.months_of(session, contract)]
    assert after[:4] == before[:4]
    assert after[4] > before[4]
    assert after[-1] == 6000
    month = contract.first_month
    assert month is not None
    assert queries.promised_to(session, [contract], month + 4) == {contract.id: after[4]}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"signed_on": date(2026, 9, 1)}, "signed_on"),
        ({"effective_on": date(2026, 9, 1)}, "effective_on"),
        ({"effective_on": date(2029, 1, 1)}, "effective_on"),
        ({"ends_on": date(2026, 1, 1)}, "ends_on"),
        ({"last_month": Month(2026, 8)}, "last_month"),
        ({"suspended": {Month(2031, 1): None}}, "suspended"),
        ({"promised_hours": Decimal(0), "hours_of": {}}, None),
        ({}, None),
    ],
)
def test_an_amendment_that_cannot_be_is_refused(
    session: Session, town: Town, changed: dict[str, Any], field: str | None
) -> None:
    contract = make_contract(session, town, promised_hours=None)
    with pytest.raises(RuleViolation) as refused:
        amend(session, contract, **changed)
    assert refused.value.field == field


def test_amendments_are_recorded_once_and_in_order(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    amend(session, contract, promised_hours=Decimal(3100))
    for changed, field in (
        ({"number": 1}, "amendment_number"),
        ({"effective_on": TODAY - timedelta(9)}, "effective_on"),
    ):
        with pytest.raises(RuleViolation) as refused:
            amend(session, contract, **{"number": 2, "promised_hours": Decimal(1), **changed})
        assert refused.value.field == field
    with pytest.raises(Stale):
        services.amend(session, contract, as_it_stands(contract), expected_version=1, actor=SYSTEM, now=NOW)


def test_members_leave_and_join_with_their_months(session: Session, town: Town) -> None:
    contract = make_contract(session, town, town.structure, town.partner)
    leaving = contract.titulaires[0]
    declarations.open_months(session, now=NOW)
    with pytest.raises(RuleViolation, match="mandataire"):
        amend(session, contract, leaving=frozenset({leaving.id}), joining=(town.facilitation.id,))
    effective = date(2026, 11, 1)
    amend(
        session,
        contract,
        leaving=frozenset({leaving.id}),
        joining=(town.facilitation.id,),
        mandataire=town.partner.id,
        effective_on=effective,
    )
    session.expire_all()
    assert leaving.left_on == date(2026, 10, 31)
    assert contract.mandataire is not None
    assert contract.mandataire.organisation_id == town.partner.id
    assert [held.joined_on for held in contract.titulaires] == [None, None, effective]
    declarations.open_months(session, now=NOW)
    session.expire_all()
    told = {(each.organisation_id, str(each.month)): each.state.value for each in session.scalars(select(Declaration))}
    assert told[town.structure.id, "2026-10"] == "expected"
    assert told[town.structure.id, "2026-11"] == "suspended", "nothing is awaited any more of who left"
    assert (town.facilitation.id, "2026-10") not in told
    assert told[town.facilitation.id, "2026-11"] == "expected"


def test_nobody_leaves_before_the_day_nor_leaves_a_contract_alone(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    alone = frozenset({contract.titulaires[0].id})
    for changed, field in (
        ({"effective_on": TODAY + timedelta(1), "joining": (town.partner.id,)}, "effective_on"),
        ({}, "leaving"),
    ):
        with pytest.raises(RuleViolation) as refused:
            amend(session, contract, leaving=alone, **changed)
        assert refused.value.field == field


def test_only_the_buyers_purchasing_people_amend(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    for actor in (acting_for(town.buyer, Role.LEGAL), acting_for(town.structure, Role.TITULAIRE)):
        with pytest.raises(Refused):
            services.amend(session, contract, as_it_stands(contract), expected_version=1, actor=actor, now=NOW)


def test_what_was_recorded_never_changes(session: Session, town: Town) -> None:
    amendment = amend(session, make_contract(session, town), promised_hours=Decimal(1))
    amendment.reason = "Autre."
    with pytest.raises(DatabaseError):
        session.flush()


def test_titulaires_are_told_of_what_changed(session: Session, town: Town) -> None:
    outbox.configure(ROOT / "templates", "https://amont.example", filters=FILTERS, portal_name="Rivemont")
    contract = make_contract(session, town, town.structure, town.partner)
    for number, who in enumerate((town.structure, town.partner, town.buyer)):
        member(session, who, f"personne{number}@deux-rives.example", NOW)
    leaving = contract.titulaires[1]
    amend(session, contract, leaving=frozenset({leaving.id}), promised_hours=Decimal(2000))
    sent = session.scalars(select(Message).where(Message.kind == MessageKind.CONTRACT_AMENDED)).all()
    assert {each.recipient for each in sent} == {"personne0@deux-rives.example", "personne1@deux-rives.example"}
    mails = [mail for each in sent if isinstance(mail := emails.amended(session, each.ids, NOW), Mail)]
    assert len(mails) == 2
    text = next(mail.text for mail in mails if "plus titulaire" in mail.text).replace("\u202f", " ")
    for words in ("Avenant n° 1", "Travaux supplémentaires", "3 000 h → 2 000 h"):
        assert words in text + mails[0].subject


# Its page

NEW = "/avenants/nouveau"


def test_an_amendment_is_typed_from_the_contract_as_it_stands(
    client: FlaskClient, session: Session, town: Town
) -> None:
    contract = make_contract(session, town)
    sign_in(client, session, town.buyer.id)
    path = f"/marches/{contract.reference}"
    fields = filled(client.get(path + NEW))
    assert (fields["amendment_number"], fields["ends_on"], fields["fixed_hours"]) == (
        "1",
        "14 septembre 2028",
        "3\u202f000",
    )
    assert post(client, path + NEW, fields).status_code == 422
    typed = {"signed_on": "01/12/2026", "effective_on": "03/12/2026", "reason": "Un lot de plus."}
    found = posted(client, path + NEW, **typed, sought="partner", chercher="oui")
    assert found.status_code == 200
    assert "Partner des Deux Rives, SIRET" in text_of(found)
    kept = filled(found)
    assert kept["reason"].strip() == "Un lot de plus.", "nothing typed is lost by searching"
    kept.setlist("joining", [town.partner.siret])
    kept.setlist("leader", [town.structure.siret])
    kept.setlist("ends_on", ["14/03/2029"])
    assert post(client, path + NEW, kept).status_code == 302
    page = text_of(client.get(path))
    for words in (
        "Avenant n° 1",
        "fin du marché : 14 septembre 2028",
        "dernier mois à déclarer : mars 2029",
        "Un lot de plus.",
        "Cotraitant depuis le 3 décembre 2026",
        "fin changée par avenant",
    ):
        assert words in page, words


def test_two_people_amending_see_both_versions(client: FlaskClient, session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    sign_in(client, session, town.buyer.id)
    path = f"/marches/{contract.reference}{NEW}"
    typed = {"signed_on": "01/12/2026", "effective_on": "03/12/2026", "reason": "Hausse.", "fixed_hours": "4000"}
    fields = filled(client.get(path), **typed)
    services.follow(session, contract, town.facilitation, expected_version=contract.version, actor=SYSTEM, now=NOW)
    session.commit()
    assert post(client, path, fields).status_code == 409
    resumed = filled(client.get(path))
    assert (resumed["reason"].strip(), resumed["fixed_hours"]) == ("Hausse.", "4000")
    assert post(client, path, resumed).status_code == 302
