"""Due dates, what a month may say, and what is retained of it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.declarations import rules
from portal.declarations.facts import Decision, PathLine
from portal.kernel.business_days import is_business_day
from portal.kernel.errors import RuleViolation
from portal.kernel.month import Month
from portal.vocabulary import (
    AgeBand,
    ContractType,
    DeclarationState,
    EligibilityState,
    ExitKind,
    HiringMode,
    OrganisationKind,
    RetentionReason,
)

NOVEMBER = Month(2026, 11)
HOURS = st.decimals(0, 400, places=2)
MONTHS = st.builds(Month, st.integers(2014, 2040), st.integers(1, 12))


@dataclass(frozen=True)
class Line:
    hours: Decimal = Decimal(100)
    training_hours: Decimal = Decimal(0)
    entered_on: date = date(2026, 10, 5)
    exit_on: date | None = None
    exit_kind: ExitKind | None = None
    id: int = 12


# When


@pytest.mark.parametrize(
    ("month", "due_on"),
    [
        (NOVEMBER, date(2026, 12, 10)),
        (Month(2026, 9), date(2026, 10, 12)),  # the 10th is a Saturday
        (Month(2026, 12), date(2027, 1, 11)),  # a Sunday
    ],
)
def test_a_month_is_due_on_the_tenth_of_the_next_or_the_business_day_after(month: Month, due_on: date) -> None:
    assert rules.due_on(month, 10) == due_on


@given(MONTHS, st.integers(1, 28))
def test_a_month_is_always_due_on_a_business_day_soon_after_the_day_agreed(month: Month, due_day: int) -> None:
    due_on = rules.due_on(month, due_day)
    assert is_business_day(due_on)
    agreed = date((month + 1).year, (month + 1).month, due_day)
    assert agreed <= due_on <= agreed + timedelta(days=4)


@pytest.mark.parametrize(
    ("day", "month"),
    [(date(2026, 12, 1), NOVEMBER), (date(2026, 11, 30), Month(2026, 10)), (date(2027, 1, 1), Month(2026, 12))],
)
def test_a_month_opens_on_the_first_of_the_next(day: date, month: Month) -> None:
    assert rules.last_open_month(day) == month


@pytest.mark.parametrize(
    ("day", "band"),
    [
        (date(2016, 4, 2), AgeBand.UNDER_26),
        (date(2016, 4, 3), AgeBand.FROM_26),
        (date(2031, 4, 2), AgeBand.FROM_26),
        (date(2031, 4, 3), AgeBand.FROM_41),
        (date(2041, 4, 3), AgeBand.FROM_51),
    ],
)
def test_the_age_is_told_in_bands(day: date, band: AgeBand) -> None:
    assert rules.age_band_on(date(1990, 4, 3), day) is band


# Matricules


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" p-12 ", "P-12"),
        ("P  12", "P 12"),
        ("0042", "0042"),
        ("P\u201112\u200b", "P-12"),
        ("\u202eＰ-１２", "P-12"),
    ],
)
def test_a_matricule_is_the_same_however_typed(typed: str, kept: str) -> None:
    assert rules.matricule_of(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *("", "DURAND", "1 90 04 33 063 123 45", "190043306312345", "1900433063123", "2 85 05 2A 004 042", "1" * 41),
        *("NIR 190043306312345", "1/90/04/33/063/123", "1_90_04_33_063_123_45", "alix.durand1@example.org"),
        "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in "1900433063123"),
    ],
)
def test_a_name_or_a_social_security_number_is_no_matricule(typed: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        rules.matricule_of(typed)
    assert refused.value.field == "matricule"


# What a month may say


def _fields(line: Line, month: Month = NOVEMBER) -> set[str | None]:
    return {problem.field for problem in rules.problems_of_month(month, False, [line])}


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (Line(hours=Decimal("257.15")), "hours_12"),
        (Line(training_hours=Decimal("100.01")), "training_hours_12"),
        (Line(entered_on=date(2026, 12, 1)), "hours_12"),
        (Line(exit_on=date(2026, 11, 30)), "exit_kind_12"),
        (Line(exit_kind=ExitKind.CDI), "exit_on_12"),
        (Line(exit_on=date(2026, 12, 1), exit_kind=ExitKind.CDI), "exit_on_12"),
        (Line(exit_on=date(2026, 10, 31), exit_kind=ExitKind.CDI), "exit_on_12"),
        (Line(entered_on=date(2026, 11, 9), exit_on=date(2026, 11, 8), exit_kind=ExitKind.CDI), "exit_on_12"),
    ],
)
def test_each_fault_stands_on_its_field(line: Line, field: str) -> None:
    assert _fields(line) == {field}
    with pytest.raises(RuleViolation) as refused:
        rules.ensure_depositable(NOVEMBER, False, [line])
    assert refused.value.field == field


@pytest.mark.parametrize(
    "line",
    [
        Line(hours=Decimal("257.14")),
        Line(hours=Decimal(0), exit_on=date(2026, 11, 1), exit_kind=ExitKind.CDI),
        Line(entered_on=date(2026, 11, 30), exit_on=date(2026, 11, 30), exit_kind=ExitKind.BREACH),
        Line(training_hours=Decimal(100)),
    ],
)
def test_the_bounds_themselves_are_allowed(line: Line) -> None:
    assert not _fields(line)


def test_more_than_full_time_is_unusual_and_allowed() -> None:
    assert rules.is_unusual(Line(hours=Decimal("151.68")))
    assert not rules.is_unusual(Line(hours=Decimal("151.67")))


@pytest.mark.parametrize(
    ("is_nil", "lines", "allowed"),
    [
        (False, [], False),
        (False, [Line(hours=Decimal(0))], False),
        (True, [], True),
        (True, [Line(hours=Decimal(0))], True),
        (True, [Line()], False),
    ],
)
def test_an_empty_month_says_so(is_nil: bool, lines: list[Line], allowed: bool) -> None:
    assert (not rules.problems_of_month(NOVEMBER, is_nil, lines)) == allowed


@pytest.mark.parametrize("state", DeclarationState)
def test_each_act_has_its_states(state: DeclarationState) -> None:
    def allows(ensure: object) -> bool:
        try:
            ensure(state)  # type: ignore[operator]
        except RuleViolation:
            return False
        return True

    assert allows(rules.ensure_awaited) == (state.value in {"expected", "draft", "returned"})
    assert allows(rules.ensure_deposited) == (state is DeclarationState.DEPOSITED)
    assert allows(rules.ensure_accepted) == (state is DeclarationState.ACCEPTED)


# Paths


def _month(
    month: Month, *, entered: date = date(2026, 1, 5), left: date | None = None, line: int | None = None
) -> PathLine:
    return PathLine(
        person_id=1,
        month=month,
        entered_on=entered,
        exit_on=left,
        exit_kind=ExitKind.CDI if left else None,
        hiring_mode=HiringMode.DIRECT_HIRE,
        contract_type=ContractType.CDD,
        age_band=None,
        education=None,
        line_id=line,
    )


def test_nobody_works_after_their_exit() -> None:
    left = _month(Month(2026, 3), left=date(2026, 3, 9))
    with pytest.raises(RuleViolation) as refused:
        rules.ensure_paths_follow([left, _month(Month(2026, 4), line=7)])
    assert refused.value.field == "hours_7"


def test_nobody_leaves_before_months_already_filed() -> None:
    with pytest.raises(RuleViolation) as refused:
        rules.ensure_paths_follow([_month(Month(2026, 3), left=date(2026, 3, 9), line=7), _month(Month(2026, 4))])
    assert refused.value.field == "exit_on_7"


def test_a_new_entry_comes_after_the_exit() -> None:
    left = _month(Month(2026, 3), left=date(2026, 3, 9))
    rules.ensure_paths_follow([left, _month(Month(2026, 3), entered=date(2026, 3, 10), line=7)])
    with pytest.raises(RuleViolation):
        rules.ensure_paths_follow([left, _month(Month(2026, 4), entered=date(2026, 3, 9), line=7)])


# What is retained


@pytest.mark.parametrize("kind", OrganisationKind)
def test_only_the_staff_of_eight_kinds_is_presumed_eligible(kind: OrganisationKind) -> None:
    assert rules.presumes({kind}) == (kind.value in {"EI", "AI", "ACI", "ETTI", "EITI", "EA", "EATT", "ESAT"})


@pytest.mark.parametrize(
    ("decided", "known", "presumed", "state"),
    [
        (None, None, False, "to_confirm"),
        (None, None, True, "presumed"),
        (None, "confirmed", False, "confirmed"),
        (None, "refused", False, "refused"),
        (None, "refused", True, "presumed"),
        (None, "presumed", False, "to_confirm"),
        ("refused", "confirmed", True, "refused"),
        ("confirmed", "refused", False, "confirmed"),
        ("presumed", None, False, "to_confirm"),
    ],
)
def test_eligibility_is_said_known_presumed_or_open(
    decided: str | None, known: str | None, presumed: bool, state: str
) -> None:
    said, before = (EligibilityState(each) if each else None for each in (decided, known))
    assert rules.eligibility(said, before, presumed=presumed) is EligibilityState(state)


@pytest.mark.parametrize(
    ("entered_on", "counted"),
    [(date(2024, 11, 2), True), (date(2024, 11, 1), False), (date(2024, 10, 31), False), (date(2026, 11, 30), True)],
)
def test_hours_count_for_twenty_four_months_from_the_entry(entered_on: date, counted: bool) -> None:
    assert rules.is_counted(NOVEMBER, entered_on, 24) == counted


@pytest.mark.parametrize(
    ("terms", "training"),
    [
        (rules.Terms(), 30),
        (rules.Terms(counts_training=False), 0),
        (rules.Terms(training_cap_percent=20), Decimal("17.5")),
        (rules.Terms(training_cap_percent=0), 0),
        (rules.Terms(training_cap_percent=100), 30),
        (rules.Terms(training_cap_percent=90), 30),
    ],
)
def test_training_counts_as_the_contract_says(terms: rules.Terms, training: Decimal) -> None:
    assert rules.counted_training(Decimal(100), Decimal(30), terms) == training


@pytest.mark.parametrize(
    ("line", "eligible", "hours", "reason"),
    [
        (Line(), "confirmed", 100, None),
        (Line(), "presumed", 100, None),
        (Line(), "to_confirm", 0, "not_confirmed"),
        (Line(), "refused", 0, "not_eligible"),
        (Line(entered_on=date(2024, 10, 1)), "confirmed", 0, "period_over"),
        (Line(training_hours=Decimal(30)), "confirmed", Decimal("87.5"), "training"),
        (Line(hours=Decimal(0)), "to_confirm", 0, None),
    ],
)
def test_what_is_not_retained_says_why(line: Line, eligible: str, hours: Decimal, reason: str | None) -> None:
    kept = rules.retained(NOVEMBER, line, EligibilityState(eligible), rules.Terms(training_cap_percent=20))
    assert (kept.hours, kept.reason) == (hours, reason and RetentionReason(reason))


@given(
    HOURS,
    HOURS,
    st.sampled_from(EligibilityState),
    st.none() | st.integers(0, 100),
    st.booleans(),
    st.dates(date(2020, 1, 1), date(2026, 11, 30)),
)
def test_retained_never_exceeds_declared_nor_the_cap(
    hours: Decimal, training: Decimal, eligible: EligibilityState, cap: int | None, counts: bool, entered_on: date
) -> None:
    line = Line(hours=max(hours, training), training_hours=training, entered_on=entered_on)
    kept = rules.retained(NOVEMBER, line, eligible, rules.Terms(counts, cap, 24))
    assert 0 <= kept.hours <= line.hours
    assert (kept.reason is not None) == (kept.hours < line.hours)
    counted = kept.hours - (line.hours - training)
    if cap is not None and counted > 0:
        assert counted * 100 <= kept.hours * cap or cap == 100


def test_the_facilitateur_retains_less_with_a_reason_and_never_more() -> None:
    allowed = rules.Retained(Decimal(80), RetentionReason.TRAINING)
    fewer = Decision(retained_hours=Decimal(60), note="Absente deux jours")
    assert rules.decided(Line(), allowed, fewer) == rules.Retained(
        Decimal(60), RetentionReason.CORRECTED, "Absente deux jours"
    )
    assert rules.decided(Line(), allowed, Decision()) == allowed
    assert rules.decided(Line(), allowed, Decision(retained_hours=Decimal(100))) == allowed
    for wanted, note, field in ((90, "x", "retained_hours_12"), (-1, "x", "retained_hours_12"), (60, None, "note_12")):
        with pytest.raises(RuleViolation) as refused:
            rules.decided(Line(), allowed, Decision(retained_hours=Decimal(wanted), note=note))
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("born_on", "fits"),
    [
        (date(1994, 5, 12), True),
        (date(2012, 11, 2), True),
        (date(2012, 11, 3), False),
        (date(2027, 1, 1), False),
        (date(1899, 1, 1), False),
    ],
)
def test_a_birth_date_is_that_of_somebody_who_works(born_on: date, fits: bool) -> None:
    if fits:
        rules.ensure_of_working_age(born_on, date(2026, 11, 2))
    else:
        with pytest.raises(RuleViolation, match="date de naissance"):
            rules.ensure_of_working_age(born_on, date(2026, 11, 2))
