"""The month as a spreadsheet: what is written reads back the same, and what people make of it is understood."""

import io
import re
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.declarations import fingerprints
from portal.declarations.sheets.columns import COLUMNS, heading_of
from portal.declarations.sheets.reading import MOST_ROWS, SheetRead, mark_of, read_sheet
from portal.declarations.sheets.rows import ReadRow, packed, unpacked
from portal.declarations.sheets.template import Identified, SheetLine, write_mistakes, write_template
from portal.declarations.sheets.values import CellProblem, choice_of, day_of, hours_of
from portal.intake import UnusableFile
from portal.kernel.month import Month
from portal.vocabulary import AgeBand, ContractType, EducationLevel, ExitKind, HiringMode, Sex
from tests.declarations.sheet_files import NEW, csv, ods, table_of, with_parts, xlsx

NOVEMBER = Month(2026, 11)
MARK = mark_of("A-b_C1d2E3f4", "12345678200010")
OF = Identified(mark=MARK, title="Novembre 2026 · marché 2026-T01", written_at=datetime(2026, 12, 3, 9, tzinfo=UTC))


def read(content: bytes) -> SheetRead:
    return read_sheet(content, NOVEMBER.first_day)


def only(content: bytes) -> ReadRow:
    (row,) = read(content).rows
    return row


def refusal(content: bytes) -> str:
    with pytest.raises(UnusableFile) as refused:
        read(content)
    return refused.value.sentence


_HOURS = st.decimals(0, 250, places=2)
_DAYS = st.dates(date(2026, 11, 1), date(2026, 11, 30))
_MATRICULES = st.from_regex(r"[=+'-]?[A-Z]{0,3}[0-9]{1,6}[A-Z-]{0,3}", fullmatch=True)


@st.composite
def _people(draw: st.DrawFn) -> SheetLine:
    exit_kind = draw(st.none() | st.sampled_from(ExitKind))
    values = {
        "matricule": draw(_MATRICULES),
        "contract_type": draw(st.none() | st.sampled_from(ContractType)),
        "has_tutor": draw(st.none() | st.booleans()),
        "entered_on": draw(st.none() | st.dates(date(2020, 1, 1), date(2026, 11, 30))),
        "hours": draw(st.none() | _HOURS),
        "training_hours": draw(st.none() | _HOURS),
        "exit_on": draw(_DAYS) if exit_kind else None,
        "exit_kind": exit_kind,
        "sex": draw(st.none() | st.sampled_from(Sex)),
        "hiring_mode": draw(st.none() | st.sampled_from(HiringMode)),
        "education": draw(st.none() | st.sampled_from(EducationLevel)),
    }
    return SheetLine(values, is_known=draw(st.booleans()))


@settings(max_examples=15)
@given(st.lists(_people(), min_size=1, max_size=6))
def test_what_is_written_reads_back_the_same(people: list[SheetLine]) -> None:
    for write in (write_template, write_mistakes):
        sheet = read(write(OF, people))
        assert sheet.mark == MARK
        assert [row.faults for row in sheet.rows] == [()] * len(people)
        for row, line in zip(sheet.rows, people, strict=True):
            assert {key: getattr(row, key) for key in line.values} == line.values
            assert unpacked(packed(row), row.places) == row


_SPELT: dict[str, Any] = {
    "Matricule": "P-9",
    "Heures": "1 234,50",
    "Dont formation": "12.5 h",
    "Contrat de travail": "cdd d'INSERTION",
    "Tuteur": "X",
    "Entrée": "03/11/2026",
    "Sortie le": "2026-11-17",
    "Motif de sortie": "cdd_long",
    "Nom de naissance": "Élodie-Née",
    "Prénom": "Zoé",
    "Date de naissance": "31 août 1990",
    "Sexe": "f",
    "Mode": "EMBAUCHE DIRECTE",
    "Niveau d’études": "bac",
}


