"""The words that contracts are found by."""

from collections.abc import Collection, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts import queries
from portal.contracts.models import Contract, contract_search


def index_contracts(session: Session, ids: Collection[int]) -> None:
    """Make contracts found by their number, object, trade, buyer and titulaires, as they now stand."""
    session.flush()
    contracts = session.scalars(queries.with_holders(select(Contract)).where(Contract.id.in_(ids)))
    contract_search.index_many(
        session, {contract.id: " ".join(filter(None, _words(contract))) for contract in contracts}
    )


def _words(contract: Contract) -> Iterator[str | None]:
    yield from (contract.number, contract.object, contract.reference)
    yield contract.trade.label if contract.trade else None
    yield contract.buyer.shown_name if contract.buyer else contract.buyer_name or contract.buyer_identifier
    for held in contract.titulaires:
        yield from (held.shown_name, held.name, held.identifier)
