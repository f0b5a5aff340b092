"""What every closed list of the portal is made of."""

from enum import StrEnum
from typing import Self


class Listed(StrEnum):
    """A closed list: the stored code and, beside it, the French words people read.

    Nouns carry a capital (« Marché réservé »), states are written as they stand in a sentence (« envisagé »).
    `StructureKind("EI")` finds a member by its code.
    """

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """Pairs (code, label), in the order of the list, as a form field wants them."""
        return [(member.value, member.label) for member in cls]

    @classmethod
    def words_of(cls, code: str) -> str:
        """The label of a code, or the code itself when the list does not hold it."""
        return next((member.label for member in cls if member.value == code), code)

    @classmethod
    def of_label(cls, label: str) -> Self | None:
        """The member that reads exactly so, or None: how official files name it."""
        return next((member for member in cls if member.label == label), None)
