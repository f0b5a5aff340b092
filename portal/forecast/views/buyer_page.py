"""What a buyer's people see of their projects: where each stands, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from flask import url_for

from portal.forecast import policies, rules
from portal.forecast.facts import LotFacts
from portal.forecast.models import Project
from portal.forecast.queries import OwnGroup
from portal.forecast.rules import Advice
from portal.forecast.settings import DEFAULTS, Settings
from portal.kernel.actor import ANONYMOUS, Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_instant, plural, typo
from portal.vocabulary import ProjectState

SHOWN, PAGE = 10, 20
"""How many projects of each state « Mes achats » shows, and how many a page of one state holds."""

_GROUPS = (
    (ProjectState.IN_CHECK, "en-verification", "En vérification"),
    (ProjectState.READY, "prets", "Prêts à publier"),
    (ProjectState.DRAFT, "brouillons", "Brouillons"),
    (ProjectState.SCHEDULED, "prevus", "Publication prévue"),
    (ProjectState.PUBLISHED, "publies", "Publiés, en préparation"),
    (ProjectState.IN_TENDER, "consultations", "Consultation en cours"),
    (ProjectState.AWARDED, "attribues", "Attribués"),
    (ProjectState.DROPPED, "abandonnes", "Abandonnés"),
)
STATES = {code: state for state, code, _ in _GROUPS}
"""The states by their words in addresses."""


@dataclass(frozen=True)
class ProjectPage:
    """One project of one's own, on a civil day."""

    project: Project
    today: date
    settings: Settings = DEFAULTS
    actor: Actor = ANONYMOUS
    waiting: int = 0
    """How many levers wait for a check."""

    @property
    def can_check(self) -> bool:
        return policies.can_check(self.actor, self.project.buyer_id, self.settings)

    @property
    def can_look(self) -> bool:
        return self.can_check and self.project.state in rules.CHECKABLE_STATES

    @property
    def is_writer(self) -> bool:
        """Whether the buyer's setting keeps the person from publishing what they wrote."""
        try:
            rules.ensure_second_person(self.settings, self.project.writer_id, self.actor.account_id)
        except RuleViolation:
            return True
        return False

    @property
    def has_levers(self) -> bool:
        return any(choice.is_live for lot in self._lots.values() for choice in lot.levers)

    @cached_property
    def _lots(self) -> Mapping[int, LotFacts]:
        return {lot.number: lot.facts for lot in self.project.lots}

    @cached_property
    def blocks(self) -> list[str]:
        return rules.blocks_on(self.today, self.project.facts, self._lots)

    @cached_property
    def advice(self) -> list[Advice]:
        return rules.advice_on_project(self.project.facts, self._lots, self.today, self.settings.price_weight_warning)

    @property
    def advice_by_lot(self) -> list[tuple[str, str, list[Advice]]]:
        """Advice under what it is about: a title, where to mend it, the sentences."""
        about: dict[int | None, list[Advice]] = {}
        for advice in self.advice:
            about.setdefault(advice.lot_number, []).append(advice)
        return [(self._named(number), self._mended_at(number), found) for number, found in about.items()]

    @property
    def next_step(self) -> str:
        """What to do next, in one line."""
        state = self.project.state
        if state is ProjectState.DRAFT:
            return self._before_publishing()
        if state is ProjectState.IN_CHECK:
            return self._in_check()
        if state is ProjectState.SCHEDULED and self.project.publish_at:
            return f"Paraîtra le {format_instant(self.project.publish_at)}"
        if state is ProjectState.PUBLISHED and self._is_overdue():
            return "La date prévue est passée : reportez-la, ou annoncez la consultation."
        return _NEXT.get(state, "")

    def _in_check(self) -> str:
        if not self.waiting:
            return "Tous les leviers sont contrôlés : reste à le dire prêt à publier."
        return plural(self.waiting, "levier attend son contrôle", "leviers attendent leur contrôle")

    def _before_publishing(self) -> str:
        if self.blocks:
            return f"{plural(len(self.blocks), 'point')} à corriger avant de publier"
        missing = plural(len(self.advice), "précision utile", "précisions utiles")
        return f"Publiable ; à compléter : {missing}" if self.advice else "Rien ne manque : relisez, puis publiez"

    def _is_overdue(self) -> bool:
        return any(lot.planned.ends_on < self.today for lot in self._lots.values())

    def _named(self, number: int | None) -> str:
        if not number:
            return "Le projet"
        lot = self._lots[number]
        return f"Lot {number}" + (f", {lot.title}" if lot.title else "")

    def _mended_at(self, number: int | None) -> str:
        reference = self.project.reference
        if number is None:
            return url_for("forecast.edit", reference=reference)
        return url_for("forecast.edit_lot", reference=reference, number=number)


_NEXT = {
    ProjectState.READY: "À publier, maintenant ou à une date choisie",
    ProjectState.IN_TENDER: "La consultation court sur le profil d’acheteur ; à la fin, attribuez chaque lot.",
}


def groups_of(
    groups: Mapping[ProjectState, OwnGroup], today: date, waiting: Mapping[int, int] | None = None
) -> list[dict[str, Any]]:
    """One's projects by state, each with what to do next; states without a project are left out."""
    return [
        {
            "title": title,
            "code": code,
            "total": groups[state].total,
            "rows": [
                _row(project, ProjectPage(project, today, waiting=(waiting or {}).get(project.id, 0)))
                for project in groups[state].projects
            ],
        }
        for state, code, title in _GROUPS
        if state in groups
    ]


def _row(project: Project, page: ProjectPage) -> dict[str, Any]:
    first = min(project.lots, key=lambda lot: lot.planned_on)
    lots = plural(len(project.lots), "lot") if project.allotment_defined else "allotissement à définir"
    return {
        "title": project.title,
        "number": project.shown_number,
        "url": url_for("forecast.overview", reference=project.reference),
        "when": first.planned.short_label,
        "confidence": first.confidence,
        "lots": lots,
        "next": typo(page.next_step),
        "blocked": bool(page.blocks) and project.state is ProjectState.DRAFT,
        "saved_at": project.saved_at,
    }
