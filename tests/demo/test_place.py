"""The demonstration's directory: its keys are drawn once and kept private; one demonstration at a time."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from portal.demo.place import DemoProblem, Place, read_settings, write_private


def test_keys_are_drawn_once_and_private(tmp_path: Path) -> None:
    place = Place(tmp_path / "demo")
    place.prepare()
    keys = place.keys()
    assert place.keys() == keys
    assert Place(tmp_path / "other").path != place.path
    Fernet(keys["AMONT_TOTP_KEY"])
    assert len(keys["AMONT_SECRET_KEY"]) >= 32
    assert stat.S_IMODE((place.path / "keys").stat().st_mode) == 0o600


def test_two_demonstrations_do_not_share_keys(tmp_path: Path) -> None:
    one, other = Place(tmp_path / "one"), Place(tmp_path / "other")
    for place in (one, other):
        place.prepare()
    assert one.keys() != other.keys()


def test_a_second_one_is_kept_away_until_the_first_is_over(tmp_path: Path) -> None:
    place = Place(tmp_path / "demo")
    with place.held(), pytest.raises(DemoProblem, match="tourne déjà"), Place(place.path).held():
        pass
    with place.held():
        pass


def test_clearing_leaves_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path / "demo")
    place.prepare()
    place.keys()
    place.clear()
    assert not place.path.exists()


def test_settings_are_read_back_as_written(tmp_path: Path) -> None:

    settings = {"A": "sqlite:////tmp/x y.db", "B": "", "C": "Achats de l’été = 1"}
    write_private(tmp_path / "environment", settings)
    assert read_settings(tmp_path / "environment") == settings
