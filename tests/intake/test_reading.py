import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.intake import Format, Row, UnusableFile, open_sheet

PEOPLE = Format("une liste de villes", ("nom", "Code"), ("Région",))
OTHER = Format("une liste d’îles", ("île",))


def rows(path: Path, *formats: Format) -> list[Row]:
    with open_sheet(path, formats or (PEOPLE,)) as sheet:
        return list(sheet.rows())


def written(tmp_path: Path, content: bytes | str) -> Path:
    path = tmp_path / "villes.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_usual_files_read_the_same(tmp_path: Path, encoding: str, separator: str, ending: str) -> None:
    lines = [["nom", "code", "REGION"], ["Bègles", " 33039 ", "Nouvelle-Aquitaine"], ['Le "Bouscat"', "33069", ""]]
    text = ending.join(separator.join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    found = rows(written(tmp_path, text.encode(encoding)))
    assert [(row["nom"], row["Code"], row["Région"]) for row in found] == [
        ("Bègles", "33039", "Nouvelle-Aquitaine"),
        ('Le "Bouscat"', "33069", ""),
    ]


def test_an_accent_far_in_the_file_decides_on_the_encoding(tmp_path: Path) -> None:
    content = b"nom;code\n" + b"Pessac;33318\n" * 200_000 + "Bègles;33039\n".encode("cp1252")
    with open_sheet(written(tmp_path, content), [PEOPLE]) as sheet:
        *_, last = sheet.rows()
        assert sheet.line_count == 200_002
    assert (last["nom"], last.number) == ("Bègles", 200_002)


def test_rows_keep_the_number_of_their_line(tmp_path: Path) -> None:
    found = rows(written(tmp_path, 'nom,code\n\n"Le\nHaillan",33200\n,\nCenon,33119\n'))
    assert [(row.number, row["code"] or row["Code"]) for row in found] == [(3, "33200"), (6, "33119")]


def test_the_format_is_the_one_whose_columns_are_there(tmp_path: Path) -> None:
    with open_sheet(written(tmp_path, "Île;autre\nRé;x\n"), [PEOPLE, OTHER]) as sheet:
        assert sheet.format is OTHER
        assert next(iter(sheet.rows()))["île"] == "Ré"


def test_a_row_of_another_width_is_told_and_kept_as_written(tmp_path: Path) -> None:
    short, long, padded = rows(written(tmp_path, "nom,code\nCenon\nCenon,33119,x\nCenon,33119,,\n"))
    assert short.problem == "La ligne compte 1 colonne, l’en-tête 2\u202f: vérifiez ses séparateurs."
    assert short.cells == ("Cenon",)
    assert long.problem is not None
    assert padded.problem is None


def test_an_unclosed_quote_loses_only_its_own_line(tmp_path: Path) -> None:
    found = rows(written(tmp_path, 'nom,code\n"Cenon,33119\nBruges,33075\nEysines,33162\n'))
    assert found[0].problem == "La ligne est illisible\u202f: un guillemet ouvert n’est pas refermé."
    assert [(row.number, row["nom"]) for row in found[1:]] == [(3, "Bruges"), (4, "Eysines")]


def test_an_endless_field_loses_only_its_own_line(tmp_path: Path) -> None:
    endless = '"' + "x" * (csv.field_size_limit() + 10)
    found = rows(written(tmp_path, f"nom,code\n{endless}\nBruges,33075\n"))
    assert [(row.number, row.problem is None) for row in found] == [(2, False), (3, True)]


def test_guarded_formulas_are_freed(tmp_path: Path) -> None:
    (row,) = rows(written(tmp_path, "nom,code\n'=1+1,'Hélène\n"))
    assert (row["nom"], row["Code"]) == ("=1+1", "'Hélène")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "« villes.csv » est vide."),
        (b"\xef\xbb\xbf \r\n\t", "« villes.csv » est vide."),
        (b"PK\x03\x04rest", "« villes.csv » est un classeur ou une archive : enregistrez la feuille en CSV."),
        ("nom,code\n".encode("utf-16"), "« villes.csv » est encodé en UTF-16 : enregistrez-le en CSV UTF-8."),
        (b"nom,code\nCe\0non,1\n", "« villes.csv » n’est pas un fichier CSV : ouvrez-le et enregistrez-le en CSV."),
        (b"nom,code\n\x81\x8d,1\n", "« villes.csv » n’est pas un texte lisible : enregistrez-le en CSV UTF-8."),
        (
            b"nom,age\nCenon,1\n",
            "« villes.csv » ne se lit pas comme une liste de villes : il manque la colonne « Code ».",
        ),
        (
            b"a,b\n",
            "« villes.csv » ne se lit pas comme une liste de villes : il manque les colonnes « nom », « Code ».",
        ),
        (b"nom,code,Code\n", "« villes.csv » a deux colonnes « Code » : n’en gardez qu’une."),
    ],
)
def test_an_unusable_file_says_what_to_do(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(UnusableFile) as refused:
        rows(written(tmp_path, content))
    assert refused.value.sentence.replace("\u202f", " ") == sentence


def test_a_file_that_is_not_there_or_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="introuvable"):
        rows(tmp_path / "absent.csv")
    with pytest.raises(UnusableFile, match="dossier"):
        rows(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"", b"nom,code\n", b"nom;code\r\n", b'"nom"\tcode\n']),
    content=st.binary(max_size=400) | st.text(alphabet="a\",;\n\r\t'=é", max_size=200).map(str.encode),
)
def test_no_bytes_ever_break_the_reader(tmp_path: Path, start: bytes, content: bytes) -> None:
    path = written(tmp_path, start + content)
    try:
        found = rows(path)
    except UnusableFile:
        return
    numbers = [row.number for row in found]
    assert numbers == sorted(set(numbers))
    assert all(row.problem or set(row.values) == {"nom", "Code"} for row in found)
