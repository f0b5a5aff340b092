"""When a story may be read by all, and what of its figures. No database, no clock."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.indicators.secrecy import SMALLEST_SHOWN, masks_of
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.stories.models import StoryAgreement, SuccessStory
from portal.vocabulary import StoryState, Trade


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What a buyer tells of a contract."""

    trade: Trade
    title: str
    context: str | None = None
    practice: str | None = None
    result: str | None = None


@dataclass(frozen=True)
class Figures:
    """What the accepted months of a contract say, each person counted once."""

    hours: Decimal
    promised: Decimal
    people: int
    dynamic: int
    """People whose last exit leads to a job, a training: « sortie dynamique »."""
    other: int
    withdrawn: int

    @property
    def exits(self) -> int:
        return self.dynamic + self.other

    @property
    def are_small(self) -> bool:
        """Fewer than five people: neither they nor their hours are told."""
        return 0 < self.people < SMALLEST_SHOWN

    @property
    def shows_exits(self) -> bool:
        """Whether no group of one to four people can be made out of the exits."""
        going_on = self.people - self.exits - self.withdrawn
        groups = {"dynamic": self.dynamic, "other": self.other, "withdrawn": self.withdrawn, "going_on": going_on}
        return self.exits > 0 and going_on >= 0 and masks_of(groups) == {}


def is_agreed(agreement: StoryAgreement) -> bool:
    return agreement.agreed_at is not None or agreement.told_on is not None


def ensure_complete(story: SuccessStory) -> None:
    if not (story.context and story.practice and story.result):
        raise RuleViolation("Écrivez les trois textes : c’est sur eux que porte l’accord.")


def ensure_publishable(story: SuccessStory, holders: Collection[int], unknown: Sequence[str]) -> None:
    """`holders`: the organisations that hold the contract now; `unknown`: those that the directory does not know."""
    ensure_complete(story)
    if story.state is StoryState.PUBLISHED:
        raise RuleViolation("Cet exemple est déjà publié.")
    if unknown:
        raise RuleViolation(
            typo(f"Aucune fiche de l’annuaire ne répond à {unknown[0]} : personne ne peut agréer pour lui.")
        )
    agreed = {each.organisation_id for each in story.agreements if is_agreed(each)}
    if not set(holders) <= agreed:
        raise RuleViolation("Il manque l’accord d’une structure nommée : demandez-le, ou notez celui que vous avez.")


def ensure_withdrawable(story: SuccessStory, reason: str | None) -> None:
    if story.state is not StoryState.PUBLISHED:
        raise RuleViolation("Cet exemple n’est pas publié.")
    if not reason:
        raise RuleViolation("Dites en une phrase pourquoi il est retiré.", "reason")


def ensure_told(told_on: date, told_by: str | None, written_on: date, today: date) -> None:
    """An agreement obtained otherwise bears on the text as it stands."""
    if not told_by:
        raise RuleViolation("Dites qui a donné l’accord, et comment.", "told_by")
    if told_on > today:
        raise RuleViolation("Ce jour n’est pas encore venu.", "told_on")
    if told_on < written_on:
        raise RuleViolation(
            typo(f"Le texte a changé le {format_date(written_on)} : l’accord doit porter sur lui."), "told_on"
        )


def ensure_not_refused(agreement: StoryAgreement) -> None:
    """What a structure refused by itself, nobody notes as agreed in its place."""
    if agreement.refused_at is not None:
        raise RuleViolation(typo("Cette structure a refusé sur le portail : demandez-lui de nouveau son accord."))


def seen(story: SuccessStory, agreement: StoryAgreement) -> str:
    """What a person answers: this text, and this answer of their organisation."""
    return f"{_digest(story.title, story.context, story.practice, story.result)}-{_answer_seen(agreement)}"


def ensure_seen(story: SuccessStory, agreement: StoryAgreement, shown: str) -> None:
    """Raises RuleViolation when the text changed, or a colleague answered, since the page was shown."""
    text, _, answer = shown.partition("-")
    if text != seen(story, agreement).partition("-")[0]:
        raise RuleViolation("Le texte vient de changer : relisez-le avant de répondre.")
    if answer != _answer_seen(agreement):
        who = agreement.answered_by_label or "L’acheteur"
        raise RuleViolation(typo(f"{who} a répondu entre-temps : {answer_words(agreement)}."))


def answer_words(agreement: StoryAgreement) -> str:
    """« accord donné le 3 décembre 2026 »: without a word of who, nor why."""
    if agreement.agreed_at is not None:
        return "accord donné"
    if agreement.refused_at is not None:
        return "accord refusé"
    if agreement.told_on is not None:
        return f"accord obtenu le {format_date(agreement.told_on)}"
    return "accord demandé" if agreement.asked_at is not None else "accord à demander"


def _answer_seen(agreement: StoryAgreement) -> str:
    return _digest(agreement.agreed_at, agreement.refused_at, agreement.told_on)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
