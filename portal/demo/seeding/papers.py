"""What is handed in, as the rows keep it: ids, references and matricules given in the order of months."""

import hashlib
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from portal.declarations.models import Declaration
from portal.declarations.models import Line as WorkingLine
from portal.declarations.services.deposits import canonical_text
from portal.demo.seeding.bulk import Row
from portal.demo.seeding.stage import Stage
from portal.demo.world.employment import Person
from portal.demo.world.months import Filing, Handed
from portal.demo.world.people import Person as Employee
from portal.demo.world.people import everyone
from portal.demo.world.telling import actions_of, told_of
from portal.demo.world.workforce import Work
from portal.kernel.hundredths import from_hundredths
from portal.kernel.text import slug
from portal.vocabulary import PERMISSIONS_OF, HiringMode, Permission

hundredths = cache(from_hundredths)


@dataclass(slots=True)
class Someone:
    """A person of whom nothing is known but what the portal keeps."""

    id: int
    public_id: str
    person: Person
    since: datetime

    @property
    def named(self) -> tuple[int, str]:
        return self.id, self.public_id


@dataclass(slots=True)
class Participating:
    """A declarant's number for a person."""

    id: int
    matricule: str
    person_id: int
    since: datetime


class Register:
    """Who is whom: every id is given once, in the order of the months."""

    def __init__(self, filings: Sequence[Filing]) -> None:
        self._random = Random("amont: references")
        self.filings = filings
        self.references = [self._drawn() for _ in filings]
        self.people: dict[int, Someone] = {}
        """By identity."""
        self._known: dict[tuple[str, int], Participating] = {}
        self._given: Counter[str] = Counter()
        for filing in filings:
            for work in filing.works:
                self._meet(filing, work)

    def _drawn(self) -> str:
        """Twelve characters, the same in each demonstration."""
        return urlsafe_b64encode(self._random.randbytes(9)).decode()

    def _meet(self, filing: Filing, work: Work) -> None:
        at = filing.begun_at or filing.handed[0].at
        person, declarant = work.stay.person, filing.post.holder.body.key
        if id(person) not in self.people:
            self.people[id(person)] = Someone(len(self.people) + 1, self._drawn(), person, at)
        if (declarant, id(person)) not in self._known:
            self._given[declarant] += 1
            matricule = f"{slug(declarant).replace('-', '')[:3].upper()}-{self._given[declarant]:04}"
            person_id = self.people[id(person)].id
            self._known[declarant, id(person)] = Participating(len(self._known) + 1, matricule, person_id, at)

    def participants(self) -> Iterator[tuple[str, Participating]]:
        """Each with the key of the declarant, in the order of their ids."""
        return ((declarant, known) for (declarant, _), known in self._known.items())

    def of(self, work: Work) -> Participating:
        return self._known[work.stay.post.holder.body.key, id(work.stay.person)]


def line_row(register: Register, work: Work, slip: int = 0) -> Row:
    """What a line says of somebody's month; with a `slip`, as it was first typed."""
    stay = work.stay
    return {
        "participant_id": register.of(work).id,
        "hours": hundredths(work.hours + slip),
        "training_hours": hundredths(work.training),
        "hiring_mode": stay.hiring_mode,
        "contract_type": stay.contract_type,
        "has_tutor": stay.hiring_mode is HiringMode.DIRECT_HIRE and register.of(work).id % 4 > 0,
        "employer_id": None,
        "explanation": None,
        "entered_on": stay.entered_on,
        "age_band": stay.age_band,
        "education": stay.person.education,
        "exit_on": work.exit_on,
        "exit_kind": work.exit_kind,
    }


@dataclass(slots=True)
class Paper:
    """One deposit, with its lines; the text and its receipt are the application's own."""

    filing: Filing
    index: int
    """Of the filing in the register."""
    number: int
    handed: Handed
    lines: list[Row]
    canonical: str
    sha256: str

    @property
    def hours(self) -> Decimal:
        return sum((line["hours"] for line in self.lines), Decimal(0))

    def retained(self, work: Work, said: Row) -> Decimal:
        """What was retained of a line; of a slip that was accepted at first, all of it."""
        slip: Decimal = said["hours"] - hundredths(work.hours)
        return hundredths(work.retained) + (slip if work.retained else 0)


def retained_of(paper: Paper) -> Decimal:
    pairs = zip(paper.filing.works, paper.lines, strict=True)
    return sum((paper.retained(work, said) for work, said in pairs), Decimal(0))


def papers_of(stage: Stage, register: Register, index: int) -> list[Paper]:
    """Every deposit of a month, in order."""
    filing = register.filings[index]
    return [_paper(stage, register, index, filing, number, handed) for number, handed in enumerate(filing.handed, 1)]


def _paper(stage: Stage, register: Register, index: int, filing: Filing, number: int, handed: Handed) -> Paper:
    slips = [handed.slip, *[0] * len(filing.works)]
    lines = [line_row(register, work, slip) for work, slip in zip(filing.works, slips, strict=False)]
    declaration = SimpleNamespace(
        reference=register.references[index],
        contract=stage.contracts[filing.post.contract.bought.number],
        organisation=stage.organisations[filing.post.holder.body.key],
        month=filing.month,
        is_nil=filing.is_nil,
        actions=[SimpleNamespace(action=action, quantity=1) for action in actions_of(filing)],
        **told_of(filing),
    )
    said: Any = [SimpleNamespace(**line) for line in lines]
    text = canonical_text(
        cast(Declaration, declaration), cast(Sequence[WorkingLine], said), number, different_hours=False
    )
    return Paper(filing, index, number, handed, lines, text, hashlib.sha256(text.encode()).hexdigest())


# Who acts


@dataclass(frozen=True, slots=True)
class Signed:
    """Who did something, as rows keep it."""

    label: str
    organisation: str | None
    account_id: int | None


def someone(stage: Stage, organisation: str | None, permission: Permission, at: datetime) -> Signed:
    """The first person of an organisation who could do that then; its direction before its people had accounts."""
    name = stage.organisations[organisation].shown_name if organisation else None
    people = _acting_for(organisation, permission)
    person = next((person for person in people if person.since < at), None)
    return Signed(person.name, name, stage.account_id(person)) if person else Signed("La direction", name, None)


@cache
def _acting_for(organisation: str | None, permission: Permission) -> tuple[Employee, ...]:
    return tuple(
        person
        for person in sorted(everyone(), key=lambda person: person.since)
        for key, roles in person.holds
        if key == organisation and any(permission in PERMISSIONS_OF[role] for role in roles)
    )
