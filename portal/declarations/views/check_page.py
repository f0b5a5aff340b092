"""What the facilitateur weighs: each deposited line, what the rules retain of it, and what deserves a second look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from sqlalchemy.orm import Session

from portal.declarations import comparison, queries, rules, told
from portal.declarations.comparison import Comparison, Fate, LineChange
from portal.declarations.models import Declaration, Deposit, DepositLine
from portal.declarations.queries import KnownEligibility, NearMatch
from portal.declarations.rules import Doubt, Terms
from portal.declarations.views.month_page import MonthPage
from portal.declarations.wording import ELIGIBILITY_TONES
from portal.directory.models import Organisation
from portal.kernel.errors import NotFound
from portal.kernel.french import typo
from portal.vocabulary import EligibilityState

_UNKNOWN = KnownEligibility(EligibilityState.TO_CONFIRM)


@dataclass(frozen=True)
class Weighed:
    """One deposited line. `proposed`: what the rules retain of it, as soon as the person is eligible."""

    line: DepositLine
    known: KnownEligibility
    proposed: Decimal
    employer: str | None
    doubts: Sequence[str]
    """What the declarant was asked to explain."""
    flags: Sequence[str]
    """What only the facilitateur knows of."""
    change: LineChange | None
    """Since the deposit that was sent back, when it says otherwise, or when something was said of it."""

    @property
    def is_open(self) -> bool:
        """Whether somebody has yet to say that the person is eligible."""
        return self.known.state is EligibilityState.TO_CONFIRM

    @property
    def is_flagged(self) -> bool:
        return bool(self.doubts or self.flags)

    @property
    def tone(self) -> str:
        return ELIGIBILITY_TONES.get(self.known.state, "due")

    @property
    def why(self) -> str:
        return typo(_WHY[self.known.state])


_WHY = {
    EligibilityState.PRESUMED: "salarié d’une structure d’insertion ou adaptée (CCAG, article 16.1)",
    EligibilityState.CONFIRMED: "confirmée une fois pour toutes pour cet acheteur",
    EligibilityState.REFUSED: "déjà refusée : ses heures ne comptent pas",
    EligibilityState.TO_CONFIRM: "ses heures ne comptent pas tant que personne ne la confirme",
}


@dataclass(frozen=True)
class CheckPage:
    month: MonthPage
    deposit: Deposit
    near: Sequence[NearMatch]
    also: Mapping[int, Sequence[Organisation]]
    doubts: Sequence[Doubt]
    employers: Mapping[int, str]

    @classmethod
    def read(cls, session: Session, month: MonthPage) -> "CheckPage":
        """Raises NotFound when nothing was ever deposited."""
        if month.last is None:
            raise NotFound
        declaration, last = month.declaration, month.last
        near = queries.near_matches(session, month.actor, declaration)
        also = queries.also_declared(session, declaration)
        doubts = queries.doubts_of(session, declaration, last.lines, told=last)
        employers = queries.employers_of(session, [line for each in month.deposits[-2:] for line in each.lines])
        return cls(month, last, near, also, doubts, employers)

    @property
    def previous(self) -> Deposit | None:
        """The deposit that was sent back, or reopened, before this one."""
        return self.month.deposits[-2] if len(self.month.deposits) > 1 else None

    @cached_property
    def since(self) -> Comparison | None:
        """What changed since."""
        if self.previous is None:
            return None
        return comparison.compare(self.previous, self.deposit, self.employers, self.month.name_of)

    @property
    def figures(self) -> told.Facts:
        return [
            (label, words) for label, words in told.figures_of(self.deposit) if label not in {"Heures", "Personnes"}
        ]

    @property
    def words(self) -> told.Facts:
        return told.words_of(self.deposit)

    @property
    def doubts_of_whole(self) -> list[str]:
        return [doubt.sentence for doubt in self.doubts if doubt.line_id is None]

    @cached_property
    def lines(self) -> list[Weighed]:
        return [self._weighed(line) for line in self.deposit.lines]

    @property
    def flagged(self) -> int:
        return sum(weighed.is_flagged for weighed in self.lines)

    @property
    def open_words(self) -> str:
        """« éligibilité à confirmer : 2, dont les heures ne comptent pas encore »."""
        waiting = len(self.undecided)
        if waiting:
            return typo(f"éligibilité à confirmer : {waiting}, dont les heures ne comptent pas encore")
        return "toutes les éligibilités sont connues" if self.lines else "rien à confirmer"

    @property
    def undecided(self) -> list[int]:
        """The lines of people whose eligibility nobody has decided yet."""
        return [weighed.line.id for weighed in self.lines if weighed.is_open]

    @property
    def proposed(self) -> dict[int, Decimal]:
        return {weighed.line.id: weighed.proposed for weighed in self.lines}

    @property
    def matricules(self) -> dict[int, str]:
        return {line.id: self.month.name_of(line) for line in self.deposit.lines}

    def _weighed(self, line: DepositLine) -> Weighed:
        known = self.month.eligibility.get(line.participant.person_id, _UNKNOWN)
        eligible = EligibilityState.CONFIRMED if known.state is EligibilityState.TO_CONFIRM else known.state
        declaration = self.month.declaration
        return Weighed(
            line=line,
            known=known,
            proposed=rules.retained(declaration.month, line, eligible, _terms_of(declaration)).hours,
            employer=self.employers.get(line.employer_id or 0),
            doubts=[doubt.sentence for doubt in self.doubts if doubt.line_id == line.id],
            flags=[typo(flag) for flag in self._doubles(line)],
            change=self._change(line),
        )

    def _change(self, line: DepositLine) -> LineChange | None:
        change = self.since.by_participant[line.participant_id] if self.since else None
        return change if change and (change.fate is not Fate.SAME or change.remark) else None

    def _doubles(self, line: DepositLine) -> list[str]:
        """Somebody who may be known under another spelling, or whose hours somebody else declares."""
        flags = [_near_words(match) for match in self.near if match.participant.id == line.participant_id]
        others = ", ".join(each.shown_name for each in self.also.get(line.participant_id, ()))
        if others:
            flags.append(
                f"Aussi déclarée ce mois-ci, sur ce marché, par {others} : vérifiez que ce sont d’autres heures."
            )
        return flags


def _near_words(match: NearMatch) -> str:
    known = f"{match.other_matricule or 'une personne'} chez {match.other_declarant}"
    how = "le nom se prononce de même" if match.sounds_alike else "jour et mois de naissance sont inversés"
    return f"Peut-être la même personne que {known} : {how}. Demandez au déclarant de vérifier sa saisie."


def _terms_of(declaration: Declaration) -> Terms:
    contract = declaration.contract
    return Terms(contract.counts_training, contract.training_cap_percent, contract.counting_months)
