from hypothesis import given
from hypothesis import strategies as st

from portal.intake import Groups


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), st.integers())))
def test_members_come_back_whole_in_the_order_of_their_keys(members: list[tuple[str, int]]) -> None:
    with Groups() as groups:
        for key, number in members:
            groups.add(key, [key, number])
        found = list(groups)
    assert [key for ((key, _), *_) in found] == sorted({key for key, _ in members})
    for group in found:
        assert group == [[key, number] for key, number in members if key == group[0][0]]


def test_what_a_member_holds_comes_back_as_it_was() -> None:
    member = [1, "é\u2028\ud800", None, True, 1.5, {"a": ["=1"]}]
    with Groups() as groups:
        groups.add("x", member)
        assert list(groups) == [[member]]
