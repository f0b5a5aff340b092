"""When a network may write again to one of its members. No database, no clock."""

from collections.abc import Collection
from datetime import date, timedelta

from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.vocabulary import NudgeSubject

APART = timedelta(days=7)
"""At least so long between two messages to one structure on one subject, whichever of its networks writes."""

MOST_TOLD = 50
"""Members told of one lot at once."""

_NOTHING = {
    NudgeSubject.CAPACITY: "Sa capacité est à jour : il n’y a rien à lui demander.",
    NudgeSubject.INVITATION: "Elle n’a plus d’invitation de votre part à laquelle répondre.",
    NudgeSubject.LATE_MONTHS: "Elle n’a plus de mois en retard.",
    NudgeSubject.LOT: "Elle ne peut pas répondre à ce lot, ou il n’attend plus de candidature.",
}


def again_on(sent_on: date) -> date:
    return sent_on + APART


def ensure_due(subject: NudgeSubject, due: Collection[NudgeSubject]) -> None:
    if subject not in due:
        raise RuleViolation(typo(_NOTHING[subject]))


def ensure_apart(sent_on: date | None, today: date) -> None:
    if sent_on is not None and today < again_on(sent_on):
        words = f"Un réseau lui a écrit à ce sujet le {format_date(sent_on)}. Une relance par semaine au plus : la "
        raise RuleViolation(typo(f"{words}prochaine peut partir le {format_date(again_on(sent_on))}."))


def ensure_somebody(people: int) -> None:
    if not people:
        raise RuleViolation(
            "Personne de cette structure ne reçoit de relance\u202f: elle n’a pas de compte, ou ne veut pas de ces "
            "messages. Ses coordonnées sont sur sa fiche."
        )


def ensure_chosen(structures: Collection[object]) -> None:
    if not structures:
        raise RuleViolation("Choisissez au moins une structure.", "structures")
