"""A network, its members with what they told, and lots that ask more or less than they have."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.directory.models import (
    Affiliation,
    Capacity,
    CapacityStatement,
    HeldKind,
    OfferedTrade,
    Organisation,
    ServedTerritory,
)
from portal.directory.rules import SINCE_UNKNOWN
from portal.forecast.models import Lot
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.vocabulary import (
    CapacityBand,
    OrganisationKind,
    OrganisationSource,
    Role,
    ServiceType,
    TerritoryScope,
    Trade,
)
from tests.accounts.people import acting, give, new_account, new_organisation, siret
from tests.forecast import sample

TRADE = Trade.CLEANING


@dataclass
class Net:
    session: Session
    now: datetime
    buyer_id: int = 0
    network: Organisation = field(default_factory=Organisation)
    actor: Actor | None = None
    account: Account | None = None
    members: list[Organisation] = field(default_factory=list)
    affiliations: list[Affiliation] = field(default_factory=list)
    people: list[Account] = field(default_factory=list)

    def add(self, band: CapacityBand | None, *, accepted: bool = True, people: bool = True) -> Organisation:
        number = 20 + len(self.members)
        made = new_organisation(self.session, self.now, number, OrganisationKind.EI, name=f"Structure {number:03}")
        told = OfferedTrade(organisation_id=made.id, trade=TRADE, service_type=ServiceType.PREST)
        served = ServedTerritory(organisation_id=made.id, scope=TerritoryScope.EPCI, code=sample.RIVES)
        self.session.add_all([told, served])
        if band:
            self.tell(made, band)
        if people:
            person = new_account(self.session, self.now, f"p{number}@net.example", f"Personne {number}")
            give(self.session, person, made, Role.STRUCTURE, now=self.now)
            self.people.append(person)
        affiliation = Affiliation(network_id=self.network.id, structure_id=made.id, asked_at=self.now)
        affiliation.accepted_at = self.now if accepted else None
        self.session.add(affiliation)
        self.session.flush()
        self.members.append(made)
        self.affiliations.append(affiliation)
        return made

    def crowd(self, count: int) -> None:
        """So many members more, written at once, two out of three with a capacity."""
        source = OrganisationSource.PORTAL
        seen = {"source": source, "created_at": self.now, "updated_at": self.now}
        made = [Organisation(siret=siret(500 + rank), **seen) for rank in range(count)]
        for rank, each in enumerate(made):
            each.call(f"Foule {rank:03}", None)
            each.kinds = [HeldKind(kind=OrganisationKind.EI, valid_from=SINCE_UNKNOWN, source=source)]
            each.offered = [OfferedTrade(trade=TRADE, service_type=ServiceType.PREST)]
            each.served = [ServedTerritory(scope=TerritoryScope.EPCI, code=sample.RIVES)]
        self.session.add_all(made)
        self.session.flush()
        for rank, each in enumerate(made):
            since = {"asked_at": self.now, "accepted_at": self.now}
            self.session.add(Affiliation(network_id=self.network.id, structure_id=each.id, **since))
            if rank % 3:
                self.tell(each, CapacityBand.FROM_1500)
        self.session.flush()

    def tell(self, structure: Organisation, band: CapacityBand, on: date | None = None) -> None:
        day = on or paris_date(self.now)
        statement = CapacityStatement(organisation_id=structure.id, confirmed_on=day, saved_at=self.now, can_lead=True)
        statement.bands = [Capacity(trade=TRADE, band=band)]
        self.session.add(statement)

    def lot(self, hours: int) -> Lot:
        asked = sample.lot_facts(hours_wanted=Decimal(hours))
        return sample.make_project(self.session, self.buyer_id, asked).lots[0]

    @property
    def head(self) -> Actor:
        assert self.actor is not None
        return self.actor


def make_net(session: Session, now: datetime) -> Net:
    sample.make_country(session)
    net = Net(session, now, sample.make_buyer(session))
    net.network = new_organisation(session, now, 8, OrganisationKind.NETWORK, name="Réseau Essai")
    head = new_account(session, now, "tete@net.example", "Tête")
    give(session, head, net.network, Role.NETWORK, now=now)
    net.account, net.actor = head, acting(head, net.network, Role.NETWORK)
    return net
