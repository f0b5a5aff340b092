from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from portal.directory.models import Cpv
from portal.intake import (
    Format,
    ImportReport,
    ImportRun,
    Outcome,
    Row,
    RowRefused,
    UnusableFile,
    import_file,
)
from portal.storage import reading

CODES = Format("une liste de codes", ("code", "cle"))


def read(row: Row) -> Cpv:
    if not row["code"]:
        raise RowRefused("Le code manque.")
    return Cpv(code=row["code"], key=row["cle"], label="x")


def write(session: Session, records: Sequence[Cpv]) -> list[Outcome]:
    session.add_all(Cpv(code=record.code, key=record.key, label=record.label) for record in records)
    session.flush()
    return [Outcome.CREATED for _ in records]


def run(tmp_path: Path, now: datetime, lines: list[str], *, dry_run: bool = False) -> ImportReport:
    path = tmp_path / "codes.csv"
    path.write_text("\n".join(["code,cle", *lines]), encoding="utf-8")
    return import_file(ImportRun(path, now, dry_run=dry_run), [CODES], lambda _: read, write)


def stored() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Cpv.code).order_by(Cpv.code)))


@pytest.mark.usefixtures("connection")
def test_the_row_that_the_database_refuses_does_not_take_its_batch_along(tmp_path: Path, now: datetime) -> None:
    report = run(tmp_path, now, ["00000001,1", "00000002,2", "00000001,3", "00000004,4"])
    assert stored() == ["00000001", "00000002", "00000004"]
    assert [refusal.number for refusal in report.refusals] == [4]
    assert report.summary == "4 lignes lues\u202f: 3 créées, 0 mise à jour, 0 inchangée, 1 refusée."


@pytest.mark.usefixtures("connection")
def test_refused_rows_are_handed_back_in_their_order(tmp_path: Path, now: datetime) -> None:
    run(tmp_path, now, ["00000001,1", "00000001,3", ",4", "00000005"])
    lines = (tmp_path / "codes-refus.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(";")[:2] for line in lines] == [["code", "cle"], ["00000001", "3"], ["", "4"], ["00000005", ""]]
    assert lines[2].endswith(";Le code manque.")


@pytest.mark.usefixtures("connection")
def test_a_dry_run_tells_all_and_keeps_nothing(tmp_path: Path, now: datetime) -> None:
    report = run(tmp_path, now, ["00000001,1", ",2"], dry_run=True)
    assert (report.created, report.refused, stored()) == (1, 1, [])


@pytest.mark.usefixtures("connection")
def test_a_file_of_headings_alone_is_unusable(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(UnusableFile, match="ligne de titres"):
        run(tmp_path, now, [""])


def test_each_batch_is_its_own_transaction(connection: Connection, tmp_path: Path, now: datetime) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("code,cle\n" + "".join(f"{number:08},1\n" for number in range(1_200)), encoding="utf-8")
    sizes: list[int] = []
    reached: list[tuple[int, int]] = []

    def write_and_note(session: Session, records: Sequence[Cpv]) -> list[Outcome]:
        sizes.append(len(records))
        return write(session, records)

    run_ = ImportRun(path, now, progress=lambda line, lines: reached.append((line, lines)))
    import_file(run_, [CODES], lambda _: read, write_and_note)
    assert sizes == [500, 500, 200]
    assert reached == [(501, 1_201), (1_001, 1_201), (1_201, 1_201)]


def test_only_the_first_refusals_are_told_one_by_one() -> None:
    report = ImportReport()
    for number in range(25):
        report.refuse(number + 2, "non.")
    assert len(report.refusal_lines) == 21
    assert report.refusal_lines[-1] == "… et 5 autres lignes refusées."
