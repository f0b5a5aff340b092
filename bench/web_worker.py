"""A web worker's memory while it answers mixed requests: one granian worker with its sixteen threads, on loopback."""

import http.client
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.bench import Bench
from bench.ceiling import Unmeasurable
from bench.figures import Figure, at_most, told
from bench.progress import Progress
from bench.searches import LIST, drawn_searches
from bench.world.draws import Weighted, random_for
from config import ROOT, environment_with
from portal.directory.models import Organisation
from portal.forecast.models import Lot, Project
from portal.storage import reading

_VISITORS = 4
_READY_WITHIN_SECONDS = 30.0
_SAMPLES = 40
_WARM_SHARE = 0.2
"""The memory that a process takes while it warms up is not a leak: flat means from there on."""


@dataclass
class Visit:
    """What is known of one run: megabytes after so many requests, answers by status."""

    requests: list[int] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def grown(self) -> float:
        """Megabytes taken since the process was warm."""
        warm = next(at for at, count in enumerate(self.requests) if count >= _WARM_SHARE * self.requests[-1])
        return self.megabytes[-1] - self.megabytes[warm]


def measure(bench: Bench) -> list[Figure]:
    with reading() as session:
        addresses = mixed_addresses(session, bench.effort.requests)
    with _server(bench.database_url) as (port, worker):
        visit = _visited(port, worker, addresses, bench.progress)
    answers = ", ".join(f"{count} × {status}" for status, count in sorted(visit.statuses.items()))
    return [
        at_most(f"web worker after {len(addresses):,} requests, resident", visit.megabytes[-1], 120, " MB", answers),
        told(f"web worker, grown since the first {100 * _WARM_SHARE:.0f} %", visit.grown, " MB"),
    ]


def mixed_addresses(session: Session, count: int) -> list[str]:
    """What anonymous visitors open: the list and its searches, pages of projects and lots, the directory, help."""
    random = random_for("visits")
    searches = drawn_searches(session, max(count // 10, 1))
    lots = session.execute(
        select(Project.reference, Lot.number).join(Project.all_lots).order_by(Lot.id).limit(20_000)
    ).all()
    sirets = session.scalars(select(Organisation.siret).order_by(Organisation.id).limit(20_000)).all()
    makers: dict[Callable[[], str], float] = {
        lambda: random.choice(searches): 20.0,
        lambda: LIST: 10.0,
        lambda: f"{LIST}/{random.choice(lots)[0]}": 20.0,
        lambda: "{}/{}/lot-{}".format(LIST, *random.choice(lots)): 20.0,
        lambda: f"/annuaire/{random.choice(sirets)}": 15.0,
        lambda: "/annuaire": 3.0,
        lambda: random.choice(("/aide", "/connexion", "/inscription", "/mentions-legales")): 10.0,
        lambda: f"/programmation/inconnu-{random.randint(1, 99)}": 2.0,
    }
    kinds = Weighted(makers)
    return [kinds.draw(random)() for _ in range(count)]


def _visited(port: int, worker: int, addresses: Sequence[str], progress: Progress) -> Visit:
    """Ask for everything, `_VISITORS` at once, stopping now and then to weigh the worker."""
    visit = Visit()
    step = max(len(addresses) // _SAMPLES, 1)
    for start in range(0, len(addresses), step):
        batch = addresses[start : start + step]
        shares = [batch[rank::_VISITORS] for rank in range(_VISITORS)]
        visitors = [threading.Thread(target=_ask_for, args=(port, share, visit.statuses)) for share in shares]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
        visit.requests.append(start + len(batch))
        visit.megabytes.append(resident_megabytes(worker))
        progress.tell("requests to the web worker", start + len(batch), len(addresses))
    return visit


_counting = threading.Lock()


def _ask_for(port: int, addresses: Sequence[str], statuses: dict[int, int]) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for address in addresses:
            connection.request("GET", address)
            response = connection.getresponse()
            response.read()
            with _counting:
                statuses[response.status] = statuses.get(response.status, 0) + 1


def resident_megabytes(process: int) -> float:
    """Resident memory (VmRSS) in millions of bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) * 1024 / 1e6


@contextmanager
def _server(database_url: str) -> Iterator[tuple[int, int]]:
    """The port of a web server of our own, and the process of its only worker."""
    port = _free_port()
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "16"]
    command = [sys.executable, "-m", "granian", *options, "--no-ws", "--log-level", "warning", "bench.wsgi:app"]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, cwd=ROOT, env=_environment(database_url), stdout=log, stderr=log)
        try:
            _wait_until_ready(server, port)
            yield port, _worker_of(server.pid)
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _environment(database_url: str) -> dict[str, str]:
    settings = {
        "AMONT_ENVIRONMENT": "production",
        "AMONT_SECRET_KEY": secrets.token_urlsafe(),
        "AMONT_TOTP_KEY": Fernet.generate_key().decode(),
        "AMONT_PERSON_KEY": secrets.token_urlsafe(),
        "AMONT_COOKIE_SECURE": "0",
        "DATABASE_URL": database_url,
    }
    return environment_with(settings)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: "subprocess.Popen[bytes]", port: int) -> None:
    """Raises Unmeasurable when the server dies, or does not answer in time."""
    give_up_at = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < give_up_at:
        if server.poll() is not None:
            raise Unmeasurable(f"the web server stopped by itself (code {server.returncode})")
        try:
            _ask_for(port, ["/sante"], {})
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise Unmeasurable(f"the web server did not answer within {_READY_WITHIN_SECONDS:.0f} s")


def _worker_of(server: int) -> int:
    """The process that answers: the server's largest child."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return max(map(int, children), key=resident_megabytes)
