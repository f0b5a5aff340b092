"""`python -m portal demo` and `demo-reset`, as anyone runs them: real processes, a real port, real mail."""

import http.client
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, select, text

from config import ROOT, environment_with
from portal import storage
from portal.demo.mailbox import free_port
from portal.demo.place import Place, read_settings
from portal.directory.models import Organisation
from portal.directory.services import NewOrganisation, list_organisation
from portal.journal.models import JournalEntry
from portal.kernel import clock
from portal.kernel.actor import SYSTEM
from portal.kernel.siret import Siret
from portal.storage import migrations
from portal.vocabulary import OrganisationKind
from tests.databases import Databases

pytestmark = pytest.mark.slow


class _Demo:
    def __init__(self, directory: Path, port: int, process: "subprocess.Popen[str]") -> None:
        self.directory, self.port, self.process = directory, port, process
        self.said: list[str] = []

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.strip())
            if "est prêt" in line:
                return
        raise AssertionError("\n".join(self.said))

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def family(self) -> dict[int, str]:
        """Every descendant: its process id and its command line."""
        parents = {pid: parent for pid, (parent, state) in _processes().items()}
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found and pid not in found}:
            found |= more
        return {pid: _command_line(pid) for pid in found - {self.process.pid}}

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)

    @property
    def settings(self) -> dict[str, str]:
        return read_settings(self.directory / "environment")


