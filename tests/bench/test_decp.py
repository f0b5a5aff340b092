"""The files that the import of DECP is measured on."""

import csv
import json
from contextlib import suppress
from pathlib import Path

import pytest

from bench import decp_files
from bench.decp import figures_of
from bench.progress import Progress
from portal.contracts.decp.reading import notice_of_entry, notice_of_row
from portal.intake import RowRefused
from portal.vocabulary import ContractFamily


def test_an_official_file_holds_what_publishers_write(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.json", "two.json")]
    for path in paths:
        decp_files.write_json(path, 600_000)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    told = json.loads(paths[0].read_text("utf-8"))["marches"]
    notices = []
    for entry in told["marche"]:
        with suppress(RowRefused):
            notices.append(notice_of_entry(entry, ContractFamily.MARKET))
    assert 0 < len(told["marche"]) - len(notices) < len(notices) / 50
    assert max(len(notice.states[0].titulaires) for notice in notices) == 5
    assert max(len(notice.states) for notice in notices) == 5
    assert any(notice.remarks for notice in notices)
    assert notice_of_entry(told["contrat-concession"][0], ContractFamily.CONCESSION).buyer.siret


def test_a_consolidated_file_has_a_row_per_titulaire_and_amendment(tmp_path: Path) -> None:
    path = tmp_path / "decp.csv"
    decp_files.write_csv(path, 600_000)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    uids = {row["uid"] for row in rows}
    assert len(uids) < len(rows)
    kept = 0
    for row in rows:
        with suppress(RowRefused):
            kept += notice_of_row(row).number != ""
    assert 0 < len(rows) - kept < len(rows) / 50


@pytest.mark.long
def test_figures_are_taken_in_processes_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    figures = figures_of("csv", 1, None, Progress())
    assert len(figures) == 5
    assert all(figure.holds_by is None or figure.holds_by > 1 for figure in figures)
