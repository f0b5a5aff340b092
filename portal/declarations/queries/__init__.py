"""Rows out, for those who may see them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.declarations.models import Declaration, Deposit, Line, Participant
from portal.directory.models import Organisation
from portal.kernel.actor import Actor
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState, EligibilityState, PathPrescripteur, Public


def visible(session: Session, actor: Actor, reference: str) -> Declaration:
    """With contract, titulaires, follower, declarant, lines, participants and persons; NotFound for who may not."""
    raise NotImplementedError


def own(actor: Actor) -> Select[Declaration]:
    """The months of the organisation one files for, in no order."""
    raise NotImplementedError


def to_check(actor: Actor) -> Select[Declaration]:
    """The deposited months that one may accept, in no order."""
    raise NotImplementedError


def checked_by(actor: Actor) -> Select[Declaration]:
    """The months of all the contracts one checks, whatever their state, in no order."""
    raise NotImplementedError


def awaited(day: date) -> Select[Declaration]:
    """What declarants still have to file on a civil day, in no order."""
    raise NotImplementedError


def line_of(declaration: Declaration, line_id: int) -> Line:
    """One of its lines; NotFound otherwise."""
    raise NotImplementedError


def deposits_of(session: Session, declaration: Declaration) -> Sequence[Deposit]:
    """All its deposits with their lines, participants and persons, the first one first."""
    raise NotImplementedError


def last_deposit(session: Session, declaration: Declaration) -> Deposit | None:
    """With its lines, participants and persons."""
    raise NotImplementedError


@dataclass(frozen=True)
class KnownEligibility:
    """What is known of a person for a buyer: for the facilitateur only."""

    state: EligibilityState
    criterion: Public | None = None
    prescripteur: PathPrescripteur | None = None


def eligibility_of(session: Session, declaration: Declaration) -> Mapping[int, KnownEligibility]:
    """By person id: what would hold if the facilitateur decided nothing (a structure's staff is presumed)."""
    raise NotImplementedError


@dataclass(frozen=True)
class NearMatch:
    """A person of the month who may be somebody already known to the same buyer under another spelling."""

    participant: Participant
    other_matricule: str | None
    other_declarant: str
    sounds_alike: bool
    """Otherwise, the birth date is the same but for day and month swapped."""


def near_matches(session: Session, declaration: Declaration) -> Sequence[NearMatch]:
    raise NotImplementedError


def also_declared(session: Session, declaration: Declaration) -> Mapping[int, Sequence[Organisation]]:
    """By participant id: who else has deposited hours of the same person, in the same contract and month."""
    raise NotImplementedError


def retained_of(session: Session, contract_ids: Collection[int]) -> dict[int, Decimal]:
    """Hours retained by contract; a contract without any is left out."""
    raise NotImplementedError


@dataclass(frozen=True)
class MonthTotal:
    """One month of a contract's curve, hours since its first month."""

    month: Month
    retained: Decimal
    retained_to_date: Decimal
    promised_to_date: Decimal


def months_of(session: Session, contract: Contract) -> Sequence[MonthTotal]:
    """Promised against retained from the first month to the last one to declare; the promise is spread evenly."""
    raise NotImplementedError


@dataclass(frozen=True)
class MemberMonth:
    """Where one member stands for one month: never who works there."""

    organisation: Organisation
    month: Month
    state: DeclarationState
    due_on: date


def member_months(session: Session, actor: Actor, contract: Contract) -> Sequence[MemberMonth]:
    """For the mandataire of a groupement: each member's months; nothing for anyone else."""
    raise NotImplementedError


@dataclass(frozen=True)
class Waiting:
    """What waits for someone: how many, how many of them late, and the first ones."""

    total: int
    late: int
    first: Sequence[Declaration]


def waiting_to_file(session: Session, actor: Actor, today: date) -> Waiting:
    raise NotImplementedError


def waiting_to_check(session: Session, actor: Actor, today: date) -> Waiting:
    """`late` counts those deposited for more than ten days."""
    raise NotImplementedError
