"""The room of a groupement, in words: what is missing and whose turn it is, the parts, the seal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from portal.contracts import policies as contracts
from portal.forecast.models import Lot
from portal.groupements import policies, queries, rules, translation
from portal.groupements.checklist import checklist
from portal.groupements.facts import ACTIVE, GroupementFacts, OwnElsewhere, SealedElsewhere
from portal.groupements.models import Agreement, Groupement
from portal.groupements.points import Point
from portal.groupements.queries import Verified
from portal.groupements.views import words
from portal.groupements.views.parts_page import PartsPage
from portal.kernel.actor import Actor
from portal.kernel.french import plural, typo
from portal.kernel.hours import format_hours
from portal.vocabulary import GroupementState, MemberRole, MemberState


@dataclass(frozen=True)
class Action:
    label: str
    url: str


_LABELS = {
    "request": "Lire et répondre",
    "lots": "Revoir les lots",
    "members": "Inviter",
    "terms": "Répartir",
    "propose": "Relire et proposer",
    "accept": "Relire et accepter",
    "seal": "Relire et sceller",
    "file": "Dire qu’elle est déposée",
    "documents": "Voir les pièces",
}
_ENDPOINTS = {"request": "answer_request", "lots": "edit", "members": "invite"}


@dataclass(frozen=True, kw_only=True)
class RoomRead:
    """What a room reads besides the groupement itself: see `queries`."""

    facts: GroupementFacts
    elsewhere: Iterable[SealedElsewhere]
    own: Iterable[OwnElsewhere]
    own_lots: int
    agreement: Agreement | None
    seal: Verified | None


class RoomPage:
    """The room of a groupement: for its members and whoever holds the pen."""

    def __init__(
        self,
        groupement: Groupement,
        actor: Actor,
        now: datetime,
        *,
        leads: bool,
        read: RoomRead,
    ) -> None:
        self.groupement, self.actor, self.now, self.leads = groupement, actor, now, leads
        self.agreement, self.facts, self.seal = read.agreement, read.facts, read.seal
        self.list = checklist(read.facts, actor.organisation_id, read.elsewhere, read.own, read.own_lots)
        self.lots = words.lots_of(groupement)
        self.is_forming = groupement.state is GroupementState.FORMING
        self.is_sealed = groupement.state is GroupementState.SEALED
        self.is_running = groupement.state in queries.RUNNING

    @property
    def subtitle(self) -> str:
        wanted = self.facts.hours_wanted
        hours = f"{format_hours(wanted)}{' par an' if self.facts.hours_per_year else ''}" if wanted else None
        planned = self.facts.tender_planned
        tender = "consultation en cours" if self.facts.in_tender else f"consultation : {planned}"
        return typo(" · ".join(filter(None, (hours, tender if self.is_running else None))))

    @property
    def count_words(self) -> str:
        missing, looks = len(self.list.mine) + len(self.list.theirs), len(self.list.to_look_at)
        counts = ((missing, f"{missing} à régler"), (looks, f"{looks} à regarder"))
        return ", ".join([*(words for count, words in counts if count), plural(len(self.list.done), "réglé")])

    def action(self, point: Point) -> Action | None:
        """Where one of my points is settled."""
        if point.step not in _LABELS:
            return None
        endpoint = f"groupements.{_ENDPOINTS.get(point.step, point.step)}"
        where = {"public_id": self.groupement.public_id}
        if point.step == "request" and point.member:
            where["member"] = point.member
        return Action(_LABELS[point.step], url_for(endpoint, **where))  # type: ignore[arg-type]

    @property
    def missing_words(self) -> str:
        """« Il manque 2 points : … », under the seal that cannot be pressed yet."""
        waited = self.list.before_seal
        told = [_lower(point.mine) if self.actor.organisation_id in point.by else point.theirs for point in waited]
        return typo(f"Il manque {plural(len(waited), 'point')} : {' ; '.join(told)}.")

    @property
    def parts(self) -> PartsPage:
        return PartsPage(self.groupement, self.facts, self.actor, self.now, leads=self.leads, agreement=self.agreement)

    @property
    def may_leave(self) -> bool:
        own = policies.member_of(self.groupement, self.actor.organisation_id)
        return self.is_forming and own is not None and own.state in ACTIVE and own.role is not MemberRole.MANDATAIRE

    def may_read(self, lot: Lot) -> bool:
        """Whether the contract of a lot that was won is this member's to open."""
        contract = lot.award.contract if lot.award else None
        return contract is not None and contracts.can_read(self.actor, contract)

    @property
    def papers_note(self) -> str:
        """Under which title they print."""
        waits = any(member.state is not MemberState.ACCEPTED for member in self.facts.active)
        sealed = self.groupement.state in rules.SEATED and not waits
        return "scellé" if sealed else typo("en préparation : chacun dit ce qui manque")

    @property
    def empowerments(self) -> list[tuple[str, str]]:
        """R2142-23: the habilitations to sign, one by member, with where they print."""
        named = {each.public_id: each.name for each in self.facts.active if not each.is_mandataire}
        called, lead = self.groupement.public_id, self.facts.mandataire
        address = "groupements.empowerment"
        return [(named[each], url_for(address, public_id=called, member=each)) for each in named if lead]

    @property
    def steps(self) -> list[dict[str, Any]]:
        return words.steps_of(self.groupement, self.facts)

    @property
    def form_means(self) -> str | None:
        return typo(words.FORM_MEANS[self.groupement.form]) if self.groupement.form else None


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def ensure_may_leave(groupement: Groupement, actor: Actor, now: datetime) -> None:
    """Raises RuleViolation when one cannot, before any form is drawn."""
    facts = translation.facts_of(groupement, now)
    own = policies.member_of(groupement, actor.organisation_id)
    rules.ensure_may_leave(facts, next(each for each in facts.members if own and each.public_id == own.public_id))
