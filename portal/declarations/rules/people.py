"""How people are told apart without a name, and how their path goes on."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from datetime import date
from itertools import pairwise

from portal.declarations.facts import PathLine
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.kernel.month import Month
from portal.kernel.text import fold
from portal.vocabulary import AgeBand


def age_band_on(born_on: date, day: date) -> AgeBand:
    """How old somebody is on a civil day, in the bands of domain.md § 2.6."""
    age = _age_on(born_on, day)
    if age < 26:
        return AgeBand.UNDER_26
    if age <= 40:
        return AgeBand.FROM_26
    return AgeBand.FROM_41 if age <= 50 else AgeBand.FROM_51


def ensure_of_working_age(born_on: date, day: date) -> None:
    """Nobody works before fourteen (code du travail, L4153-1 and L4153-3): the year, or the century, is mistyped."""
    if not _YOUNGEST <= _age_on(born_on, day) <= _OLDEST:
        raise RuleViolation(
            "Vérifiez cette date de naissance : elle ne donne pas l’âge d’une personne qui travaille.", "born_on"
        )


def _age_on(born_on: date, day: date) -> int:
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


_YOUNGEST, _OLDEST = 14, 99


def matricule_of(typed: str) -> str:
    """A declarant's own number, the same however it is typed. Raises RuleViolation on `matricule`.

    Neither a name, an address nor the NIR is one: they would tell who it is (domain.md § 5).
    """
    matricule = " ".join(_visible(typed).split()).upper()
    if not any(char.isdigit() for char in matricule) or "@" in matricule:
        raise RuleViolation(
            "Un matricule porte au moins un chiffre : n’écrivez jamais un nom, ni une adresse.", "matricule"
        )
    if _NIR.search(re.sub(r"[^0-9A-Z]", "", matricule)):
        raise RuleViolation(
            "Ce numéro ressemble à un numéro de sécurité sociale : écrivez plutôt votre propre numéro.", "matricule"
        )
    if len(matricule) > 40:
        raise RuleViolation("Un matricule compte au plus 40 caractères.", "matricule")
    return matricule


def ensure_nameless(matricule: str, last_name: str | None, first_name: str | None, born_on: date | None) -> None:
    """A matricule tells nothing of the person it stands for, who is known for once. Raises RuleViolation on
    `matricule`."""
    letters = _letters(matricule)
    if any(len(name) > 2 and name in letters for name in (_letters(last_name), _letters(first_name))):
        raise RuleViolation("Le matricule ne doit pas porter le nom de la personne.", "matricule")
    digits = re.sub(r"[^0-9]", "", matricule)
    if born_on is not None and any(born_on.strftime(shape) in digits for shape in ("%d%m%Y", "%Y%m%d", "%m%d%Y")):
        raise RuleViolation("Le matricule ne doit pas porter la date de naissance de la personne.", "matricule")


def _letters(text: str | None) -> str:
    return "".join(char for char in fold(text or "") if char.isalpha())


def _visible(typed: str) -> str:
    """What is typed in one spelling: full-width digits as digits, every hyphen as « - », nothing that is not seen."""
    plain = unicodedata.normalize("NFKC", typed)
    seen = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return re.sub(r"[\u2010-\u2015\u2212]", "-", seen)


_NIR = re.compile(r"(?<![0-9])[1-478][0-9]{4}(?:[0-9]{2}|2[AB])[0-9]{6}(?:[0-9]{2})?(?![0-9])")


def ensure_entry(entered_on: date, month: Month, contract_from: date, left_on: date | None) -> None:
    """An entry stands between the start of the contract and the end of the month, after the exit before it."""
    if entered_on > month.last_day:
        raise RuleViolation(f"Cette entrée vient après {month.label} : ajoutez la personne au bon mois.", "entered_on")
    if entered_on < contract_from:
        raise RuleViolation(
            f"Cette entrée vient avant le marché, notifié le {format_date(contract_from)}.", "entered_on"
        )
    if left_on is not None and entered_on <= left_on:
        raise RuleViolation(
            f"Cette personne est sortie le {format_date(left_on)} : indiquez sa nouvelle entrée.", "entered_on"
        )


def ensure_paths_follow(lines: Collection[PathLine]) -> None:
    """Nobody works after an exit that closes their path, nor enters again before it (domain.md § 0 bis)."""
    for path in paths_of(lines).values():
        closing = next((line for line in path if line.exit_on), None)
        after = [line for line in path if closing and line.month > closing.month]
        if closing and after:
            raise _path_violation(closing, after[-1])
    for before, following in pairwise(sorted(paths_of(lines).items())):
        (person, _), (next_person, entered_on) = before[0], following[0]
        closing = before[1][-1]
        if person == next_person and closing.exit_on and entered_on <= closing.exit_on:
            raise _path_violation(closing, following[1][0])


def paths_of(lines: Iterable[PathLine]) -> dict[tuple[int, date], list[PathLine]]:
    """The months of each path, in order; a path is a person and the day of their entry."""
    paths: dict[tuple[int, date], list[PathLine]] = {}
    for line in sorted(lines, key=lambda line: line.month):
        paths.setdefault((line.person_id, line.entered_on), []).append(line)
    return paths


def _path_violation(closing: PathLine, after: PathLine) -> RuleViolation:
    assert closing.exit_on is not None  # noqa: S101 — narrows the type
    left = format_date(closing.exit_on)
    if after.line_id is None:
        sentence = f"Cette sortie, le {left}, vient avant {after.month.label}, déjà déposé pour la même personne."
        return RuleViolation(typo(sentence), f"exit_on_{closing.line_id}")
    sentence = f"Cette personne est sortie le {left} : retirez-la, puis ajoutez-la avec sa nouvelle entrée."
    return RuleViolation(typo(sentence), f"hours_{after.line_id}")