@contextmanager
def _started(directory: Path, **environment: str) -> Iterator[_Demo]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "portal", "demo", "--port", str(port), "--directory", str(directory)],
        cwd=ROOT,
        env=environment_with(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _Demo(directory, port, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def _processes() -> dict[int, tuple[int, str]]:
    """The parent and the state of each process."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            found[int(path.parent.name)] = (int(parent), state)
    return found


def _command_line(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def _gone(family: dict[int, str]) -> bool:
    give_up_at = time.monotonic() + 15
    while time.monotonic() < give_up_at:
        processes = _processes()
        if not any(processes.get(pid, (0, "Z"))[1] != "Z" for pid in family):
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seeded by the first demonstration that runs there."""
    return tmp_path_factory.mktemp("demonstration") / "demo"


def _dump(directory: Path) -> list[object]:
    engine = create_engine(f"sqlite:///{directory / 'amont.db'}")
    with engine.connect() as connection:
        rows = [
            connection.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all()  # noqa: S608
            for table in ("organisation", "account", "project", "lot", "listing", "revision")
        ]
    engine.dispose()
    return list(rows)


def test_it_starts_serves_stops_and_starts_again_in_the_same_state(directory: Path) -> None:
    with _started(directory) as demo:
        demo.wait_until_ready()
        assert demo.get("/")[0] == 302
        status, page = demo.get("/demo")
        assert status == 200
        assert "Claire Ansel" in page
        assert "jeudi 3 décembre 2026" in page
        assert "400" in demo.get("/programmation")[1]
        family = demo.family()
        assert len(family) >= 2
        assert demo.interrupt() == 0
        assert _gone(family)
    before, keys = _dump(directory), (directory / "keys").read_text()
    with _started(directory) as again:
        again.wait_until_ready()
        assert not any("inventées" in line for line in again.said), "it was seeded twice"
    assert _dump(directory) == before
    assert (directory / "keys").read_text() == keys


def test_what_is_mailed_is_read_on_its_page(directory: Path) -> None:
    with _started(directory) as demo:
        demo.wait_until_ready()
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@amont.example", "b@amont.example", "Épreuve"
        mail.set_content("Tout arrive ici.")
        with smtplib.SMTP("127.0.0.1", int(demo.settings["AMONT_SMTP_PORT"])) as smtp:
            smtp.send_message(mail)
        listed = demo.get("/demo/courriels")[1]
        found = re.search(r'href="(/demo/courriels/[^"]+)">Épreuve', listed)
        assert found
        assert "Tout arrive ici." in demo.get(found[1])[1]


def test_the_messages_that_the_story_promised_arrive(tmp_path: Path) -> None:
    with _started(tmp_path / "demo") as demo:
        demo.wait_until_ready()
        give_up_at = time.monotonic() + 40
        while "claire.ansel@" not in demo.get("/demo/courriels")[1]:
            assert time.monotonic() < give_up_at, "the scheduler delivered nothing"
            time.sleep(1)


def test_all_processes_live_by_the_demonstrations_clock(directory: Path) -> None:
    with _started(directory) as demo:
        demo.wait_until_ready()
        origin = demo.settings["AMONT_DEMO_ORIGIN"]
        command = [sys.executable, "-m", "portal", "run-job", "purge", "--dry-run"]
        told = subprocess.run(
            command, cwd=ROOT, env=environment_with(demo.settings), capture_output=True, text=True, check=False
        )
        assert told.returncode == 0, told.stderr
    with _started(directory) as again:
        again.wait_until_ready()
        assert again.settings["AMONT_DEMO_ORIGIN"] == origin, "the clock runs on from the same instant"


def test_its_own_sudden_death_leaves_no_process(directory: Path) -> None:
    with _started(directory) as demo:
        demo.wait_until_ready()
        family = demo.family()
        demo.process.kill()
        demo.process.wait()
        assert _gone(family)


def test_a_process_that_is_killed_ends_the_demonstration_with_a_sentence(directory: Path) -> None:
    with _started(directory) as demo:
        demo.wait_until_ready()
        family = demo.family()
        os.kill(next(pid for pid, command in family.items() if "portal scheduler" in command), signal.SIGKILL)
        assert demo.process.stdout is not None
        rest = demo.process.stdout.read()
        assert demo.process.wait(20) == 1
        assert "Le planificateur s’est arrêté" in rest
        assert _gone(family)


def test_a_taken_port_and_a_second_demonstration_are_told_clearly(directory: Path) -> None:
    with _started(directory) as demo:
        demo.wait_until_ready()
        for options, sentence in (
            (["demo", "--port", str(demo.port), "--directory", str(directory.parent / "other")], "est déjà pris"),
            (["demo", "--port", str(free_port()), "--directory", str(directory)], "tourne déjà"),
            (["demo-reset", "--directory", str(directory)], "tourne déjà"),
        ):
            command = [sys.executable, "-m", "portal", *options]
            told = subprocess.run(
                command, cwd=ROOT, env=environment_with({}), capture_output=True, text=True, check=False
            )
            assert told.returncode == 1
            assert sentence in told.stderr
            assert "Traceback" not in told.stderr


def test_reset_makes_it_anew(directory: Path) -> None:
    (directory / "mails").mkdir(parents=True, exist_ok=True)
    (directory / "mails" / "20261203T080000000000.eml").write_text("Subject: x\n\nx")
    command = [sys.executable, "-m", "portal", "demo-reset", "--directory", str(directory)]
    subprocess.run(command, cwd=ROOT, env=environment_with({}), check=True, capture_output=True)
    assert not list((directory / "mails").iterdir())
    with _started(directory) as demo:
        demo.wait_until_ready()
        assert demo.get("/demo")[0] == 200


def test_data_of_an_older_story_are_made_anew(tmp_path: Path) -> None:
    place = Place(tmp_path / "demo")
    place.prepare()
    engine = storage.make_engine(place.database_url)
    migrations.migrate(engine)
    told = {"made_at": "2026-11-22T15:00:00+00:00"}
    mark = {"event": "demo.seeded", "object_type": "demo", "object_id": 1, "object_label": "Démonstration"}
    with engine.begin() as connection:
        at = clock.real_utc_now()
        connection.execute(insert(JournalEntry).values(at=at, actor_label="Le portail", after=told, **mark))
    engine.dispose()
    with _started(place.path) as demo:
        demo.wait_until_ready()
        assert any("refaites" in line for line in demo.said)
        assert "435" in demo.get("/resultats/2024")[1]


def test_a_database_of_someone_else_is_left_alone(fresh_database: str, tmp_path: Path) -> None:
    engine = storage.make_engine(fresh_database)
    storage.bind(engine)
    with storage.unit_of_work() as session:
        new = NewOrganisation(Siret("21330063500017"), "Vraie structure", {OrganisationKind.COMPANY: None})
        list_organisation(session, new, actor=SYSTEM, now=clock.utc_now())
    for arguments in (["demo", "--port", str(free_port())], ["demo-reset"]):
        command = [sys.executable, "-m", "portal", *arguments, "--directory", str(tmp_path / "demo")]
        settings = environment_with({"DATABASE_URL": fresh_database})
        told = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
        assert told.returncode == 1, told.stdout
        assert "ne viennent pas de la démonstration" in told.stderr, told.stderr
    with storage.reading() as session:
        assert session.scalars(select(Organisation.name)).all() == ["Vraie structure"]
    engine.dispose()


def test_it_runs_and_resets_on_a_database_of_its_own_too(databases: Databases, tmp_path: Path) -> None:
    url = databases.empty("postgresql")
    for _ in range(2):
        with _started(tmp_path / "demo", DATABASE_URL=url) as demo:
            demo.wait_until_ready()
            assert "400" in demo.get("/programmation")[1]
            assert demo.interrupt() == 0
    command = [sys.executable, "-m", "portal", "demo-reset", "--directory", str(tmp_path / "demo")]
    subprocess.run(command, cwd=ROOT, env=environment_with({"DATABASE_URL": url}), check=True, capture_output=True)
    databases.drop(url)
