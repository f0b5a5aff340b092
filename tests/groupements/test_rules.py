"""What the rules say, article by article, and whose turn the checklist tells."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.groupements import agreement, rules
from portal.groupements.checklist import checklist
from portal.groupements.facts import (
    WHOLE,
    GroupementFacts,
    LotTerms,
    MemberFacts,
    OwnElsewhere,
    SealedElsewhere,
    Share,
)
from portal.groupements.rules import Parts
from portal.kernel.errors import RuleViolation
from portal.vocabulary import GroupementForm, GroupementState, MemberRole, MemberState, OrganisationKind, ProjectState

LOT = LotTerms(lot_id=1, number=1, name="le lot 1")
SIRETS = ("91000000700016", "91000001500013", "91000002300017")


def _member(place: int, **facts: Any) -> MemberFacts:
    return MemberFacts(
        **{
            "organisation_id": place,
            "siret": SIRETS[place],
            "name": f"Structure {place}",
            "public_id": f"m{place}",
            "state": MemberState.JOINED,
            "part": 5000,
            "tasks": "Vitres",
            **facts,
        }
    )


LEAD = _member(0, role=MemberRole.MANDATAIRE)
OTHER = _member(1)
FACTS = GroupementFacts(
    state=GroupementState.FORMING, form=GroupementForm.CONJOINT, lots=(LOT,), members=(LEAD, OTHER), buyer_name="Ville"
)


def _articles(facts: GroupementFacts) -> list[str | None]:
    return [problem.article for problem in rules.problems(facts)]


def test_a_composition_that_holds_has_no_problem() -> None:
    assert rules.problems(FACTS) == []


@pytest.mark.parametrize(
    ("changed", "article"),
    [
        ({"members": (LEAD,)}, "R2142-19"),
        ({"members": (LEAD, replace(OTHER, siret=SIRETS[0][:9] + "00024"))}, "R2142-19"),
        ({"members": (replace(LEAD, role=MemberRole.COTRAITANT), OTHER)}, "R2142-24"),
        ({"members": (LEAD, replace(OTHER, state=MemberState.INVITED))}, "R2142-19"),
        ({"form": None}, "R2142-20"),
        ({"members": (LEAD, replace(OTHER, part=4999))}, "R2142-20"),
        ({"members": (LEAD, replace(OTHER, part=5001))}, "R2142-20"),
        ({"members": (replace(LEAD, part=WHOLE), replace(OTHER, part=0))}, "R2142-20"),
        ({"lots": (LOT, replace(LOT, lot_id=2)), "lots_per_candidate": 1}, "L2113-10"),
        ({"lots": (replace(LOT, is_open=False),)}, None),
        ({"lots": ()}, None),
    ],
)
def test_each_rule_is_told_with_its_article(changed: dict[str, Any], article: str | None) -> None:
    facts = replace(FACTS, **changed)
    assert article in _articles(facts)
    for problem in rules.problems(facts):
        assert problem.article is None or f"({problem.article}" in problem.sentence
    with pytest.raises(RuleViolation):
        rules.ensure_proposable(facts)


@pytest.mark.parametrize(
    ("form", "by_orders", "asked"),
    [
        (GroupementForm.CONJOINT, False, Parts.REQUIRED),
        (GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE, False, Parts.REQUIRED),
        (GroupementForm.CONJOINT, True, Parts.INDICATIVE),
        (GroupementForm.SOLIDAIRE, False, Parts.OPTIONAL),
        (GroupementForm.SOLIDAIRE, True, Parts.OPTIONAL),
    ],
)
def test_what_is_asked_of_parts(form: GroupementForm, by_orders: bool, asked: Parts) -> None:
    facts = replace(FACTS, form=form, lots=(replace(LOT, by_orders=by_orders),))
    short = replace(facts, members=(LEAD, replace(OTHER, part=1000)))
    assert rules.parts_asked(facts) is asked
    assert bool(rules.problems(short)) == (asked is Parts.REQUIRED)


@given(st.lists(st.integers(1, WHOLE), min_size=2, max_size=8))
def test_a_conjoint_holds_exactly_when_its_parts_make_the_whole(parts: list[int]) -> None:
    members = tuple(
        replace(LEAD if place == 0 else OTHER, organisation_id=place, siret=f"{place:09}00000", part=part)
        for place, part in enumerate(parts)
    )
    assert (rules.problems(replace(FACTS, members=members)) == []) == (sum(parts) == WHOLE)


@given(st.lists(st.integers(0, WHOLE), max_size=6))
def test_no_shares_pass_the_whole(parts: list[int]) -> None:
    try:
        rules.ensure_shares([Share(part) for part in parts])
    except RuleViolation:
        assert sum(parts) > WHOLE
    else:
        assert sum(parts) <= WHOLE


@pytest.mark.parametrize(
    ("elsewhere", "allowed", "articles"),
    [
        (SealedElsewhere(1, 0, frozenset({0, 5})), None, ["R2142-23"]),
        (SealedElsewhere(1, 0, frozenset({0, 5})), True, ["R2142-23"]),
        (SealedElsewhere(1, 5, frozenset({1, 5})), True, []),
        (SealedElsewhere(1, 5, frozenset({1, 5})), None, []),
        (SealedElsewhere(1, 5, frozenset({1, 5})), False, ["R2142-21"]),
        (SealedElsewhere(1, 0, frozenset({0, 1})), False, ["R2142-23", "R2142-21", "R2142-21"]),
        (SealedElsewhere(1, 5, frozenset({5, 6})), False, []),
    ],
)
def test_what_sealed_groupements_forbid(elsewhere: SealedElsewhere, allowed: bool | None, articles: list[str]) -> None:
    facts = replace(FACTS, lots=(replace(LOT, several_groupements_allowed=allowed),))
    assert [problem.article for problem in rules.clashes(facts, [elsewhere])] == articles


@pytest.mark.parametrize("state", list(GroupementState))
def test_only_one_that_forms_changes(state: GroupementState) -> None:
    if state is GroupementState.FORMING:
        rules.ensure_forming(state)
        return
    with pytest.raises(RuleViolation) as refused:
        rules.ensure_forming(state)
    assert (refused.value.article == "R2142-26") == (state in rules.KNOWN_TO_BUYER)


@pytest.mark.parametrize("state", list(ProjectState))
def test_one_forms_only_for_a_project_that_awaits_answers(state: ProjectState) -> None:
    if state in {ProjectState.PUBLISHED, ProjectState.IN_TENDER}:
        rules.ensure_formable(state, [LOT])
        return
    with pytest.raises(RuleViolation):
        rules.ensure_formable(state, [LOT])


@pytest.mark.parametrize(
    ("kinds", "may"),
    [
        ({OrganisationKind.EI}, True),
        ({OrganisationKind.COMPANY}, True),
        (set(), True),
        ({OrganisationKind.BUYER, OrganisationKind.ESAT}, True),
        ({OrganisationKind.NETWORK}, False),
        ({OrganisationKind.BUYER}, False),
    ],
)
def test_who_may_be_a_member(kinds: set[OrganisationKind], may: bool) -> None:
    if may:
        rules.ensure_may_be_member(kinds, 1, buyer_id=2)
        return
    with pytest.raises(RuleViolation):
        rules.ensure_may_be_member(kinds, 1, buyer_id=2)


@pytest.mark.parametrize(("part", "words"), [(WHOLE, "100"), (3333, "33,33"), (50, "0,5"), (7, "0,07"), (0, "0")])
def test_percents_read_in_french(part: int, words: str) -> None:
    assert rules.percent(part) == f"{words}\u202f%"


# The agreement


def test_an_agreement_has_one_spelling_whatever_the_order_of_members() -> None:
    texts = {
        agreement.agreement_text(1, "g", "G", "p", replace(FACTS, members=members))
        for members in ((LEAD, OTHER), (OTHER, LEAD))
    }
    assert len(texts) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"form": GroupementForm.SOLIDAIRE},
        {"lots": (replace(LOT, number=2),)},
        {"lots": (replace(LOT, hours_per_year=True),)},
        {"members": (LEAD,)},
        {"members": (LEAD, replace(OTHER, part=4999))},
        {"members": (LEAD, replace(OTHER, hours=Decimal("0.01")))},
        {"members": (LEAD, replace(OTHER, tasks="Autre"))},
        {"members": (replace(LEAD, role=MemberRole.COTRAITANT), replace(OTHER, role=MemberRole.MANDATAIRE))},
    ],
)
def test_an_agreement_tells_anything_that_changes(changed: dict[str, Any]) -> None:
    text = agreement.agreement_text(1, "g", "G", "p", FACTS)
    agreement.ensure_agreed(text, agreement.digest(text), FACTS)
    with pytest.raises(RuleViolation):
        agreement.ensure_agreed(text, agreement.digest(text), replace(FACTS, **changed))


def test_a_text_tampered_with_shows() -> None:
    text = agreement.agreement_text(1, "g", "G", "p", FACTS)
    with pytest.raises(RuleViolation):
        agreement.ensure_agreed(text + " ", agreement.digest(text), FACTS)


# Whose turn


def _steps(facts: GroupementFacts, reader: int) -> tuple[list[str], list[str]]:
    told = checklist(facts, reader)
    return [point.step for point in told.mine], [point.step for point in told.theirs]


def test_the_turn_goes_from_one_to_the_next() -> None:
    assert _steps(FACTS, 0) == (["propose"], [])
    assert _steps(FACTS, 1) == ([], ["propose"])
    asked = replace(FACTS, asked_number=1)
    assert _steps(asked, 0) == (["accept"], ["accept"])
    half = replace(asked, members=(replace(LEAD, state=MemberState.ACCEPTED), OTHER))
    assert _steps(half, 0) == ([], ["accept"])
    full = replace(asked, members=tuple(replace(each, state=MemberState.ACCEPTED) for each in asked.members))
    assert (_steps(full, 0), _steps(full, 1)) == ((["seal"], []), ([], ["seal"]))
    waiting = replace(full, state=GroupementState.SEALED)
    assert _steps(waiting, 0) == ([], [""])
    assert _steps(replace(waiting, in_tender=True), 0) == (["file"], [])
    assert _steps(replace(waiting, state=GroupementState.FILED), 0) == ([], [""])
    assert _steps(replace(waiting, state=GroupementState.AWARDED), 0) == ([], [])


def test_an_invitation_is_the_turn_of_whoever_is_invited() -> None:
    invited = _member(2, state=MemberState.INVITED, part=None, expires_on=date(2026, 12, 17))
    facts = replace(FACTS, members=(*FACTS.members, invited))
    assert _steps(facts, 2) == (["answer"], [])
    assert _steps(facts, 0) == ([], ["answer"]), "no agreement before the answer"
    expired = replace(facts, members=(*FACTS.members, replace(invited, state=MemberState.EXPIRED)))
    assert [point.step for point in checklist(expired, 0).to_look_at] == ["renew"]
    assert _steps(expired, 0) == (["propose"], [])


def test_a_request_waits_for_whoever_leads_and_blocks_nothing() -> None:
    asking = _member(2, state=MemberState.ASKING, part=None)
    facts = replace(FACTS, members=(*FACTS.members, asking), asked_number=1)
    told = checklist(facts, 0)
    assert "request" in [point.step for point in told.mine]
    assert "request" not in [point.step for point in told.before_seal]
    assert "request" not in _steps(facts, 1)[1], "the others do not know who asks"


def test_what_is_to_look_at_forbids_nothing() -> None:
    lot = replace(LOT, several_groupements_allowed=False, alone_and_grouped_allowed=False, hours_wanted=Decimal(12000))
    members = (replace(LEAD, hours=Decimal(7000), unfit="ESAT"), replace(OTHER, tasks=None))
    facts = replace(FACTS, lots=(lot,), members=members)
    told = checklist(facts, 0, own=[OwnElsewhere("le lot 1", as_mandataire=True)])
    words = " ".join(f"{point.mine} {point.note}" for point in told.to_look_at)
    for expected in ("5\u202f000", "R2142-21, 1°", "R2142-21, 2°", "R2142-23", "DC1", "Éligibilité"):
        assert expected in words
    assert not any(point.blocks for point in told.to_look_at)
    assert [point.step for point in told.mine] == ["propose"]


def test_a_clash_is_told_before_the_seal() -> None:
    full = replace(
        FACTS, asked_number=1, members=tuple(replace(each, state=MemberState.ACCEPTED) for each in FACTS.members)
    )
    told = checklist(full, 0, [SealedElsewhere(1, 0, frozenset({0}))])
    assert [point.step for point in told.mine] == ["terms"]
    assert "R2142-23" in (told.mine[0].note or "")
