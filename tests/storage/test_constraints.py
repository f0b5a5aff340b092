from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from portal.storage import unit_of_work, violated
from tests.storage.trial import TrialLot

NAMES = {
    "ck_trial_lot_number_positive",
    "ck_trial_lot_reservation",
    "ix_trial_lot_open_title",
    "pk_trial_lot",
    "uq_trial_lot_number",
}


def refusal_of(**values: Any) -> IntegrityError:
    with pytest.raises(IntegrityError) as refusal, unit_of_work() as session:
        session.add(TrialLot(**values))
    return refusal.value


@pytest.mark.parametrize(
    ("broken", "values"),
    [
        ("uq_trial_lot_number", {"number": 1, "title": "Another"}),
        ("ix_trial_lot_open_title", {"number": 2, "title": "Cleaning", "open": True}),
        ("ck_trial_lot_number_positive", {"number": 0}),
        ("pk_trial_lot", {"id": 1_000, "number": 2}),
    ],
)
def test_the_broken_constraint_is_told_by_its_name(trial: Connection, broken: str, values: dict[str, Any]) -> None:
    with unit_of_work() as session:
        session.add(TrialLot(id=1_000, number=1, title="Cleaning", open=True))

    refusal = refusal_of(**values)

    assert {name for name in NAMES if violated(refusal, name)} == {broken}
    assert violated(refusal, *NAMES)
    assert not violated(refusal, *(NAMES - {broken}))


def test_a_code_out_of_the_list_breaks_its_check(trial: Connection) -> None:
    with unit_of_work() as session:
        session.add(TrialLot(number=1))

    with pytest.raises(IntegrityError) as refusal, trial.begin_nested():
        trial.execute(text("UPDATE trial_lot SET reservation = 'reserved'"))

    assert violated(refusal.value, "ck_trial_lot_reservation")


def test_a_missing_value_is_none_of_them(trial: Connection) -> None:
    assert not violated(refusal_of(number=None), *NAMES)
