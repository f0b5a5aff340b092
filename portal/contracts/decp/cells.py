"""The cells of one row or entry, as publishers really fill them in: what can be read is, what is odd is told."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, InvalidOperation

_EMPTY = frozenset({"", "cdl", "nc", "mq", "inx", "n/a", "none", "null", "nan"})
"""What publishers write where nothing is known, in any case."""
_MARKED = re.compile(r"\AINX\s+(?=\S)")
"""A mark that the consolidated file sets before a value it found out of the schema: « INX 28213700-5 »."""
_DAY = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?:[T +Z].*)?")
_FRENCH_DAY = re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_CPV = re.compile(r"(?<![0-9])([0-9]{8})(?:-?[0-9])?(?![0-9])")
_TOO_LARGE = Decimal(10) ** 12
_LONGEST_DURATION = 1_200
"""A century, in months."""
_MOST_OFFERS = 10_000


def cleaned(text: str) -> str:
    """One line, without what no database keeps, and empty when it only says that nothing is known."""
    line = " ".join(text.replace("\0", " ").encode("utf-8", "ignore").decode().split())
    return "" if line.casefold() in _EMPTY else line


class Cells:
    """What one row or entry tells, under the names of the schema. `remarks` says in French what was odd."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.remarks: list[str] = []

    def text(self, name: str, longest: int) -> str | None:
        text = cleaned(_MARKED.sub("", cleaned(self._values.get(name, ""))))
        if len(text) > longest:
            self.remarks.append(f"« {name} » dépasse {longest} caractères : le début est gardé.")
        return text[:longest] or None

    def day(self, name: str) -> date | None:
        written = self.text(name, 60)
        if written is None:
            return None
        found = _DAY.fullmatch(written) or _FRENCH_DAY.fullmatch(written)
        try:
            day = date(int(found["year"]), int(found["month"]), int(found["day"])) if found else None
        except ValueError:
            day = None
        if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            self._odd(f"« {name} » n’est pas une date lisible", written)
            return None
        return day

    def amount(self, name: str) -> Decimal | None:
        """Euros, to the cent."""
        written = self.text(name, 60)
        if written is None:
            return None
        try:
            amount = Decimal(_as_number(written))
        except InvalidOperation:
            self._odd(f"« {name} » n’est pas un montant lisible", written)
            return None
        if not amount.is_finite() or not 0 <= amount < _TOO_LARGE:
            self._odd(f"« {name} » n’est pas un montant plausible", written)
            return None
        return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)

    def months(self, name: str) -> int | None:
        """A duration; a part of a month counts as a whole one."""
        months = self._count(name, _LONGEST_DURATION, "une durée plausible en mois")
        if months is None:
            return None
        whole = int(months.to_integral_value(ROUND_CEILING))
        if whole != months:
            self.remarks.append(f"« {name} » n’est pas un nombre entier de mois : arrondi à {whole} mois.")
        return whole

    def offers(self, name: str) -> int | None:
        offers = self._count(name, _MOST_OFFERS, "un nombre d’offres plausible")
        return None if offers is None else int(offers)

    def cpv(self, name: str) -> str | None:
        """Eight digits, without the key."""
        written = self._values.get(name, "").strip()
        code = self.text(name, 60)
        if code is None:
            return None
        found = _CPV.search(code)
        if found is None:
            self._odd(f"« {name} » n’est pas un code CPV", written)
            return None
        if found[0] != written:
            self.remarks.append(f"Code CPV « {written[:60]} » : lu {found[1]}.")
        return found[1]

    def _count(self, name: str, most: int, what: str) -> Decimal | None:
        written = self.text(name, 60)
        if written is None:
            return None
        try:
            count = Decimal(_as_number(written))
        except InvalidOperation:
            count = Decimal(0)
        if not count.is_finite() or not 0 < count <= most:
            self._odd(f"« {name} » n’est pas {what}", written)
            return None
        return count

    def _odd(self, what: str, written: str) -> None:
        """Say that a cell is left empty, and why."""
        self.remarks.append(f"{what} (« {written} ») : laissé vide.")


def _as_number(written: str) -> str:
    bare = re.sub(r"[\s€]", "", written)
    return bare if "." in bare else bare.replace(",", ".")
