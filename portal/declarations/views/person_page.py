"""One person as somebody may know them: where they stand with a buyer, and every month of theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from portal.declarations import policies, queries, rules, wording
from portal.declarations.models import Declaration, Eligibility, Participant, PathStep
from portal.declarations.queries.path import (
    PathMonth,
    grounds_of,
    last_exit,
    participant_of,
    path_of,
    same_people,
    steps_of,
)
from portal.declarations.views.blueprint import address_of
from portal.declarations.views.path_chart import PathChart
from portal.kernel.actor import Actor
from portal.kernel.french import format_date_long, format_instant, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState, EligibilityState, StepKind

_LONGEST = 70


@dataclass(frozen=True)
class PersonPage:
    """Read whole, so that its page needs no database."""

    declaration: Declaration
    participant: Participant
    known: Eligibility | None
    is_presumed: bool
    same: int
    """How many persons were said to be this one, themselves included."""
    months: Sequence[PathMonth]
    steps: Sequence[PathStep]
    actor: Actor
    today: date

    @classmethod
    def read(cls, session: Session, actor: Actor, reference: str, participant_id: int, today: date) -> "PersonPage":
        """Raises NotFound for who neither files nor checks the month."""
        declaration = queries.visible(session, actor, reference)
        participant = participant_of(session, actor, declaration, participant_id)
        person_id, buyer_id = participant.person_id, declaration.contract.buyer_id
        whole = policies.can_check(actor, declaration)
        same = same_people(session, buyer_id, person_id)
        people = same if whole else {person_id}
        return cls(
            declaration,
            participant,
            grounds_of(session, buyer_id, person_id),
            person_id in queries.presumed_people(session, declaration),
            len(people),
            path_of(session, declaration, people, whole=whole),
            steps_of(session, buyer_id, people, noted_by=None if whole else actor.organisation_id),
            actor,
            today,
        )

    @property
    def checks(self) -> bool:
        return policies.can_check(self.actor, self.declaration)

    @property
    def name(self) -> str:
        return self.participant.matricule or "matricule effacé"

    @property
    def overline(self) -> str:
        contract = self.declaration.contract
        buyer = contract.buyer.shown_name if contract.buyer else contract.buyer_name
        return f"{buyer} · {self.declaration.organisation.shown_name}"

    def trail(self, *last: str) -> list[tuple[str, str | None]]:
        """`last`: the page below the path, when it is one."""
        home = "Déclarations" if self.checks else "Mes déclarations"
        path = address_of(self.declaration, "path", participant=self.participant.id)
        return [
            (home, url_for("declarations.index")),
            (_shortened(self.declaration.contract.object), address_of(self.declaration)),
            (f"Parcours de {self.name}", path if last else None),
            *((words, None) for words in last),
        ]

    def address(self, page: str, **more: Any) -> str:
        return address_of(self.declaration, page, participant=self.participant.id, **more)

    # Eligibility

    @property
    def eligibility(self) -> EligibilityState:
        return rules.eligibility(None, self.known.state if self.known else None, presumed=self.is_presumed)

    @property
    def tone(self) -> str:
        return wording.ELIGIBILITY_TONES.get(self.eligibility, "due")

    @property
    def decided_words(self) -> str | None:
        """« le 3 décembre 2026 à 9 h 42, par Claire Ansel »: nothing of the grounds, which the facilitateur reads."""
        if self.known is None or self.known.decided_at is None:
            return None
        by = f", par {self.known.decided_by_label}" if self.checks else ""
        return f"le {format_instant(self.known.decided_at)}{by}"

    # Hours

    @property
    def declared(self) -> Decimal:
        return sum((month.line.hours for month in self.months), Decimal(0))

    @property
    def retained(self) -> Decimal:
        return sum((month.retained or Decimal(0) for month in self.months), Decimal(0))

    @property
    def sentence(self) -> str:
        """« 412 h déclarées en 5 mois, dont 380 h retenues. »"""
        worked = len({month.declaration.month for month in self.months if month.line.hours})
        return typo(
            f"{format_hours(self.declared)} déclarées en {worked} mois, dont {format_hours(self.retained)} retenues."
        )

    @cached_property
    def chart(self) -> PathChart | None:
        """Hours by month, all contracts together; None for one month alone, which the table tells better."""
        sums: dict[Month, tuple[Decimal, Decimal]] = {}
        for month in self.months:
            declared, retained = sums.get(month.declaration.month, (Decimal(0), Decimal(0)))
            kept = month.retained or Decimal(0)
            sums[month.declaration.month] = (declared + month.line.hours, retained + kept)
        return PathChart.of(sums) if len(sums) > 1 else None

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """Each month as deposited last, the latest first."""
        return [self._row(month) for month in reversed(self.months)]

    def _row(self, month: PathMonth) -> dict[str, Any]:
        declaration, line = month.declaration, month.line
        return {
            "month": declaration.month.label,
            "url": address_of(declaration) if policies.can_read(self.actor, declaration) else None,
            "contract": declaration.contract.object,
            "who": month.employer or declaration.organisation.shown_name,
            "for_whom": declaration.organisation.shown_name if month.employer else None,
            "type": line.contract_type.label,
            "hours": line.hours,
            "training_hours": line.training_hours,
            "retained": month.retained,
            "why": _why(month),
        }

    # The path

    @cached_property
    def stays(self) -> list[dict[str, Any]]:
        """Each entry on a contract: since when, until when it counts, and how it ended; the latest first."""
        whose = sorted(self.months, key=_stay_of)
        stays = [self._stay(list(months)) for _, months in groupby(whose, key=_stay_of)]
        return sorted(stays, key=lambda stay: stay["entered_on"], reverse=True)

    def _stay(self, months: Sequence[PathMonth]) -> dict[str, Any]:
        line, declaration = months[-1].line, months[-1].declaration
        until = rules.counted_until(line.entered_on, declaration.contract.counting_months)
        return {
            "contract": declaration.contract.object,
            "number": declaration.contract.number,
            "who": declaration.organisation.shown_name,
            "entered_on": line.entered_on,
            "exit_on": line.exit_on,
            "exit_kind": line.exit_kind,
            "until": until.label,
            "left": self._left_words(until),
            "is_over": until < Month.of(self.today),
        }

    def _left_words(self, until: Month) -> str:
        left = rules.months_left(until, self.today)
        if not left:
            return "période finie : les heures d’après sont déclarées, pas retenues"
        return f"encore {plural(left, 'mois', 'mois')}, puis les heures sont déclarées, pas retenues"

    @property
    def six_months(self) -> str | None:
        """When to ask where the person stands, once they left; None when it was noted, or when nobody left."""
        left = last_exit(self.months)
        if left is None or left.line.exit_on is None:
            return None
        left_on = left.line.exit_on
        if any(step.kind is StepKind.SIX_MONTHS and step.day >= left_on for step in self.steps):
            return None
        due = rules.six_months_after(left_on)
        when = wording.days_away((due - self.today).days)
        return typo(f"À noter : sa situation six mois après la sortie, le {format_date_long(due)} ({when}).")

    @property
    def history(self) -> list[dict[str, Any]]:
        return [self._step(step) for step in self.steps]

    def _step(self, step: PathStep) -> dict[str, Any]:
        situation = f" : {step.situation.label}, {step.situation.family.label.lower()}" if step.situation else ""
        removed = (
            self.address("remove_step", step=step.id) if step.organisation_id == self.actor.organisation_id else None
        )
        return {
            "date": format_date_long(step.day),
            "what": typo(step.kind.label + situation),
            "words": typo(step.words) if step.words else None,
            "who": f"noté par {step.noted_by_label}",
            "remove_url": removed,
        }


def _stay_of(month: PathMonth) -> tuple[int, int, date]:
    return month.declaration.contract_id, month.declaration.organisation_id, month.line.entered_on


def _why(month: PathMonth) -> str | None:
    """Why not all hours are retained; where they stand as long as nobody answered."""
    if month.declaration.state is DeclarationState.DEPOSITED:
        return "en vérification"
    if month.declaration.state is DeclarationState.RETURNED:
        return "renvoyée, à corriger"
    reason = month.line.retention_reason
    return reason.label if reason else None


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rsplit(' ', 1)[0]}…"
