"""What an organisation is on a date, and what its numbers and legal form tell. No database, no clock."""

import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import Protocol

from portal.kernel.errors import RuleViolation, Unreadable
from portal.kernel.french import format_date, typo
from portal.kernel.month import Month
from portal.kernel.text import fold
from portal.vocabulary import ELIGIBLE_KINDS, EssFamily, OrganisationKind, PurchaseFamily, Reservation

SINCE_UNKNOWN = date(1900, 1, 1)
"""The start of a kind whose source gives no date: it holds on every date, and is shown as « à compléter ».

A date rather than NULL, so that the unique key (organisation, kind, valid_from) holds on both databases.
"""

FRANCE_CODE = "FR"
"""The code of the only territory that has none of its own: the whole country."""


class KindPeriod(Protocol):
    """One kind between two civil dates, both included; no end means that it still holds."""

    @property
    def kind(self) -> OrganisationKind: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_to(self) -> date | None: ...


def kinds_on(periods: Iterable[KindPeriod], day: date) -> frozenset[OrganisationKind]:
    return frozenset(period.kind for period in periods if holds_on(period, day))


def holds_on(period: KindPeriod, day: date) -> bool:
    return period.valid_from <= day and (period.valid_to is None or day <= period.valid_to)


def overlap(period: KindPeriod, start: date, end: date | None) -> bool:
    """Whether a period and these dates, both included, have a day in common."""
    return period.valid_from <= (end or date.max) and start <= (period.valid_to or date.max)


def period_words(valid_from: date, valid_to: date | None) -> str:
    """« à compter du 1ᵉʳ mars 2020 », « du 1ᵉʳ mars 2020 au 4 avril 2024 », « date de début à compléter »."""
    start = None if valid_from == SINCE_UNKNOWN else format_date(valid_from)
    if valid_to is None:
        return f"à compter du {start}" if start else "date de début à compléter"
    end = format_date(valid_to)
    return f"du {start} au {end}" if start else f"jusqu’au {end}"


def parse_kind(text: str) -> OrganisationKind:
    """Read a kind by its code, in capitals or not. Raises Unreadable, with the codes."""
    known = {kind.lower(): kind for kind in OrganisationKind}
    try:
        return known[text.strip().lower()]
    except KeyError:
        codes = ", ".join(OrganisationKind)
        raise Unreadable(typo(f"« {text} » n’est pas une nature d’organisation : écrivez {codes}.")) from None


def parse_day(text: str) -> date:
    """Read a civil date as an operator types it, 2026-12-03. Raises Unreadable."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Unreadable(typo(f"« {text} » n’est pas une date : écrivez-la comme 2026-12-03.")) from None


def is_eligible(kinds: frozenset[OrganisationKind], ess_family: EssFamily | None, reservation: Reservation) -> bool:
    """Whether an organisation of these kinds may answer a reserved lot as of right (CCP, L2113-12 to L2113-15).

    Social-economy reservations (L2113-15) look at the family of loi 2014-856 art. 1, the others at the kinds.
    """
    if reservation is Reservation.NONE:
        return True
    if reservation is Reservation.ESS:
        return ess_family is not None
    return not kinds.isdisjoint(ELIGIBLE_KINDS[reservation])


def ess_family_of(legal_category: str | None) -> EssFamily | None:
    """The family that an INSEE legal category proves (loi 2014-856, art. 1); None when it proves nothing.

    A limited company may be of the social economy too, but only by its articles, which the category does not tell.
    """
    if not legal_category:
        return None
    if legal_category in _COOPERATIVES:
        return EssFamily.COOPERATIVE
    return _ESS_FAMILY_OF_PREFIX.get(legal_category[:2])


_COOPERATIVES = frozenset({"5453", "5458", "5460", "5558", "5560", "5658", "5660", "6560"})
_ESS_FAMILY_OF_PREFIX = {"92": EssFamily.ASSOCIATION, "93": EssFamily.FOUNDATION, "82": EssFamily.MUTUAL}


def purchase_family_of(cpv_code: str) -> PurchaseFamily:
    """Works, supplies or services, from the division of a CPV code."""
    division = int(cpv_code[:2])
    if division == 45:
        return PurchaseFamily.WORKS
    return PurchaseFamily.SUPPLIES if division < 45 or division == 48 else PurchaseFamily.SERVICES


def department_of(code: str) -> str | None:
    """The department that an INSEE commune code, or a French post code, begins with; None when it is neither.

    A Corsican post code (20…) does not tell which of the two departments it is in.
    """
    if not re.fullmatch(r"(?:[0-9]{2}|2[AB])[0-9]{3}", code) or code.startswith("20"):
        return None
    return code[:3] if code.startswith(("97", "98")) else code[:2]


def commune_key(name: str) -> str:
    """A commune's name as lists write it in many ways: « ST-MEDARD EN JALLES CEDEX 2 », « Saint-Médard-en-Jalles »."""
    words = re.sub(r"[^a-z0-9]+", " ", fold(name)).split()
    if "cedex" in words:
        words = words[: words.index("cedex")]
    return " ".join(_SAINTS.get(word, word) for word in words)


_SAINTS = {"st": "saint", "ste": "sainte"}


CAPACITY_HOLDS_MONTHS = 6
"""How long what a structure said of its capacity is taken as read: it is asked again twice a year."""


def capacity_due_on(confirmed_on: date, halves: int = 1) -> date:
    """The day from which a structure is asked to read its capacity again: so many half-years later."""
    month = Month.of(confirmed_on) + CAPACITY_HOLDS_MONTHS * halves
    return date(month.year, month.month, min(confirmed_on.day, month.last_day.day))


def ensure_some_capacity(bands: Collection[object]) -> None:
    if not bands:
        raise RuleViolation(
            "Choisissez une tranche pour un métier au moins. Si vous ne pouvez rien prendre en ce moment, "
            "dites à partir de quand."
        )
