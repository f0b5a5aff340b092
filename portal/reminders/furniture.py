"""What this room adds to a month's page: what was told of it, to whom, and what is told next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import render_template

from portal.declarations import policies
from portal.declarations.models import Declaration
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.french import plural
from portal.reminders import queries, rules
from portal.reminders.queries import Told
from portal.storage import reading
from portal.vocabulary import DeclarationState, MessageState, ReminderAudience, ReminderStep
from portal.web import current_actor, slots

_NAMED = 6
"""People named in one capacity; the others are counted."""

_MESSAGES: Mapping[MessageState, tuple[str, str]] = {
    MessageState.PROMISED: ("courriel à envoyer", "courriels à envoyer"),
    MessageState.LEASED: ("courriel en cours d’envoi", "courriels en cours d’envoi"),
    MessageState.SENT: ("courriel envoyé", "courriels envoyés"),
    MessageState.SPARED: ("courriel devenu sans objet", "courriels devenus sans objet"),
    MessageState.GIVEN_UP: ("courriel non remis", "courriels non remis"),
}


@dataclass(frozen=True)
class Group:
    """The people told in one capacity; `names` are None for whoever is not to read them."""

    audience: ReminderAudience
    people: int
    names: Sequence[str] | None

    @property
    def words(self) -> str:
        """« Jean, Zoe et 3 autres », or « 5 personnes »."""
        if self.names is None:
            return plural(self.people, "personne")
        others = self.people - _NAMED
        return ", ".join(self.names[:_NAMED]) + (f" et {plural(others, 'autre')}" if others > 0 else "")


@dataclass(frozen=True)
class ToldStep:
    """A step, the people it was told to, and what became of their messages."""

    step: ReminderStep
    last_at: datetime
    groups: Sequence[Group]
    messages: Sequence[str]


def furnish() -> None:
    """Called once by the application."""
    slots.add("declaration.aside", declaration_aside)


def declaration_aside(declaration: Declaration) -> str:
    """« Rappels », for those who file the month or check it; nothing when there is nothing to say."""
    actor, today = current_actor(), clock.today()
    if not (policies.can_file(actor, declaration) or policies.can_check(actor, declaration)):
        return ""
    with reading() as session:
        told = queries.told_of(session, declaration.id)
        awaited = queries.as_awaited(session, [declaration])[declaration.id]
    is_awaited = declaration.state in DeclarationState.awaited()
    if not told and not is_awaited:
        return ""
    return render_template(
        "reminders/aside.html",
        declaration=declaration,
        steps=_by_step(told, _named(actor, declaration)),
        following=rules.next_step(awaited, today),
        is_awaited=is_awaited,
    )


def _named(actor: Actor, declaration: Declaration) -> frozenset[ReminderAudience]:
    """Whose names one reads: one's own colleagues', or everybody's for the facilitateur."""
    if policies.can_check(actor, declaration):
        return frozenset(ReminderAudience)
    return frozenset({ReminderAudience.DECLARANT})


def _by_step(told: Sequence[Told], named: frozenset[ReminderAudience]) -> list[ToldStep]:
    """The latest step first."""
    lines = {step: [line for line in told if line.step is step] for step in reversed(ReminderStep.in_order())}
    return [
        ToldStep(step, max(line.promised_at for line in of_step), _groups(of_step, named), _messages(of_step))
        for step, of_step in lines.items()
        if of_step
    ]


def _groups(told: Sequence[Told], named: frozenset[ReminderAudience]) -> list[Group]:
    names = {audience: [line.name for line in told if line.audience is audience] for audience in ReminderAudience}
    return [
        Group(audience, len(people), people if audience in named else None)
        for audience, people in names.items()
        if people
    ]


def _messages(told: Sequence[Told]) -> list[str]:
    """« 2 courriels envoyés »."""
    counted = Counter(line.message for line in told if line.message is not None)
    return [plural(counted[state], *words) for state, words in _MESSAGES.items() if counted[state]]
