"""Any search of the public list, to subscribe to or to take away: the query string is that of the list."""

import tempfile
from collections.abc import Iterator, Sequence
from typing import IO
from urllib.parse import urlsplit

from flask import Response, request

from portal.forecast import queries
from portal.forecast.listing.search import in_batches
from portal.forecast.listing.selection import Order, Selection, read_selection
from portal.forecast.listing.words import described, summary
from portal.forecast.views import freshness
from portal.kernel import clock
from portal.kernel.text import slug
from portal.opendata import feeds, tables
from portal.opendata.addresses import absolute, settings
from portal.opendata.records import LotRecord, records_of
from portal.opendata.views.blueprint import pages
from portal.sourcing.queries import meetings_from
from portal.storage import reading
from portal.web import public, render

_PIECE = 64 * 1024
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/programmation.atom")
@public
def atom() -> Response:
    selection = _selection()
    with reading() as session:
        mark = queries.publication_mark(session)
        if (same := freshness.unchanged(mark, for_all=True)) is not None:
            return same
        page = feeds.feed_page(session, selection)
    plain = selection.starting(None)
    following = selection.sorted_by(Order.CHANGE).starting(page.next_place) if page.next_place else None
    body = render(
        "opendata/feed.xml",
        page=page,
        plain=feeds.plain,
        title=feeds.plain(f"Les achats à venir : {summary(selection)}"),
        updated=page.lots[0].changed_at if page.lots else mark.changed_at or clock.utc_now(),
        authority=_authority(),
        address_of=_addresses(),
        first_url=_address("opendata.atom", plain),
        self_url=_address("opendata.atom", selection),
        next_url=_address("opendata.atom", following) if following else None,
        list_url=_address("forecast.index", plain),
    )
    return freshness.shared(Response(body, mimetype="application/atom+xml"), mark, for_all=True)


@pages.get("/programmation.ics")
@public
def ics() -> Response:
    selection = _selection()
    with reading() as session:
        mark = queries.publication_mark(session)
        if (same := freshness.unchanged(mark, for_all=True)) is not None:
            return same
        lots = feeds.coming(session, selection)
        gone = feeds.ended(session, selection, clock.utc_now())
        meetings = feeds.meetings_for(selection, meetings_from(session, clock.utc_now()), lots)
        name = f"Achats à venir : {summary(selection)}"
        told = feeds.CalendarOf(name, _described(selection, lots), _authority(), _addresses())
        body = feeds.calendar(told, [*lots, *gone], meetings)
    return _file(freshness.shared(Response(body, mimetype="text/calendar"), mark, for_all=True), selection, "ics")


@pages.get("/programmation.csv")
@public
def csv() -> Response:
    with reading() as session:
        mark = queries.publication_mark(session)
    if (same := freshness.unchanged(mark, for_all=True)) is not None:
        return same
    selection = _selection()
    lines = tables.csv_lines(_batches(selection), _addresses())
    return _file(freshness.shared(Response(lines, mimetype="text/csv"), mark, for_all=True), selection, "csv")


@pages.get("/programmation.xlsx")
@public
def xlsx() -> Response:
    with reading() as session:
        mark = queries.publication_mark(session)
    if (same := freshness.unchanged(mark, for_all=True)) is not None:
        return same
    selection = _selection()
    body = b"" if request.method == "HEAD" else _pieces(_workbook(selection))
    return _file(freshness.shared(Response(body, mimetype=_XLSX), mark, for_all=True), selection, "xlsx")


def _workbook(selection: Selection) -> IO[bytes]:
    source = _address("forecast.index", selection)
    about = tables.About(described(selection), clock.today(), source, settings().open_data_licence)
    target = tempfile.TemporaryFile()  # noqa: SIM115 — closed once it is sent
    try:
        tables.write_xlsx(target, _batches(selection), _addresses(), about)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _batches(selection: Selection) -> Iterator[Sequence[LotRecord]]:
    """All in one transaction, open while the file is written: it holds one state of the list."""
    with reading() as session:
        for ids in in_batches(session, selection):
            yield records_of(session, ids)


def _selection() -> Selection:
    return read_selection(request.args.items(multi=True))


def _described(selection: Selection, lots: Sequence[LotRecord]) -> str:
    cut = f" ; les {feeds.MOST_EVENTS} lots les plus proches" if len(lots) >= feeds.MOST_EVENTS else ""
    return f"{described(selection)}{cut}. Prévisions sans engagement."


def _authority() -> feeds.Authority:
    return feeds.Authority(urlsplit(settings().base_url).hostname or "amont")


def _addresses() -> feeds.AddressOf:
    """Built once: a file of a hundred thousand lots outlives the request that asks for it."""
    base = absolute("forecast.index")

    def address_of(lot: LotRecord) -> str:
        return f"{base}/{lot.reference}" + (f"/lot-{lot.lot_in_address}" if lot.lot_in_address else "")

    return address_of


def _address(endpoint: str, selection: Selection) -> str:
    query = selection.address()
    return absolute(endpoint) + (f"?{query}" if query else "")


def _file(response: Response, selection: Selection, kind: str) -> Response:
    """Under a name that says what it holds: « achats-a-venir-proprete-2027.csv »."""
    what = slug(summary(selection))[:60].strip("-") if selection.is_restricted else ""
    name = f"achats-a-venir-{what}" if what else "achats-a-venir"
    way = "inline" if kind == "ics" else "attachment"
    response.headers["Content-Disposition"] = f'{way}; filename="{name}.{kind}"'
    return response
