"""Two people at once: each lot keeps one choice at a time, each ready-made variant is saved once, each word is kept."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.calibration import services
from portal.calibration.models import Choice, Opinion, Variant
from portal.calibration.services import Word
from portal.forecast.models import Lot
from portal.kernel.errors import PortalError
from portal.outbox.models import Message
from portal.storage import unit_of_work
from portal.vocabulary import MessageKind, OpinionVerdict
from tests.calibration.variants_town import make_calibrated, sized
from tests.groupements.people import Town
from tests.sourcing.acts import buyer_of


@pytest.fixture
def busy(fresh_engine: Engine) -> tuple[Town, int]:
    """The town, and the lot that its buyer sizes."""
    with Session(fresh_engine, expire_on_commit=False) as session:
        town = make_calibrated(session)
        lot = sized(town)
        session.commit()
    return town, lot.id


def _both(*acts: Any) -> list[str]:
    """Each act in its own transaction, at the same moment: what each was refused for."""
    together = Barrier(len(acts))

    def run(act: Any) -> str:
        try:
            together.wait(timeout=20)
            with unit_of_work() as session:
                act(session)
        except PortalError as refused:
            return type(refused).__name__
        return ""

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_two_people_who_size_one_lot_at_once_never_overrule_nor_double(
    busy: tuple[Town, int], fresh_engine: Engine
) -> None:
    (town, lot_id), now = busy, busy[0].now
    buyer, pont = buyer_of(town), town.actor("pont")
    town.session.close()

    def keep(reason: str) -> Any:
        return lambda session: services.keep(
            session, session.get_one(Lot, lot_id), None, reason, expected_choice=0, actor=buyer, now=now
        )

    def save(session: Session) -> None:
        services.save_ready_made(session, session.get_one(Lot, lot_id), 3, actor=buyer, now=now)

    assert _both(keep("Une raison."), keep("Une autre.")) == ["", "RuleViolation"]
    assert _both(save, save) == ["", ""]
    with Session(fresh_engine) as session:
        assert session.scalar(select(func.count()).select_from(Choice)) == 1
        variant_id = session.scalars(select(Variant.id)).one()

    def share(session: Session) -> None:
        lot, variant = session.get_one(Lot, lot_id), session.get_one(Variant, variant_id)
        services.share_variants(session, lot, [variant], actor=buyer, now=now)

    assert _both(share, share) == ["", "RuleViolation"]

    def tell(verdict: OpinionVerdict) -> Any:
        return lambda session: services.tell_opinion(
            session,
            session.get_one(Variant, variant_id),
            Word(verdict),
            expected_version=0,
            actor=pont,
            now=now,
        )

    assert _both(tell(OpinionVerdict.FITS), tell(OpinionVerdict.TOO_BIG)) == ["", "Stale"]
    with Session(fresh_engine) as session:
        assert session.scalar(select(func.count()).select_from(Opinion)) == 1
        asked = select(Message.recipient).where(Message.kind == MessageKind.CALIBRATION_SHARED)
        recipients = list(session.scalars(asked))
        assert len(recipients) == len(set(recipients)) == 7
