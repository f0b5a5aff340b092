"""Groupements of one world at each step: led by its structure, coordinated by its network, or led by its neighbour."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.forecast.models import Lot, Project
from portal.groupements import services
from portal.groupements.facts import About, Offer, Share, Terms
from portal.groupements.models import Groupement, Member
from portal.kernel.actor import Actor
from portal.vocabulary import PERMISSIONS_OF, GroupementForm, Role

if TYPE_CHECKING:
    from tests.architecture.world import World

_LEAD, _OTHER = "structure", "claimed"


def groupements_of(session: Session, world: "World", now: datetime) -> dict[str, str]:
    """Public ids, by what one does with each; `invitee` and `asker` are those of the first one's members."""
    there = _Making(session, world, now)
    forming = there.opened(_LEAD)
    invitee, _ = services.invite(
        session, forming, world.organisations[_OTHER], Offer(), actor=there.actor(_LEAD), now=now
    )
    asker = services.ask_to_join(session, forming, None, actor=there.actor("applicant"), now=now)
    invited, asked = there.opened(_OTHER), there.opened(_OTHER)
    services.invite(session, invited, world.organisations[_LEAD], Offer(), actor=there.actor(_OTHER), now=now)
    services.ask_to_join(session, asked, None, actor=there.actor(_LEAD), now=now)
    made = {
        "groupement": forming,
        "groupement_invited": invited,
        "groupement_asked": asked,
        "groupement_joinable": there.opened(_OTHER),
        "groupement_joined": there.joined(_OTHER, _LEAD),
        "groupement_agreed": there.agreed(there.lot("published")),
        "groupement_ready": there.ready(there.lot("published")),
        "groupement_sealed": there.sealed(there.lot("in_tender", 2)),
        "groupement_filed": there.filed(there.lot("in_tender", 1)),
    }
    session.flush()
    ids = {name: each.public_id for name, each in made.items()}
    empowered = there.member(made["groupement_agreed"], _OTHER)
    members = {"invitee": invitee, "asker": asker, "empowered": empowered}
    return ids | {name: each.public_id for name, each in members.items()}


class _Making:
    def __init__(self, session: Session, world: "World", now: datetime) -> None:
        self.session, self.world, self.now = session, world, now

    def actor(self, name: str) -> Actor:
        organisation = self.world.organisations[name]
        permissions = PERMISSIONS_OF[Role.STRUCTURE]
        return Actor(None, name, organisation.id, organisation.name, frozenset({Role.STRUCTURE}), permissions)

    def lot(self, name: str, number: int = 1) -> Lot:
        reference = self.world.objects[name]
        named = select(Lot).join(Lot.project).where(Project.reference == reference, Lot.number == number)
        return self.session.scalars(named).one()

    def opened(self, by: str, lot: Lot | None = None) -> Groupement:
        about = About(name=f"Groupement {by}")
        actor, where = self.actor(by), lot or self.lot("published")
        groupement = services.open_groupement(self.session, where, about, actor=actor, now=self.now)
        if by == _LEAD:
            groupement.network_id = self.world.organisations["network"].id
        return groupement

    def joined(self, by: str, other: str, lot: Lot | None = None) -> Groupement:
        groupement = self.opened(by, lot)
        partner = self.world.organisations[other]
        services.invite(self.session, groupement, partner, Offer(), actor=self.actor(by), now=self.now)
        services.answer_invitation(
            self.session, groupement, accepted=True, reason=None, actor=self.actor(other), now=self.now
        )
        return groupement

    def agreed(self, lot: Lot) -> Groupement:
        """An agreement is asked, and nobody has accepted it."""
        groupement = self.joined(_LEAD, _OTHER, lot)
        lead, other = self.member(groupement, _LEAD), self.member(groupement, _OTHER)
        shares = {lead.public_id: Share(6000), other.public_id: Share(4000)}
        terms = Terms(GroupementForm.CONJOINT, lead.public_id, shares)
        services.set_terms(self.session, groupement, terms, **self._step(groupement))
        services.propose(self.session, groupement, **self._step(groupement))
        return groupement

    def ready(self, lot: Lot) -> Groupement:
        groupement = self.agreed(lot)
        for name in (_LEAD, _OTHER):
            services.accept(self.session, groupement, 1, actor=self.actor(name), now=self.now)
        return groupement

    def sealed(self, lot: Lot) -> Groupement:
        groupement = self.ready(lot)
        services.seal(self.session, groupement, **self._step(groupement))
        return groupement

    def filed(self, lot: Lot) -> Groupement:
        groupement = self.sealed(lot)
        services.file(self.session, groupement, **self._step(groupement))
        return groupement

    def member(self, groupement: Groupement, name: str) -> Member:
        wanted = self.world.organisations[name].id
        return next(each for each in groupement.members if each.organisation_id == wanted)

    def _step(self, groupement: Groupement) -> dict[str, Any]:
        return {"expected_version": groupement.version, "actor": self.actor(_LEAD), "now": self.now}