def _check_spelt(row: ReadRow) -> None:
    assert row.faults == row.faults_if_new == ()
    assert (row.matricule, row.hours, row.training_hours) == ("P-9", Decimal("1234.5"), Decimal("12.5"))
    assert (row.contract_type, row.has_tutor, row.sex) == (ContractType.CDDI, True, Sex.WOMAN)
    assert (row.entered_on, row.exit_on) == (date(2026, 11, 3), date(2026, 11, 17))
    assert (row.exit_kind, row.hiring_mode) == (ExitKind.CDD_LONG, HiringMode.DIRECT_HIRE)
    assert row.fingerprints == fingerprints.of("elodie nee", "ZOE", date(1990, 8, 31))
    assert row.age_band is AgeBand.FROM_26


@pytest.mark.parametrize(
    "content",
    [
        xlsx(table_of([_SPELT])),
        ods(table_of([_SPELT])),
        csv(table_of([_SPELT])),
        csv(table_of([_SPELT]), encoding="cp1252"),
        csv(table_of([_SPELT]), separator=",", encoding="utf-8-sig"),
        csv(table_of([_SPELT]), separator="\t", encoding="utf-16"),
    ],
)
def test_every_format_and_spelling_says_the_same(content: bytes) -> None:
    _check_spelt(only(content))


def test_headings_are_found_in_any_order_and_a_few_rows_down() -> None:
    backwards = {name.upper(): _SPELT[name] for name in reversed(_SPELT)}
    notes = [["Relevé de novembre", "", ""], ["", "", ""], ["Agence de Lille", MARK, "x"]]
    _check_spelt(only(xlsx([*notes, *table_of([{"Remarque": "?", **backwards}])], above=3)))
    assert read(csv([*notes, *table_of([_SPELT])])).mark == MARK


def test_values_of_a_spreadsheet_are_read_as_they_are() -> None:
    row = only(
        xlsx(table_of([{"Matricule": 112, "Heures": 7.1 + 0.2, "Sortie le": date(2026, 11, 3), "Tuteur": True}]))
    )
    assert (row.matricule, row.hours, row.exit_on, row.has_tutor) == ("112", Decimal("7.3"), date(2026, 11, 3), True)
    assert hours_of(timedelta(hours=130, minutes=30)) == hours_of("PT130H30M00S") == Decimal("130.5")
    assert hours_of(time(7, 15)) == Decimal("7.25")
    assert day_of(datetime(2026, 11, 3, 8)) == date(2026, 11, 3)  # noqa: DTZ001 — as a workbook holds it
    for cell in (timedelta(hours=1, minutes=20), -1.0, float("inf"), True, date(2026, 1, 1), "7 h 30", 1e15):
        with pytest.raises(CellProblem):
            hours_of(cell)
    for cell in (45_000.0, "hier", "11/2026", "31/11/2026"):
        with pytest.raises(CellProblem):
            day_of(cell)


def test_the_column_that_stays_home_is_not_read() -> None:
    row = only(csv(table_of([{"Nom (reste chez vous)": "Martin", "Matricule": "MARTIN-1", "Heures": "1"}])))
    assert (row.matricule, row.fingerprints) == ("MARTIN-1", None)


def test_a_total_below_the_table_is_nobody_and_its_formula_forbids_nothing() -> None:
    sheet = read(xlsx([["Matricule", "Heures"], ["P-1", 12], ["", "==SUM(B2:B2)"], ["", 12]]))
    assert [row.matricule for row in sheet.rows] == ["P-1"]


def test_formulas_are_named() -> None:
    rows = [["Matricule", "Heures", "Note"], *[[f"P-{number}", "==130+10", "==1"] for number in range(8)]]
    assert ": B2, B3, B4, B5, B6 et 3 autres" in refusal(xlsx(rows)).replace("\u202f", "")


def test_a_few_formulas_are_wrong_with_their_rows_only() -> None:
    typed = only(csv([["Matricule", "Heures"], ["P-1", "=1+1"]]))
    assert [(fault.cell, fault.column) for fault in typed.faults] == [("B2", "Heures")]
    assert typed.hours is None
    named = only(csv([["Matricule", "Heures"], ["=HYPERLINK(1)", "3"]]))
    assert [fault.cell for fault in named.faults] == ["A2"]
    assert named.matricule is None
    sheet = read(xlsx([["Matricule", "Heures"], ["P-1", "==2*65"], ["P-2", 65]]))
    assert [bool(row.faults) for row in sheet.rows] == [True, False]


