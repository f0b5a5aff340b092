"""What may be said before a consultation, and until when."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from portal.forecast.facts import LotFacts
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.sourcing.facts import MeetingFacts, Told, Word
from portal.vocabulary import InterestKind, ProjectState, QuestionState

INTERESTING = frozenset({ProjectState.PUBLISHED, ProjectState.IN_TENDER})
"""The projects about whose lots an interest is told."""

# Interest


def takes_interest(state: ProjectState, *, is_live: bool) -> bool:
    return state in INTERESTING and is_live


def ensure_takes_interest(state: ProjectState, *, is_live: bool) -> None:
    if not takes_interest(state, is_live=is_live):
        raise RuleViolation(
            "On dit son intérêt pour un lot publié, avant la fin de sa consultation : celui-ci n’attend plus de "
            "réponse. Voyez les autres lots à venir."
        )


def ensure_word(word: Word, communes: Collection[str]) -> None:
    """Raises RuleViolation on the field to correct. `communes`: those that may be named; empty, none is asked."""
    if word.kind is InterestKind.NOT_INTERESTED and word.disinterest is None:
        raise RuleViolation("Choisissez la raison : c’est elle que l’acheteur compte, sans votre nom.", "disinterest")
    if set(word.commune_codes) - set(communes):
        raise RuleViolation("Choisissez parmi les communes de ce lot.", "communes")


def hours_over_duration(lot: LotFacts) -> Decimal | None:
    """The hours wanted of a lot over its first duration; None when they are not known."""
    if lot.hours_wanted is None or not lot.hours_per_year:
        return lot.hours_wanted
    if not lot.duration_months:
        return None
    return (lot.hours_wanted * lot.duration_months / 12).quantize(Decimal(1))


# Questions (CCP L3: all candidates read the same thing)


def closed_because(state: ProjectState, until: date | None, today: date) -> str | None:
    """Why no question is taken any more, in a sentence; None while they are."""
    if state is ProjectState.IN_TENDER:
        return "La consultation est ouverte : les questions se posent maintenant sur le profil d’acheteur."
    if state is not ProjectState.PUBLISHED:
        return "Ce projet ne reçoit pas de questions."
    if until is not None and today > until:
        return f"Les questions étaient reçues jusqu’au {format_date(until)}."
    return None


def ensure_questions_open(state: ProjectState, until: date | None, today: date) -> None:
    if closed := closed_because(state, until, today):
        raise RuleViolation(typo(closed))


def ensure_answerable(state: QuestionState, project: ProjectState) -> None:
    ensure_waiting(state)
    if project is ProjectState.IN_TENDER:
        raise RuleViolation(
            "La consultation est ouverte : répondez sur le profil d’acheteur, et écartez la question ici en le disant."
        )


def ensure_waiting(state: QuestionState) -> None:
    if state is not QuestionState.WAITING:
        raise RuleViolation("Cette question a déjà sa réponse : rouvrez la liste des questions.")


def ensure_informs(project: ProjectState) -> None:
    """What is told to all stands on a page that they read."""
    if project is not ProjectState.PUBLISHED:
        raise RuleViolation(
            "On informe tout le monde sur la page d’un projet publié, avant sa consultation ; ensuite, le profil "
            "d’acheteur parle."
        )


def ensure_last_day(state: ProjectState, until: date | None, today: date) -> None:
    if state in _PAST_QUESTIONS:
        raise RuleViolation("Les questions de ce projet sont closes : leur date ne change plus.")
    if until is not None and until < today:
        raise RuleViolation("Le dernier jour des questions est déjà passé : choisissez un jour à venir.", "until")


_PAST_QUESTIONS = frozenset({ProjectState.IN_TENDER, ProjectState.AWARDED, ProjectState.DROPPED})

# Exchanges


def ensure_told(told: Told, today: date) -> None:
    if told.told_on > today:
        raise RuleViolation("Un échange se note une fois qu’il a eu lieu : vérifiez la date.", "told_on")


# Public meetings

_LONGEST_NOTICE_YEARS = 3


def ensure_meeting(facts: MeetingFacts, now: datetime) -> None:
    if facts.starts_at <= now:
        raise RuleViolation("Cette heure est déjà passée : une rencontre s’annonce avant.", "day")
    if facts.starts_at.year > now.year + _LONGEST_NOTICE_YEARS:
        raise RuleViolation("Cette date est à plus de trois ans : vérifiez l’année.", "day")
    if facts.ends_at <= facts.starts_at:
        raise RuleViolation("La fin vient après le début, le même jour.", "ends")
    if not (facts.place or facts.url):
        raise RuleViolation("Dites où l’on vient, ou l’adresse où l’on suit la rencontre à distance.", "place")


def ensure_meeting_stands(cancelled_at: datetime | None, ends_at: datetime, now: datetime) -> None:
    if cancelled_at is not None:
        raise RuleViolation("Cette rencontre est annulée : annoncez-en une autre.")
    if ends_at <= now:
        raise RuleViolation("Cette rencontre a eu lieu.")
