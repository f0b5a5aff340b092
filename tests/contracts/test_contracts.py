"""Contracts made on the portal, then kept by their buyer: what they say, who may say it, in what order."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts import policies, queries, services
from portal.contracts.facts import CommitmentFacts, HeldBy, ReportingFacts
from portal.contracts.models import Contract, ContractFollower
from portal.contracts.queries import Sought
from portal.journal.models import JournalEntry
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.kernel.month import Month
from portal.vocabulary import ActionKind, CommitmentKind, DecpGroupement, Reservation, Role
from tests.contracts.sample import NOW, TODAY, Town, acting_for, contract_facts, make_contract

HOURS = CommitmentFacts(CommitmentKind.FIXED_HOURS, Decimal(5000))


def purchasing(town: Town) -> Actor:
    return acting_for(town.buyer, Role.PURCHASING)


def events(session: Session) -> list[str]:
    return list(session.scalars(select(JournalEntry.event).where(JournalEntry.object_type == "contract")))


def commit(session: Session, contract: Contract, *promised: CommitmentFacts, **changed: Any) -> None:
    given: dict[str, Any] = {"expected_version": contract.version, "actor": SYSTEM, "now": NOW} | changed
    services.set_commitment(session, contract, promised, given.pop("hours_of", {}), **given)


def report(session: Session, contract: Contract, facts: ReportingFacts, **changed: Any) -> None:
    given: dict[str, Any] = {"expected_version": contract.version, "actor": SYSTEM, "now": NOW} | changed
    services.set_reporting(session, contract, facts, **given)


def follow(session: Session, contract: Contract, who: Any, **changed: Any) -> None:
    given: dict[str, Any] = {"expected_version": contract.version, "actor": SYSTEM, "now": NOW} | changed
    services.follow(session, contract, who, **given)


def reporting(first: str | None, last: str | None, **changed: Any) -> ReportingFacts:
    months = [Month.parse(each) if each else None for each in (first, last)]
    return ReportingFacts(first_month=months[0], last_month=months[1], **changed)


def test_a_contract_that_carries_insertion_declares_from_its_month_to_its_end(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    assert contract.ends_on == date(2028, 9, 14)
    assert (contract.first_month, contract.last_month, contract.due_day) == (Month(2026, 9), Month(2028, 9), 10)
    (held,) = contract.commitments
    assert (held.kind, held.quantity) == (CommitmentKind.FIXED_HOURS, Decimal(3000))
    assert events(session) == ["contract.created"]


@pytest.mark.parametrize(
    ("changed", "months"),
    [
        ({"has_social_clause": False, "promised_hours": None}, (None, None)),
        ({"promised_hours": None}, (Month(2026, 9), Month(2028, 9))),
        ({"has_social_clause": False, "promised_hours": None, "is_reserved": True}, (Month(2026, 9), Month(2028, 9))),
        ({"starts_on": date(2027, 1, 1)}, (Month(2027, 1), Month(2028, 12))),
        ({"duration_months": None}, (None, None)),
        ({"duration_months": 1, "notified_on": date(2026, 1, 31)}, (Month(2026, 1), Month(2026, 2))),
    ],
)
def test_months_to_declare_by_default(
    session: Session, town: Town, changed: dict[str, Any], months: tuple[Month | None, Month | None]
) -> None:
    contract = make_contract(session, town, **changed)
    assert (contract.first_month, contract.last_month) == months


def test_references_tell_the_buyer_and_its_number_and_stay_apart(session: Session, town: Town) -> None:
    numbers = ("2026 E/1", "2026-E-1", "2026.e.1", "—")
    assert [make_contract(session, town, number=number).reference for number in numbers] == [
        "buyer-des-deux-rives-2026-e-1",
        "buyer-des-deux-rives-2026-e-1-2",
        "buyer-des-deux-rives-2026-e-1-3",
        "buyer-des-deux-rives-marche",
    ]


def test_parts_of_a_groupement_conjoint_make_the_whole(session: Session, town: Town) -> None:
    def held(*parts: int | None) -> tuple[HeldBy, ...]:
        ids = (town.structure.id, town.partner.id)
        return tuple(
            HeldBy(organisation_id=id_, is_mandataire=rank == 0, part=part)
            for rank, (id_, part) in enumerate(zip(ids, parts, strict=True))
        )

    conjoint, solidaire = DecpGroupement.CONJOINT, DecpGroupement.SOLIDAIRE
    with pytest.raises(RuleViolation, match="100"):
        make_contract(session, town, titulaires=held(6000, 3000), groupement=conjoint)
    contract = make_contract(session, town, titulaires=held(6000, 4000), groupement=conjoint)
    assert [each.part for each in contract.titulaires] == [6000, 4000]
    assert contract.mandataire is contract.titulaires[0]
    make_contract(session, town, number="2", titulaires=held(None, None), groupement=conjoint)
    make_contract(session, town, number="3", titulaires=held(6000, 3000), groupement=solidaire)


@pytest.mark.parametrize("leads", [(False, False), (True, True)])
def test_a_groupement_has_one_mandataire(session: Session, town: Town, leads: tuple[bool, bool]) -> None:
    held = tuple(
        HeldBy(organisation_id=each.id, is_mandataire=lead)
        for each, lead in zip((town.structure, town.partner), leads, strict=True)
    )
    with pytest.raises(RuleViolation) as refused:
        make_contract(session, town, titulaires=held, groupement=DecpGroupement.SOLIDAIRE)
    assert refused.value.article == "R2142-24"


def test_all_kinds_of_promises_are_kept_as_told_and_never_turned_into_hours(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    commit(
        session,
        contract,
        HOURS,
        CommitmentFacts(CommitmentKind.LABOUR_SHARE, Decimal("7.5")),
        CommitmentFacts(CommitmentKind.HOURS_PER_K, Decimal("1.25")),
        CommitmentFacts(CommitmentKind.ACTIONS, Decimal(4), ActionKind.INTERNSHIP, "en seconde"),
    )
    session.expire_all()
    assert contract.promised_hours == 5000
    assert len(contract.commitments) == 4
    assert contract.commitments[3].note == "en seconde"
    entry = session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
    assert entry is not None
    assert entry.event == "contract.committed"
    assert entry.before is not None
    assert entry.before["promised"][0]["quantity"] == "3000"


@pytest.mark.parametrize(
    "facts",
    [
        CommitmentFacts(CommitmentKind.FIXED_HOURS, Decimal(-1)),
        CommitmentFacts(CommitmentKind.LABOUR_SHARE, Decimal(101)),
        CommitmentFacts(CommitmentKind.ACTIONS, Decimal("1.5"), ActionKind.IMMERSION),
        CommitmentFacts(CommitmentKind.ACTIONS, Decimal(1)),
        CommitmentFacts(CommitmentKind.FIXED_HOURS, Decimal(1), ActionKind.IMMERSION),
    ],
)
def test_a_promise_that_cannot_be_is_refused(session: Session, town: Town, facts: CommitmentFacts) -> None:
    with pytest.raises(RuleViolation):
        commit(session, make_contract(session, town), facts)


def test_members_promise_no_more_than_the_contract(session: Session, town: Town) -> None:
    contract = make_contract(session, town, town.structure, town.partner)
    first, second = contract.titulaires
    with pytest.raises(RuleViolation) as refused:
        commit(session, contract, HOURS, hours_of={first.id: Decimal(4000), second.id: Decimal(1001)})
    assert refused.value.field == "fixed_hours"
    commit(session, contract, HOURS, hours_of={first.id: Decimal(4000), second.id: Decimal(1000)})
    commit(session, contract, HOURS, hours_of={second.id: None})
    assert (first.hours, second.hours) == (Decimal(4000), None)


def test_months_are_suspended_with_a_reason_and_resumed(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    closed = {Month(2027, 8): "fermeture", Month(2027, 1): None}
    report(session, contract, reporting("2026-10", "2028-09", due_day=15, suspended=closed, training_cap_percent=20))
    session.expire_all()
    assert [(held.month, held.reason) for held in contract.suspensions] == sorted(closed.items())
    assert (contract.due_day, contract.training_cap_percent) == (15, 20)
    report(session, contract, reporting("2026-10", "2028-09", suspended={Month(2027, 8): "congés"}))
    assert [(held.month, held.reason) for held in contract.suspensions] == [(Month(2027, 8), "congés")]
    assert events(session).count("contract.reporting_set") == 2


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (reporting("2026-08", "2026-12"), "first_month"),
        (reporting("2026-12", "2026-11"), "last_month"),
        (reporting("2026-12", None), "last_month"),
        (reporting(None, "2026-12"), "first_month"),
        (reporting("2026-12", "2099-12"), "last_month"),
        (reporting("2026-12", "2027-12", suspended={Month(2028, 1): None}), "suspended"),
        (reporting(None, None, suspended={Month(2028, 1): None}), "suspended"),
    ],
)
def test_months_that_cannot_be_are_refused_on_their_field(
    session: Session, town: Town, facts: ReportingFacts, field: str
) -> None:
    with pytest.raises(RuleViolation) as refused:
        report(session, make_contract(session, town), facts)
    assert refused.value.field == field


def test_one_organisation_follows_at_a_time_and_each_change_is_dated(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    follow(session, contract, town.facilitation)
    follow(session, contract, town.buyer, now=NOW + timedelta(days=30))
    follow(session, contract, None, now=NOW + timedelta(days=60))
    session.expire_all()
    assert contract.follower is None
    assert [(each.organisation_id, each.since, each.until) for each in contract.followers] == [
        (town.facilitation.id, TODAY, TODAY + timedelta(30)),
        (town.buyer.id, TODAY + timedelta(30), TODAY + timedelta(60)),
    ]
    assert events(session).count("contract.followed") == 3


def test_naming_again_who_follows_changes_nothing(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    follow(session, contract, town.facilitation)
    follow(session, contract, town.facilitation)
    assert session.scalar(select(func.count()).select_from(ContractFollower)) == 1
    assert events(session).count("contract.followed") == 1


@pytest.mark.parametrize("who", ["structure", "stranger"])
def test_only_the_buyer_or_a_body_of_facilitation_follows(session: Session, town: Town, who: str) -> None:
    with pytest.raises(RuleViolation, match="organisation de facilitation"):
        follow(session, make_contract(session, town), getattr(town, who))


_ACTS: list[Callable[[Session, Contract, Actor], None]] = [
    lambda session, contract, actor: commit(session, contract, HOURS, actor=actor),
    lambda session, contract, actor: report(session, contract, reporting(None, None), actor=actor),
    lambda session, contract, actor: follow(session, contract, None, actor=actor),
]


@pytest.mark.parametrize("act", _ACTS)
def test_only_the_buyers_purchasing_people_keep_a_contract(
    session: Session, town: Town, act: Callable[[Session, Contract, Actor], None]
) -> None:
    contract = make_contract(session, town)
    follow(session, contract, town.facilitation)
    others = [
        acting_for(town.buyer, Role.LEGAL, Role.DIRECTION, Role.FACILITATEUR, Role.PRESCRIPTEUR),
        acting_for(town.stranger, Role.PURCHASING),
        acting_for(town.structure, Role.STRUCTURE, Role.TITULAIRE, Role.MANAGER),
        acting_for(town.facilitation, Role.FACILITATEUR),
    ]
    for actor in others:
        with pytest.raises(Refused):
            act(session, contract, actor)
    act(session, contract, purchasing(town))


def test_only_the_buyers_purchasing_people_make_a_contract(session: Session, town: Town) -> None:
    for actor in (acting_for(town.stranger, Role.PURCHASING), acting_for(town.buyer, Role.LEGAL)):
        with pytest.raises(Refused):
            services.create_contract(session, contract_facts(town), actor=actor, now=NOW)


@pytest.mark.parametrize("act", _ACTS)
def test_what_was_read_before_a_change_is_stale(
    session: Session, town: Town, act: Callable[[Session, Contract, Actor], None]
) -> None:
    contract = make_contract(session, town, town.structure, town.partner)
    contract_id, version = contract.id, contract.version
    commit(session, contract, HOURS)
    session.expunge_all()
    read = session.get_one(Contract, contract_id)
    read.version  # noqa: B018 — as it was when the form was shown
    with pytest.raises(Stale) as stale:
        commit(session, read, HOURS, expected_version=version)
    current = stale.value.current
    assert isinstance(current, Contract)
    assert [held.quantity for held in current.commitments] == [5000], "readable once out of the session"
    assert (len(current.titulaires), len(current.suspensions), current.follower) == (2, 0, None)


def everyone(town: Town) -> dict[str, Actor]:
    return {
        "purchasing": purchasing(town),
        "buyer's facilitateur": acting_for(town.buyer, Role.FACILITATEUR),
        "direction": acting_for(town.buyer, Role.DIRECTION),
        "buyer's manager": acting_for(town.buyer, Role.MANAGER),
        "structure": acting_for(town.structure, Role.STRUCTURE),
        "structure's manager": acting_for(town.structure, Role.MANAGER),
        "partner": acting_for(town.partner, Role.TITULAIRE),
        "facilitateur": acting_for(town.facilitation, Role.FACILITATEUR),
        "other buyer": acting_for(town.stranger, Role.PURCHASING, Role.FACILITATEUR),
    }


def test_who_reads_and_checks_a_contract(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    follow(session, contract, town.facilitation)
    actors = everyone(town)
    readers = {"purchasing", "buyer's facilitateur", "direction", "structure", "facilitateur"}
    assert {name for name, actor in actors.items() if policies.can_read(actor, contract)} == readers
    checkers = {name for name, actor in actors.items() if policies.can_check(actor, contract)}
    assert checkers == {"buyer's facilitateur", "facilitateur"}
    assert {name for name, actor in actors.items() if policies.holds(actor, contract)} == {
        "structure",
        "structure's manager",
    }
    for name, actor in actors.items():
        listed = session.scalars(queries.of_actor(actor)).all()
        assert (contract in listed) == (name in readers), name
        if name in readers:
            assert queries.visible(session, actor, contract.reference) is contract
        else:
            with pytest.raises(NotFound):
                queries.visible(session, actor, contract.reference)


def test_who_left_or_follows_no_more_reads_no_more(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    follow(session, contract, town.facilitation)
    follow(session, contract, town.buyer)
    contract.titulaires[0].left_on = TODAY
    session.flush()
    for actor in (acting_for(town.structure, Role.STRUCTURE), acting_for(town.facilitation, Role.FACILITATEUR)):
        assert session.scalars(queries.of_actor(actor)).all() == []
        assert not policies.can_read(actor, contract)


def test_the_portal_itself_sees_all(session: Session, town: Town) -> None:
    contract = make_contract(session, town)
    assert session.scalars(queries.of_actor(SYSTEM)).all() == [contract]
    assert queries.visible(session, SYSTEM, contract.reference) is contract


def test_contracts_are_found_by_word_and_by_state(session: Session, town: Town) -> None:
    make_contract(session, town, number="2020E007", notified_on=date(2020, 1, 6), object="Réfection des écoles")
    make_contract(session, town, town.partner, number="2026E002", is_reserved=True, reservation=Reservation.INSERTION)

    def found(words: str = "", running: bool | None = None) -> list[str]:
        page = queries.found(session, purchasing(town), Sought(words, running), TODAY)
        assert page.total == len(page.contracts)
        return [contract.number for contract in page.contracts]

    assert found() == ["2026E002", "2020E007"]
    assert found("ecole") == found("2020E007") == found(running=False) == ["2020E007"]
    assert found("partner gymnase") == found(running=True) == ["2026E002"]
    assert found(town.partner.shown_siret) == ["2026E002"]
    assert found("introuvable") == []


def test_pages_of_contracts_hold_each_once(session: Session, town: Town) -> None:
    for number in range(queries.PAGE_SIZE + 3):
        make_contract(session, town, number=str(number))
    pages = [queries.found(session, purchasing(town), Sought(), TODAY, page) for page in (1, 2, 99, -4)]
    assert [len(page.contracts) for page in pages] == [20, 3, 3, 20]
    assert len({each.id for page in pages[:2] for each in page.contracts}) == 23
