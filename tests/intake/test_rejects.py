from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.intake import Format, RejectedRows, UnusableFile, open_sheet

PAIR = Format("une liste", ("a", "b"), ("motif",))


def test_nothing_is_written_when_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "refus.csv"
    with RejectedRows(path, ("a", "b")):
        pass
    assert not path.exists()


def test_a_spreadsheet_runs_no_rejected_formula(tmp_path: Path) -> None:
    path = tmp_path / "refus.csv"
    with RejectedRows(path, ("a", "b")) as rejects:
        rejects.add(("=HYPERLINK(1)", "@x"), "refusé")
    assert path.read_text("utf-8-sig").splitlines() == ["a;b;motif", "'=HYPERLINK(1);'@x;refusé"]


def test_the_reason_of_an_earlier_refusal_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "refus.csv"
    with RejectedRows(path, ("a", "motif", "b")) as rejects:
        rejects.add(("1", "avant", "2"), "maintenant")
    assert path.read_text("utf-8-sig").splitlines() == ["a;b;motif", "1;2;maintenant"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with RejectedRows(tmp_path / "absent" / "refus.csv", ("a",)) as rejects, pytest.raises(UnusableFile):
        rejects.add(("1",), "non")


def test_rejects_stand_beside_the_file(tmp_path: Path) -> None:
    assert RejectedRows.beside(tmp_path / "mes structures.csv") == tmp_path / "mes structures-refus.csv"


CELLS = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=4))
def test_rejected_rows_read_back_as_they_were(tmp_path: Path, cells: list[tuple[str, str]]) -> None:
    path = tmp_path / "refus.csv"
    with RejectedRows(path, ("a", "b")) as rejects:
        for row in cells:
            rejects.add(row, "parce que")
    with open_sheet(path, [PAIR]) as sheet:
        found = [(row["a"], row["b"]) for row in sheet.rows()]
    assert found == [tuple(cell.strip() for cell in row) for row in cells]
