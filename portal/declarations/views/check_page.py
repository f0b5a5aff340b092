"""What the facilitateur weighs: each deposited line, what the rules retain of it, and what deserves a second look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from sqlalchemy.orm import Session

from portal.declarations import queries, rules
from portal.declarations.models import Declaration, Deposit, DepositLine
from portal.declarations.queries import KnownEligibility, NearMatch
from portal.declarations.rules import Terms
from portal.declarations.views.month_page import MonthPage
from portal.declarations.wording import ELIGIBILITY_TONES
from portal.directory.models import Organisation
from portal.kernel.errors import NotFound
from portal.kernel.french import format_date, typo
from portal.kernel.hours import format_hours
from portal.vocabulary import EligibilityState

_UNKNOWN = KnownEligibility(EligibilityState.TO_CONFIRM)


@dataclass(frozen=True)
class Weighed:
    """One deposited line. `proposed`: what the rules retain of it, as soon as the person is eligible."""

    line: DepositLine
    known: KnownEligibility
    proposed: Decimal
    flags: Sequence[str]

    @property
    def is_open(self) -> bool:
        """Whether somebody has yet to say that the person is eligible."""
        return self.known.state is EligibilityState.TO_CONFIRM

    @property
    def tone(self) -> str:
        return ELIGIBILITY_TONES.get(self.known.state, "due")

    @property
    def why(self) -> str:
        return typo(_WHY[self.known.state])


_WHY = {
    EligibilityState.PRESUMED: "salarié d’une structure d’insertion ou adaptée (CCAG, article 16.1)",
    EligibilityState.CONFIRMED: "confirmée une fois pour toutes pour cet acheteur",
    EligibilityState.REFUSED: "déjà refusée : ses heures ne comptent pas",
    EligibilityState.TO_CONFIRM: "ses heures ne comptent pas tant que personne ne la confirme",
}


@dataclass(frozen=True)
class CheckPage:
    month: MonthPage
    deposit: Deposit
    near: Sequence[NearMatch]
    also: Mapping[int, Sequence[Organisation]]

    @classmethod
    def read(cls, session: Session, month: MonthPage) -> "CheckPage":
        """Raises NotFound when nothing was ever deposited."""
        if month.last is None:
            raise NotFound
        declaration = month.declaration
        near, also = queries.near_matches(session, declaration), queries.also_declared(session, declaration)
        return cls(month, month.last, near, also)

    @cached_property
    def lines(self) -> list[Weighed]:
        return [self._weighed(line) for line in self.deposit.lines]

    @property
    def flagged(self) -> int:
        return sum(bool(weighed.flags) for weighed in self.lines)

    @property
    def open_words(self) -> str:
        """« éligibilité à confirmer : 2, dont les heures ne comptent pas encore »."""
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
        retained = rules.retained(declaration.month, line, eligible, _terms_of(declaration))
        return Weighed(line, known, retained.hours, tuple(self._flags(line, retained.hours)))

    def _flags(self, line: DepositLine, retained: Decimal) -> list[str]:
        """What deserves a second look, each with its reason; none of them forbids anything."""
        flags = []
        declaration, terms = self.month.declaration, _terms_of(self.month.declaration)
        if rules.is_unusual(line):
            full = format_hours(rules.FULL_TIME_HOURS)
            flags.append(f"Plus de {full} : davantage qu’un temps plein au mois. Heures supplémentaires, ou erreur ?")
        if not rules.is_counted(declaration.month, line.entered_on, terms.counting_months):
            flags.append(
                f"Entrée le {format_date(line.entered_on)} : au-delà des {terms.counting_months} mois pris en compte, "
                "les heures sont déclarées, pas retenues."
            )
        elif 0 < retained < line.hours:
            flags.append(f"Formation au-delà de ce que le marché compte : {format_hours(retained)} au plus.")
        return [typo(flag) for flag in [*flags, *self._doubles(line)]]

    def _doubles(self, line: DepositLine) -> list[str]:
        """Somebody who may be known under another spelling, or whose hours somebody else declares."""
        told = [_near_words(match) for match in self.near if match.participant.id == line.participant_id]
        others = ", ".join(each.shown_name for each in self.also.get(line.participant_id, ()))
        if others:
            told.append(
                f"Aussi déclarée ce mois-ci, sur ce marché, par {others} : vérifiez que ce sont d’autres heures."
            )
        return told


def _near_words(match: NearMatch) -> str:
    known = f"{match.other_matricule or 'une personne'} chez {match.other_declarant}"
    how = "le nom se prononce de même" if match.sounds_alike else "jour et mois de naissance sont inversés"
    return f"Peut-être la même personne que {known} : {how}. Demandez au déclarant de vérifier sa saisie."


def _terms_of(declaration: Declaration) -> Terms:
    contract = declaration.contract
    return Terms(contract.counts_training, contract.training_cap_percent, contract.counting_months)
