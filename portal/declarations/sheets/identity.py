"""Who somebody is, for as long as it takes to make fingerprints of it: never stored, printed nor compared further."""

from dataclasses import dataclass, field
from datetime import date

from portal.declarations import fingerprints, rules
from portal.declarations.forms.waiting import Received
from portal.kernel.errors import RuleViolation

_LONGEST_NAME = 100


@dataclass(frozen=True)
class Identity:
    last_name: str | None = field(repr=False)
    first_name: str | None = field(repr=False)
    born_on: date | None = field(repr=False)

    @property
    def names_somebody(self) -> bool:
        return bool(self.last_name or self.first_name or self.born_on)

    def ensure_not_in(self, matricule: str) -> None:
        rules.ensure_nameless(matricule, self.last_name, self.first_name, self.born_on)

    def received_on(self, day: date) -> Received:
        """Raises RuleViolation, on the field at fault, when half of it is missing or it is nobody who works."""
        for key in ("last_name", "first_name", "born_on"):
            if getattr(self, key) is None:
                raise RuleViolation("Indiquez-le aussi : nom, prénom et date de naissance vont ensemble.", key)
        last_name, first_name = self.last_name or "", self.first_name or ""
        assert self.born_on is not None  # noqa: S101 — narrows the type
        if max(len(last_name), len(first_name)) > _LONGEST_NAME:
            raise RuleViolation("Écrivez un nom plus court.", "last_name")
        rules.ensure_of_working_age(self.born_on, day)
        prints = fingerprints.of(last_name, first_name, self.born_on)
        return Received(prints, rules.age_band_on(self.born_on, day))
