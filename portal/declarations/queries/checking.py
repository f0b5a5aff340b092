"""What goes with deposits, for who checks them."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from portal.declarations.models import DepositLine
from portal.directory.models import Organisation


def employers_of(session: Session, lines: Iterable[DepositLine]) -> Mapping[int, str]:
    """By organisation id: the names of those who employ people for the declarant."""
    ids = {line.employer_id for line in lines if line.employer_id is not None}
    if not ids:
        return {}
    whole = select(Organisation).where(Organisation.id.in_(ids))
    named = whole.options(lazyload(Organisation.offered), lazyload(Organisation.served), lazyload(Organisation.kinds))
    return {each.id: each.shown_name for each in session.scalars(named)}
