import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ijson.common import ObjectBuilder

from portal.intake import JsonPlace, RejectedRows, UnusableFile, examined_json, is_json, json_events, json_files

SMALL = [7, 64, 1 << 17]


def written(tmp_path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = tmp_path / "file.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path: Path, start: JsonPlace | None = None) -> Any:
    builder: Any = ObjectBuilder()
    for events, _place in json_events(path, examined_json(path), start):
        for kind, value in events:
            builder.event(kind, value)
    return builder.value


@pytest.fixture(params=SMALL)
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(json_files, "CHUNK", request.param)
    return int(request.param)


@pytest.mark.parametrize(
    ("content", "expected"), [(b'{"a": 1}', True), (b"\xef\xbb\xbf \n[1]", True), (b"a,b", False), (b"", False)]
)
def test_a_json_file_is_known_by_its_beginning(tmp_path: Path, content: bytes, expected: bool) -> None:
    assert is_json(written(tmp_path, content)) is expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.usefixtures("chunk")
def test_encodings(tmp_path: Path, encoding: str) -> None:
    content = [{"objet": "Été — « œuvre »", "n": number} for number in range(40)]
    assert read(written(tmp_path, json.dumps(content, ensure_ascii=False), encoding)) == content


def test_what_is_no_number_is_nothing(tmp_path: Path) -> None:
    content = '[{"a": NaN, "NaN": "NaN \\" NaN", "b": [-Infinity, Infinity, 1], "c": "\\\\"}, NaN, {"d": "x: NaN"}]'
    assert read(written(tmp_path, content)) == [
        {"a": None, "NaN": 'NaN " NaN', "b": [None, None, 1], "c": "\\"},
        None,
        {"d": "x: NaN"},
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [("[1,\n2,,\n]", 2), ("[{}\n,{}\n,{]\n]", 3), ("[\n\n", 3), ("{}\n{}", 2), ("[\n1" + "0" * 5_000 + "\n]", 2)],
)
@pytest.mark.usefixtures("chunk")
def test_what_is_not_json_is_told_with_its_line(tmp_path: Path, content: str, line: int) -> None:
    with pytest.raises(UnusableFile) as refused:
        read(written(tmp_path, content))
    assert refused.value.sentence.endswith(f"vérifiez la ligne {line}.")


@pytest.mark.usefixtures("chunk")
def test_the_line_is_of_the_file_wherever_reading_started(tmp_path: Path) -> None:
    path = written(tmp_path, "[{},\n{},\n{},,\n]")
    with pytest.raises(UnusableFile) as refused:
        read(path, JsonPlace(3, "[null"))
    assert refused.value.sentence.endswith("vérifiez la ligne 3.")


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile):
        is_json(tmp_path / "absent.json")
    with pytest.raises(UnusableFile):
        examined_json(written(tmp_path, b'["\x81"]'))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dictionaries(st.text('}{\\"é', max_size=4), st.text('}{],\\"é', max_size=9) | st.lists(st.just({})))),
    st.sampled_from(["utf-8", "cp1252"]),
    st.sampled_from(SMALL),
)
def test_reading_goes_on_from_any_place(tmp_path: Path, content: list[Any], encoding: str, chunk: int) -> None:
    """From each end of an object that stands in the list, what comes after is what would have been read."""
    path = written(tmp_path, json.dumps(content, ensure_ascii=False), encoding)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_files, "CHUNK", chunk)
        depth = given = 0
        for events, place in json_events(path, examined_json(path)):
            for kind, _value in events:
                depth += kind in {"start_map", "start_array"}
                depth -= kind in {"end_map", "end_array"}
                given += kind == "end_map" and depth == 1
            if place is not None and depth == 1:
                assert read(path, JsonPlace(place, "[null")) == [None, *content[given:]]
        assert given == len(content)


def test_rejects_of_a_json_file_are_json(tmp_path: Path) -> None:
    assert RejectedRows.beside(tmp_path / "decp.JSON") == tmp_path / "decp-refus.json"
