"""`python -m portal import …`, as an operator types it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from config import Config
from portal import cli, storage
from tests.directory.organisations import siret


class Portal:
    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(cli.main, list(words))


@pytest.fixture
def portal(config: Config, place: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """Run a command from an empty folder, on the test's own transaction."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "_connected", lambda: config)
    return Portal()


def test_a_file_goes_in_once_and_its_refused_rows_come_back(portal: Portal, tmp_path: Path) -> None:
    file = tmp_path / "structures.csv"
    file.write_text(f"siret,kind,name\n{siret(1)},EI,Envie\n12345678901234,EI,Faux\n", encoding="utf-8")
    for summary in ("1 créée, 0 mise à jour, 0 inchangée", "0 créée, 0 mise à jour, 1 inchangée"):
        result = portal("import", "structures", "structures.csv")
        assert result.exit_code == 0
        assert f"2 lignes lues\u202f: {summary}, 1 refusée.\n" in result.output
        assert "Ligne 3\u202f: Le SIRET 123 456 789 01234 est mal formé" in result.output
        assert "Lignes refusées rendues dans structures-refus.csv\n" in result.output
    assert "12345678901234;EI;Faux;Le SIRET" in (tmp_path / "structures-refus.csv").read_text("utf-8-sig")


def test_a_dry_run_says_so_and_keeps_nothing(portal: Portal, tmp_path: Path) -> None:
    (tmp_path / "cpv.csv").write_text("code,cle,libelle\n03100000,2,Produits\n", encoding="utf-8")
    for _ in range(2):
        result = portal("import", "cpv", "cpv.csv", "--dry-run")
        assert (result.exit_code, "1 créée" in result.output) == (0, True)
        assert result.output.endswith("Essai à blanc\u202f: rien n’est enregistré.\n")


def test_rejects_go_where_they_are_asked(portal: Portal, tmp_path: Path) -> None:
    (tmp_path / "communes.csv").write_text("insee,nom\n1,X\n", encoding="utf-8")
    assert portal("import", "communes", "communes.csv", "--rejects", "ailleurs.csv").exit_code == 0
    assert (tmp_path / "ailleurs.csv").exists()
    refused = portal("import", "communes", "communes.csv", "--rejects", "absent/ailleurs.csv")
    assert (refused.exit_code, "ne peuvent pas être écrites" in refused.output) == (1, True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "est vide"),
        (b"siret,kind,name\n", "ne contient que sa ligne de titres"),
        (b"nom,ville\nx,y\n", "il manque les colonnes"),
        (b"\x7fELF\x00\x01", "n’est pas un fichier CSV"),
        (None, "est introuvable"),
    ],
)
def test_an_unusable_file_ends_with_one_sentence(
    portal: Portal, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "f.csv").write_bytes(content)
    result = portal("import", "structures", "f.csv")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert sentence in result.output


def test_a_database_that_is_not_migrated_is_told(portal: Portal, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(f"siret,kind,name\n{siret(1)},EI,Envie\n", encoding="utf-8")
    engine = storage.make_engine(f"sqlite:///{tmp_path}/empty.db")
    storage.bind(engine)
    result = portal("import", "structures", "f.csv")
    engine.dispose()
    assert (result.exit_code, "python -m portal migrate" in result.output) == (1, True)
