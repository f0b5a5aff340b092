"""SIRET and SIREN: the numbers of an establishment and of its legal entity."""

import re
from typing import Self

from stdnum.exceptions import ValidationError
from stdnum.fr import siren as siren_key
from stdnum.fr import siret as siret_key

from portal.kernel.errors import Unreadable
from portal.kernel.french import typo

_SEPARATORS = re.compile(r"[\s.\u200b\ufeff-]+")


class InvalidSiret(Unreadable):
    """Not a SIRET; the sentence says what to check."""


class InvalidSiren(Unreadable):
    """Not a SIREN; the sentence says what to check."""


class Siren(str):
    """Nine digits with a right key, not all zero. `str(siren)` is the bare number."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        digits = _SEPARATORS.sub("", text)
        _ensure_siren(digits)
        return super().__new__(cls, digits)

    @property
    def formatted(self) -> str:
        """« 243 300 316 »."""
        return _grouped(self)


class Siret(str):
    """Fourteen digits with a right key (La Poste has its own), not all zero. `str(siret)` is the bare number."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        digits = _SEPARATORS.sub("", text)
        _ensure_siret(digits)
        return super().__new__(cls, digits)

    @property
    def siren(self) -> Siren:
        return Siren(self[:9])

    @property
    def formatted(self) -> str:
        """« 243 300 316 00011 »."""
        return _grouped(self)


def parse_siret(text: str) -> Siret:
    """Read a SIRET as typed, with or without spaces; raises InvalidSiret."""
    return Siret(text)


def parse_siren(text: str) -> Siren:
    """Read a SIREN as typed, with or without spaces; raises InvalidSiren."""
    return Siren(text)


def _grouped(digits: str) -> str:
    return " ".join(part for part in (digits[:3], digits[3:6], digits[6:9], digits[9:]) if part)


def _ensure_siret(digits: str) -> None:
    if not digits:
        raise InvalidSiret("Indiquez les 14 chiffres du SIRET.")
    if re.fullmatch("[0-9]{9}", digits):
        raise InvalidSiret(typo(f"{_grouped(digits)} est un SIREN : indiquez les 14 chiffres du SIRET."))
    if not re.fullmatch("[0-9]{14}", digits):
        raise InvalidSiret(typo(f"Le SIRET « {digits} » est mal formé : il compte 14 chiffres, sans lettre."))
    if digits.startswith("0" * 9):
        raise InvalidSiret(typo(f"Le SIRET {_grouped(digits)} n’existe pas : vérifiez ses 14 chiffres."))
    try:
        siret_key.validate(digits)
    except ValidationError:
        raise InvalidSiret(typo(f"Le SIRET {_grouped(digits)} est mal formé : vérifiez ses 14 chiffres.")) from None


def _ensure_siren(digits: str) -> None:
    if not re.fullmatch("[0-9]{9}", digits):
        raise InvalidSiren("Indiquez les 9 chiffres du SIREN.")
    try:
        siren_key.validate(digits)
    except ValidationError:
        raise InvalidSiren(typo(f"Le SIREN {_grouped(digits)} est mal formé : vérifiez ses 9 chiffres.")) from None
    if digits == "0" * 9:
        raise InvalidSiren(typo(f"Le SIREN {_grouped(digits)} n’existe pas : vérifiez ses 9 chiffres."))
