"""A lot of one world that its buyer sizes: a variant that nobody else reads, one that is shared and kept."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from portal.calibration import services
from portal.calibration.split import SectorTerms, VariantTerms
from portal.forecast import services as forecast
from portal.forecast.facts import LotFacts, ProjectFacts
from portal.kernel.actor import SYSTEM
from portal.kernel.period import parse_period
from portal.vocabulary import Confidence, PurchaseFamily, Trade
from tests.forecast.sample import make_country

if TYPE_CHECKING:
    from tests.architecture.world import World

_CODES = ("33001", "33002")


def calibration_of(session: Session, world: "World", now: datetime) -> dict[str, str]:
    make_country(session)
    facts = ProjectFacts(
        title="Entretien des parcs", family=PurchaseFamily.SERVICES, contact_email="achats@monde.example"
    )
    planned = parse_period("T2 2028")
    lot_facts = LotFacts(
        trade=Trade.GREEN_SPACES, planned=planned, confidence=Confidence.PROBABLE, commune_codes=_CODES
    )
    buyer = world.organisations["buyer"].id
    by: dict[str, Any] = {"actor": SYSTEM, "now": now}
    project = forecast.create_project(session, buyer, facts, lot_facts, allotment_defined=True, **by)
    forecast.publish(session, project, expected_version=project.version, **by)
    lot = project.lots[0]
    whole = services.save_ready_made(session, lot, 1, **by)
    sectors = tuple(SectorTerms(f"Secteur {code}", (code,)) for code in _CODES)
    halves = services.save_variant(session, lot, VariantTerms(name="Deux secteurs", sectors=sectors), **by)
    services.share_variants(session, lot, [halves], **by)
    services.keep(session, lot, halves, "Deux groupements au moins.", expected_choice=0, **by)
    session.flush()
    return {"calibrated": project.reference, "variant": whole.public_id, "variant_shared": halves.public_id}
