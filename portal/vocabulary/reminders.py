"""Reminders: the steps towards and past a due date (domain.md § 0 bis)."""

from typing import Self

from portal.vocabulary.base import Listed


class ReminderSubject(Listed):
    """What may be late. Later issues add conventions, bilans, capacities."""

    DECLARATION = "declaration", "Déclaration mensuelle"


class ReminderStep(Listed):
    """A step, in calendar days from the due date, in the order of time."""

    FIVE_DAYS_BEFORE = "five_days_before", "5 jours avant l’échéance"
    TWO_DAYS_BEFORE = "two_days_before", "2 jours avant, si seul un brouillon existe"
    NEXT_DAY = "next_day", "le lendemain de l’échéance"
    AFTER_A_WEEK = "after_a_week", "8 jours après l’échéance"
    AFTER_TWO_WEEKS = "after_two_weeks", "15 jours après l’échéance"

    @property
    def offset_days(self) -> int:
        """Calendar days from the due date, before it when negative."""
        return _OFFSETS[self]

    @classmethod
    def in_order(cls) -> list[Self]:
        return sorted(cls, key=lambda step: step.offset_days)


class ReminderAudience(Listed):
    """In which capacity someone is told, the most concerned first: each joins in from a step on, and stays."""

    DECLARANT = "declarant", "Déclarant"
    EMPLOYER = "employer", "Employeur"
    MANDATAIRE = "mandataire", "Mandataire"
    NETWORK = "network", "Tête de réseau"
    FACILITATEUR = "facilitateur", "Facilitateur"

    @property
    def first_step(self) -> ReminderStep:
        return _FIRST_STEPS[self]


class NudgeSubject(Listed):
    """What a network writes to one of its members about."""

    CAPACITY = "capacity", "Dire ou relire sa capacité"
    INVITATION = "invitation", "Répondre à une invitation"
    LATE_MONTHS = "late_months", "Déposer ses mois en retard"
    LOT = "lot", "Regarder un lot à venir"


_OFFSETS = {
    ReminderStep.FIVE_DAYS_BEFORE: -5,
    ReminderStep.TWO_DAYS_BEFORE: -2,
    ReminderStep.NEXT_DAY: 1,
    ReminderStep.AFTER_A_WEEK: 8,
    ReminderStep.AFTER_TWO_WEEKS: 15,
}

_FIRST_STEPS = {
    ReminderAudience.DECLARANT: ReminderStep.FIVE_DAYS_BEFORE,
    ReminderAudience.EMPLOYER: ReminderStep.FIVE_DAYS_BEFORE,
    ReminderAudience.MANDATAIRE: ReminderStep.AFTER_A_WEEK,
    ReminderAudience.NETWORK: ReminderStep.AFTER_TWO_WEEKS,
    ReminderAudience.FACILITATEUR: ReminderStep.AFTER_TWO_WEEKS,
}
