"""The supervisor, on small processes of its own: ready means answering, one falls and all stop, nobody is left."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config import ROOT, environment_with
from portal.demo.mailbox import free_port
from portal.demo.place import DemoProblem
from portal.demo.supervisor import Part, ensure_port_is_free, perform

_ANSWERS = """
import http.server, sys
class Portal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/sante" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Portal).serve_forever()
"""
_WITH_A_CHILD = """
import subprocess, sys, time
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", deaf])
print("child", child.pid, flush=True)
time.sleep(60)
"""
_FALLS = "import time, sys; time.sleep(0.5); print('plus de disque'); sys.exit(3)"


def _part(name: str, code: str, log: Path, *arguments: str) -> Part:
    return Part(name, [sys.executable, "-c", code, *arguments], log)


def _alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def _eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    give_up_at = time.monotonic() + seconds
    while not condition() and time.monotonic() < give_up_at:
        time.sleep(0.05)
    return condition()


def test_it_says_it_is_ready_when_it_answers_and_leaves_nobody_behind(tmp_path: Path) -> None:
    port, said = free_port(), []

    def say(sentence: str) -> None:
        said.append(sentence)
        if "prêt" in sentence:
            assert _eventually(lambda: "child" in (tmp_path / "scheduler.log").read_text())
            os.kill(os.getpid(), signal.SIGINT)

    web = _part("Le serveur web", _ANSWERS, tmp_path / "web.log", str(port))
    others = [_part("Le planificateur", _WITH_A_CHILD, tmp_path / "scheduler.log")]
    perform(web, others, environment_with({}), port=port, say=say)
    assert said[0] == f"Amont est prêt : http://127.0.0.1:{port}"
    assert "arrêté" in said[1]
    grandchild = int((tmp_path / "scheduler.log").read_text().split()[1])
    assert _eventually(lambda: not _alive(grandchild)), "a process that ignores SIGTERM was left behind"
    ensure_port_is_free(port)


def test_a_part_that_falls_ends_the_demonstration_with_its_last_words(tmp_path: Path) -> None:
    port = free_port()
    web = _part("Le serveur web", _ANSWERS, tmp_path / "web.log", str(port))
    others = [_part("Le planificateur", _FALLS, tmp_path / "scheduler.log")]
    with pytest.raises(DemoProblem, match=r"Le planificateur s’est arrêté \(code 3\)[\s\S]*plus de disque"):
        perform(web, others, environment_with({}), port=port, say=lambda _: None)
    ensure_port_is_free(port)


def test_a_taken_port_is_told_with_what_to_do() -> None:

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DemoProblem, match=rf"Le port {port} est déjà pris.*PORT={port + 1} make demo"):
            ensure_port_is_free(port)


_SUPERVISOR = """
import sys
from pathlib import Path
from config import environment_with
from portal.demo.supervisor import Part, perform
folder, port = Path(sys.argv[1]), int(sys.argv[2])
web = Part("Le serveur web", [sys.executable, "-c", sys.argv[3], str(port)], folder / "web.log")
perform(web, [], environment_with({}), port=port, say=lambda sentence: print(sentence, flush=True))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the leash is Linux’s")
def test_its_own_sudden_death_ends_its_processes(tmp_path: Path) -> None:
    port = free_port()
    supervisor = subprocess.Popen(
        [sys.executable, "-c", _SUPERVISOR, str(tmp_path), str(port), _ANSWERS],
        cwd=ROOT,
        env=environment_with({"PYTHONPATH": str(ROOT)}),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert supervisor.stdout is not None
    with supervisor.stdout:
        assert "prêt" in supervisor.stdout.readline()
        supervisor.kill()
        supervisor.wait()

    def released() -> bool:
        try:
            ensure_port_is_free(port)
        except DemoProblem:
            return False
        return True

    assert _eventually(released), "the web server outlived its supervisor"


def test_a_stop_asked_while_it_starts_is_heard(tmp_path: Path) -> None:
    """Nothing answers: it would wait a minute."""
    said: list[str] = []
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM)).start()
    started = time.monotonic()
    sleeping = _part("Le serveur web", "import time; time.sleep(60)", tmp_path / "web.log")
    perform(sleeping, [], environment_with({}), port=free_port(), say=said.append)
    assert time.monotonic() - started < 12
    assert not any("prêt" in sentence for sentence in said)
