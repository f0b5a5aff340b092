"""The list follows the directory, each night."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.forecast import queries
from portal.forecast.jobs import refresh_list
from portal.forecast.models import Listing, lot_search
from portal.storage import reading
from tests.forecast.sample import make_project


def found(words: str) -> int:
    asked = lot_search.asked(words)
    assert asked is not None
    with reading() as session:
        return len(session.scalars(select(Listing.lot_id).where(lot_search.holding(asked))).all())


def test_a_buyer_who_changes_name_is_found_under_the_new_one(session: Session, buyer_id: int, now: datetime) -> None:
    make_project(session, buyer_id)
    buyer = session.scalars(select(Organisation).where(Organisation.id == buyer_id)).one()
    buyer.call("Communauté des Trois Moulins", None)
    session.commit()
    before = queries.publication_mark(session)
    assert found("trois moulins") == 0

    assert refresh_list(now, True) == {"lots à relire": 1}
    assert found("trois moulins") == 0, "a dry run changes nothing"
    assert refresh_list(now, False) == {"lots relus": 1}

    assert found("trois moulins") == 1
    session.expire_all()
    after = queries.publication_mark(session)
    assert after.counter == before.counter + 1, "copies that browsers keep are stale"
    assert after.changed_at == before.changed_at, "nothing changed for the public"
