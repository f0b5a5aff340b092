"""What the demonstration does with mail: a real SMTP server that delivers to a folder, and the reading of it."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as mail_policy
from pathlib import Path
from typing import Any

from portal.kernel import clock
from portal.kernel.errors import NotFound

_NAME = "%Y%m%dT%H%M%S%f"
_NAMED = re.compile(r"\d{8}T\d{12}")
_LARGEST = 10 * 1024 * 1024


@dataclass(frozen=True)
class Mail:
    """One mail that left. `name` is also when it came, to the microsecond."""

    name: str
    content: EmailMessage

    @property
    def at(self) -> datetime:
        return datetime.strptime(self.name, _NAME).replace(tzinfo=UTC)

    @property
    def subject(self) -> str:
        return str(self.content["subject"] or "(sans objet)")

    @property
    def recipient(self) -> str:
        return str(self.content["to"] or "(sans destinataire)")

    @property
    def sender(self) -> str:
        return str(self.content["from"] or "(sans expéditeur)")

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, subtype: str) -> str:
        part = self.content.get_body((subtype,))
        return str(part.get_content()) if part is not None else ""


class Mailbox:
    """The mails kept in one folder, a file each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Keep a mail as it came; its name."""
        self._folder.mkdir(parents=True, exist_ok=True)
        at = clock.utc_now()
        while (path := self._folder / f"{at.strftime(_NAME)}.eml").exists():
            at += timedelta(microseconds=1)
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(content)
        unfinished.rename(path)
        return path.stem

    def count(self) -> int:
        return sum(1 for _ in self._folder.glob("*.eml"))

    def latest(self, limit: int) -> list[Mail]:
        """The last mails, the newest first."""
        newest = sorted(self._folder.glob("*.eml"), reverse=True)[:limit]
        return [_opened(path) for path in newest]

    def read(self, name: str) -> Mail:
        """One mail; raises NotFound."""
        path = self._folder / f"{name}.eml"
        if not _NAMED.fullmatch(name) or not path.is_file():
            raise NotFound("Ce message n’existe pas, ou il a été effacé avec la démonstration.")
        return _opened(path)


def _opened(path: Path) -> Mail:
    return Mail(path.stem, message_from_bytes(path.read_bytes(), policy=mail_policy))


class _Delivery:
    """aiosmtpd calls it, in its own thread, for each mail."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 — aiosmtpd's name
        self._mailbox.keep(envelope.content)
        return "250 OK"


@contextmanager
def receiving(mailbox: Mailbox) -> Iterator[int]:
    """An SMTP server on a free port of the loopback interface that delivers to `mailbox`; its port."""
    from aiosmtpd.controller import Controller  # noqa: PLC0415 — only the demonstration installs it

    port = free_port()
    controller = Controller(_Delivery(mailbox), hostname="127.0.0.1", port=port, data_size_limit=_LARGEST)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
