"""Which deposited months may be accepted with others, unread line by line: those of which there is nothing to say."""

from collections.abc import Iterator
from dataclasses import dataclass

from portal.declarations.rules.plausibility import Doubt
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural, typo


@dataclass(frozen=True)
class Findings:
    """What is worth a look in one deposited month."""

    doubts: tuple[Doubt, ...] = ()
    undecided: int = 0
    """People whose eligibility nobody has decided."""
    cut: int = 0
    """People of whose hours the rules do not retain all."""
    is_alike: bool = False
    """Somebody of it may be somebody else known to the buyer, and nobody has answered."""
    is_shared: bool = False
    """Somebody of it is declared by somebody else too, in the same contract and month."""
    was_returned: bool = False
    """What was asked for has to be found in it."""

    @property
    def reasons(self) -> list[str]:
        """Why it is checked by itself; empty when nothing is worth a look."""
        return [typo(reason) for reason in self._reasons()]

    def _reasons(self) -> Iterator[str]:
        if self.was_returned:
            yield "déposée de nouveau après un renvoi ou une réouverture : voyez ce qui a changé"
        if self.undecided:
            yield plural(self.undecided, "éligibilité à confirmer", "éligibilités à confirmer")
        if self.doubts:
            yield f"inhabituel : {', '.join(sorted({doubt.kind.label for doubt in self.doubts}))}"
        if self.cut:
            yield f"les règles ne retiennent pas toutes les heures de {plural(self.cut, 'personne')}"
        if self.is_alike:
            yield "une personne ressemble à une autre déjà connue"
        if self.is_shared:
            yield "une personne est déclarée aussi par un autre, ce mois-ci"


def ensure_nothing_to_look_at(findings: Findings) -> None:
    """Raises RuleViolation: what is worth a look is looked at by itself."""
    if findings.reasons:
        raise RuleViolation(typo(f"Elle se vérifie à part : {', '.join(findings.reasons)}."))
