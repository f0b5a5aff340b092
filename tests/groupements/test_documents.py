"""Documents: asked in one gesture, brought by each member, opened by two, frozen by the filing, swept in time."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.forecast.models import Lot
from portal.groupements import queries, services, translation
from portal.groupements.checklist import checklist
from portal.groupements.documents import queries as documents
from portal.groupements.documents import services as asking
from portal.groupements.documents.services import KEEPER, Asked, Brought
from portal.groupements.models import Groupement, MemberDocument
from portal.journal.models import JournalEntry
from portal.kernel import clock
from portal.kernel.errors import NotFound, Refused, RuleViolation
from portal.pieces import files
from portal.pieces.jobs import sweep_files
from portal.vocabulary import DocumentKind
from tests.declarations import paper
from tests.groupements.pages import enter, press, room
from tests.groupements.people import Town, agreed, filed, joined, member, opened
from tests.statements import Statements

PDF = paper.PDF


@pytest.fixture
def groupement(town: Town, lot: Lot) -> Groupement:
    made = opened(town, lot)
    joined(town, made, "regie")
    return made


def ask(town: Town, groupement: Groupement, *names: str, label: str = "Plan de charge") -> list[str]:
    """The public ids of the documents asked, in the order of the names."""
    wanted = {member(town, groupement, name).public_id for name in names}
    new = Asked(kind=DocumentKind.OTHER, label=label, members=wanted)
    asking.ask(town.session, groupement, new, actor=town.actor("pont"), now=town.now)
    return [only(town, groupement, name, label) for name in names]


def only(town: Town, groupement: Groupement, name: str, label: str) -> str:
    asked = documents.of(town.session, groupement)[member(town, groupement, name).id]
    return next(each.public_id for each in asked if each.label == label)


def bring(
    town: Town,
    groupement: Groupement,
    public_id: str,
    *,
    by: str = "regie",
    expires_on: date | None = None,
    content: bytes = PDF,
) -> MemberDocument:
    with files.staged(content) as staged:
        new = Brought(staged=staged, media_type="application/pdf", expires_on=expires_on)
        return asking.bring(town.session, groupement, public_id, new, actor=town.actor(by), now=town.now)


def turns(town: Town, groupement: Groupement, name: str) -> list[str]:
    """What « Ce qui manque » asks of this organisation about documents."""
    town.session.flush()
    town.session.expire_all()
    again = queries.by_id(town.session, groupement.id)
    told = checklist(translation.facts_of(again, town.now), town.organisations[name].id)
    return [point.mine for point in told.mine if point.step == "documents"]


@pytest.mark.usefixtures("client")
def test_the_usual_ones_are_asked_of_all_in_one_gesture_and_no_more_than_once(
    town: Town, groupement: Groupement, session: Session
) -> None:
    count = asking.ask_usual(session, groupement, actor=town.actor("pont"), now=town.now)
    asked = documents.of(session, groupement)
    mandataire, other = ({each.kind for each in asked[member(town, groupement, name).id]} for name in ("pont", "regie"))
    assert count == len(mandataire) + len(other)
    assert other - mandataire == {DocumentKind.EMPOWERMENT}, "who is mandataire empowers nobody"
    assert DocumentKind.STRUCTURE_AGREEMENT in mandataire, "the lot is reserved"
    with pytest.raises(RuleViolation, match="déjà demandées"):
        asking.ask_usual(session, groupement, actor=town.actor("pont"), now=town.now)
    joined(town, groupement, "net")
    assert asking.ask_usual(session, groupement, actor=town.actor("pont"), now=town.now) == len(other)
    assert turns(town, groupement, "net") == ["Apporter 8 pièces"]


@pytest.mark.usefixtures("client")
def test_one_more_by_name_of_one_or_of_all(town: Town, groupement: Groupement, session: Session) -> None:
    ask(town, groupement, "regie")
    both = {member(town, groupement, name).public_id for name in ("pont", "regie")}
    again = Asked(kind=DocumentKind.OTHER, label="PLAN de charge", members=both)
    assert asking.ask(session, groupement, again, actor=town.actor("pont"), now=town.now) == 1, "Regie has it already"
    with pytest.raises(RuleViolation, match="déjà demandée"):
        asking.ask(session, groupement, again, actor=town.actor("pont"), now=town.now)
    unnamed = Asked(kind=DocumentKind.OTHER, label=None, members={member(town, groupement, "regie").public_id})
    with pytest.raises(RuleViolation, match="Dites quelle pièce"):
        asking.ask(session, groupement, unnamed, actor=town.actor("pont"), now=town.now)


@pytest.mark.usefixtures("client")
def test_only_whoever_holds_the_pen_asks_and_only_the_member_brings(
    town: Town, groupement: Groupement, session: Session
) -> None:
    (public_id,) = ask(town, groupement, "regie")
    with pytest.raises(Refused):
        asking.ask_usual(session, groupement, actor=town.actor("regie"), now=town.now)
    with pytest.raises(Refused):
        asking.stop_asking(session, groupement, public_id, actor=town.actor("regie"), now=town.now)
    for stranger in ("pont", "net", "autre_reseau"):
        with pytest.raises(NotFound):
            bring(town, groupement, public_id, by=stranger)
        with pytest.raises(NotFound):
            asking.take_back(session, groupement, public_id, actor=town.actor(stranger), now=town.now)


@pytest.mark.usefixtures("client")
def test_what_is_missing_or_will_not_last_is_said_with_whose_turn_it_is(
    town: Town, groupement: Groupement, session: Session
) -> None:
    (public_id,) = ask(town, groupement, "regie")
    assert turns(town, groupement, "regie") == ["Apporter 1 pièce"]
    assert turns(town, groupement, "pont") == []
    planned = translation.candidacy_on(groupement, town.now)
    assert planned > town.now.date()
    bring(town, groupement, public_id, expires_on=planned - timedelta(days=1))
    assert turns(town, groupement, "regie") == ["Renouveler\u202f: Plan de charge"]
    bring(town, groupement, public_id, expires_on=planned)
    assert turns(town, groupement, "regie") == []
    with pytest.raises(RuleViolation, match="ne vaut plus"):
        bring(town, groupement, public_id, expires_on=clock.paris_date(town.now) - timedelta(days=1))
    waiting = queries.waiting(session, town.actor("regie"), town.now)
    assert "documents" not in {each.step for each in waiting}


@pytest.mark.any_database
def test_a_member_brings_opens_replaces_and_takes_back_by_its_pages(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    (public_id,) = ask(town, groupement, "regie")
    enter(client, town, "regie")
    page = f"/pieces/{public_id}"
    assert "À apporter" in client.get(room(groupement, "/pieces")).text
    for content, words in ((b"MZ" + bytes(80), "programme"), (b"", "vide"), (PDF[:-30], "abîmé")):
        answer = press(client, room(groupement, f"{page}/apporter"), file=(BytesIO(content), "a.pdf"))
        assert (answer.status_code, words in answer.text) == (422, True), words
    wrong = {"file": (BytesIO(PDF), "a.pdf"), "expires_on": "31/02/2027"}
    answer = press(client, room(groupement, f"{page}/apporter"), **wrong)
    assert answer.status_code == 422
    assert "31/02/2027" in answer.text
    right = {"file": (BytesIO(PDF), "../x.exe"), "expires_on": "31/12/2027"}
    assert press(client, room(groupement, f"{page}/apporter"), **right).status_code == 302
    assert "vaut jusqu’au 31" in client.get(room(groupement, "/pieces")).text
    handed = press(client, room(groupement, f"{page}/ouvrir"))
    assert (handed.status_code, handed.data) == (200, PDF)
    assert handed.headers["Content-Disposition"].startswith("attachment; filename=plan-de-charge-")
    assert client.get(room(groupement, f"{page}/ouvrir")).status_code == 405
    events = session.scalars(select(JournalEntry.event).where(JournalEntry.object_id == groupement.id)).all()
    assert events.count("groupement.document_read") == 1
    assert press(client, room(groupement, f"{page}/reprendre")).status_code == 302
    assert press(client, room(groupement, f"{page}/ouvrir")).status_code == 404


@pytest.mark.any_database
def test_who_leads_opens_it_another_member_does_not(client: FlaskClient, town: Town, groupement: Groupement) -> None:
    joined(town, groupement, "net")
    (public_id,) = ask(town, groupement, "regie")
    bring(town, groupement, public_id)
    enter(client, town, "pont")
    assert press(client, room(groupement, f"/pieces/{public_id}/ouvrir")).data == PDF
    enter(client, town, "net")
    page = client.get(room(groupement, "/pieces")).text
    assert "Plan de charge" not in page
    assert "1 sur 1" in page
    assert press(client, room(groupement, f"/pieces/{public_id}/ouvrir")).status_code == 404


@pytest.mark.any_database
def test_the_leader_asks_by_its_pages_and_stops_asking(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session
) -> None:
    enter(client, town, "pont")
    for told in ("pièces demandées", "déjà demandées"):
        assert press(client, room(groupement, "/pieces/habituelles")).status_code == 302
        assert told in client.get(room(groupement, "/pieces")).text
    odd = {"kind": "no-such-kind", "label": "x\x00" * 300, "member": "nobody"}
    assert press(client, room(groupement, "/pieces/demander"), **odd).status_code == 422
    named = {"kind": "other", "label": "Certificat\x00 Qualiopi", "member": ""}
    assert press(client, room(groupement, "/pieces/demander"), **named).status_code == 302
    page = client.get(room(groupement, "/pieces")).text
    assert page.count("Certificat Qualiopi") >= 2
    public_id = only(town, groupement, "regie", "Certificat Qualiopi")
    assert press(client, room(groupement, f"/pieces/{public_id}/ne-plus-demander")).status_code == 302
    session.expire_all()
    assert press(client, room(groupement, f"/pieces/{public_id}/ne-plus-demander")).status_code == 404


def test_the_page_reads_a_fixed_number_of_statements(
    client: FlaskClient, town: Town, groupement: Groupement, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    counts = []
    for newcomer in (None, "net", "renfort"):
        if newcomer:
            joined(town, groupement, newcomer)
        asking.ask_usual(town.session, groupement, actor=town.actor("pont"), now=town.now)
        enter(client, town, "pont")
        with sql_count() as statements:
            assert client.get(room(groupement, "/pieces")).status_code == 200
        counts.append(statements.count)
    assert counts[1] == counts[2]
    assert counts[0] == counts[1]


def test_the_filing_freezes_them(client: FlaskClient, town: Town, lot: Lot, session: Session) -> None:
    town.open_tender(lot.project)
    groupement = agreed(town, lot, "regie")
    (public_id,) = ask(town, groupement, "regie")
    bring(town, groupement, public_id)
    for act in (services.seal, services.file):
        act(session, groupement, expected_version=groupement.version, actor=town.actor("pont"), now=town.now)
    for frozen in (
        lambda: bring(town, groupement, public_id),
        lambda: asking.take_back(session, groupement, public_id, actor=town.actor("regie"), now=town.now),
        lambda: asking.stop_asking(session, groupement, public_id, actor=town.actor("pont"), now=town.now),
        lambda: asking.ask_usual(session, groupement, actor=town.actor("pont"), now=town.now),
    ):
        with pytest.raises(RuleViolation, match="La candidature est déposée"):
            frozen()
    enter(client, town, "regie")
    assert client.get(room(groupement, f"/pieces/{public_id}/apporter")).status_code == 302
    assert press(client, room(groupement, f"/pieces/{public_id}/ouvrir")).data == PDF


def test_who_left_reads_its_documents_no_more_and_they_are_swept(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session, moment: time_machine.Traveller
) -> None:
    (public_id,) = ask(town, groupement, "regie")
    content = PDF + b"\n% of the one that leaves"
    bring(town, groupement, public_id, content=content)
    path = files.path_of(hashlib.sha256(content).hexdigest())
    services.leave(session, groupement, "Autre chantier.", actor=town.actor("regie"), now=town.now)
    session.commit()
    for name in ("regie", "pont"):
        enter(client, town, name)
        assert press(client, room(groupement, f"/pieces/{public_id}/ouvrir")).status_code == 404
    later = _in_days(2)
    assert path.exists()
    told = sweep_files([KEEPER], later, True)
    assert told["pièces de groupements oubliées"] == 1
    assert sweep_files([KEEPER], later, False)["pièces de groupements oubliées"] == 1
    session.expire_all()
    left = session.scalars(select(MemberDocument).where(MemberDocument.public_id == public_id)).one()
    assert left.file_id is None
    assert left.brought_at is None


def _in_days(days: int) -> datetime:
    return clock.utc_now() + timedelta(days=days)


@pytest.mark.usefixtures("client")
def test_files_of_a_candidacy_outlive_it_by_a_year(town: Town, lot: Lot, session: Session) -> None:
    town.open_tender(lot.project)
    groupement = filed(town, lot, "regie")
    session.flush()
    document = MemberDocument(
        member_id=member(town, groupement, "regie").id, kind=DocumentKind.INSURANCE, asked_at=town.now
    )
    session.add(document)
    groupement.state = groupement.state.NOT_RETAINED
    groupement.ended_at = town.now
    with files.staged(PDF) as staged:
        from portal.pieces import services as pieces  # noqa: PLC0415

        document.file_id = pieces.store(session, staged, "application/pdf", now=town.now)
    document.brought_at = town.now
    session.flush()
    assert KEEPER.count(session, town.now + timedelta(days=364)) == 0
    assert KEEPER.count(session, town.now + timedelta(days=366)) == 1


@pytest.mark.usefixtures("client")
def test_what_a_member_brought_is_its_own_to_take_back(town: Town, groupement: Groupement, session: Session) -> None:
    (public_id,) = ask(town, groupement, "regie")
    bring(town, groupement, public_id)
    with pytest.raises(RuleViolation, match="seul le membre"):
        asking.stop_asking(session, groupement, public_id, actor=town.actor("pont"), now=town.now)
    asking.take_back(session, groupement, public_id, actor=town.actor("regie"), now=town.now)
    asking.stop_asking(session, groupement, public_id, actor=town.actor("pont"), now=town.now)
    assert turns(town, groupement, "regie") == []
