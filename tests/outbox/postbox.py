"""A real SMTP server on loopback, which answers what a test tells it to and keeps what it accepts."""

import socket
import ssl
import time
from collections import defaultdict, deque
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from portal.outbox import SmtpSettings

ACCEPTED = "250 Message accepted for delivery"


class Postbox:
    """Answers to RCPT and DATA are given by recipient; one that has none left is accepted."""

    def __init__(self, *, slowness: float = 0.0, **options: Any) -> None:
        self.received: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.encrypted: list[bool] = []
        self.signed_in: list[str | None] = []
        self.at_rcpt: dict[str, deque[str]] = defaultdict(deque)
        self.at_data: dict[str, deque[str]] = defaultdict(deque)
        self.at_mail: deque[str] = deque()
        self.connections = 0
        self.being_sent = 0
        self._slowness = slowness
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port(), **options)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def settings(self, **changed: Any) -> SmtpSettings:
        given: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self._controller.port,
            "mail_from": "Amont <ne-pas-repondre@amont.example>",
            "timeout_seconds": 5.0,
        }
        return SmtpSettings(**(given | changed))

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.received]

    async def handle_EHLO(  # noqa: N802 — aiosmtpd's names
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> Any:
        self.connections += 0 if session.ssl else 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.at_mail:
            return self.at_mail.popleft()
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.at_rcpt[address]:
            return self.at_rcpt[address].popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        recipient = envelope.rcpt_tos[0]
        self.being_sent += 1
        time.sleep(self._slowness)
        if self.at_data[recipient]:
            return self.at_data[recipient].popleft()
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients.append(recipient)
        self.encrypted.append(session.ssl is not None)
        self.signed_in.append(session.auth_data)
        return ACCEPTED


def accepts(user: str, password: str) -> Any:
    """An aiosmtpd authenticator that knows one person."""

    def authenticator(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        known = (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=known, handled=False, auth_data=user)

    return authenticator


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