def test_what_is_not_a_month_is_refused_with_what_to_do() -> None:
    assert "Aucune ligne de titres" in refusal(csv([["Nom", "Prix"], ["Vis", "3"]]))
    assert "Aucune ligne de titres" in refusal(b"\xef\xbb\xbfbonjour")
    assert "que ses titres" in refusal(csv([["Matricule", "Heures"]]))
    assert "que ses titres" in refusal(write_template(OF, []))
    assert "Deux colonnes" in refusal(csv([["Matricule", "Heures", "heures du mois"], ["P-1", "1", "2"]]))
    many = csv([["Matricule", "Heures"], *[[f"P-{number}", "1"] for number in range(MOST_ROWS + 1)]])
    assert "2\u202f000 lignes" in refusal(many)


def test_names_are_not_repeated_by_what_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    typed = dict.fromkeys(NEW, "Quérénet") | {"Matricule": "QUÉRÉNET-7", "Nom de naissance": "Quérénet"}
    sheet = read(xlsx(table_of([typed])))
    assert sheet.rows[0].faults
    assert "quérénet" not in repr(sheet).casefold() + repr(packed(sheet.rows[0])).casefold()
    assert "quérénet" not in "".join(capsys.readouterr()).casefold()


def test_headings_are_told_apart() -> None:
    spelt = [spelling for column in COLUMNS for spelling in column.spellings]
    assert len(spelt) == len(set(spelt))
    assert heading_of("  N° MATRICULE* ") == "n matricule"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Contrat pro", ContractType.PROFESSIONNALISATION),
        ("CONTRAT D’APPRENTISSAGE", ContractType.APPRENTICESHIP),
        ("Intérim", ContractType.INTERIM),
        ("CDDU", ContractType.CDD_USAGE),
    ],
)
def test_contracts_are_known_by_what_people_write(typed: str, meant: ContractType) -> None:
    assert choice_of(typed, ContractType) is meant


def test_a_short_list_is_told_whole_and_a_long_one_by_its_first_choices() -> None:
    with pytest.raises(CellProblem, match=r"Contrat de professionnalisation\W.*Autre contrat\W+$"):
        choice_of("contrat de chantier", ContractType)
    with pytest.raises(CellProblem, match=r"CDI\W.*, ou un autre choix du modèle\.$"):
        choice_of("parti", ExitKind)


def test_the_workbook_is_neutral_and_its_heads_are_locked() -> None:
    people = [SheetLine({"matricule": "=1+1", "hours": Decimal(3)})]
    content = write_template(OF, people)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    assert "<dc:creator></dc:creator>" in parts["docProps/core.xml"]
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert "<sheetProtection" in sheet
    assert "<f>" not in sheet
    assert sheet.count('type="list"') == 6
    assert all(len(column.note) < 255 for column in COLUMNS)
    assert write_template(OF, people) == content


def test_what_is_to_be_filled_stays_open_even_where_locked_cells_were_pasted() -> None:
    content = write_template(OF, [SheetLine({"matricule": "P-1"}), SheetLine({"matricule": "P-2"})])
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    (ranges,) = re.findall(r'<protectedRange sqref="([^"]+)"', sheet)
    assert {"F8:F9", "B10:B209", "O10:O209"} <= set(ranges.split())
    assert not {"B8:B9", "E8:E9", "J8:J9"} & set(ranges.split())


def test_a_file_that_lost_its_protection_or_gained_a_sheet_still_reads() -> None:
    content = write_template(OF, [SheetLine({"matricule": "P-1", "hours": Decimal(3)})])
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        styles = book.read("xl/styles.xml")
    more: dict[str, str | bytes] = {"xl__styles.xml": styles, "xl__calcChain.xml": "<calcChain/>"}
    assert only(with_parts(content, **more)).hours == 3
