"""What those who are not in a groupement read of it: invitees, askers, the buyer of a filed candidacy."""

from datetime import datetime

from portal.groupements import policies, rules, translation
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, Member
from portal.groupements.views import words
from portal.kernel.actor import Actor
from portal.kernel.french import typo
from portal.kernel.hours import format_hours
from portal.vocabulary import GroupementState, MemberRole, MemberState


class OutsidePage:
    """What an invitee, an asker or the buyer needs to decide, and no more."""

    def __init__(self, groupement: Groupement, actor: Actor, now: datetime) -> None:
        self.groupement = groupement
        self.lots = words.lots_of(groupement)
        self.lead = words.lead_words(groupement)
        self.own = policies.member_of(groupement, actor.organisation_id)
        self.state = translation.state_of(self.own, now) if self.own else None
        self.form_means = typo(words.FORM_MEANS[groupement.form]) if groupement.form else None

    @property
    def members(self) -> list[Member]:
        """Those who are in, the mandataire first: an invitee knows with whom, a buyer reads it on the DC1."""
        active = [each for each in self.groupement.members if each.state in ACTIVE]
        return sorted(active, key=lambda each: (each.role is not MemberRole.MANDATAIRE, each.id))

    @property
    def offered(self) -> list[tuple[str, str, str | None]]:
        """The share that an invitation proposes, as facts."""
        if self.own is None:
            return []
        part = rules.percent(self.own.part) if self.own.part else None
        per_year = " par an" if any(lot.hours_per_year for lot in self.groupement.lots) else ""
        hours = format_hours(self.own.hours) + per_year if self.own.hours else None
        told = (("Part proposée", part), ("Heures proposées", hours), ("Vos tâches", self.own.tasks))
        return [(label, value, None) for label, value in told if value]

    @property
    def may_ask_again(self) -> bool:
        open_ = self.groupement.state is GroupementState.FORMING and self.groupement.open_to_requests
        return open_ and self.state is not MemberState.ASKING
