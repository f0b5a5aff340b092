"""What a titulaire sees of the lines entrusted to others: in its month, and on the page of its contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import render_template

from portal.contracts.models import Contract
from portal.declarations import policies, queries, rules, wording
from portal.declarations.models import Declaration, DelegatedPart, Line
from portal.kernel import clock
from portal.kernel.french import format_date_long, format_instant, plural, typo
from portal.kernel.hours import format_hours
from portal.storage import reading
from portal.vocabulary import DeclarationState, PartState
from portal.web import current_actor


@dataclass(frozen=True)
class PartSeen:
    """One employer's part, as the titulaire reads it."""

    part: DelegatedPart
    lines: Sequence[Line]
    due_on: date
    today: date
    is_awaited: bool
    """Whether the month is still to be deposited."""
    remarks: Mapping[int, str]
    """By participant id: what the facilitateur said of its lines, in a month sent back."""

    @property
    def name(self) -> str:
        return self.part.employer.shown_name

    @property
    def siret(self) -> str:
        return self.part.employer.siret

    @property
    def is_handed(self) -> bool:
        return self.part.state is PartState.HANDED

    @property
    def can_hand_back(self) -> bool:
        return self.is_handed and self.is_awaited

    @property
    def status(self) -> tuple[str, str | None]:
        if self.is_handed:
            return "Remise", "ok"
        if not self.is_awaited:
            return "Pas déposée : elle n’était pas remise", "late"
        words = self._awaited_words
        return (f"{words}, en retard", "late") if self.due_on < self.today else (words, "due")

    @property
    def _awaited_words(self) -> str:
        if self.part.to_correct:
            return "Rendue, à corriger"
        if self.remarks:
            return "Rouverte, à corriger"
        return "Commencée" if self.part.saved_at else "Pas commencée"

    @property
    def when(self) -> str:
        if self.part.handed_at is not None:
            return f"le {format_instant(self.part.handed_at)}"
        if not self.is_awaited:
            return ""
        away = wording.days_away((self.due_on - self.today).days)
        return f"attendue le {format_date_long(self.due_on)}, {away}"

    @property
    def summary(self) -> str:
        """« 3 personnes, 312 h »."""
        hours = sum((line.hours for line in self.lines), Decimal(0))
        return typo(f"{plural(len(self.lines), 'personne')}, {format_hours(hours)}")


def parts_seen(declaration: Declaration, today: date) -> list[PartSeen]:
    """In the order of names. Lines and employers are loaded with the month."""
    is_awaited = declaration.state in DeclarationState.awaited()
    parts = sorted(declaration.parts, key=lambda part: (part.employer.sort_name, part.id))
    due_on = rules.part_due_on(declaration.due_on)
    remarks = _remarks_on(declaration)
    seen = []
    for part in parts:
        lines = declaration.lines_of(part.employer_id)
        said = {line.participant_id: remarks[line.participant_id] for line in lines if line.participant_id in remarks}
        seen.append(PartSeen(part, lines, due_on, today, is_awaited, said))
    return seen


def _remarks_on(declaration: Declaration) -> Mapping[int, str]:
    """By participant id."""
    if declaration.state is not DeclarationState.RETURNED:
        return {}
    with reading() as session:
        last = queries.last_deposit(session, declaration)
    return {line.participant_id: line.remark for line in last.lines if line.remark} if last else {}


def month_parts(declaration: Declaration) -> str:
    """The parts of a month, for its declarant alone."""
    if not policies.can_file(current_actor(), declaration):
        return ""
    is_awaited = declaration.state in DeclarationState.awaited()
    seen = parts_seen(declaration, clock.today())
    context = {"declaration": declaration, "parts": seen, "is_awaited": is_awaited}
    return render_template("declarations/parts/entrusted.html", **context)


def contract_delegations(contract: Contract) -> str:
    """To whom lines of a contract are entrusted, for a titulaire of it that declares."""
    if contract.first_month is None or not policies.can_entrust(current_actor(), contract):
        return ""
    with reading() as session:
        delegations = queries.delegations_of(session, current_actor(), contract)
    return render_template("declarations/contract_delegations.html", contract=contract, delegations=delegations)
