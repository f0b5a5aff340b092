from pathlib import Path

import pytest

from portal.intake import RejectedRows, UnusableFile, is_json, read_json, write_json


@pytest.mark.parametrize(
    ("content", "expected"), [(b'{"a": 1}', True), (b"\xef\xbb\xbf \n[1]", True), (b"a,b", False), (b"", False)]
)
def test_a_json_file_is_known_by_its_beginning(tmp_path: Path, content: bytes, expected: bool) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert is_json(path) is expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "file.json"
    path.write_bytes('{"objet": "Été"}'.encode(encoding))
    assert read_json(path) == {"objet": "Été"}


def test_what_is_not_json_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text("[1,\n2,,\n]")
    with pytest.raises(UnusableFile) as refused:
        read_json(path)
    assert "vérifiez la ligne 2" in refused.value.sentence


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile):
        is_json(tmp_path / "absent.json")
    with pytest.raises(UnusableFile):
        write_json(tmp_path / "absent" / "file.json", [])


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    content = {"a": ["é", "\ud800", 1.5, None]}
    write_json(tmp_path / "file.json", content)
    assert read_json(tmp_path / "file.json") == content


def test_rejects_of_a_json_file_are_json(tmp_path: Path) -> None:
    assert RejectedRows.beside(tmp_path / "decp.JSON") == tmp_path / "decp-refus.json"
