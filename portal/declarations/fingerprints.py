"""What is left of a name and a birth date: three keyed prints, told apart by what they forgive.

HMAC-SHA-256 under the portal's person key, one derived key by sort of print: nothing can be read back from a print, and
none can be made without the key. Changing how a name is folded, or the key, takes a new `VERSION`.
"""

import base64
import hmac
from dataclasses import dataclass
from datetime import date

from config import Config
from portal.declarations.facts import Fingerprints
from portal.declarations.sounds import sound_of
from portal.kernel.errors import RuleViolation
from portal.kernel.text import fold

__all__ = ["VERSION", "Fingerprints", "alias", "of", "use"]

VERSION = 1


@dataclass(frozen=True)
class _Keys:
    exact: bytes
    phonetic: bytes
    swapped: bytes
    alias: bytes


class _Bound:
    keys: _Keys | None = None


def use(config: Config) -> None:
    """Make this process use the person key of `config`."""
    _Bound.keys = _Keys(*(_derived(config.person_key, sort) for sort in ("exact", "phonetic", "swapped", "alias")))


def of(last_name: str, first_name: str, born_on: date) -> Fingerprints:
    """The prints of a person: same prints for the same letters, whatever the case, accents, hyphens and spaces.

    Raises RuleViolation on `last_name` or `first_name` when it holds no letter.
    """
    keys = _bound()
    last, first = _letters(last_name, "last_name"), _letters(first_name, "first_name")
    sounds = "|".join(sorted((sound_of(last), sound_of(first))))
    return Fingerprints(
        exact=_print(keys.exact, last, first, born_on.isoformat()),
        phonetic=_print(keys.phonetic, sounds, born_on.isoformat()),
        swapped=_print(keys.swapped, last, first, _either_way(born_on)),
    )


def alias(public_id: str, buyer_id: int) -> str:
    """What a person is called before one buyer: another before the next, so that nobody follows them from one to the
    other (domain.md § 0 bis)."""
    digest = hmac.digest(_bound().alias, f"{public_id}|{buyer_id}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:9]).decode()


def _bound() -> _Keys:
    if _Bound.keys is None:
        raise RuntimeError("no key: call declarations.fingerprints.use(config) first")
    return _Bound.keys


def _derived(key: str, sort: str) -> bytes:
    return hmac.digest(key.encode(), f"amont declarations: {sort} fingerprints, version {VERSION}".encode(), "sha256")


def _print(key: bytes, *parts: str) -> str:
    return hmac.digest(key, "|".join(parts).encode(), "sha256").hex()


def _letters(name: str, field: str) -> str:
    letters = "".join(char for char in fold(name) if char.isalpha())
    if not letters:
        raise RuleViolation("Écrivez ce nom avec des lettres.", field)
    return letters


def _either_way(day: date) -> str:
    """The date, written alike whether 3 April was typed as 03/04 or 04/03."""
    low, high = sorted((day.day, day.month))
    return f"{day.year}:{low}:{high}"
