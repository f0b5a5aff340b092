"""Each thing promised: its formula in words, and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from portal.commitments.queries import Standing
from portal.contracts.models import Commitment, Contract
from portal.contracts.views.contract_page import promise_words
from portal.declarations.queries import Promised
from portal.kernel.french import plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.hundredths import format_hundredths
from portal.kernel.money import format_euros
from portal.vocabulary import CommitmentKind

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Row:
    """One promise in words, how it is worked out, its note, and whether it is kept when that shows on it alone."""

    promise: str
    formula: str | None
    note: str | None
    kept: bool | None = None


@dataclass(frozen=True)
class StandingPage:
    contract: Contract
    standing: Standing

    @property
    def rows(self) -> list[Row]:
        return [self._row(held) for held in self.contract.commitments]

    def _row(self, held: Commitment) -> Row:
        words = promise_words(held)
        if held.kind is CommitmentKind.ACTIONS and held.action is not None:
            done = self.standing.actions.get(held.action, 0)
            told = f"{plural(done, 'fait', 'faits')} sur {int(held.quantity)}, dans les mois acceptés"
            return Row(words, typo(told), held.note, done >= held.quantity)
        return Row(words, self._formula(held), held.note)

    def _formula(self, held: Commitment) -> str | None:
        promised = self.standing.promised
        match held.kind:
            case CommitmentKind.LABOUR_SHARE:
                return typo(_of_labour(promised))
            case CommitmentKind.HOURS_PER_K:
                return typo(_of_orders(promised))
            case _:
                return None

    @property
    def total(self) -> str | None:
        """All the hours promised, and those retained."""
        hours = self.standing.promised.hours
        if not hours:
            return None
        return typo(f"{format_hours(self.standing.retained)} retenues sur {format_hours(hours)} promises")

    @property
    def share(self) -> float:
        hours = self.standing.promised.hours
        return float(min(self.standing.retained / hours, Decimal(1))) if hours else 0.0

    @property
    def remaining(self) -> str:
        left = max(_ZERO, self.standing.promised.hours - self.standing.retained)
        return typo(f"il reste {format_hours(left)}") if left else "engagement tenu"

    @property
    def remarks(self) -> list[str]:
        return [typo(each) for each in self._remarks()]

    def _remarks(self) -> Iterator[str]:
        if self.standing.untold_months:
            months = plural(self.standing.untold_months, "mois accepté", "mois acceptés")
            yield f"{months} sans heures de main-d’œuvre : rien n’y est promis tant qu’elles ne sont pas dites."
        cap = self.contract.training_cap_percent
        left = self.standing.training_left_out
        if not self.contract.counts_training and left:
            yield f"La formation ne compte pas : {format_hours(left)} déclarées n’ont pas été retenues."
        elif cap is not None and left:
            yield f"Plafond de formation ({cap} % des heures retenues) : {format_hours(left)} au-delà, non retenues."
        elif cap is not None:
            yield f"Plafond de formation ({cap} % des heures retenues) : il n’a rien écarté jusqu’ici."


def _of_labour(promised: Promised) -> str:
    labour = sum(promised.labour.values(), _ZERO)
    told = f"{format_hundredths(promised.share)} % × {format_hours(labour)} de main-d’œuvre, mois acceptés"
    return f"{told} = {format_hours(promised.from_labour())}"


def _of_orders(promised: Promised) -> str:
    euros = sum(promised.ordered.values(), _ZERO)
    told = f"{format_hours(promised.per_k)} × {format_euros(euros)} HT commandés ÷ 1 000 €"
    return f"{told} = {format_hours(promised.from_orders())}"
