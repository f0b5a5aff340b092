"""What the words of a programme mean here: CPV codes, communes, the buyer's own department. Few statements at most."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.directory.models import Commune, Cpv, Organisation
from portal.kernel.french import typo
from portal.kernel.text import fold
from portal.programmes.rows import ReadRow
from portal.programmes.values import whole_territory

_DEPARTMENT = 3
"""At most so many characters in a department's code."""


@dataclass(frozen=True)
class Resolved:
    """What the code and the places of a row are: facts of a lot, and what could not be taken."""

    facts: Mapping[str, Any]
    faults: tuple[str, ...]
    remarks: tuple[str, ...]


class Words:
    """The codes and communes that a file mentions, as the portal knows them."""

    def __init__(self, session: Session, buyer: Organisation, rows: Iterable[ReadRow]) -> None:
        listed = list(rows)
        self._department = buyer.department_code
        self._cpv = _known_cpv(session, {code for row in listed for code in row.cpv})
        self._by_code, self._by_name = _communes(session, {part for row in listed for part in row.places})

    def resolve(self, row: ReadRow) -> Resolved:
        facts: dict[str, Any] = {}
        faults, remarks = [], []
        known = [code for code in row.cpv if code in self._cpv]
        if row.cpv and not known:
            faults.append(f"Le code CPV {row.cpv[0]} n’existe pas : corrigez-le, ou videz la case.")
        if known:
            facts["cpv_code"] = known[0]
        if len(known) > 1:
            remarks.append("plusieurs codes CPV : le premier est repris")
        facts |= self._places(row.places, remarks)
        return Resolved(facts, tuple(map(typo, faults)), tuple(map(typo, remarks)))

    def _places(self, parts: Sequence[str], remarks: list[str]) -> dict[str, Any]:
        if any(self._is_whole(part) for part in parts):
            return {"whole_territory": True, "commune_codes": ()}
        found = {part: self._commune(part) for part in parts}
        unknown = [part for part, code in found.items() if code is None]
        if unknown:
            remarks.append(f"lieu non repris, « {unknown[0][:40]} » : indiquez des communes")
        codes = tuple(sorted({code for code in found.values() if code is not None}))
        return {"whole_territory": False, "commune_codes": codes} if codes else {}

    def _is_whole(self, part: str) -> bool:
        """The whole of the buyer's territory, or its own department."""
        code = part.partition(" ")[0].partition("-")[0].upper()
        own = len(code) <= _DEPARTMENT and code.zfill(2) == self._department
        return whole_territory(part) or own

    def _commune(self, part: str) -> str | None:
        """By its code, or by its name: in the buyer's department when several bear it."""
        if part in self._by_code:
            return part
        named = self._by_name.get(fold(part), {})
        if len(named) == 1:
            return next(iter(named))
        near = [code for code, department in named.items() if department == self._department]
        return near[0] if len(near) == 1 else None


def _known_cpv(session: Session, codes: set[str]) -> set[str]:
    return {code for piece in _pieces(codes) for code in session.scalars(select(Cpv.code).where(Cpv.code.in_(piece)))}


def _communes(session: Session, parts: set[str]) -> tuple[set[str], dict[str, dict[str, str]]]:
    """The codes found, and by folded name the codes with their departments."""
    codes, by_name = set(), defaultdict[str, dict[str, str]](dict)
    columns = (Commune.code, Commune.sort_name, Commune.department_code)
    for piece in _pieces(parts):
        wanted = or_(Commune.code.in_(piece), Commune.sort_name.in_({fold(part) for part in piece}))
        for code, name, department in session.execute(select(*columns).where(wanted)):
            codes.add(code)
            by_name[name][code] = department
    return codes, dict(by_name)


def _pieces(words: Iterable[str]) -> Iterator[Sequence[str]]:
    """As many at once as a statement may hold: a hostile file mentions a hundred thousand."""
    listed = sorted(words)
    return (listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE))


_AT_ONCE = 10_000
