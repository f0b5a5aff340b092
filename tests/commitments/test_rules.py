"""What penalties would be: hours due and not retained, days late after a notice, within the cap."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.commitments import rules, wording
from portal.commitments.facts import Decided, Executed, Filing, Terms
from portal.kernel.errors import RuleViolation
from portal.kernel.month import Month
from portal.vocabulary import PenaltyOutcome

DAY = date(2026, 12, 3)
OCTOBER = Month(2026, 10)
TERMS = Terms(Decimal(60), Decimal(100), 20)


def executed(due: str = "300", retained: str = "240.5", **told: object) -> Executed:
    facts = {"day": DAY, "until": OCTOBER, "promised": Decimal(1200), "amount": Decimal(120_000)} | told
    return Executed(due=Decimal(due), retained=Decimal(retained), **facts)  # type: ignore[arg-type]


def filing(due: date, filed: date | None = None) -> Filing:
    return Filing(Month.of(due) + -1, "Ateliers", due, filed)


def told(facts: Executed, terms: Terms = TERMS) -> list[str]:
    return [line.replace("\u202f", " ") for line in wording.formula(facts, rules.simulate(facts, terms), terms)]


def test_the_formula_is_written_with_its_figures() -> None:
    late = executed(filings=[filing(date(2026, 11, 10))], notices=[date(2026, 11, 23)])
    assert told(late) == [
        "Heures manquantes : 300 h dues à fin octobre 2026 − 240,50 h retenues = 59,50 h.",
        "Heures : 59,50 h × 60 € = 3 570 €.",
        "Retard : 10 jours après mise en demeure × 100 € = 1 000 €.",
        "Ensemble : 3 570 € + 1 000 € = 4 570 €.",
        "Plafond : 20 % × 120 000 € = 24 000 €, non atteint.",
    ]
    assert rules.simulate(late, TERMS).total == Decimal(4570)


def test_what_the_contract_does_not_say_is_not_simulated() -> None:
    late = executed(filings=[filing(date(2026, 11, 10))], notices=[date(2026, 11, 23)])
    assert rules.simulate(late, Terms()).total == 0
    assert told(late, Terms()) == []
    assert told(late, Terms(per_late_day=Decimal(50))) == ["Retard : 10 jours après mise en demeure × 50 € = 500 €."]
    unknown = executed(amount=None)
    assert "n’est pas connu" in told(unknown)[-1]
    assert rules.simulate(unknown, TERMS).cap is None


def test_the_cap_is_the_most() -> None:
    lacking = executed("1200", "0")
    assert rules.simulate(lacking, TERMS).total == 24_000
    assert told(lacking)[-1] == "Plafond : 20 % × 120 000 € = 24 000 €, atteint."


def test_hours_that_the_pool_makes_up_for_are_not_missing() -> None:
    simulated = rules.simulate(executed(pool_missing=Decimal(10)), TERMS)
    assert (simulated.missing, simulated.spared, simulated.for_hours) == (Decimal(10), Decimal("49.5"), Decimal(600))
    assert told(executed(pool_missing=Decimal(10)))[1] == (
        "Mutualisation : les autres marchés en couvrent 49,50 h, il en manque 10 h."
    )
    assert rules.simulate(executed(pool_missing=Decimal(9999)), TERMS).missing == Decimal("59.5")


@given(
    st.lists(
        st.tuples(*[st.decimals(0, 5_000, places=2, allow_nan=False, allow_infinity=False)] * 2), min_size=1, max_size=6
    )
)
def test_no_hour_that_a_pool_owes_is_asked_of_two_contracts(stands: list[tuple[Decimal, Decimal]]) -> None:
    missing = sum((due - retained for due, retained in stands), Decimal(0))
    lacking = {rank: max(Decimal(0), due - retained) for rank, (due, retained) in enumerate(stands)}
    asked = {rank: rules.shared(missing, lacking, rank) for rank in lacking}
    assert all(0 <= hours <= lacking[rank] for rank, hours in asked.items())
    owed = max(Decimal(0), missing)
    assert owed - Decimal("0.01") * len(stands) <= sum(asked.values()) <= owed


@pytest.mark.parametrize(
    ("filed", "notices", "days", "counted"),
    [
        (None, [], 23, 0),
        (None, [date(2026, 11, 23)], 23, 10),
        (None, [date(2026, 11, 1)], 23, 0),
        (None, [date(2026, 11, 30), date(2026, 11, 20)], 23, 13),
        (date(2026, 11, 25), [date(2026, 11, 20)], 15, 5),
        (date(2026, 11, 15), [date(2026, 11, 20)], 5, 0),
        (date(2026, 11, 10), [date(2026, 11, 20)], 0, 0),
    ],
)
def test_days_count_from_the_first_notice_given_since(
    filed: date | None, notices: list[date], days: int, counted: int
) -> None:
    late = rules.late_of(filing(date(2026, 11, 10), filed), notices, DAY)
    assert (late.days, late.counted) == (days, counted)


def test_what_is_left_out_is_said_with_its_reason() -> None:
    facts = executed(
        filings=[filing(date(2026, 11, 10)), filing(date(2026, 10, 12), date(2026, 10, 15))],
        suspended=[Month(2026, 8)],
        pending=Decimal(35),
        notices=[date(2026, 11, 23)],
    )
    left = [line.replace("\u202f", " ") for line in wording.left_out(facts, rules.simulate(facts, TERMS))]
    assert left == [
        "900 h ne sont pas encore dues le 3 décembre 2026 : le marché court.",
        "35 h déposées attendent d’être vérifiées : elles peuvent encore réduire ce qui manque.",
        "Mois suspendu (août 2026) : rien n’y est dû.",
        "octobre 2026 (Ateliers) : 13 jours de retard avant la mise en demeure.",
        "1 déclaration déposée en retard, 3 jours en tout, sans mise en demeure avant le dépôt.",
    ]


money = st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
days = st.dates(date(2026, 1, 1), DAY)


@given(
    due=money,
    retained=money,
    terms=st.builds(Terms, st.none() | money, st.none() | money, st.none() | st.integers(1, 100)),
    filings=st.lists(st.builds(filing, days, st.none() | days), max_size=4),
    notices=st.lists(days, max_size=3),
    amount=st.none() | money,
)
def test_a_penalty_is_never_negative_nor_beyond_its_cap_nor_out_of_nothing(
    due: Decimal, retained: Decimal, terms: Terms, filings: list[Filing], notices: list[date], amount: Decimal | None
) -> None:
    facts = executed(str(due), str(retained), filings=filings, notices=notices, amount=amount)
    simulated = rules.simulate(facts, terms)
    assert 0 <= simulated.total <= simulated.before_cap
    assert simulated.cap is None or simulated.total <= simulated.cap
    if retained >= due and not notices:
        assert simulated.total == 0
    assert all(late.counted <= late.days for late in simulated.late)
    later = executed(str(due), str(retained), filings=filings, notices=notices, amount=amount, day=DAY + timedelta(9))
    assert rules.simulate(later, terms).total >= simulated.total


@pytest.mark.parametrize(
    ("outcome", "amount", "reason", "field"),
    [
        (PenaltyOutcome.WAIVED, None, " ", "reason"),
        (PenaltyOutcome.REDUCED, None, "Effort réel.", "decided_amount"),
        (PenaltyOutcome.REDUCED, Decimal(3570), "Effort réel.", "decided_amount"),
        (PenaltyOutcome.WAIVED, Decimal(1), "Effort réel.", "decided_amount"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(
    outcome: PenaltyOutcome, amount: Decimal | None, reason: str, field: str
) -> None:
    simulated = rules.simulate(executed(), TERMS)
    with pytest.raises(RuleViolation) as refused:
        rules.ensure_decision(Decided(outcome, reason, DAY, simulated.total, amount), simulated)
    assert refused.value.field == field


@pytest.mark.parametrize("outcome", [PenaltyOutcome.NOTICE, PenaltyOutcome.CLAIMED])
def test_nothing_is_asked_of_who_owes_nothing(outcome: PenaltyOutcome) -> None:
    simulated = rules.simulate(executed("100", "100"), TERMS)
    with pytest.raises(RuleViolation) as refused:
        rules.ensure_decision(Decided(outcome, "Par principe.", DAY, Decimal(0)), simulated)
    assert refused.value.field == "outcome"
