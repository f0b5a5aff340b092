"""Any search to take away: what the files hold, what never runs in a spreadsheet, and how they are kept and paged."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import icalendar
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.forecast import services
from portal.forecast.listing.search import cursor_at, in_batches, matching
from portal.forecast.listing.selection import Facet, Order, Selection
from portal.kernel.period import PlannedPeriod
from portal.opendata import feeds
from portal.vocabulary import PlannedPrecision, Trade
from tests.forecast.sample import NOW, PROJECT, lot_facts, make_project, purchaser
from tests.statements import Statements

ATOM = {"a": "http://www.w3.org/2005/Atom"}
FILES = ("atom", "ics", "csv", "xlsx")
HOSTILE = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "  =1", "'=1")


def planned(day: date) -> PlannedPeriod:
    return PlannedPeriod(day, PlannedPrecision.MONTH)


def rows(answer: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def events(answer: TestResponse) -> list[Any]:
    calendar = icalendar.Calendar.from_ical(answer.data)
    assert isinstance(calendar, icalendar.Calendar)
    return list(calendar.events)


@pytest.mark.parametrize("kind", FILES)
def test_each_file_is_kept_until_something_is_published(
    client: FlaskClient, session: Session, buyer_id: int, kind: str
) -> None:
    make_project(session, buyer_id)
    session.commit()
    path = f"/programmation.{kind}?metier=proprete"
    first = client.get(path)
    assert first.status_code == 200
    assert first.data
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.get(path, headers=known).status_code == 304
    head = client.head(path)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    make_project(session, buyer_id, now=NOW + timedelta(hours=1))
    session.commit()
    assert client.get(path, headers=known).status_code == 200
    assert "public" in first.headers["Cache-Control"]
    assert "Set-Cookie" not in first.headers


def test_the_csv_opens_in_a_french_spreadsheet(client: FlaskClient, session: Session, buyer_id: int) -> None:
    project = make_project(
        session, buyer_id, lot_facts(title="Rive\ndroite"), lot_facts(title="Site", trade=Trade.DIGITAL)
    )
    session.commit()
    answer = client.get("/programmation.csv?metier=proprete&q=ecoles")
    assert answer.data.startswith(b"\xef\xbb\xbfProjet;Lot;")
    assert answer.data.count(b"\r\n") == 2
    (row,) = rows(answer)
    assert row["Montant estimé haut (€ HT)"] == "480000"
    assert (row["Du"], row["Heures d’insertion"]) == ("01/04/2027", "12000")
    assert row["Page du lot"].endswith(f"/programmation/{project.reference}/lot-1")
    assert row["Considérations sociales (DECP)"] == "Marché réservé"
    assert "achats-a-venir-ecoles-proprete.csv" in answer.headers["Content-Disposition"]


def test_no_cell_is_ever_a_formula(client: FlaskClient, session: Session, buyer_id: int) -> None:
    for text in HOSTILE:
        make_project(session, buyer_id, lot_facts(visit=text, replaced_contract=text), facts=PROJECT)
    session.commit()
    for row in rows(client.get("/programmation.csv")):
        assert not any(cell.strip()[:1] in set("=+-@") for cell in row.values())
        assert row["Marché remplacé"].startswith("'")
    book = client.get("/programmation.xlsx").data
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 't="inlineStr"' in sheet


def test_the_workbook_holds_days_and_numbers_and_says_what_it_is(
    client: FlaskClient, session: Session, buyer_id: int
) -> None:
    make_project(session, buyer_id)
    session.commit()
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get("/programmation.xlsx?q=ecoles").data))
    assert book.sheet_names == ["Lots", "Lisez-moi"]
    heading, lot = book.get_sheet_by_name("Lots").to_python()
    told = dict(zip(heading, lot, strict=True))
    assert told["Du"] == date(2027, 4, 1)
    assert told["Montant estimé haut (€ HT)"] == 480000.0
    about = {str(row[0]): row[1] for row in book.get_sheet_by_name("Lisez-moi").to_python()}
    assert "écoles" in str(about["Recherche"]) or "ecoles" in str(about["Recherche"])


def test_the_feed_says_what_changed_and_why(client: FlaskClient, session: Session, buyer_id: int) -> None:
    make_project(session, buyer_id)
    moved = make_project(session, buyer_id, now=NOW + timedelta(minutes=1))
    lot = moved.lots[0]
    services.revise_lot(
        session,
        lot,
        lot_facts(planned=planned(date(2027, 9, 1))),
        expected_version=lot.version,
        reason="Le gymnase ouvre plus tard.",
        actor=purchaser(buyer_id),
        now=NOW + timedelta(days=1),
    )
    session.commit()
    answer = client.get("/programmation.atom")
    feed = ET.fromstring(answer.data)  # noqa: S314 — our own answer
    first, second = feed.findall("a:entry", ATOM)
    assert first.findtext("a:updated", "", ATOM).startswith("2026-12-04")
    content = first.findtext("a:content", "", ATOM)
    assert "2ᵉ trimestre 2027 → septembre 2027" in content
    assert "Motif\u202f: Le gymnase ouvre plus tard." in content
    assert first.findtext("a:id", "", ATOM) != second.findtext("a:id", "", ATOM)
    assert "Motif" not in second.findtext("a:content", "", ATOM)


def pages_of_feed(client: FlaskClient) -> Iterator[list[str]]:
    path: str | None = "/programmation.atom"
    while path:
        feed = ET.fromstring(client.get(path).data)  # noqa: S314 — our own answer
        yield [entry.findtext("a:id", "", ATOM) for entry in feed.findall("a:entry", ATOM)]
        following = feed.find("a:link[@rel='next']", ATOM)
        path = following.get("href", "").removeprefix("http://127.0.0.1:8000") if following is not None else None


def test_pages_neither_hide_nor_repeat_while_lots_are_published(
    client: FlaskClient, session: Session, buyer_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "ENTRIES", 2)
    for minute in range(5):
        make_project(session, buyer_id, now=NOW + timedelta(minutes=minute))
    session.commit()
    seen: list[str] = []
    for number, ids in enumerate(pages_of_feed(client)):
        seen += ids
        make_project(session, buyer_id, now=NOW + timedelta(hours=number + 1))
        session.commit()
    assert len(seen) == len(set(seen)) == 5


def test_the_calendar_reads_back_and_drops_what_is_gone(client: FlaskClient, session: Session, buyer_id: int) -> None:
    long_title = "Nettoyage ; vitres, sols \\ façades « hautes » — " + "é" * 120
    make_project(session, buyer_id, now=NOW - timedelta(days=700))
    kept = make_project(session, buyer_id, lot_facts(title=long_title), lot_facts(title="Second"))
    dropped = make_project(session, buyer_id)
    services.drop(
        session,
        dropped,
        reason="Plus de budget.",
        expected_version=dropped.version,
        actor=purchaser(buyer_id),
        now=NOW + timedelta(minutes=5),
    )
    session.commit()
    answer = client.get("/programmation.ics")
    assert max(map(len, answer.data.split(b"\r\n"))) <= 75
    assert b"METHOD" not in answer.data
    found = {str(event["UID"]): event for event in events(answer)}
    assert long_title[:40] in str(found[f"consultation-{kept.reference}-1@127.0.0.1"]["SUMMARY"]).replace("\u202f", " ")
    gone = found[f"consultation-{dropped.reference}-1@127.0.0.1"]
    assert gone["STATUS"] == "CANCELLED"
    assert date(2027, 4, 1) == gone.DTSTART
    assert gone["SEQUENCE"] > found[f"consultation-{kept.reference}-2@127.0.0.1"]["SEQUENCE"]
    assert answer.data == client.get("/programmation.ics").data


def test_what_xml_refuses_never_reaches_it() -> None:
    assert feeds.plain("a\x00b\x0b\ud800\uffff\n") == "a b   \n".replace("  ", "  ")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.lists(
        st.tuples(
            st.sampled_from(
                ["q", "metier", "levier", "periode", "commune", "acheteur", "montant", "tri", "apres", "avant", "x"]
            ),
            st.text(max_size=30)
            | st.sampled_from(["%00", "2027-T9", "9" * 40, "0001-01-01~1", "1e99~1", "NaN~2", "%ED%A0%80"]),
        ),
        max_size=4,
    ),
    kind=st.sampled_from(["", ".atom", ".ics", ".csv"]),
)
def test_no_query_string_ever_fails(
    client: FlaskClient, buyer_id: int, query: list[tuple[str, str]], kind: str
) -> None:
    clean = [(name, value.encode("utf-8", "replace").decode()) for name, value in query]
    answer = client.get(f"/programmation{kind}", query_string=clean)
    assert answer.status_code in {200, 302}
    if kind == ".atom":
        ET.fromstring(answer.data)  # noqa: S314 — our own answer


@pytest.mark.parametrize("order", Order)
def test_batches_are_the_list_in_its_order(
    session: Session, buyer_id: int, order: Order, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    ids = {make_project(session, buyer_id, now=NOW + timedelta(minutes=n)).lots[0].id for n in range(5)}
    whole = matching(session, Selection(order=order))
    with sql_count() as statements:
        taken = [lot_id for batch in in_batches(session, Selection(order=order), size=2) for lot_id in batch]
    assert taken == list(whole)
    assert set(taken) == ids
    assert statements.count == 5
    assert matching(session, Selection(order=order), after=cursor_at(session, order, taken[2])) == taken[3:]


def test_only_what_changed_since(session: Session, buyer_id: int) -> None:
    make_project(session, buyer_id)
    late = make_project(session, buyer_id, now=NOW + timedelta(hours=1)).lots[0].id
    cleaning = Selection(chosen={Facet.TRADE: ("cleaning",)})
    assert matching(session, cleaning, changed_since=NOW) == [late]
