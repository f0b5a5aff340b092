"""Legal checks, the second person, and publication on a day. No database, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.forecast.facts import LeverChoice, LotFacts
from portal.forecast.settings import Settings
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural, typo
from portal.vocabulary import Lever, LeverState, ProjectState, Reservation

CHECKABLE_STATES = frozenset({ProjectState.DRAFT, ProjectState.IN_CHECK, ProjectState.PUBLISHED})
"""A ready or dated project goes back to check first; a consultation under way no longer changes its levers."""

_FARTHEST = timedelta(days=731)


@dataclass(frozen=True)
class Checked:
    """What the last look at a lever said."""

    outcome: LeverState
    reservation: Reservation | None

    def covers(self, choice: LeverChoice) -> bool:
        """Whether the lever still stands as it was looked at."""
        return (self.outcome, self.reservation) == (choice.state, choice.reservation)


LastChecks = Mapping[Lever, Checked]


def ensure_checkable(state: ProjectState) -> None:
    if state not in CHECKABLE_STATES:
        raise RuleViolation(typo(f"Ce projet est « {state.label} » : ses leviers ne se contrôlent pas maintenant."))


def ensure_check_told(choice: LeverChoice) -> None:
    """A check says why, whatever it decides; it bears on a reservation when the lever is a reserved lot."""
    if not choice.reason:
        raise RuleViolation("Dites en une phrase pourquoi : ce motif est public.", "reason")
    if choice.lever is Lever.RESERVED and choice.is_decided and choice.article is None:
        raise RuleViolation(
            "Choisissez à qui le lot est réservé : une réservation décidée s’appuie sur un article du code.",
            "reservation",
        )


def ensure_something_to_check(lots: Iterable[LotFacts]) -> None:
    if not any(choice.is_live for lot in lots for choice in lot.levers):
        raise RuleViolation("Aucun levier n’est envisagé : il n’y a rien à contrôler. Dites le projet prêt à publier.")


def waiting_levers(lot: LotFacts, checks: LastChecks) -> list[Lever]:
    """Those that no check has looked at as they stand; what is decided has been, or was before checks were kept."""
    return [
        choice.lever
        for choice in lot.levers
        if choice.state is LeverState.ENVISAGED and not (choice.lever in checks and checks[choice.lever].covers(choice))
    ]


def ensure_said(reason: str | None) -> None:
    if not reason:
        raise RuleViolation("Dites en une phrase ce qui manque : la personne qui écrit le lira.", "reason")


def ensure_scheduled(state: ProjectState) -> None:
    if state is not ProjectState.SCHEDULED:
        raise RuleViolation(typo(f"Ce projet est « {state.label} » : sa publication n’est pas prévue."))


def ensure_all_checked(waiting: int) -> None:
    if waiting:
        to_check = plural(waiting, "levier attend son contrôle", "leviers attendent leur contrôle")
        raise RuleViolation(typo(f"{to_check} : le projet sera prêt ensuite."))


def ensure_second_person(settings: Settings, written_by: int | None, account_id: int | None) -> None:
    """The buyer's setting: somebody else publishes than who last wrote the project."""
    if settings.second_person_publishes and account_id is not None and account_id == written_by:
        raise RuleViolation(
            "Vous avez écrit ce projet : votre organisation demande qu’une seconde personne le publie. "
            "Prévenez une ou un collègue des achats."
        )


def ensure_read_over(settings: Settings, state: ProjectState) -> None:
    """With a second person, nothing goes straight from the draft to everyone."""
    if settings.second_person_publishes and state is ProjectState.DRAFT:
        raise RuleViolation(
            "Votre organisation demande qu’une seconde personne publie : dites d’abord le projet prêt à publier."
        )


def ensure_publish_at(publish_at: datetime, now: datetime) -> None:
    if publish_at <= now:
        raise RuleViolation("Ce moment est passé : choisissez-en un à venir, ou publiez maintenant.", "day")
    if publish_at > now + _FARTHEST:
        raise RuleViolation(
            "C’est dans plus de deux ans : publiez plus tôt, ou choisissez une date plus proche.", "day"
        )
