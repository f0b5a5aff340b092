"""The one text that says a published year, the hash that proves it, and the year read back from it."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from portal.indicators.facts import Euros
from portal.indicators.published import Cell, PublishedContract, PublishedTerm, PublishedYear, Table
from portal.indicators.secrecy import Mask

FORMAT = 1
"""A later form of the text takes the next number; editions keep theirs."""


def canonical(year: PublishedYear) -> str:
    """The one text that says it: sorted keys, no spaces, numbers as they read."""
    return json.dumps(_plain(year), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read(text: str) -> PublishedYear:
    """The year that a canonical text says."""
    said: dict[str, Any] = json.loads(text)
    told: dict[str, Any] = {name: said[name] for name in _AS_IT_IS}
    told |= {name: _table(said[name]) for name in _TABLES}
    told["hours"] = _decimal(said["hours"])
    told["euros"] = Euros(Decimal(said["euros"]["ess"]), Decimal(said["euros"]["others"]))
    told["terms"] = tuple(_term(row) for row in said["terms"])
    told["contracts"] = tuple(_contract(row) for row in said["contracts"])
    return PublishedYear(**told)


def _term(row: dict[str, Any]) -> PublishedTerm:
    return PublishedTerm(row["name"], date.fromisoformat(row["starts_on"]), _day(row["ends_on"]), row["lots"])


def _contract(row: dict[str, Any]) -> PublishedContract:
    return PublishedContract(
        row["reference"],
        row["object"],
        _day(row["ends_on"]),
        Decimal(row["promised"]),
        _decimal(row["retained"]),
        _mask(row["mask"]),
    )


_AS_IT_IS = ("buyer_siret", "buyer_name", "year", "declarations", "people", "exits", "lots_of_year")
_TABLES = ("hours_by_month", "people_by_sex", "people_by_age", "exits_by_family", "structures")


def _plain(year: PublishedYear) -> dict[str, Any]:
    euros = {"ess": _number(year.euros.ess), "others": _number(year.euros.others)}
    plain: dict[str, Any] = {name: getattr(year, name) for name in _AS_IT_IS}
    plain |= {name: _plain_rows(getattr(year, name)) for name in (*_TABLES, "terms", "contracts")}
    return plain | {"format": FORMAT, "hours": _number(year.hours), "euros": euros}


def _plain_rows(rows: Sequence[Any] | None) -> list[dict[str, Any]] | None:
    return None if rows is None else [{key: _scalar(value) for key, value in vars(row).items()} for row in rows]


def _scalar(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _number(value: Decimal | None) -> str | None:
    """« 7000 », « 12.5 »: one spelling for one number, whichever database counted it."""
    if value is None:
        return None
    spelled = f"{value:f}"
    return spelled.rstrip("0").rstrip(".") if "." in spelled else spelled


def _table(rows: list[dict[str, Any]] | None) -> Table | None:
    if rows is None:
        return None
    return tuple(Cell(row["code"], _decimal(row["value"]), _mask(row["mask"])) for row in rows)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _mask(value: str | None) -> Mask | None:
    return None if value is None else Mask(value)
