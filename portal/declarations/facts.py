"""What people say of a month and of those it brought to work: plain values, without a name or a birth date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portal.kernel.month import Month
from portal.vocabulary import (
    ActionKind,
    AgeBand,
    ContractType,
    EducationLevel,
    EligibilityState,
    ExitKind,
    HiringMode,
    PathPrescripteur,
    Public,
    Sex,
    StepKind,
)


@dataclass(frozen=True)
class Fingerprints:
    """What is left of a name and a birth date (`fingerprints.of`). Kept out of `repr`, hence of logs."""

    exact: str = field(repr=False)
    phonetic: str = field(repr=False)
    swapped: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class NewPerson:
    """Somebody added to a month. A matricule that is known asks for nothing else; a new one for all that is entered.

    What is None is taken from the person's last line on the same contract.
    """

    matricule: str
    fingerprints: Fingerprints | None = None
    sex: Sex | None = None
    age_band: AgeBand | None = None
    education: EducationLevel | None = None
    entered_on: date | None = None
    hiring_mode: HiringMode | None = None
    contract_type: ContractType | None = None
    has_tutor: bool = False
    hours: Decimal = Decimal(0)
    training_hours: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """What a declarant writes on a line: hours declared, training included, and the exit if there is one.

    `contract_type` and `explanation` None leave the line's own; `explanation` answers what looked unusual, empty words
    take it back.
    """

    line_id: int
    hours: Decimal
    training_hours: Decimal = Decimal(0)
    contract_type: ContractType | None = None
    has_tutor: bool = False
    exit_on: date | None = None
    exit_kind: ExitKind | None = None
    explanation: str | None = None


@dataclass(frozen=True, kw_only=True)
class MonthFacts:
    """What a declarant tells of the whole month. Euros before tax; None: not said. No name anywhere."""

    comment: str | None = None
    people_progress: str | None = None
    structure_progress: str | None = None
    explanation: str | None = None
    invoiced: Decimal | None = None
    paid_to_structures: Decimal | None = None
    labour_hours: Decimal | None = None
    actions: Mapping[ActionKind, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the facilitateur says of one deposited line. Nothing said: what is known of the person, and the rules."""

    eligibility: EligibilityState | None = None
    """CONFIRMED or REFUSED decide; anything else leaves the eligibility as it is known."""
    criterion: Public | None = None
    further: frozenset[Public] = frozenset()
    """Criteria seen beside the first one; empty leaves those that are known."""
    prescripteur: PathPrescripteur | None = None
    attested_on: date | None = None
    """The day of the prescripteur's attestation."""
    proof_seen_on: date | None = None
    """The civil day on which the proof of the criterion was seen."""
    retained_hours: Decimal | None = None
    """Fewer than the rules retain, with a `note` that says why; None: what the rules retain."""
    note: str | None = None


NO_DECISION = Decision()


@dataclass(frozen=True, kw_only=True)
class StepFacts:
    """Something that marks a path; `situation` tells where they stand six months after the exit. No name in `words`."""

    kind: StepKind
    day: date
    words: str | None = None
    situation: ExitKind | None = None


@dataclass(frozen=True, kw_only=True)
class PathLine:
    """One month of a person's path in one contract, for one declarant."""

    person_id: int
    month: Month
    entered_on: date
    exit_on: date | None
    exit_kind: ExitKind | None
    hiring_mode: HiringMode
    contract_type: ContractType
    age_band: AgeBand | None
    education: EducationLevel | None
    line_id: int | None = None
    """Where a problem is shown: None for a line of another month."""
