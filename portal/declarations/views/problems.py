"""What keeps a month, or an employer's part of it, from being handed: beside each line, then all at once."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from portal.declarations.models import Line
from portal.declarations.rules import Problem
from portal.kernel.french import typo


class WithProblems(ABC):
    """A page of lines as they are saved: it says which lines are filled in there, and what forbids handing them."""

    @property
    @abstractmethod
    def filled_lines(self) -> Sequence[Line]: ...

    @property
    @abstractmethod
    def found_problems(self) -> Sequence[Problem]: ...

    def problems_of(self, line_id: int) -> list[str]:
        """Those of one line."""
        return [each.sentence for each in self.found_problems if (each.field or "").endswith(f"_{line_id}")]

    @property
    def problems(self) -> list[str]:
        """All of them, each with whose line it is on."""
        names = {str(line.id): line.participant.matricule for line in self.filled_lines}
        told = [(names.get((each.field or "").rsplit("_", 1)[-1]), each.sentence) for each in self.found_problems]
        return [typo(f"{name} : {sentence}") if name else sentence for name, sentence in told]

    @property
    def faulty(self) -> list[int]:
        return [line.id for line in self.filled_lines if self.problems_of(line.id)]
