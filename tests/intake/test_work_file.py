import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.intake import UnusableFile, WorkFile, likeness

IDENTITY = {"size": 1}


@pytest.fixture
def work(tmp_path: Path) -> Iterator[WorkFile]:
    with WorkFile(tmp_path / "work", IDENTITY) as made:
        yield made


def again(work: WorkFile, identity: dict[str, Any] = IDENTITY) -> WorkFile:
    """As after a kill: what was not kept is lost."""
    work.__exit__(None, None, None)
    return WorkFile(work.path, identity)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3), st.integers())))
def test_members_come_back_whole_in_the_order_of_their_keys(tmp_path: Path, members: list[tuple[str, int]]) -> None:
    with WorkFile(tmp_path / "work", IDENTITY) as work:
        for rank, (key, number) in enumerate(members):
            work.add(key, rank, number)
        found = dict(work.groups())
        assert work.count() == len(found)
        assert list(found) == sorted({key for key, _ in members})
        for key, group in found.items():
            assert group == [(rank, number) for rank, (of, number) in enumerate(members) if of == key]
            assert [after for after, _ in work.groups(key)] == [each for each in found if each > key]
        work.remove()


def test_what_a_member_holds_comes_back_as_it_was(work: WorkFile) -> None:
    member = ["é\u2028\ud800", None, True, 1.5, {"a": ["=1"]}]
    work.add("x\ud800", 7, member)
    assert list(work.groups()) == [("x", [(7, member)])]


def test_what_was_kept_is_taken_up_and_the_rest_is_not(work: WorkFile) -> None:
    work.add("a", 1, "kept")
    work.refuse(2, "odd", "Pourquoi")
    work.remark("a", 1, ["une", "deux"])
    work.keep(place={"offset": 3}, report=[1])
    work.add("b", 3, "lost")
    work.refuse(4, "lost", "Perdu")
    with again(work) as taken_up:
        assert taken_up.run == work.run
        assert (taken_up.told("place"), taken_up.told("report"), taken_up.told("other")) == ({"offset": 3}, [1], None)
        assert [key for key, _ in taken_up.groups()] == ["a"]
        assert list(taken_up.refused()) == [("odd", "Pourquoi")]
        assert list(taken_up.remarks()) == [(1, "a", "une"), (1, "a", "deux")]


def test_said_again_nothing_is_said_twice(work: WorkFile) -> None:
    for reason, remarks in (("Une raison", ["une", "deux"]), ("Une autre", ["trois"])):
        work.refuse(2, "odd", reason)
        work.remark("a", 1, remarks)
    assert list(work.refused()) == [("odd", "Une autre")]
    assert list(work.remarks()) == [(1, "a", "trois")]


def test_what_is_of_another_file_is_not_taken_up(work: WorkFile) -> None:
    work.add("a", 1, "kept")
    work.keep()
    with again(work, {"size": 2}) as other:
        assert other.run != work.run
        assert list(other.groups()) == []


@pytest.mark.parametrize("content", [b"", b"not a database, whatever its name says: " * 200])
def test_what_is_no_work_file_is_not_taken_up(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "work").write_bytes(content)
    with WorkFile(tmp_path / "work", IDENTITY) as work:
        assert list(work.groups()) == []


def test_nobody_else_may_read_it_and_nothing_stays_of_it(work: WorkFile, tmp_path: Path) -> None:
    work.add("a", 1, "content")
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}
    work.remove()
    assert list(tmp_path.iterdir()) == []


def test_two_imports_do_not_share_it(work: WorkFile) -> None:
    with pytest.raises(UnusableFile) as refused:
        WorkFile(work.path, IDENTITY)
    assert "autre import en cours" in refused.value.sentence


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile) as refused:
        WorkFile(tmp_path / "absent" / "work", IDENTITY)
    assert "--rejects" in refused.value.sentence


def test_a_file_is_told_from_itself_once_changed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    seen = []
    for content, modified in ((b"a" * 9, 1), (b"b" * 9, 1), (b"b" * 9, 2), (b"b" * 10, 2)):
        path.write_bytes(content)
        os.utime(path, (modified, modified))
        seen.append(likeness(path))
    assert all(one != other for place, one in enumerate(seen) for other in seen[:place])
    assert likeness(path) == seen[-1]
