"""What the page of a month shows around its lines: where it stands, the running total, what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from portal.declarations import fingerprints, policies, queries, rules, told, wording
from portal.declarations.models import Declaration, Deposit, DepositLine, Line
from portal.declarations.queries import KnownEligibility, MonthTotal
from portal.declarations.rules import Problem
from portal.declarations.views.blueprint import address_of
from portal.declarations.views.problems import WithProblems
from portal.declarations.views.running import running_total
from portal.kernel.actor import Actor
from portal.kernel.french import format_date_long, format_instant, plural, typo
from portal.kernel.hours import format_hours
from portal.vocabulary import DeclarationState, DepositOutcome, EligibilityState

_EDITABLE = DeclarationState.awaited()


@dataclass(frozen=True)
class MonthPage(WithProblems):
    """One month as one person sees it, on a civil day. Read whole, so that the page needs no database."""

    declaration: Declaration
    deposits: Sequence[Deposit]
    months: Sequence[MonthTotal]
    promised: Decimal
    """By the contract, in hours: fixed, or following labour and orders."""
    eligibility: Mapping[int, KnownEligibility]
    checker: str
    """Who checks it, in words."""
    actor: Actor
    today: date

    @classmethod
    def read(cls, session: Session, actor: Actor, reference: str, today: date) -> "MonthPage":
        """Raises NotFound for who may not see it."""
        declaration = queries.visible(session, actor, reference)
        deposits = queries.deposits_of(session, declaration)
        promised = queries.promises_of(session, [declaration.contract])[declaration.contract_id]
        months = queries.months_of(session, declaration.contract, promised)
        eligibility = queries.eligibility_of(session, declaration)
        follower = declaration.contract.follower
        checker = follower.organisation.shown_name if follower else "Le facilitateur du marché"
        return cls(declaration, deposits, months, promised.hours, eligibility, checker, actor, today)

    @property
    def files(self) -> bool:
        return policies.can_file(self.actor, self.declaration)

    @property
    def checks(self) -> bool:
        return policies.can_check(self.actor, self.declaration)

    @property
    def names_matricules(self) -> bool:
        return policies.sees_matricules(self.actor, self.declaration)

    def name_of(self, line: DepositLine) -> str:
        """The matricule for who may read it; for the buyer, an identifier that no other buyer reads."""
        person, buyer_id = line.participant.person, self.declaration.contract.buyer_id
        matricule = line.participant.matricule if self.names_matricules else None
        return matricule or fingerprints.alias(person.public_id, buyer_id or 0)

    @property
    def is_editable(self) -> bool:
        return self.files and self.declaration.state in _EDITABLE

    @property
    def own_lines(self) -> list[Line]:
        """Those that the declarant fills in: the others are entrusted to who employs."""
        return self.declaration.lines_of(None)

    @property
    def last(self) -> Deposit | None:
        return self.deposits[-1] if self.deposits else None

    @property
    def shown_deposit(self) -> Deposit | None:
        """What a reader sees: what was handed in last, unless it is being corrected."""
        return self.last if not self.files or self.declaration.state not in _EDITABLE else None

    @property
    def month_words(self) -> str:
        return wording.of_month(self.declaration.month)

    @property
    def trail(self) -> list[tuple[str, str | None]]:
        home = "Mes déclarations" if self.files else "Déclarations"
        contract = self.declaration.contract
        listed = (home, url_for("declarations.index")) if self._lists else None
        steps = [
            (_shortened(contract.object), url_for("contracts.show", reference=contract.reference)),
            (typo(self.declaration.month.label.capitalize()), None),
        ]
        return [listed, *steps] if listed else steps

    @property
    def _lists(self) -> bool:
        return self.files or self.checks

    @property
    def overline(self) -> str:
        """« Marché 2025-118 · Entretien des médiathèques · vous êtes mandataire »."""
        contract = self.declaration.contract
        named = f"Marché {contract.number} · {_shortened(contract.object)}"
        return f"{named} · {self._capacity}" if self.files else f"{named} · {self.declaration.organisation.shown_name}"

    @property
    def _capacity(self) -> str:
        live = [held for held in self.declaration.contract.titulaires if held.left_on is None]
        mine = next((held for held in live if held.organisation_id == self.declaration.organisation_id), None)
        if len(live) > 1 and mine is not None:
            return "vous êtes mandataire" if mine.is_mandataire else "vous êtes membre du groupement"
        return "vous êtes titulaire"

    @property
    def status(self) -> tuple[str, str | None]:
        """The state in words, and its tone."""
        words = wording.state_words(self.declaration, checks=self.checks)
        if self.declaration.is_late_on(self.today):
            words = f"{words}, en retard"
        return words, wording.tone(self.declaration, self.today, checks=self.checks)

    @property
    def when(self) -> str:
        """What goes with the state: the due date and the time left, or when it was deposited or answered."""
        last = self.last
        if self.declaration.state is DeclarationState.SUSPENDED:
            return "rien n’est à déclarer pour ce mois"
        if self.declaration.state in _EDITABLE or last is None:
            return typo(wording.due_words(self.declaration, self.today))
        if last.outcome is DepositOutcome.ACCEPTED and last.decided_at is not None:
            return f"le {format_instant(last.decided_at)}"
        return f"déposée le {format_instant(last.at)}"

    @property
    def hours(self) -> Decimal:
        """Those of the month: as handed in, else as they stand in the draft, which its declarant alone reads."""
        if self.shown_deposit is not None:
            return self.shown_deposit.hours
        return sum((line.hours for line in self.declaration.counted_lines if self.files), Decimal(0))

    @property
    def training_hours(self) -> Decimal:
        lines = self.shown_deposit.lines if self.shown_deposit else self.declaration.counted_lines
        return sum((line.training_hours for line in lines), Decimal(0))

    @property
    def running(self) -> dict[str, Any] | None:
        """The running total against what the contract promises; None when it promises no hours."""
        is_counted = self.declaration.state is DeclarationState.ACCEPTED
        pending = Decimal(0) if is_counted else self.hours
        return running_total(self.promised, self.months, self.declaration.month, pending)

    @property
    def totals_words(self) -> str | None:
        """« 970,50 h déclarées, 8 personnes · 930 h retenues »."""
        deposit = self.shown_deposit
        if deposit is None or deposit.is_nil:
            return None
        told = f"{format_hours(deposit.hours)} déclarées, {plural(deposit.people, 'personne')}"
        kept = deposit.retained_hours
        return told if kept is None else f"{told} · {format_hours(kept)} retenues"

    @property
    def filled_lines(self) -> list[Line]:
        return self.declaration.counted_lines

    @cached_property
    def found_problems(self) -> list[Problem]:
        return rules.problems_of_month(self.declaration.month, self.declaration.is_nil, self.filled_lines)

    @property
    def left_words(self) -> str:
        """What the draft still needs, and how long there is."""
        day = format_date_long(self.declaration.due_on)
        until = f"Déposez-la au plus tard le {day}, {wording.days_away(self._days_left)}."
        if self._days_left < 0:
            until = f"Elle était attendue le {day} : déposez-la dès que possible."
        if self.faulty:
            return typo(f"Il reste {plural(len(self.faulty), 'ligne')} à corriger. {until}")
        return typo(until)

    @property
    def _days_left(self) -> int:
        return (self.declaration.due_on - self.today).days

    def eligibility_of(self, line: Line) -> EligibilityState | None:
        known = self.eligibility.get(line.participant.person_id)
        return known.state if known else None

    def tone_of(self, line: Line) -> str:
        state = self.eligibility_of(line)
        return self.tones.get(state, "quiet") if state else "quiet"

    @property
    def tones(self) -> Mapping[EligibilityState, str]:
        return wording.ELIGIBILITY_TONES

    @property
    def returned_because(self) -> Deposit | None:
        """The deposit that was sent back or reopened, as long as it is to be corrected."""
        return self.last if self.declaration.state is DeclarationState.RETURNED else None

    @cached_property
    def remarks(self) -> Mapping[int, str]:
        """By participant id, what was said of the lines of a deposit that was sent back."""
        lines = self.returned_because.lines if self.returned_because else []
        return {line.participant_id: line.remark for line in lines if line.remark}

    def figures_of(self, deposit: Deposit) -> told.Facts:
        """Beside hours and people, which stand on their own."""
        return [(label, words) for label, words in told.figures_of(deposit) if label not in {"Heures", "Personnes"}]

    def words_of(self, deposit: Deposit) -> told.Facts:
        return told.words_of(deposit)

    @property
    def saved_words(self) -> str | None:
        """« aujourd’hui à 9 h 42 »."""
        saved = self.declaration.saved_at
        if saved is None:
            return None
        told = format_instant(saved)
        day = format_instant(saved).split(" à ")[0]
        is_today = day == format_date_long(self.today).split(" ", 1)[1]
        return told.replace(day, "aujourd’hui", 1) if is_today else f"le {told}"

    @cached_property
    def steps(self) -> list[dict[str, str | None]]:
        """« Et après »: deposit, check, acceptance."""
        state = self.declaration.state
        reached = {DeclarationState.DEPOSITED: 1, DeclarationState.ACCEPTED: 3}.get(state, 0)
        told = [
            self._deposit_step,
            (f"{self.checker} vérifie", "l’éligibilité de chaque personne, puis les heures retenues"),
            self._answer_step,
        ]
        ranks = enumerate(told)
        return [{"what": what, "when": when, "who": None, "state": _step(n, reached)} for n, (what, when) in ranks]

    @property
    def _deposit_step(self) -> tuple[str, str]:
        if self.last is not None and self.declaration.state not in _EDITABLE:
            return "Déposée", f"le {format_instant(self.last.at)}"
        filer = "Vous déposez" if self.files else f"{self.declaration.organisation.shown_name} dépose"
        return filer, f"au plus tard le {format_date_long(self.declaration.due_on)}"

    @property
    def _answer_step(self) -> tuple[str, str]:
        if self.declaration.state is DeclarationState.ACCEPTED:
            return "Acceptée", self.when
        return "Acceptée, ou renvoyée avec un mot", "pour corriger ce qui est demandé, et déposer de nouveau"

    @property
    def versions(self) -> list[dict[str, Any]]:
        """Each deposit and what was answered to it, the last one first."""
        return [self._version(deposit) for deposit in reversed(self.deposits)]

    def _version(self, deposit: Deposit) -> dict[str, Any]:
        answered = deposit.outcome.label if deposit.outcome else "en vérification"
        at = f" le {format_instant(deposit.decided_at)}" if deposit.decided_at else ""
        by = f" par {deposit.decided_by_label}" if deposit.decided_by_label and self.names_matricules else ""
        people = "néant" if deposit.is_nil else f"{format_hours(deposit.hours)}, {plural(deposit.people, 'personne')}"
        return {
            "date": f"Déposée le {format_instant(deposit.at)}",
            "what": typo(f"Version {deposit.number} : {people}"),
            "before": None,
            "after": None,
            "reason": deposit.answer if self.names_matricules else None,
            "who": f"{answered.capitalize()}{at}{by}",
            "url": address_of(self.declaration, "receipt", number=deposit.number) if self.names_matricules else None,
        }


def _step(rank: int, reached: int) -> str:
    if rank < reached:
        return "done"
    return "now" if rank == reached else "next"


def _shortened(text: str, most: int = 70) -> str:
    """The object of a contract where a line is short: whole words, then « … »."""
    if len(text) <= most:
        return text
    return f"{text[:most].rsplit(' ', 1)[0]}…"
