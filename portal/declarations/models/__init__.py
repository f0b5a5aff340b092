"""Persons without a name, the month's working lines, deposits that never change, and the delta ledger."""

from portal.declarations.models.deposits import Delta, Deposit, DepositLine
from portal.declarations.models.evidence import Evidence, Upload
from portal.declarations.models.months import (
    Declaration,
    DeclaredAction,
    DelegatedPart,
    Delegation,
    Line,
    ToldMonth,
    WorkedMonth,
)
from portal.declarations.models.people import (
    Eligibility,
    FurtherCriterion,
    Likeness,
    Participant,
    Path,
    PathStep,
    Person,
    SamePerson,
)

__all__ = [
    "Declaration",
    "DeclaredAction",
    "DelegatedPart",
    "Delegation",
    "Delta",
    "Deposit",
    "DepositLine",
    "Eligibility",
    "Evidence",
    "FurtherCriterion",
    "Likeness",
    "Line",
    "Participant",
    "Path",
    "PathStep",
    "Person",
    "SamePerson",
    "ToldMonth",
    "Upload",
    "WorkedMonth",
]
