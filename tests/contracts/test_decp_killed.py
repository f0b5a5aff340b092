"""An import killed again and again leaves, in the end, what one leaves that nothing stopped."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from config import ROOT
from portal import storage
from portal.contracts.decp import DecpReport
from portal.contracts.models import contract_search
from portal.directory.services import load_reference
from portal.intake.models import ImportProgress
from portal.journal.models import JournalEntry
from portal.storage import reading, unit_of_work
from tests.contracts.decp_files import A, B, C, concession, market, official, read, row, state_of, write_csv, write_json
from tests.databases import Databases

MARKETS = 300
SEED = 20_261_203


def rows() -> list[dict[str, str]]:
    """Contracts whose rows stand apart, one row in eleven that cannot be kept, one in seven that is odd."""
    return [
        row(
            id=f"N{number % 120}",
            titulaire_id=str([A, B, C, "00001"][number % 4]),
            dateNotification="bientôt" if number % 11 == 0 else f"2024-0{1 + number % 9}-11",
            dureeMois="NC" if number % 2 else "zéro" if number % 7 == 0 else "12",
        )
        for number in range(MARKETS)
    ]


def entries() -> dict[str, Any]:
    """The same, as the official file tells it."""
    named = [{"titulaire": {"id": each["titulaire_id"], "typeIdentifiant": "SIRET"}} for each in rows()]
    cells = [{name: each[name] for name in ("id", "dateNotification", "dureeMois")} for each in rows()]
    markets = [market(**told, titulaires=[who]) for told, who in zip(cells, named, strict=True)]
    granted = [concession(id=f"DSP{number}" if number % 5 else "") for number in range(30)]
    return official(*markets, concessions=granted)


def written(folder: Path, sort: str) -> Path:
    folder.mkdir()
    return write_csv(folder / "decp.csv", rows()) if sort == "csv" else write_json(folder / "decp.json", entries())


@pytest.fixture
def a_place(databases: Databases, database: str) -> Iterator[Callable[[], str]]:
    """Makes databases with the reference data, and binds this process to the last one."""
    made: dict[str, Engine] = {}

    def make() -> str:
        url = databases.fresh(database)
        made[url] = storage.make_engine(url, pool_size=2)
        storage.bind(made[url])
        with unit_of_work() as session:
            load_reference(session)
        return url

    yield make
    storage.unbind()
    for url, engine in made.items():
        engine.dispose()
        databases.drop(url)


def whole_state() -> list[Any]:
    with reading() as session:
        journalled = session.execute(
            select(JournalEntry.event, JournalEntry.object_label, JournalEntry.before, JournalEntry.after)
        )
        found = session.scalar(select(func.count()).select_from(text(contract_search.name)))
        assert session.scalar(select(func.count()).select_from(ImportProgress)) == 0
        return [state_of(session), sorted(map(repr, journalled)), found]


def handed_back(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8-sig") for path in folder.iterdir() if "told" not in path.suffix}


@pytest.mark.long
@pytest.mark.parametrize("lives", [6, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize("sort", ["csv", "json"])
def test_what_was_killed_ends_as_what_was_not(
    a_place: Callable[[], str], tmp_path: Path, sort: str, lives: int
) -> None:
    a_place()
    alone = read(written(tmp_path / "alone", sort))
    expected = whole_state()
    assert alone.refused > 20
    assert alone.remarks > 20
    url, path = a_place(), written(tmp_path / "killed", sort)
    command = [sys.executable, "-m", "tests.contracts.importer", url, str(path), str(SEED), str(lives)]
    told = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    assert told["killed"] >= 2
    assert any("lecture" in sentence for sentence in told["said"])
    assert any("marchés déjà" in sentence for sentence in told["said"])
    report = DecpReport.taken_up(told["report"])
    assert report.kept() | {"remarks_in": alone.remarks_in} == alone.kept()
    assert whole_state() == expected
    assert handed_back(tmp_path / "killed") == handed_back(tmp_path / "alone")
