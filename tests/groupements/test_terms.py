"""Who does what, where, for how much: typed, kept, agreed on, and compared with what the buyer published."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.forecast.models import Lot
from portal.groupements import agreement, balance, queries, rules, services, translation
from portal.groupements.checklist import checklist
from portal.groupements.facts import GroupementFacts, LotTerms, MemberFacts, Share, Terms
from portal.groupements.models import Groupement
from portal.kernel.errors import RuleViolation
from portal.vocabulary import GroupementForm, GroupementState, MemberRole, MemberState, OrganisationKind
from tests.forecast import sample
from tests.forecast.pages import filled, post, posted
from tests.groupements.pages import enter, room
from tests.groupements.people import (
    CONJOINT,
    Town,
    accepted,
    agreed,
    joined,
    member,
    opened,
    proposed,
    sealed,
    shared,
    states,
)
from tests.statements import Statements

TASKS = "Encadrement des équipes\nGestion des remplacements"

# Figures that agree, or not


def _member(rank: int, **told: Any) -> MemberFacts:
    return MemberFacts(
        organisation_id=rank, siret=f"9100000{rank}700016", name=f"M{rank}", state=MemberState.JOINED, **told
    )


def _facts(*members: MemberFacts, **lot: Any) -> GroupementFacts:
    lots = (LotTerms(lot_id=1, number=1, name="le lot 1", **lot),)
    return GroupementFacts(state=GroupementState.FORMING, form=CONJOINT, lots=lots, members=members)


def _told(facts: GroupementFacts) -> str:
    return " / ".join(f"{each.title} {each.note}" for each in balance.differences(facts))


def test_figures_that_agree_say_nothing() -> None:
    two = (
        _member(1, part=3333, amount=Decimal("99990.00"), hours=Decimal(4000)),
        _member(2, part=6667, amount=Decimal("200010.00"), hours=Decimal(8000)),
    )
    lot = {"amount_low": Decimal(300000), "amount_high": Decimal(300000), "hours_wanted": Decimal(12000)}
    assert balance.differences(_facts(*two, **lot)) == []
    assert balance.differences(_facts(_member(1, part=5000), _member(2, part=5000), **lot)) == []


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ({"amount": 60000}, {"amount": 40000}, "Euros et parts se contredisent M1\u202f: part 50"),
        ({"hours": 7000}, {"hours": 5000}, "Heures et parts s’écartent M1\u202f: part 50"),
        ({"amount": 100000}, {}, "Des euros manquent Rien pour\u202f: M2."),
        ({"hours": 6000}, {}, "Des heures manquent Rien pour\u202f: M2."),
        ({"hours": 7000}, {"hours": 7000}, "2\u202f000\u202fh de plus que voulu"),
        ({"amount": 50000}, {"amount": 50000}, "L’acheteur estime de 250\u202f000\u202f€ à 480\u202f000\u202f€."),
    ],
)
def test_a_difference_is_said(first: Mapping[str, int], second: Mapping[str, int], words: str) -> None:
    members = [
        _member(rank, part=5000, **{name: Decimal(value) for name, value in told.items()})
        for rank, told in enumerate((first, second), start=1)
    ]
    lot = {"amount_low": Decimal(250000), "amount_high": Decimal(480000), "hours_wanted": Decimal(12000)}
    facts = _facts(*members, **lot)
    assert words in _told(facts)
    looked = {point.mine for point in checklist(facts, 1).to_look_at if not point.blocks}
    assert {each.title for each in balance.differences(facts)} <= looked


def test_communes_where_nobody_works_are_named() -> None:
    facts = replace(
        _facts(_member(1, communes=("33001",)), _member(2)), places={"33001": "Saint-Aubrin", "33002": "Combeaux"}
    )
    assert any(point.note == "Combeaux." for point in checklist(facts, 1).to_look_at)


def test_lots_over_several_groupements_are_counted_against_the_limit() -> None:
    facts = replace(_facts(_member(1), _member(2)), lots_per_candidate=2)
    assert "L2113-10" in " ".join(point.note or "" for point in checklist(facts, 1, own_lots=3).to_look_at)
    assert "L2113-10" not in " ".join(point.note or "" for point in checklist(facts, 1, own_lots=2).to_look_at)


# Essential tasks


@pytest.fixture
def essential(town: Town) -> Lot:
    return town.project(sample.lot_facts(essential_tasks=TASKS)).lots[0]


def _terms(town: Town, groupement: Groupement, *, tasks: Mapping[str, str] | None = None, **changed: Any) -> Terms:
    names = ("pont", "regie")
    shares = {
        member(town, groupement, name).public_id: Share(5000, Decimal(6000), "Nettoyage", Decimal(180000), ("33001",))
        for name in names
    }
    lot = groupement.lots[0]
    given = {(lot.id, label): member(town, groupement, who).public_id for label, who in (tasks or {}).items()}
    return replace(Terms(CONJOINT, member(town, groupement, "pont").public_id, shares, given), **changed)


def _set(town: Town, groupement: Groupement, terms: Terms) -> None:
    services.set_terms(
        town.session,
        groupement,
        terms,
        expected_version=groupement.version,
        actor=town.actor("pont"),
        now=town.now,
    )


def _done_by(who: str) -> dict[str, str]:
    return dict.fromkeys(TASKS.splitlines(), who)


def test_an_essential_task_without_its_member_holds_the_agreement_back(town: Town, essential: Lot) -> None:
    groupement = opened(town, essential)
    joined(town, groupement, "regie")
    _set(town, groupement, _terms(town, groupement, tasks={"Encadrement des équipes": "pont"}))
    with pytest.raises(RuleViolation, match=r"R2142-27.*Gestion des remplacements"):
        proposed(town, groupement)
    _set(town, groupement, _terms(town, groupement, tasks=_done_by("regie")))
    proposed(town, groupement)
    told = agreement.read(groupement.agreements[0].text)
    assert [task["label"] for task in told["lots"][0]["tasks"]] == sorted(TASKS.splitlines())
    assert {task["siret"] for task in told["lots"][0]["tasks"]} == {town.organisations["regie"].siret}
    pont = next(each for each in told["members"] if each["siret"] == town.organisations["pont"].siret)
    assert (pont["amount"], pont["communes"]) == ("180000.00", [{"code": "33001", "name": "Saint-Aubrin"}])


def test_who_leaves_leaves_its_tasks(town: Town, essential: Lot, session: Session) -> None:
    groupement = opened(town, essential)
    joined(town, groupement, "regie", "net")
    _set(town, groupement, _terms(town, groupement, tasks=_done_by("regie")))
    services.leave(session, groupement, "Plus le temps.", actor=town.actor("regie"), now=town.now)
    assert groupement.tasks == []
    assert any(problem.article == "R2142-27" for problem in rules.problems(translation.facts_of(groupement, town.now)))


def test_a_task_that_the_lot_does_not_ask_is_not_kept(town: Town, essential: Lot) -> None:
    groupement = opened(town, essential)
    joined(town, groupement, "regie")
    _set(town, groupement, _terms(town, groupement, tasks={**_done_by("pont"), "Autre chose": "pont"}))
    assert {task.label for task in groupement.tasks} == set(TASKS.splitlines())


def test_a_task_that_the_buyer_adds_after_the_agreement_holds_the_seal_back(town: Town, session: Session) -> None:
    lot = town.project().lots[0]
    groupement = agreed(town, lot)
    lot.essential_tasks = TASKS
    session.flush()
    with pytest.raises(RuleViolation, match="R2142-27"):
        sealed(town, groupement)


def test_a_task_that_the_buyer_adds_after_the_seal_is_said(town: Town, session: Session) -> None:
    lot = town.project().lots[0]
    groupement = agreed(town, lot)
    sealed(town, groupement)
    lot.essential_tasks = TASKS
    session.flush()
    told = checklist(translation.facts_of(groupement, town.now), None).to_look_at
    assert any("R2142-27" in (point.note or "") for point in told)


# Acceptances fall


def _other(terms: Terms, public_id: str, **changed: Any) -> Terms:
    return replace(terms, shares={**terms.shares, public_id: replace(terms.shares[public_id], **changed)})


@pytest.mark.parametrize("changed", [{"amount": Decimal(1)}, {"communes": ()}, {"hours": Decimal(1)}, {"tasks": "X"}])
def test_what_changes_for_a_member_asks_everyone_again(town: Town, essential: Lot, changed: dict[str, Any]) -> None:
    groupement = _agreed_on(town, essential)
    pont = member(town, groupement, "pont").public_id
    _set(town, groupement, _other(_terms(town, groupement, tasks=_done_by("pont")), pont, **changed))
    assert (groupement.asked_number, states(groupement)) == (None, {MemberState.JOINED})


def test_giving_a_task_to_another_or_naming_another_mandataire_asks_everyone_again(town: Town, essential: Lot) -> None:
    groupement = _agreed_on(town, essential)
    _set(town, groupement, _terms(town, groupement, tasks=_done_by("pont")))
    assert states(groupement) == {MemberState.ACCEPTED}, "the same again changes nothing"
    _set(town, groupement, _terms(town, groupement, tasks=_done_by("regie")))
    assert states(groupement) == {MemberState.JOINED}
    proposed(town, groupement)
    accepted(town, groupement, ("pont", "regie"))
    regie = member(town, groupement, "regie")
    _set(town, groupement, _terms(town, groupement, tasks=_done_by("regie"), mandataire=regie.public_id))
    assert (regie.role, states(groupement)) == (MemberRole.MANDATAIRE, {MemberState.JOINED})


def _agreed_on(town: Town, lot: Lot) -> Groupement:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    _set(town, groupement, _terms(town, groupement, tasks=_done_by("pont")))
    proposed(town, groupement)
    accepted(town, groupement, ("pont", "regie"))
    return groupement


def test_an_agreement_of_before_still_reads_and_holds(town: Town, lot: Lot) -> None:
    groupement = agreed(town, lot)
    told = json.loads(groupement.agreements[0].text)
    for each in told["members"]:
        del each["amount"], each["communes"]
    for each in told["lots"]:
        del each["tasks"]
    before = agreement.canonical(told)
    facts = translation.facts_of(groupement, town.now)
    assert agreement.tells(before, agreement.digest(before), facts)
    assert not agreement.tells(before, agreement.digest(before), replace(facts, form=GroupementForm.SOLIDAIRE))


def test_a_commune_out_of_the_lots_is_refused(town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    terms = _terms(town, groupement)
    with pytest.raises(RuleViolation, match="commune"):
        _set(town, groupement, _other(terms, member(town, groupement, "pont").public_id, communes=("75056",)))


# Ordinary companies


def test_a_company_answers_a_lot_that_is_not_reserved(town: Town) -> None:
    lot = town.project(sample.lot_facts(levers=())).lots[0]
    groupement = agreed(town, lot, "batisseurs")
    assert all(each.unfit is None for each in translation.facts_of(groupement, town.now, with_fitness=True).members)
    sealed(town, groupement)
    assert groupement.state is GroupementState.SEALED


def test_a_company_in_a_reserved_lot_is_warned_of_with_its_reason_and_not_refused(town: Town, lot: Lot) -> None:
    groupement = agreed(town, lot, "batisseurs")
    facts = translation.facts_of(groupement, town.now, with_fitness=True)
    told = [point for point in checklist(facts, None).to_look_at if "Éligibilité" in point.mine]
    assert ["L2113" in (point.note or "") for point in told] == [True]
    sealed(town, groupement)
    assert town.organisations["batisseurs"].kinds_on(town.now.date()) == {OrganisationKind.COMPANY}


# The page


def _page(client: FlaskClient, town: Town, groupement: Groupement, *, by: str = "pont") -> Any:
    enter(client, town, by)
    return client.get(room(groupement, "/parts"))


def test_communes_euros_and_tasks_are_typed_and_found_again(client: FlaskClient, town: Town, essential: Lot) -> None:
    groupement = opened(town, essential)
    joined(town, groupement, "regie")
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    page = _page(client, town, groupement)
    pont, regie = (member(town, groupement, name).public_id for name in ("pont", "regie"))
    fields = filled(page)
    typed = {
        f"amount_{pont}": "180 000",
        f"everywhere_{pont}": "y",
        f"communes_{regie}": "33002",
        **dict.fromkeys((name for name in fields if name.startswith("task_")), regie),
    }
    assert post(client, room(groupement, "/parts"), filled(page, **typed)).status_code == 302
    town.session.expire_all()
    facts = translation.facts_of(groupement, town.now)
    assert facts.members[0].amount == Decimal(180000)
    assert [each.communes for each in facts.members] == [("33001", "33002"), ("33002",)]
    assert set(facts.tasks.values()) == {town.organisations["regie"].id}
    again = _page(client, town, groupement)
    assert "Communes\u202f: toutes" in again.text
    assert "Communes\u202f: 1 commune" in again.text
    shown = client.get(room(groupement)).text
    assert "toutes les communes" in shown
    assert "Encadrement des équipes (tâche essentielle)" in shown


def test_hours_and_euros_left_empty_follow_the_parts_when_asked(client: FlaskClient, town: Town) -> None:
    facts = sample.lot_facts(amount_low=Decimal(300000), amount_high=Decimal(300000))
    groupement = opened(town, town.project(facts).lots[0])
    joined(town, groupement, "regie")
    page = _page(client, town, groupement)
    pont, regie = (member(town, groupement, name).public_id for name in ("pont", "regie"))
    typed = {f"part_{pont}": "33,33", f"part_{regie}": "66,67", f"hours_{regie}": "7000", "fill": "y"}
    assert post(client, room(groupement, "/parts"), filled(page, **typed)).status_code == 302
    town.session.expire_all()
    told = [(each.hours, each.amount) for each in groupement.members]
    assert told == [(Decimal("3999.60"), Decimal("99990.00")), (Decimal(7000), Decimal("200010.00"))]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("amount", "douze mille"),
        ("amount", "9" * 40),
        ("amount", "-5"),
        ("hours", "\x00"),
        ("communes", "99999"),
    ],
)
def test_what_cannot_be_is_said_on_its_field(client: FlaskClient, town: Town, lot: Lot, field: str, typed: str) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    _page(client, town, groupement)
    pont, regie = (member(town, groupement, name).public_id for name in ("pont", "regie"))
    answer = posted(client, room(groupement, "/parts"), **{f"{field}_{pont}": typed, f"tasks_{regie}": "Vitres"})
    assert answer.status_code in {302, 422}
    if answer.status_code == 422:
        assert "Vitres" in answer.text


def test_a_page_of_parts_reads_as_much_for_five_as_for_two(
    client: FlaskClient, town: Town, lot: Lot, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    _page(client, town, groupement)
    with sql_count() as few:
        client.get(room(groupement, "/parts"))
    with sql_count() as few_in_room:
        client.get(room(groupement))
    joined(town, groupement, "net", "renfort", "batisseurs")
    town.session.commit()
    with sql_count() as many:
        client.get(room(groupement, "/parts"))
    with sql_count() as many_in_room:
        client.get(room(groupement))
    assert (many.count, many_in_room.count) == (few.count, few_in_room.count)


def test_places_are_those_of_the_lots(town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    assert list(queries.places_of(session, groupement)) == ["33002", "33001"]
