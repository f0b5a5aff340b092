"""What an employer sees of a month: its own part, and of whom it holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from flask import url_for
from sqlalchemy.orm import Session

from portal.declarations import policies, queries, rules, wording
from portal.declarations.models import Declaration, DelegatedPart, Line
from portal.declarations.rules import Doubt
from portal.declarations.views.blueprint import address_of
from portal.declarations.views.draft import LineSeen
from portal.declarations.views.problems import WithProblems
from portal.kernel.actor import Actor
from portal.kernel.french import format_date_long, format_instant, typo
from portal.kernel.hours import format_hours
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState, PartState


@dataclass(frozen=True)
class PartPage(WithProblems):
    """Read whole, so that the page needs no database; nothing of the month is read beside the part."""

    part: DelegatedPart
    before: Mapping[int, Decimal]
    """By person id: the employer's own hours of the month before."""
    doubts: Sequence[Doubt]
    remarks: Mapping[int, str]
    """By participant id: what the facilitateur said of the employer's own lines."""
    today: date

    @classmethod
    def read(cls, session: Session, actor: Actor, reference: str, today: date) -> "PartPage":
        """Raises NotFound for who does not fill it."""
        part = queries.part_of(session, actor, reference)
        before = queries.hours_before_in_part(session, part)
        doubts = queries.doubts_of_part(before, part)
        return cls(part, before, doubts, queries.remarks_on(session, part), today)

    @property
    def declaration(self) -> Declaration:
        """For its month, its contract and its declarant: its lines and deposits are others' to read."""
        return self.part.declaration

    @property
    def lines(self) -> Sequence[Line]:
        return self.part.lines

    @property
    def month(self) -> Month:
        return self.declaration.month

    @property
    def month_words(self) -> str:
        return wording.of_month(self.month)

    @property
    def declarant(self) -> str:
        return self.declaration.organisation.shown_name

    @property
    def buyer(self) -> str:
        contract = self.declaration.contract
        return (contract.buyer.shown_name if contract.buyer else contract.buyer_name) or contract.buyer_identifier

    @property
    def is_editable(self) -> bool:
        return policies.is_to_fill(self.part)

    @property
    def home(self) -> str:
        return address_of(self.declaration, "part")

    @property
    def trail(self) -> list[tuple[str, str | None]]:
        return [
            ("Mes déclarations", url_for("declarations.index")),
            (typo(f"Part {self.month_words}, {self.declarant}"), self.home),
        ]

    @property
    def overline(self) -> str:
        contract = self.declaration.contract
        return f"{self.buyer} · marché {contract.number} · confié par {self.declarant}"

    @property
    def due_on(self) -> date:
        return rules.part_due_on(self.declaration.due_on)

    @property
    def status(self) -> tuple[str, str | None]:
        return stand_of(self.part, self.today)

    @property
    def when(self) -> str:
        """What goes with the state: until when, or since when."""
        if self.is_editable:
            late = self.due_on < self.today
            verb = "c’était pour le" if late else f"à remettre à {self.declarant} au plus tard le"
            away = wording.days_away((self.due_on - self.today).days)
            return typo(f"{verb} {format_date_long(self.due_on)}, {away}")
        if self.part.handed_at is not None:
            return f"le {format_instant(self.part.handed_at)}, par {self.part.handed_by_label}"
        return ""

    @property
    def hours(self) -> Decimal:
        return sum((line.hours for line in self.lines), Decimal(0))

    @property
    def training_hours(self) -> Decimal:
        return sum((line.training_hours for line in self.lines), Decimal(0))

    @property
    def worked(self) -> Sequence[Line]:
        return [line for line in self.lines if line.hours]

    @property
    def saved_words(self) -> str | None:
        return format_instant(self.part.saved_at) if self.part.saved_at else None

    @property
    def filled_lines(self) -> Sequence[Line]:
        return self.lines

    @cached_property
    def found_problems(self) -> list[rules.Problem]:
        return rules.problems_of_part(self.month, self.lines)

    def seen(self, line: Line) -> LineSeen:
        """What stands beside the fields of one line: last month's hours, what looks unusual."""
        hours = self.before.get(line.participant.person_id)
        doubts = [doubt.sentence for doubt in self.doubts if doubt.line_id == line.id]
        before = f"{wording.short_month(self.month + -1)} : {format_hours(hours)}" if hours else None
        return LineSeen(before and typo(before), None, doubts, bool(doubts or line.explanation))

    @property
    def remarked(self) -> list[tuple[str, str]]:
        """What the facilitateur said of lines, with whose they are."""
        named = [(line.participant.matricule or "—", self.remarks.get(line.participant_id)) for line in self.lines]
        return [(matricule, remark) for matricule, remark in named if remark]

    @property
    def unexplained(self) -> int:
        """Warnings that nobody has answered."""
        said = {line.id for line in self.lines if line.explanation}
        return sum(doubt.line_id not in said for doubt in self.doubts)

    def line_of(self, line_id: int) -> Line:
        return queries.line_in_part(self.part, line_id)


def stand_of(part: DelegatedPart, today: date) -> tuple[str, str | None]:
    """Where a part stands, in its employer's words, and its tone."""
    state = part.declaration.state
    if state is DeclarationState.SUSPENDED:
        return "Sans objet", None
    if part.state is PartState.HANDED:
        awaited = state in DeclarationState.awaited()
        return ("Remise, le titulaire va déposer", "ok") if awaited else ("Remise, et déposée par le titulaire", "ok")
    if state not in DeclarationState.awaited():
        return "Mois déposé sans votre part", "late"
    to_correct = part.to_correct is not None or state is DeclarationState.RETURNED
    words = "À corriger" if to_correct else "Commencée, pas encore remise" if part.saved_at else "À remplir"
    is_late = rules.part_due_on(part.declaration.due_on) < today
    return (f"{words}, en retard", "late") if is_late else (words, "late" if to_correct else "due")
