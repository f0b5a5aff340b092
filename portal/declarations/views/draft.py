"""What the page of a draft adds: last month beside each line, what looks unusual, totals that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from portal.declarations import queries, rules, wording
from portal.declarations.models import Line
from portal.declarations.rules import Doubt
from portal.declarations.views.month_page import MonthPage
from portal.kernel.french import plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.hundredths import format_hundredths
from portal.kernel.money import format_euros
from portal.kernel.month import Month
from portal.vocabulary import CommitmentKind, DeclarationState

_ABSENT_MONTHS = 3
"""Without hours for so long, this month included: has the path ended?"""


@dataclass(frozen=True)
class LineSeen:
    """What stands beside the fields of one line."""

    before: str | None
    """« oct. : 120 h »: last month's."""
    absent: str | None
    doubts: Sequence[str]
    explains: bool
    """Whether the page has a field for the explanation."""


@dataclass(frozen=True)
class Draft:
    """A month being filled in, by who files it. Read whole, so that the page needs no database."""

    page: MonthPage
    before: Mapping[int, Decimal]
    worked: Mapping[int, Month]
    doubts: Sequence[Doubt]

    @classmethod
    def read(cls, session: Session, page: MonthPage) -> "Draft":
        declaration = page.declaration
        before = queries.hours_before(session, declaration, own=True)
        has_employers = any(line.employer_id for line in declaration.counted_lines)
        whole = queries.hours_before(session, declaration) if has_employers else before
        doubts = queries.doubts_against(whole, declaration, declaration.counted_lines)
        return cls(page, before, queries.last_worked(session, declaration), doubts)

    @property
    def title(self) -> str:
        """The only heading of the page: nobody may take a draft for a deposit."""
        words = {
            DeclarationState.EXPECTED: "Déclaration {} : à remplir",
            DeclarationState.DRAFT: "Brouillon de la déclaration {}",
            DeclarationState.RETURNED: "Déclaration {} : correction en brouillon",
        }
        return typo(words[self.page.declaration.state].format(self.page.month_words))

    @property
    def warning(self) -> str:
        """What the banner says first."""
        if self.page.returned_because:
            return "La correction n’est pas encore déposée."
        is_begun = self.page.declaration.state is DeclarationState.DRAFT
        return typo("Ceci est un brouillon : rien n’est déposé.") if is_begun else "Rien n’est encore déposé."

    @property
    def prefilled_words(self) -> str | None:
        """Where the lines of a month that nobody has begun come from."""
        own = self.page.own_lines
        if self.page.declaration.state is not DeclarationState.EXPECTED or not own:
            return None
        there = "La personne" if len(own) == 1 else "Les personnes"
        return f"{there} du mois d’avant {'est' if len(own) == 1 else 'sont'} déjà là, sans heures."

    @cached_property
    def _month_before(self) -> Month:
        return self.page.declaration.month + -1

    def of_line(self, line: Line) -> LineSeen:
        hours = self.before.get(line.participant.person_id)
        doubts = [doubt.sentence for doubt in self.doubts if doubt.line_id == line.id]
        said = f"{wording.short_month(self._month_before)} : {format_hours(hours)}" if hours else None
        return LineSeen(said and typo(said), self._absent(line), doubts, bool(doubts or line.explanation))

    def _absent(self, line: Line) -> str | None:
        """A quiet question, once somebody has had no hours for months."""
        since = self.worked.get(line.participant.person_id)
        last = since or Month.of(line.entered_on) + -1
        if rules.tells_something(line) or last + _ABSENT_MONTHS > self.page.declaration.month:
            return None
        told = f"Sans heures depuis {since.label}" if since else "Sans heures depuis son entrée"
        return typo(f"{told} : si son parcours est terminé, notez sa sortie.")

    @property
    def month_doubts(self) -> list[str]:
        return [doubt.sentence for doubt in self.doubts if doubt.line_id is None]

    @property
    def explains(self) -> bool:
        return bool(self.month_doubts or self.page.declaration.explanation)

    @property
    def can_repeat(self) -> bool:
        """Whether somebody has hours last month, and nothing yet in this one."""
        return any(
            line.participant.person_id in self.before and not rules.tells_something(line)
            for line in self.page.own_lines
        )

    @property
    def repeat_words(self) -> str:
        return f"Reprendre les heures {wording.of_month(self._month_before)}"

    @property
    def unexplained(self) -> int:
        """Warnings that nobody has answered."""
        said = {line.id: line.explanation for line in self.page.declaration.lines}
        said_of_month = self.page.declaration.explanation
        return sum(not (said_of_month if doubt.line_id is None else said.get(doubt.line_id)) for doubt in self.doubts)

    @property
    def all_doubts(self) -> list[tuple[str, str | None]]:
        """Each warning with whose it is, and what is said of it: for the last look before the deposit."""
        lines = {line.id: line for line in self.page.declaration.lines}
        told = []
        for doubt in self.doubts:
            line = lines.get(doubt.line_id or 0)
            who = f"{line.participant.matricule} : " if line else ""
            said = line.explanation if line else self.page.declaration.explanation
            told.append((typo(who + doubt.sentence), said))
        return told

    @property
    def first_doubt(self) -> str:
        """Where the page of the month asks for the first explanation."""
        line_id = self.doubts[0].line_id
        return f"ligne-{line_id}" if line_id else "explanation"

    @property
    def told(self) -> list[tuple[str, str, None]]:
        """What is counted in the whole month beside insertion hours."""
        declaration = self.page.declaration
        done = {each.action.label: str(each.quantity) for each in declaration.actions}
        said: dict[str, str | None] = {
            "Facturé à l’acheteur": _euros(declaration.invoiced),
            "Payé à des structures d’insertion": _euros(declaration.paid_to_structures),
            "Heures de main-d’œuvre": format_hours(declaration.labour_hours) if declaration.labour_hours else None,
            **done,
        }
        return [(label, typo(words), None) for label, words in said.items() if words]

    @property
    def words(self) -> list[tuple[str, str]]:
        """What is told in words."""
        told = self.page.declaration
        said = {
            "Comment avancent les personnes": told.people_progress,
            "Votre structure": told.structure_progress,
            "Votre mot au facilitateur": told.comment,
        }
        return [(typo(f"{label} :"), words) for label, words in said.items() if words]

    # Totals

    @property
    def total(self) -> dict[str, Any]:
        """What `month.js` adds up anew while hours are typed; the page says the same without it."""
        running = self.page.running
        others = [line for line in self.page.declaration.counted_lines if line.employer_id is not None]
        return {
            "others": str(sum((line.hours for line in others), Decimal(0))),
            "training": str(sum((line.training_hours for line in others), Decimal(0))),
            "people": sum(bool(line.hours) for line in others),
            "done": str(running["done"]) if running else "",
            "promised": str(self.page.promised) if running else "",
            "share": str(self.labour_share or ""),
        }

    @property
    def against_words(self) -> str | None:
        """« cumul 8 912,50 h sur 12 000 h, 74 % »."""
        running = self.page.running
        if not running:
            return None
        reached = Decimal(str(running["done"])) + self.page.hours
        share = int(100 * reached / self.page.promised)
        return typo(f"cumul {format_hours(reached)} sur {format_hours(self.page.promised)}, {share} %")

    @property
    def labour_share(self) -> Decimal | None:
        """Per cent of labour hours promised to insertion."""
        promises = self.page.declaration.contract.commitments
        shares = [promise.quantity for promise in promises if promise.kind is CommitmentKind.LABOUR_SHARE]
        return sum(shares, Decimal(0)) if shares else None

    @property
    def labour_words(self) -> str | None:
        """« 5 % promis : 12,50 h pour 250 h de main-d’œuvre »."""
        if self.labour_share is None:
            return None
        promised = f"{format_hundredths(self.labour_share)} % promis"
        if self.labour_due is None:
            return typo(f"{promised} : indiquez les heures de main-d’œuvre.")
        return typo(f"{promised} : {format_hours(self.labour_due)} pour ce mois.")

    @property
    def labour_due(self) -> Decimal | None:
        """Insertion hours that the labour hours of the month make due."""
        labour, share = self.page.declaration.labour_hours, self.labour_share
        return (share * labour / 100).quantize(Decimal("0.01"), ROUND_HALF_UP) if share and labour else None

    def done_words(self, promised_kind: str) -> str | None:
        """What the contract promises of one kind of action, in all."""
        for promise in self.page.declaration.contract.commitments:
            if promise.action is not None and promise.action.value == promised_kind:
                return typo(f"promis sur tout le marché : {format_hundredths(promise.quantity)}")
        return None

    @property
    def people_words(self) -> str:
        """« 9 personnes avec des heures », « néant »."""
        declaration = self.page.declaration
        if declaration.is_nil:
            return "néant"
        with_hours = sum(bool(line.hours) for line in declaration.counted_lines)
        return f"{plural(with_hours, 'personne')} avec des heures"


def _euros(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{format_euros(amount)} HT"
