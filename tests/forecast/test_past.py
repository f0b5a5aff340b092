"""What was announced and ended stays in reach, page after page, in a fixed number of statements."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.forecast import queries, services
from tests.forecast.sample import NOW, purchaser
from tests.forecast.test_awards import in_tender
from tests.forecast.test_public_pages import text_of
from tests.statements import Statements


def test_ended_lots_are_listed_last_decided_first(
    client: FlaskClient,
    session: Session,
    buyer_id: int,
    sql_count: Callable[[], AbstractContextManager[Statements]],
) -> None:
    project = in_tender(session, buyer_id, *(f"Site {number}" for number in range(22)))
    for lot in list(project.lots):
        services.close_lot(
            session,
            project,
            lot,
            reason="Aucune offre.",
            expected_version=lot.version,
            actor=purchaser(buyer_id),
            now=NOW + timedelta(days=lot.number),
        )
    session.commit()
    with sql_count() as statements:
        first = queries.ended_lots(session, None)
    assert statements.count <= 2
    second = queries.ended_lots(session, first.following)
    assert len(first.lots) == 20
    assert len({lot.title for lot in [*first.lots, *second.lots]}) == 22
    assert second.following is None
    page = client.get("/programmation/attribues")
    assert "« Aucune offre. »" in text_of(page)
    assert 'rel="next"' in page.text
    assert client.get("/programmation/attribues?apres=n~importe").status_code == 200
