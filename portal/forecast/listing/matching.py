"""The lots that a selection holds, in its order, by batches: for feeds, files, alerts and the API.

What the page counts is left out: one statement a batch, which starts right after the last lot of the one before.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, Select, bindparam, select, tuple_
from sqlalchemy.orm import Session

from portal.forecast.listing.conditions import holding, parameters_of
from portal.forecast.listing.selection import Cursor, Order, Selection
from portal.forecast.models import Listing, lot_search

_rows = Listing.__table__.c


def matching(
    session: Session,
    selection: Selection,
    *,
    after: Cursor | None = None,
    most: int = 500,
    changed_since: datetime | None = None,
) -> Sequence[int]:
    """At most `most` lot ids in the order of the selection, whose own cursor does not count; see `cursor_at`.

    With `changed_since`, only the lots whose last public change came strictly after that instant.
    """
    wanted = _wanted(selection)
    parameters = parameters_of(selection)
    if changed_since is not None:
        wanted = wanted.where(_rows.changed_at > changed_since)
    if after is not None:
        wanted = wanted.where(_beyond(selection.order))
        parameters |= {"key": after.key, "lot_id": after.lot_id}
    here = _place(selection.order)
    ordered = [column.desc() for column in here] if selection.order.descending else list(here)
    return session.scalars(wanted.order_by(*ordered).limit(most), parameters).all()


def in_batches(
    session: Session, selection: Selection, *, size: int = 500, changed_since: datetime | None = None
) -> Iterator[Sequence[int]]:
    """All the lots of a selection, batch after batch."""
    after: Cursor | None = None
    while ids := matching(session, selection, after=after, most=size, changed_since=changed_since):
        yield ids
        if len(ids) < size:
            return
        after = cursor_at(session, selection.order, ids[-1])


def cursor_at(session: Session, order: Order, lot_id: int) -> Cursor | None:
    """The place of a lot in an order; None when the list no longer holds it."""
    key = session.scalar(select(_rows[order.column]).where(_rows.lot_id == lot_id))
    return None if key is None else Cursor(key, lot_id)


def _wanted(selection: Selection) -> Select[int]:
    wanted = select(_rows.lot_id).where(*(holding(facet) for facet in selection.chosen))
    asked = lot_search.asked(selection.text)
    return wanted if asked is None else wanted.where(lot_search.holding(asked))


def _place(order: Order) -> tuple[ColumnElement[object], ColumnElement[int]]:
    return _rows[order.column], _rows.lot_id


def _beyond(order: Order) -> ColumnElement[bool]:
    here = _place(order)
    there = tuple_(bindparam("key", type_=here[0].type), bindparam("lot_id", type_=Integer))
    return tuple_(*here) < there if order.descending else tuple_(*here) > there
