"""A buyer's lot, structures and a network with their people, and groupements at each of their steps."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.directory.models import Organisation
from portal.forecast import services as forecast
from portal.forecast.models import Lot, Project
from portal.groupements import services
from portal.groupements.facts import About, Offer, Share, Terms
from portal.groupements.models import Groupement, Member
from portal.kernel.actor import Actor
from portal.vocabulary import GroupementForm, MemberState, OrganisationKind, Role
from tests.accounts.people import acting, give, new_account, new_organisation
from tests.forecast import sample
from tests.worlds import NOW

CONJOINT = GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE


@dataclass
class Town:
    """Who is there: organisations, one person for each, and the lot they may answer."""

    session: Session
    now: datetime
    buyer_id: int = 0
    organisations: dict[str, Organisation] = field(default_factory=dict)
    people: dict[str, Account] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    public: Project | None = None
    """Reserved to structures of insertion, one lot of two communes, 12 000 h a year over two years."""

    def add(self, name: str, number: int, kind: OrganisationKind, role: Role) -> None:
        organisation = new_organisation(self.session, self.now, number, kind, name=name.title())
        person = new_account(self.session, self.now, f"{name}@town.example", f"Personne {name.title()}")
        give(self.session, person, organisation, role, now=self.now)
        self.organisations[name], self.people[name], self.roles[name] = organisation, person, role

    def actor(self, name: str) -> Actor:
        return acting(self.people[name], self.organisations[name], self.roles[name])

    def project(self, *lots: Any, **facts: Any) -> Project:
        return sample.make_project(self.session, self.buyer_id, *lots, **facts)

    def purchaser(self) -> Actor:
        return sample.purchaser(self.buyer_id)

    def open_tender(self, project: Project) -> None:
        forecast.open_tender(
            self.session,
            project,
            url="https://marches.example/1",
            offers_due_on=sample.NOW.date().replace(year=2027),
            expected_version=project.version,
            actor=self.purchaser(),
            now=self.now,
        )


def make_town(session: Session, now: datetime) -> Town:
    sample.make_country(session)
    town = Town(session, now, sample.make_buyer(session))
    kinds = (OrganisationKind.EI, OrganisationKind.ACI, OrganisationKind.AI, OrganisationKind.ETTI)
    for number, (name, kind) in enumerate(zip(("pont", "regie", "net", "renfort"), kinds, strict=True), start=1):
        town.add(name, number, kind, Role.STRUCTURE)
    town.add("batisseurs", 5, OrganisationKind.COMPANY, Role.TITULAIRE)
    town.add("reseau", 6, OrganisationKind.NETWORK, Role.NETWORK)
    town.add("autre_reseau", 7, OrganisationKind.NETWORK, Role.NETWORK)
    return town


def the_town(session: Session) -> Town:
    """What tests start from."""
    return make_town(session, NOW)


def the_town_and_its_lot(session: Session) -> Town:
    """The same, with the one public project of `lot` and `project`."""
    town = make_town(session, NOW)
    town.public = town.project()
    return town


def opened(town: Town, lot: Lot, by: str = "pont", name: str = "Groupement des Trois Berges") -> Groupement:
    about = About(name=name)
    return services.open_groupement(town.session, lot, about, actor=town.actor(by), now=town.now)


def joined(town: Town, groupement: Groupement, *names: str, by: str = "pont") -> None:
    for name in names:
        services.invite(
            town.session, groupement, town.organisations[name], Offer("Venez."), actor=town.actor(by), now=town.now
        )
        services.answer_invitation(
            town.session, groupement, accepted=True, reason=None, actor=town.actor(name), now=town.now
        )


def member(town: Town, groupement: Groupement, name: str) -> Member:
    wanted = town.organisations[name].id
    return next(each for each in groupement.members if each.organisation_id == wanted)


def terms(
    town: Town,
    groupement: Groupement,
    parts: dict[str, int],
    *,
    mandataire: str | None = "pont",
    form: GroupementForm | None = CONJOINT,
) -> Terms:
    shares = {
        member(town, groupement, name).public_id: Share(part, Decimal(part), f"Tâches de {name}")
        for name, part in parts.items()
    }
    return Terms(form, member(town, groupement, mandataire).public_id if mandataire else None, shares)


def shared(town: Town, groupement: Groupement, parts: dict[str, int], *, by: str = "pont", **others: Any) -> None:
    services.set_terms(
        town.session,
        groupement,
        terms(town, groupement, parts, **others),
        expected_version=groupement.version,
        actor=town.actor(by),
        now=town.now,
    )


def proposed(town: Town, groupement: Groupement, *, by: str = "pont") -> int:
    made = services.propose(
        town.session, groupement, expected_version=groupement.version, actor=town.actor(by), now=town.now
    )
    return made.number


def accepted(town: Town, groupement: Groupement, names: Iterable[str]) -> None:
    for name in names:
        services.accept(town.session, groupement, groupement.asked_number or 0, actor=town.actor(name), now=town.now)


def sealed(town: Town, groupement: Groupement, *, by: str = "pont") -> None:
    services.seal(town.session, groupement, expected_version=groupement.version, actor=town.actor(by), now=town.now)


def agreed(town: Town, lot: Lot, *names: str, by: str = "pont") -> Groupement:
    """Two members or more, equal parts, an agreement that all have accepted: one seal away."""
    names = names or ("regie",)
    groupement = opened(town, lot, by)
    joined(town, groupement, *names, by=by)
    parts = dict.fromkeys((by, *names), 10_000 // (1 + len(names)))
    parts[by] += 10_000 - sum(parts.values())
    shared(town, groupement, parts, by=by, mandataire=by)
    proposed(town, groupement, by=by)
    accepted(town, groupement, (by, *names))
    return groupement


def filed(town: Town, lot: Lot, *names: str, by: str = "pont") -> Groupement:
    groupement = agreed(town, lot, *names, by=by)
    sealed(town, groupement, by=by)
    services.file(town.session, groupement, expected_version=groupement.version, actor=town.actor(by), now=town.now)
    return groupement


def states(groupement: Groupement) -> set[MemberState]:
    return {each.state for each in groupement.members}
