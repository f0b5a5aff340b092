"""`python -m portal demo`: prepares the demonstration, starts its processes, watches them, stops them all."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config import ROOT
from portal.demo import leash
from portal.demo.place import DemoProblem

_LEASH = Path(leash.__file__)
_READY_WITHIN_SECONDS = 60.0
_STOPPED_WITHIN_SECONDS = 8.0
_LOOK_EVERY_SECONDS = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str], object]


@dataclass(frozen=True)
class Part:
    """One process of the demonstration: what it is called in a sentence, its command, where it writes."""

    name: str
    command: list[str]
    log: Path


def web_server(port: int, log: Path) -> Part:
    options = ["--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "16"]
    quiet = ["--no-ws", "--log-level", "warning", "--workers-kill-timeout", "3"]
    return Part("Le serveur web", [sys.executable, "-m", "granian", *options, *quiet, "portal.wsgi:app"], log)


def scheduler(log: Path) -> Part:
    return Part("Le planificateur", [sys.executable, "-m", "portal", "scheduler"], log)


@dataclass
class Running:
    """A part that was started, at the head of a process group of its own."""

    part: Part
    process: "subprocess.Popen[bytes]"

    @classmethod
    def start(cls, part: Part, environment: dict[str, str]) -> "Running":
        command = [sys.executable, str(_LEASH), str(os.getpid()), *part.command]
        with part.log.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 — our own command
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(part, process)

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def send(self, number: int) -> None:
        """Signal the whole group, whoever of it is left."""
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def last_words(self, lines: int = 12) -> str:
        return "\n".join(self.part.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass
class Troupe:
    """The parts running together: when one falls, all stop."""

    running: list[Running] = field(default_factory=list)
    stop_asked: threading.Event = field(default_factory=threading.Event)

    def start(self, part: Part, environment: dict[str, str]) -> None:
        self.running.append(Running.start(part, environment))

    def ensure_alive(self) -> None:
        """Raises DemoProblem, with its last words, when a part has stopped by itself."""
        for each in self.running:
            if not each.is_alive:
                told = f"{each.part.name} s’est arrêté (code {each.process.returncode})"
                raise DemoProblem(
                    f"{told} : la démonstration s’arrête aussi.\nDans {each.part.log} :\n{each.last_words()}"
                )

    def wait_until_answers(self, port: int) -> None:
        """Until the portal answers. Raises DemoProblem when a part dies first, or when it takes too long."""
        give_up_at = time.monotonic() + _READY_WITHIN_SECONDS
        while not self.stop_asked.is_set() and not _answers(port):
            self.ensure_alive()
            if time.monotonic() > give_up_at:
                raise DemoProblem(f"Le portail ne répond pas après {_READY_WITHIN_SECONDS:.0f} secondes.")
            self.stop_asked.wait(_LOOK_EVERY_SECONDS / 4)

    def watch(self) -> None:
        """Until a stop is asked. Raises DemoProblem as soon as a part falls."""
        while not self.stop_asked.wait(_LOOK_EVERY_SECONDS):
            self.ensure_alive()

    def stop(self) -> None:
        """Ask every part to end, then end what remains of them."""
        for each in self.running:
            each.send(signal.SIGTERM)
        give_up_at = time.monotonic() + _STOPPED_WITHIN_SECONDS
        for each in self.running:
            try:
                each.process.wait(max(0.0, give_up_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        for each in self.running:
            each.send(signal.SIGKILL)
            each.process.wait()


@contextmanager
def stopping_on_signals(troupe: Troupe) -> Iterator[None]:
    """Ctrl-C, a termination or a closed terminal ask the troupe to stop; they end it in order."""

    def ask(_number: int, _frame: FrameType | None) -> None:
        troupe.stop_asked.set()

    before = {number: signal.signal(number, ask) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def perform(web: Part, others: list[Part], environment: dict[str, str], *, port: int, say: Say) -> None:
    """Run the parts together until someone asks them to stop. Raises DemoProblem when one falls.

    The web server starts first and alone: people wait for it, and for nothing else.
    """
    troupe = Troupe()
    with stopping_on_signals(troupe):
        try:
            troupe.start(web, environment)
            troupe.wait_until_answers(port)
            for part in others if not troupe.stop_asked.is_set() else []:
                troupe.start(part, environment)
            if not troupe.stop_asked.is_set():
                say(f"Amont est prêt : {address_on(port)}")
            troupe.watch()
        finally:
            troupe.stop()
    say("Amont est arrêté ; la prochaine fois, vous le retrouverez dans le même état.")


def address_on(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def ensure_port_is_free(port: int) -> None:
    """Raises DemoProblem when something already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoProblem(
                f"Le port {port} est déjà pris : arrêtez ce qui l’occupe, ou choisissez-en un autre "
                f"(PORT={port + 1} make demo)."
            ) from error


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/sante")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
