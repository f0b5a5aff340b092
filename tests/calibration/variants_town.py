"""A public lot of four communes, structures of its trade that told what they could carry, and a network of theirs."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.calibration import services
from portal.calibration.models import Opinion, Variant
from portal.calibration.queries import variants as queries
from portal.calibration.services import Word
from portal.calibration.split import SectorTerms, VariantTerms
from portal.directory.models import (
    Affiliation,
    Capacity,
    CapacityStatement,
    Commune,
    OfferedTrade,
    ServedTerritory,
)
from portal.forecast.models import Lot, Project
from portal.outbox.models import Message
from portal.vocabulary import (
    CapacityBand,
    MessageKind,
    OpinionVerdict,
    OrganisationKind,
    Role,
    ServiceType,
    TerritoryScope,
    Trade,
)
from tests.forecast import sample
from tests.groupements.people import Town, make_town
from tests.sourcing.acts import buyer_of
from tests.worlds import NOW

CODES = ("33001", "33002", "33003", "33004")
_PLACES = {"33001": (44.80, -0.60), "33002": (44.81, -0.59), "33003": (44.90, -0.40), "33004": (44.91, -0.41)}
_OF_TRADE = ("pont", "regie", "net", "renfort", "quai", "berge")


def make_calibrated(session: Session) -> Town:
    """Six structures of the trade, 3 500 h each, three ready to lead; « loin » is of another trade."""
    town = make_town(session, NOW)
    for number, name in enumerate(("quai", "berge", "loin"), start=30):
        town.add(name, number, OrganisationKind.EI, Role.STRUCTURE)
    for code, (latitude, longitude) in _PLACES.items():
        placed = {"latitude": latitude, "longitude": longitude, "population": 10_000}
        session.execute(update(Commune).where(Commune.code == code).values(**placed))
    for rank, name in enumerate(_OF_TRADE):
        _tell(town, name, Trade.CLEANING, leads=rank < 3)
    _tell(town, "loin", Trade.GREEN_SPACES, leads=True)
    for name in ("pont", "regie"):
        session.add(_affiliation(town, name))
    buyer_of(town)
    session.flush()
    return town


def _tell(town: Town, name: str, trade: Trade, *, leads: bool) -> None:
    organisation = town.organisations[name]
    organisation.offered = [OfferedTrade(trade=trade, service_type=ServiceType.PREST)]
    organisation.served = [ServedTerritory(scope=TerritoryScope.COMMUNE, code=code) for code in CODES]
    town.session.add(
        CapacityStatement(
            organisation_id=organisation.id,
            confirmed_on=NOW.date(),
            saved_at=NOW,
            can_lead=leads,
            bands=[Capacity(trade=trade, band=CapacityBand.FROM_3500)],
        )
    )


def _affiliation(town: Town, name: str) -> Affiliation:
    ids = {"network_id": town.organisations["reseau"].id, "structure_id": town.organisations[name].id}
    return Affiliation(**ids, asked_at=NOW, accepted_at=NOW)


def sized(town: Town, *, published: bool = True, **facts: Any) -> Lot:
    """A lot of 8 000 h a year over four communes: three leaders, 21 000 h offered."""
    told = sample.lot_facts(**{"commune_codes": CODES, "hours_wanted": Decimal(8000), "title": "Écoles", **facts})
    return _project(town, told, published=published).lots[0]


def _project(town: Town, told: Any, *, published: bool) -> Project:
    return sample.make_project(town.session, town.buyer_id, told, published=published)


def halves(
    name: str = "Est et ouest", hours: tuple[int | None, int | None] = (None, None), **told: Any
) -> VariantTerms:
    east, west = (None if each is None else Decimal(each) for each in hours)
    sectors = (SectorTerms("Est", CODES[2:], east), SectorTerms("Ouest", CODES[:2], west))
    return VariantTerms(name=name, sectors=sectors, **told)


def saved(town: Town, lot: Lot, terms: VariantTerms | None = None) -> Variant:
    return services.save_variant(town.session, lot, terms or halves(), actor=buyer_of(town), now=town.now)


def shared(town: Town, lot: Lot, *variants: Variant, note: str | None = None) -> list[Variant]:
    asked = list(variants) or [saved(town, lot)]
    services.share_variants(town.session, lot, asked, note=note, actor=buyer_of(town), now=town.now)
    return asked


def told(
    town: Town,
    variant: Variant,
    name: str,
    verdict: OpinionVerdict = OpinionVerdict.TOO_BIG,
    text: str | None = None,
    *,
    named: bool = False,
    version: int | None = None,
) -> Opinion:
    actor = town.actor(name)
    if version is None:
        known = queries.opinion_of(town.session, variant.id, actor.organisation_id)
        version = known.version if known else 0
    word = Word(verdict, text, named)
    return services.tell_opinion(town.session, variant, word, expected_version=version, actor=actor, now=town.now)


def kept(town: Town, lot: Lot, variant: Variant | None, reason: str = "Deux groupements au moins.") -> None:
    before = queries.choice_of(town.session, lot.id)
    seen = before.id if before else 0
    services.keep(town.session, lot, variant, reason, expected_choice=seen, actor=buyer_of(town), now=town.now)


def written_to(town: Town) -> list[str]:
    """Whom the demand for opinions is promised to."""
    asked = select(Message.recipient).where(Message.kind == MessageKind.CALIBRATION_SHARED)
    return sorted(town.session.scalars(asked))


def next_year() -> date:
    return NOW.date().replace(year=2028)
