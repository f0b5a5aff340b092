"""The members and their parts: the table of the room, and the bar above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask import url_for

from portal.forecast.wording import listed_places
from portal.groupements import policies, rules
from portal.groupements.facts import GroupementFacts, MemberFacts
from portal.groupements.models import Agreement, Groupement, Member
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date, typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros
from portal.vocabulary import GroupementState, MemberState


@dataclass(frozen=True)
class MemberRow:
    """A member, or someone awaited, in the table of the room."""

    name: str
    what: str
    tasks: str
    places: str | None
    amount: str
    hours: str
    part: str
    words: str
    tone: str | None
    icon: str | None
    is_mine: bool
    remove_url: str | None


@dataclass(frozen=True)
class Segment:
    """A stretch of the bar of parts, in percent of its width; solid, hatched (to accept) or dotted (awaited)."""

    start: float
    width: float
    kind: str
    name: str
    part: str


class PartsPage:
    """Who has which share, and where each stands."""

    def __init__(
        self,
        groupement: Groupement,
        facts: GroupementFacts,
        actor: Actor,
        now: datetime,
        *,
        leads: bool,
        agreement: Agreement | None,
    ) -> None:
        self.groupement, self.facts, self.now, self.leads = groupement, facts, now, leads
        self.agreement = agreement
        self.is_forming = groupement.state is GroupementState.FORMING
        self.own = policies.member_of(groupement, actor.organisation_id)

    @property
    def rows(self) -> list[MemberRow]:
        awaited = (MemberState.INVITED, MemberState.EXPIRED)
        shown = [each for each in self._members if each[1].is_active or each[1].state in awaited]
        return [self._row(member, facts) for member, facts in shown]

    @property
    def gone(self) -> list[tuple[str, str, str | None]]:
        """Name, what became of it, and why: for whoever leads."""
        past = {MemberState.DECLINED, MemberState.LEFT, MemberState.WITHDRAWN}
        gone = [each for each in self.groupement.members if each.state in past] if self.leads else []
        return [(each.organisation.shown_name, each.state.label, each.reason) for each in gone]

    @property
    def _members(self) -> list[tuple[Member, MemberFacts]]:
        pairs = list(zip(self.groupement.members, self.facts.members, strict=True))
        return sorted(pairs, key=lambda pair: (not pair[1].is_mandataire, not pair[1].is_active, pair[0].id))

    def _row(self, member: Member, facts: MemberFacts) -> MemberRow:
        words, tone, icon = self._standing(member, facts)
        kinds = sorted(kind.value for kind in member.organisation.kinds_on(paris_date(self.now)) if kind.is_structure)
        role = "mandataire" if facts.is_mandataire else "membre" if facts.is_active else "à venir"
        return MemberRow(
            name=facts.name,
            what=" · ".join([", ".join(kinds), role] if kinds else [role]),
            tasks="\u202f; ".join([*filter(None, [facts.tasks]), *self._essential(facts)]) or "—",
            places=places_words(facts.communes, self.facts.places),
            amount=format_euros(facts.amount) if facts.amount is not None else "—",
            hours=format_hours(facts.hours) if facts.hours is not None else "—",
            part=rules.percent(facts.part) if facts.part is not None else "—",
            words=words,
            tone=tone,
            icon=icon,
            is_mine=member is self.own,
            remove_url=self._remove_url(member, facts),
        )

    def _essential(self, facts: MemberFacts) -> list[str]:
        """R2142-27: the tasks that the buyer wants it to do itself."""
        asked = [label for lot, label in self.facts.tasks_asked if self._does(facts, lot.lot_id, label)]
        return [typo(f"{label} (tâche essentielle)") for label in asked]

    def _does(self, facts: MemberFacts, lot_id: int, label: str) -> bool:
        return self.facts.tasks.get((lot_id, label)) == facts.organisation_id

    def _standing(self, member: Member, facts: MemberFacts) -> tuple[str, str | None, str | None]:
        if facts.state is MemberState.ACCEPTED:
            at = self._accepted_at(member)
            return (f"Acceptée le {format_date(paris_date(at))}" if at else "Acceptée"), "ok", None
        if facts.state is MemberState.EXPIRED:
            return "Invitation expirée", "late", None
        if facts.state is MemberState.INVITED:
            until = f" jusqu’au {format_date(facts.expires_on)}" if facts.expires_on else ""
            return f"Invitée{until}", "quiet", "mail"
        if self.groupement.asked_number is not None:
            return "À accepter", "due", None
        return "Accord à proposer", "quiet", None

    def _accepted_at(self, member: Member) -> datetime | None:
        acceptances = self.agreement.acceptances if self.agreement else []
        return next((each.at for each in acceptances if each.member_id == member.id), None)

    def _remove_url(self, member: Member, facts: MemberFacts) -> str | None:
        if not (self.leads and self.is_forming) or facts.is_mandataire:
            return None
        return url_for("groupements.part_with", public_id=self.groupement.public_id, member=member.public_id)

    @property
    def total(self) -> tuple[str, str, str]:
        """Hours, parts and euros, the invited included as long as they are awaited."""
        shared = [facts for _, facts in self._members if facts.is_active or facts.state is MemberState.INVITED]
        hours = sum((facts.hours or Decimal(0) for facts in shared), Decimal(0))
        euros = sum((facts.amount or Decimal(0) for facts in shared), Decimal(0))
        return format_hours(hours), rules.percent(rules.total_part(shared)), format_euros(euros) if euros else "—"

    @property
    def hours_label(self) -> str:
        return "Heures par an" if self.facts.hours_per_year else "Heures"

    @property
    def note(self) -> str | None:
        return {
            rules.Parts.REQUIRED: None,
            rules.Parts.INDICATIVE: "parts indicatives : marché à bons de commande",
            rules.Parts.OPTIONAL: "parts facultatives : groupement solidaire",
        }[rules.parts_asked(self.facts)]

    @property
    def segments(self) -> list[Segment]:
        found, start = [], 0.0
        for _, facts in self._members:
            if facts.part and (facts.is_active or facts.state is MemberState.INVITED):
                width = facts.part / 100
                found.append(Segment(start, width, _KINDS[facts.state], facts.name, rules.percent(facts.part)))
                start += width
        return found


def places_words(codes: Sequence[str], names: Mapping[str, str]) -> str | None:
    """« toutes les communes », « Saint-Aubrin, Combeaux et 3 autres »; None when nothing was said."""
    if not codes:
        return None
    if len(names) > 1 and names.keys() <= set(codes):
        return "toutes les communes"
    return listed_places(sorted(names.get(code, code) for code in codes), _PLACES_SHOWN)


_PLACES_SHOWN = 4
_KINDS = {MemberState.ACCEPTED: "solid", MemberState.JOINED: "hatched", MemberState.INVITED: "dotted"}
