"""Where one demonstration lives: its database, its keys, its mails, the logs of its processes."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from config import ROOT

KEYS = ("AMONT_SECRET_KEY", "AMONT_TOTP_KEY", "AMONT_PERSON_KEY")


class DemoProblem(Exception):
    """The demonstration cannot start or go on; the message is a French sentence for the terminal."""


@dataclass(frozen=True)
class Place:
    """A directory of its own, so that resetting the demonstration touches nothing else."""

    path: Path = ROOT / "var" / "demo"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.path / 'amont.db'}"

    @property
    def mails(self) -> Path:
        return self.path / "mails"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def environment(self) -> Path:
        """The settings of the running demonstration, for commands run beside it (`set -a; . var/demo/environment`)."""
        return self.path / "environment"

    def prepare(self) -> None:
        for folder in (self.path, self.mails, self.logs):
            folder.mkdir(parents=True, exist_ok=True)

    def keys(self) -> dict[str, str]:
        """This demonstration's keys, drawn the first time and readable by their owner only."""
        path = self.path / "keys"
        if not path.exists():
            values = (secrets.token_urlsafe(32), Fernet.generate_key().decode(), secrets.token_urlsafe(32))
            drawn = dict(zip(KEYS, values, strict=True))
            write_private(path, drawn)
        return read_settings(path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep a second demonstration, or a reset, away from this one. Raises DemoProblem when one is running."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path.parent / f"{self.path.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DemoProblem("Une démonstration tourne déjà ici : arrêtez-la d’abord (Ctrl-C).") from None
            yield

    def clear(self) -> None:
        """Forget everything: data, keys, mails, logs."""
        shutil.rmtree(self.path, ignore_errors=True)


def write_private(path: Path, settings: dict[str, str]) -> None:
    """Write `NAME=value` lines, whole or not at all, readable by their owner only."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"{name}='{value}'\n" for name, value in settings.items())
    unfinished.replace(path)


def read_settings(path: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in path.read_text().splitlines())
    return {name: value.strip("'") for name, _, value in lines}
