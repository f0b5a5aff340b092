"""One kept-open connection to the SMTP server, and what its answers mean for a message."""

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from enum import Enum
from functools import cached_property
from types import TracebackType
from typing import Literal, Self

from portal.outbox.rules import ensure_address, ensure_one_line


@dataclass(frozen=True)
class SmtpSettings:
    """Where mails leave, and in whose name. Raises ValueError when `mail_from` is not « Name <address> »."""

    host: str
    port: int
    mail_from: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Literal["none", "starttls", "tls"] = "none"
    timeout_seconds: float = 20.0

    def __post_init__(self) -> None:
        ensure_address(parseaddr(self.mail_from)[1])

    @cached_property
    def sender(self) -> Address:
        name, address = parseaddr(ensure_one_line(self.mail_from))
        return Address(display_name=name, addr_spec=address)


class Verdict(Enum):
    ACCEPTED = "accepted"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True)
class Reply:
    """What the server decided about one message, and its own words."""

    verdict: Verdict
    words: str


class ServerTrouble(Exception):
    """Nothing can be sent now, whatever the message: no server, no sign-in, a refused sender, a closing connection."""


_CLOSING = 421
_TOO_LARGE = 552

_Command = Callable[[], tuple[int, bytes]]


class Courier:
    """Sends messages one after the other, on one connection opened when first needed."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except OSError:
                self._hang_up()

    def send(self, content: bytes, recipient: str) -> Reply:
        """Hand one message over. Raises ServerTrouble when the server, not the message, is the matter."""
        try:
            return self._transmit(self._connected(), content, recipient)
        except OSError as error:
            self._hang_up()
            raise ServerTrouble(_words_of(error)) from error

    def _transmit(self, smtp: smtplib.SMTP, content: bytes, recipient: str) -> Reply:
        sender = self._asked(lambda: smtp.mail(self._settings.sender.addr_spec))
        if sender.verdict is not Verdict.ACCEPTED and not sender.words.startswith(str(_TOO_LARGE)):
            raise smtplib.SMTPException(sender.words)
        steps: tuple[_Command, ...] = (lambda: smtp.rcpt(recipient), lambda: _data(smtp, content))
        reply = sender
        for step in steps:
            if reply.verdict is Verdict.ACCEPTED:
                reply = self._asked(step)
        if reply.verdict is not Verdict.ACCEPTED:
            self._forget_transaction(smtp)
        return reply

    def _asked(self, command: _Command) -> Reply:
        code, answer = command()
        words = f"{code} {answer.decode(errors='replace')}"
        if code in {_CLOSING, -1}:
            raise smtplib.SMTPServerDisconnected(words)
        if code < 300:
            return Reply(Verdict.ACCEPTED, words)
        return Reply(Verdict.NEVER if code >= 500 else Verdict.LATER, words)

    def _forget_transaction(self, smtp: smtplib.SMTP) -> None:
        """Start afresh for the next message; the answer about this one stands, even if the line is cut now."""
        try:
            smtp.rset()
        except OSError:
            self._hang_up()

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = _open(self._settings)
        return self._smtp

    def _hang_up(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _data(smtp: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    try:
        return smtp.data(content)
    except smtplib.SMTPDataError as refusal:
        answer = refusal.smtp_error
        return refusal.smtp_code, answer if isinstance(answer, bytes) else answer.encode()


def _open(settings: SmtpSettings) -> smtplib.SMTP:
    """A connection, encrypted and signed in as the settings say. Raises OSError, as smtplib's errors all are."""
    if settings.tls == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=settings.timeout_seconds, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
    try:
        if settings.tls == "starttls":
            smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        if settings.user is not None:
            smtp.login(settings.user, settings.password or "")
    except BaseException:
        smtp.close()
        raise
    return smtp


def _words_of(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        return f"{error.smtp_code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
    return f"{type(error).__name__}: {error}"
