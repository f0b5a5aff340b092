"""A mail's text shown as a page: links to follow, nothing else alive."""

from hypothesis import given
from hypothesis import strategies as st

from portal.demo.links import paragraphs_of


def test_addresses_can_be_followed_without_the_punctuation_that_follows_them() -> None:
    (shown,) = paragraphs_of("Ouvrez http://127.0.0.1:8000/invitation/a-b_c?x=1&y=2. Merci !")
    link = "http://127.0.0.1:8000/invitation/a-b_c?x=1&amp;y=2"
    assert shown == f'Ouvrez <a href="{link}">{link}</a>. Merci !'


def test_paragraphs_and_lines_are_kept() -> None:
    assert paragraphs_of("Un\r\ndeux\r\n\r\n\r\ntrois\n") == ["Un<br>deux", "trois"]
    assert paragraphs_of("") == []


@given(st.text(alphabet="<>\"'& \njavascript:https//x.", max_size=80))
def test_no_text_makes_markup_of_its_own(text: str) -> None:
    for shown in paragraphs_of(text):
        without_links = shown
        for piece in shown.split('<a href="http')[1:]:
            without_links = without_links.replace(f'<a href="http{piece.split("</a>")[0]}</a>', "")
        assert "<" not in without_links.replace("<br>", "")
        assert "javascript:" not in [piece[:11] for piece in shown.split('href="')[1:]]
