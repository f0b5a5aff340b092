"""A name, a first name and a birth date are typed in every way there is; then everything is searched for them.

The portal runs in a process of its own, as in production, and really commits: database, files, logs and mails are real.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, make_url, text
from werkzeug.datastructures import MultiDict

from config import Config
from portal import outbox, scheduler
from portal.accounts.models import LoginSession
from portal.contracts.models import Contract
from portal.declarations import services
from portal.declarations.models import Declaration, DelegatedPart
from portal.kernel import clock
from portal.kernel.month import Month
from portal.outbox import composing
from portal.storage import reading, unit_of_work
from portal.vocabulary import DeclarationState, Role
from tests.accounts.people import PASSWORD, give, new_account, text_of
from tests.declarations import paper
from tests.declarations.parts import new_employer
from tests.declarations.sample import filing, make_scene, opened
from tests.declarations.served import Answer, Person, served
from tests.declarations.sheet_files import csv, table_of
from tests.forecast.pages import filled
from tests.outbox.postbox import Postbox

pytestmark = pytest.mark.long

LAST, FIRST, BORN = "Quérénet-Zwolinski", "Fidéline", "19/11/1987"
WRITTEN = ("quérénet", "querenet", "zwolinski", "fidéline", "fideline", "qu\\u00e9r\\u00e9net", "qu%c3%a9r%c3%a9net")
BIRTHS = (
    *("19/11/1987", "19-11-1987", "19.11.1987", "19 11 1987", "1987-11-19", "19 novembre 1987", "19111987"),
    *("19871119", "11/19/1987", "1987, 11, 19", "novembre 1987", "1987:11:19", "19%2f11%2f1987", "1987-19-11"),
)
MISTYPED = ("19/11/1987x", "né le 19 novembre 1987", "19111987", "11/19/1987", "novembre 1987")
ANA = {
    "matricule": "P-0112",
    "last_name": LAST,
    "first_name": FIRST,
    "born_on": BORN,
    "sex": "woman",
    "entered_on": "02/10/2026",
    "hiring_mode": "direct_hire",
    "contract_type": "cddi",
    "hours": "130",
}
CLAIRE, PAUL, INES = "claire.ansel@pont.example", "paul.roux@plie.example", "ines.morel@etti.example"


def _needles() -> list[bytes]:
    spelt = {case for words in (*WRITTEN, *BIRTHS) for case in (words, words.upper(), words.title())}
    return sorted({words.encode(encoding) for words in spelt for encoding in ("utf-8", "latin-1", "utf-16-le")})


NEEDLES = _needles()


def traces(raw: bytes) -> list[bytes]:
    """What of the person can be read in there."""
    return [needle for needle in NEEDLES if needle in raw]


def test_the_search_sees_what_it_looks_for() -> None:
    for typed in (LAST, FIRST, FIRST.upper(), BORN, *MISTYPED):
        assert traces(f"… {typed} …".encode()), typed
    assert not traces("P-0112, née le 31/08/1990".encode())


@dataclass
class Portal:
    """Two people at their keyboards: who files, and who checks."""

    claire: Person
    paul: Person
    month: str
    place: Path

    def path(self, page: str = "") -> str:
        return f"/declarations/{self.month}{page}"


@pytest.fixture(autouse=True)
def moment() -> None:
    """The true time: the served portal reads the same clock as the test."""


@pytest.fixture
def config(fresh_database: str, tmp_path: Path) -> Config:
    return Config(
        environment="test",
        database_url=fresh_database,
        secret_key="a key that signs nothing but tests",
        totp_key="dGhpcyBrZXkgZW5jcnlwdHMgb25seSB0ZXN0cyA6KSE=",
        person_key="fingerprints of the tests",
        cookie_secure=False,
        data_dir=tmp_path / "data",
        password_cost="cheap",
    )


@pytest.fixture
def postbox(config: Config) -> Iterator[Postbox]:
    scheduler.prepare(config)
    with Postbox() as started:
        yield started
    composing._composers.clear()


@pytest.fixture
def portal(config: Config, fresh_engine: Engine, postbox: Postbox, tmp_path: Path) -> Iterator[Portal]:
    month = _people_and_month(datetime.now(UTC))
    with served(config, tmp_path / "served") as url:
        claire, paul = Person(url), Person(url)
        _sign_in(claire, CLAIRE)
        _sign_in(paul, PAUL)
        yield Portal(claire, paul, month, tmp_path)


def _people_and_month(now: datetime) -> str:
    """October, to be filed by a company, checked by the body of facilitation; nobody has the names of real people."""
    with unit_of_work() as session:
        scene = make_scene(session, now)
        for organisation, email, role in (
            (scene.company, CLAIRE, Role.TITULAIRE),
            (scene.facilitation, PAUL, Role.FACILITATEUR),
        ):
            give(session, new_account(session, now, email), organisation, role, now=now - timedelta(hours=1))
        session.get_one(Contract, scene.contract.id).first_month = Month(2026, 10)
        return opened(session, scene, scene.company, Month(2026, 10)).reference


def _sign_in(person: Person, email: str) -> Answer:
    return person.post("/connexion", filled(_page(person, "/connexion"), email=email, password=PASSWORD))


def _page(person: Person, path: str) -> Any:
    page = person.get(path)
    assert page.status_code == 200, (path, page.status_code, page.location)
    return page


def _typed(portal: Portal, **said: str) -> MultiDict[str, str]:
    """The form as it opens, filled in."""
    return filled(_page(portal.claire, portal.path("/personnes")), **(ANA | said))


def test_a_name_and_a_birth_date_leave_no_trace(
    portal: Portal, config: Config, fresh_engine: Engine, postbox: Postbox
) -> None:
    _mistype_everything(portal)
    _lose_the_session(portal)
    _keep_the_page_too_long(portal)
    _break_the_database(portal, fresh_engine)
    _add_after_a_conflict(portal)
    _bring_files_named_after_her(portal)
    _send_files(portal)
    _file_and_answer(portal, postbox)
    _follow_the_person(portal)
    _fill_an_employers_part(portal, postbox)
    assert len(postbox.received) == 6

    assert _found_in_answers(portal) == []
    assert _found_in_database(fresh_engine) == []
    assert _found_in_files(portal.place, config) == []
    assert [mail["Subject"] for mail in postbox.received if traces(_read(mail))] == []


def _mistype_everything(portal: Portal) -> None:
    """Each field wrong in turn, the others right; the birth date in all its spellings; a name where a number goes."""
    path = portal.path("/personnes")
    wrong: list[dict[str, str]] = [{"born_on": spelt} for spelt in MISTYPED]
    wrong += [{"hours": "beaucoup"}, {"entered_on": "bientôt"}, {"contract_type": "inconnu"}, {"last_name": "1987"}]
    wrong += [{"matricule": LAST}, {"matricule": f"{LAST}-1"}, {"matricule": f"{FIRST} 2"}, {"first_name": ""}]
    for said in wrong:
        answer = portal.claire.post(path, _typed(portal, **said))
        assert answer.status_code == 422, said
    assert portal.claire.post(path, _typed(portal, hours="beaucoup"), multipart=True).status_code == 422
    assert portal.paul.post(path, _typed(portal)).status_code in {403, 422}


def _lose_the_session(portal: Portal) -> None:
    """What was typed is found again after sign-in, but for what is never kept."""
    fields = _typed(portal, hours="77")
    with unit_of_work() as session:
        for opened_session in session.query(LoginSession).all():
            opened_session.revoked_at = clock.utc_now()
    assert "/connexion" in portal.claire.post(portal.path("/personnes"), fields).location
    _sign_in(portal.claire, CLAIRE)
    _sign_in(portal.paul, PAUL)
    page = _page(portal.claire, portal.path("/personnes"))
    assert 'value="77"' in page.text
    assert "ils ne sont jamais conservés" in text_of(page)


def _keep_the_page_too_long(portal: Portal) -> None:
    answer = portal.claire.post(portal.path("/personnes"), _typed(portal, csrf_token="x", hours="78"))
    assert answer.status_code == 422
    assert 'value="78"' in _page(portal.claire, portal.path("/personnes")).text


def _break_the_database(portal: Portal, engine: Engine) -> None:
    """An error in the middle of the act: its page and its log tell nothing of the person."""
    fields = _typed(portal)
    broken, mended = _BREAKING[engine.dialect.name]
    with engine.begin() as connection:
        connection.execute(text(broken))
    assert portal.claire.post(portal.path("/personnes"), fields).status_code == 500
    with engine.begin() as connection:
        connection.execute(text(mended))


_BREAKING = {
    "sqlite": (
        "CREATE TRIGGER nobody BEFORE INSERT ON person BEGIN SELECT RAISE(ABORT, 'nobody'); END",
        "DROP TRIGGER nobody",
    ),
    "postgresql": (
        "ALTER TABLE person ADD CONSTRAINT nobody CHECK (id < 0) NOT VALID",
        "ALTER TABLE person DROP CONSTRAINT nobody",
    ),
}


def _add_after_a_conflict(portal: Portal) -> None:
    """A colleague saves meanwhile: the fingerprints wait with the rest, and nothing is to be retyped."""
    path = portal.path("/personnes")
    fields = _typed(portal, hours="131")
    with unit_of_work() as session:
        session.query(Declaration).filter_by(reference=portal.month).update({"version": Declaration.version + 1})
    assert portal.claire.post(path, fields).status_code == 409
    page = _page(portal.claire, path)
    assert "reçus, non conservés" in page.text
    assert portal.claire.post(path, filled(page)).status_code == 302
    known = portal.claire.post(path, _typed(portal, last_name="Autrement"))
    assert known.status_code == 422
    assert "déjà donné" in known.text


def _send_files(portal: Portal) -> None:
    """A name in every column of a file, and in what it is called; then rows kept, and rows handed back."""
    said = {
        "Matricule": "P-0113",
        "Heures": "12",
        "Contrat de travail": "CDD d’insertion",
        "Entrée": "02/10/2026",
        "Nom de naissance": LAST,
        "Prénom": FIRST,
        "Date de naissance": BORN,
        "Sexe": "Femme",
        "Mode": "Embauche directe",
        "Nom (reste chez vous)": f"{LAST} {FIRST}",
    }
    wrong = [said | {name: typed} for name in said for typed in (LAST, FIRST.upper(), BORN, f"{FIRST} 2")]
    for rows in ([said | {"Heures": "=1+1"}] * 6, [{"Nom": LAST, "Date": BORN}]):
        assert _sent(portal, rows).status_code == 422
    _page(portal.claire, _sent(portal, [said, *wrong]).location)
    known = said | {"Matricule": "P-0112", "Heures": "131", "Entrée": ""}
    answer = _sent(portal, [known, known | {"Matricule": f"{LAST}-1"}])
    page = _page(portal.claire, answer.location)
    assert "Garder la ligne valide" in page.text
    assert portal.claire.post(answer.location, filled(page, answer="garder")).location == answer.location
    assert "à corriger" in _page(portal.claire, answer.location).text


def _sent(portal: Portal, rows: list[dict[str, str]]) -> Answer:
    path = portal.path("/fichier")
    content = csv(table_of(rows), encoding="cp1252")
    return portal.claire.send_file(path, filled(_page(portal.claire, path)), f"{LAST} {FIRST}.csv", content)


def _bring_files_named_after_her(portal: Portal) -> None:
    """Refused, then kept: what a file is called is read by nobody."""
    path, name = portal.path("/pieces"), f"Contrat {LAST} {FIRST} {BORN.replace('/', '-')}.pdf"
    for content, status in ((paper.HTML, 422), (paper.PDF, 302), (paper.PDF, 422)):
        fields = filled(_page(portal.claire, path), kind="contract")
        assert portal.claire.send_file(path, fields, name, content).status_code == status


def _file_and_answer(portal: Portal, postbox: Postbox) -> None:
    """Deposited, sent back, deposited again, accepted: each page, each mail, the receipt and its canonical text."""
    claire, paul = portal.claire, portal.paul
    for act, who, said in (
        ("", claire, {"comment": "Rien à signaler.", "people_progress": "Un permis.", "invoiced": "900"}),
        ("/deposer", claire, {}),
        ("/verifier", paul, {"answer": "Vérifiez P-0112.", "then": "renvoyer"}),
        ("/deposer", claire, {}),
        ("/verifier", paul, {"uncounted": "y"}),
    ):
        answer = who.post(portal.path(act), filled(_page(who, portal.path(act)), **said))
        assert answer.status_code == 302, (act, answer.text)
        outbox.deliver(postbox.settings(), clock.utc_now())
    for page in ("", "/recepisse/1", "/recepisse/2"):
        _page(claire, portal.path(page))
        _page(paul, portal.path(page))
    _expect_the_next_month(claire)
    with reading() as session:
        filed = session.query(Declaration).filter_by(reference=portal.month).one()
        assert filed.state is DeclarationState.ACCEPTED


def _expect_the_next_month(claire: Person) -> None:
    """November opens with her: by her matricule, her last hours beside it; those hours are taken, and saved."""
    with unit_of_work() as session:
        october = session.query(Declaration).one()
        november = Declaration(
            contract=october.contract,
            organisation=october.organisation,
            month=october.month + 1,
            state=DeclarationState.EXPECTED,
            due_on=october.due_on,
            opened_at=october.opened_at,
        )
        session.add(november)
        services.prefill(session, [november])
        path = f"/declarations/{november.reference}"
    page = _page(claire, path)
    assert "P-0112" in page.text
    assert claire.post(path, filled(page, then="reprendre")).status_code == 302
    assert 'value="131"' in _page(claire, path).text
    _page(claire, f"{path}/deposer")


def _fill_an_employers_part(portal: Portal, postbox: Postbox) -> None:
    """The same person, typed by who employs her: mistyped, in a conflict, at last handed to the company."""
    now = datetime.now(UTC)
    with unit_of_work() as session:
        november = session.query(Declaration).filter_by(state=DeclarationState.DRAFT).one()
        employer, contract = new_employer(session, now), november.contract
        give(session, new_account(session, now, INES), employer, Role.STRUCTURE, now=now - timedelta(hours=1))
        filer = filing(november.organisation)
        services.entrust(session, contract, employer, november.month, actor=filer, now=now)
        path = f"/declarations/{november.reference}/part"
    ines = Person(portal.claire.base, portal.claire.answers)
    _sign_in(ines, INES)
    typed = {**ANA, "matricule": "I-7"}
    for said in ({"born_on": MISTYPED[0]}, {"matricule": LAST}, {"hours": "beaucoup"}):
        page = _page(ines, f"{path}/personnes")
        assert ines.post(f"{path}/personnes", filled(page, **{**typed, **said})).status_code == 422
    fields = filled(_page(ines, f"{path}/personnes"), **typed)
    with unit_of_work() as session:
        session.query(DelegatedPart).update({"version": DelegatedPart.version + 1})
    assert ines.post(f"{path}/personnes", fields).status_code == 409
    assert ines.post(f"{path}/personnes", filled(_page(ines, f"{path}/personnes"))).status_code == 302
    assert "I-7" in _page(ines, path).text
    assert ines.post(f"{path}/remettre", filled(_page(ines, f"{path}/remettre"))).status_code == 302
    outbox.deliver(postbox.settings(), clock.utc_now())
    assert "I-7" in _page(portal.claire, path.removesuffix("/part")).text
    assert "I-7" in _page(portal.claire, path.removesuffix("part") + "deposer").text


def _follow_the_person(portal: Portal) -> None:
    """The path, a step, the eligibility, and the lists of people that wait."""
    with reading() as session:
        month = session.query(Declaration).filter_by(reference=portal.month).one()
        path = portal.path(f"/parcours/{month.lines[0].participant_id}")
    step = f"{path}/etapes"
    for who in (portal.claire, portal.paul):
        noted = filled(_page(who, step), kind="interview", day="01/11/2026", words="Tout va bien.")
        assert who.post(step, noted).status_code == 302
        _page(who, path)
    decided = filled(_page(portal.paul, f"{path}/eligibilite"), state="refused", criterion="QPV")
    assert portal.paul.post(f"{path}/eligibilite", decided).status_code == 302
    for page in ("/eligibilites", "/ressemblances", "/six-mois", path):
        _page(portal.paul, page)


def _read(mail: EmailMessage) -> bytes:
    bodies = (part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")
    return (str(mail["Subject"]) + "".join(bodies)).encode() + mail.as_bytes()


def _found_in_answers(portal: Portal) -> list[tuple[str, list[bytes]]]:
    """In every page and every header that either of them was sent."""
    answers = [*portal.claire.answers, *portal.paul.answers]
    assert len(answers) > 60
    told = ((answer, traces((answer.text + answer.headers).encode())) for answer in answers)
    return [(re.sub(r"\s+", " ", answer.text)[:80], found) for answer, found in told if found]


def _found_in_database(engine: Engine) -> list[tuple[str, list[bytes]]]:
    """In every column of every table, as the database gives them back."""
    known = MetaData()
    known.reflect(engine)
    assert {"declaration_line", "kept_form", "journal_entry", "message", "idempotency_key"} <= set(known.tables)
    with engine.connect() as connection:
        rows = {name: repr(connection.execute(table.select()).all()) for name, table in known.tables.items()}
    assert "P-0112" in rows["participant"]
    return [(name, found) for name, told in rows.items() if (found := traces(told.encode()))]


def _found_in_files(place: Path, config: Config) -> list[tuple[str, list[bytes]]]:
    """In the database's own files, its log of writes included; in logs, temporary files and the data directory."""
    files = [path for path in (*place.rglob("*"), *_database_files(config)) if path.is_file()]
    log = next(path for path in files if path.name == "web.log").read_bytes()
    assert b"/personnes" in log
    assert b"IntegrityError" in log
    return [(path.name, found) for path in files if (found := traces(_bytes_of(path)))]


def _bytes_of(path: Path) -> bytes:
    """Nothing of a file that PostgreSQL has just dropped or renamed, as it does with full segments of its log."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


def _database_files(config: Config) -> Iterator[Path]:
    url = make_url(config.database_url)
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        yield from path.parent.glob(f"{path.name}*")
        return
    home = Path(str(url.query["host"]))
    yield home / "log"
    yield from (home / "data" / "pg_wal").glob("0*")
    yield from (home / "data" / "base").rglob("[0-9]*")
