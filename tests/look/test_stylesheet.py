"""The stylesheet keeps the tokens, the contrasts and the scale that the look asks for."""

import re
from itertools import product

import pytest

from config import ROOT

CSS = (ROOT / "static/css/amont.css").read_text(encoding="utf-8")
SCHEMES = ("light", "dark")
TEXT = ("ink", "soft", "green", "blue", "ochre", "brick")
GROUNDS = ("paper", "sand")
SCALE_IN_PIXELS = {14.2, 17.0, 20.4, 24.5, 29.4, 35.3, 42.3}


def tokens(scheme: str) -> dict[str, str]:
    """Custom properties that hold a colour, of the light or of the dark scheme."""
    blocks = re.findall(r":root\s*\{([^}]*)\}", CSS)
    block = next(text for text in blocks if f"color-scheme: {scheme};" in text)
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize(("scheme", "text", "ground"), list(product(SCHEMES, TEXT, GROUNDS)))
def test_text_stands_out_sevenfold(scheme: str, text: str, ground: str) -> None:
    colours = tokens(scheme)
    assert contrast(colours[text], colours[ground]) >= 7


@pytest.mark.parametrize("scheme", SCHEMES)
def test_words_on_buttons_stand_out_sevenfold(scheme: str) -> None:
    colours = tokens(scheme)
    assert contrast(colours["on-action"], colours["green"]) >= 7


@pytest.mark.parametrize(("scheme", "ground"), list(product(SCHEMES, GROUNDS)))
def test_edges_of_controls_stand_out_threefold(scheme: str, ground: str) -> None:
    colours = tokens(scheme)
    assert contrast(colours["border"], colours[ground]) >= 3


def test_both_schemes_define_the_same_colours() -> None:
    assert tokens("light").keys() == tokens("dark").keys()


def test_colours_are_written_once_as_tokens() -> None:
    without_tokens = re.sub(r"@layer tokens \{.*?\n\}", "", CSS, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)\(", without_tokens) == []


def test_it_weighs_at_most_thirty_kilobytes() -> None:
    assert len(CSS.encode()) <= 30 * 1024


def test_the_stylesheet_of_the_work_pages_stays_small() -> None:
    assert len((ROOT / "static/css/work.css").read_bytes()) <= 10 * 1024


def test_layers_are_declared_in_order() -> None:
    assert "@layer reset, tokens, base, layout, components, pages;" in CSS
    assert re.findall(r"^@layer (\w+) \{", CSS, flags=re.MULTILINE) == [
        "reset",
        "tokens",
        "base",
        "layout",
        "components",
        "pages",
    ]


def test_every_size_is_on_the_scale() -> None:
    sizes = re.findall(r"--(?:meta|body|lead|h1|h2|figure):\s*([\d.]+)rem", CSS)
    sizes += re.findall(r"font-size:\s*([\d.]+)rem", CSS)
    assert {round(float(size) * 16, 1) for size in sizes} == SCALE_IN_PIXELS


def test_it_breaks_at_two_widths_only() -> None:
    assert set(re.findall(r"(?:min|max)-width: ([\d.]+)rem\)", CSS)) == {"44", "43.99", "62", "61.99"}


def test_it_asks_nothing_of_another_site() -> None:
    assert re.findall(r"url\(|@import", CSS) == []
