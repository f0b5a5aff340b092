"""Whether a text tells who wrote it: a name, a SIRET, an e-mail address, a telephone number. Pure.

The buyer must not learn who asks, not even by trying names in its own wording: `warnings` weighs the asker's own marks
only where the text that the buyer received already holds them, and anybody's addresses and numbers everywhere.
"""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from portal.kernel.text import fold
from portal.sourcing.facts import Asker

_SHORTEST_NAME = 3
_EMAIL = re.compile(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.[^\W\d_]{2,}")
_PHONE = re.compile(r"(?<!\d)(?:(?:\+|00)\s*33[\s.\-()0]*|0)([1-9](?:[\s.\-/]*\d){8})(?!\d)")
_NUMBER = re.compile(r"\d(?:[\s.\-]?\d){8,}")
_SIREN, _SIRET = 9, 14


def marks_of(asker: Asker, text: str) -> list[str]:
    """What in the text is the asker's own, as the asker is told it; empty when nothing is."""
    bare = _visible(text)
    found = [name for name in asker.names if _names(name, bare)]
    found += [email for email in asker.emails if email and email.casefold() in bare.casefold()]
    found += [phone for phone in asker.phones if _digits_of_phone(phone) & set(_phones(bare))]
    if asker.siret and any(asker.siret[:_SIREN] in number for number in _numbers(bare)):
        found.append(asker.siret)
    if asker.website and (host := _host(asker.website)) and host in bare.casefold():
        found.append(host)
    return list(dict.fromkeys(found))


def contacts_in(text: str) -> list[str]:
    """Any address of e-mail, telephone number, SIREN or SIRET, whoever it belongs to."""
    bare = _visible(text)
    phones = [match.group() for match in _PHONE.finditer(bare)]
    numbers = [number for number in _numbers(bare) if len(number) in {_SIREN, _SIRET}]
    return list(dict.fromkeys([*_EMAIL.findall(bare), *phones, *numbers]))


def warnings(asker: Asker, received: str, wording: str) -> list[str]:
    """What the buyer is warned of in its wording of a question, or in its answer."""
    known = set(marks_of(asker, received))
    own = [mark for mark in marks_of(asker, wording) if mark in known]
    return list(dict.fromkeys([*own, *contacts_in(wording)]))


def _visible(text: str) -> str:
    """Without the characters that show nothing, which would cut a name in two."""
    plain = unicodedata.normalize("NFKC", text)
    return "".join(char for char in plain if unicodedata.category(char) != "Cf")


def _names(name: str, text: str) -> bool:
    wanted = _words(name)
    return len(wanted) >= _SHORTEST_NAME and f" {wanted} " in f" {_words(text)} "


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", fold(_visible(text))))


def _phones(text: str) -> Iterable[str]:
    return ("".join(char for char in match.group(1) if char.isdigit()) for match in _PHONE.finditer(text))


def _digits_of_phone(phone: str) -> set[str]:
    return set(_phones(phone))


def _numbers(text: str) -> list[str]:
    return ["".join(char for char in match.group() if char.isdigit()) for match in _NUMBER.finditer(text)]


def _host(website: str) -> str:
    address = website if "://" in website else f"//{website}"
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
