"""Each act on a contract takes its next version."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts import queries
from portal.contracts.models import Contract
from portal.kernel.errors import Stale
from portal.storage import ensure_current


def take(session: Session, contract: Contract, expected_version: int) -> None:
    """Take the contract's next version. Raises Stale with the whole contract, so that both versions compare."""
    try:
        ensure_current(contract, expected_version)
    except Stale as stale:
        current = session.scalars(queries.whole(select(Contract)).where(Contract.id == contract.id)).one()
        session.expunge_all()
        raise Stale(current=current) from stale
