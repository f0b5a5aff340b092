"""Connections are encrypted and signed in as the settings say."""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.outbox import deliver
from portal.vocabulary import MessageState
from tests.outbox.conftest import Promising, messages
from tests.outbox.postbox import Postbox, accepts, server_context

pytestmark = pytest.mark.usefixtures("connection")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _written(folder / "cert.pem", made.public_bytes(serialization.Encoding.PEM)), _written(
        folder / "key.pem",
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _written(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


@pytest.fixture
def strict_postbox(certificate: tuple[str, str]) -> Iterator[Postbox]:
    """Wants STARTTLS, then the password of « amont »."""
    with Postbox(
        tls_context=server_context(*certificate),
        require_starttls=True,
        authenticator=accepts("amont", "secret"),
        auth_required=True,
    ) as opened:
        yield opened


@pytest.fixture
def trusted(certificate: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])


@pytest.mark.usefixtures("trusted")
def test_starttls_then_sign_in(strict_postbox: Postbox, promise_greetings: Promising, now: datetime) -> None:
    promise_greetings(1)
    settings = strict_postbox.settings(tls="starttls", user="amont", password="secret")
    assert deliver(settings, now) == {MessageState.SENT: 1}
    assert (strict_postbox.encrypted, strict_postbox.signed_in) == ([True], ["amont"])


@pytest.mark.usefixtures("trusted")
def test_tls_from_the_first_byte(certificate: tuple[str, str], promise_greetings: Promising, now: datetime) -> None:
    promise_greetings(1)
    with Postbox(ssl_context=server_context(*certificate)) as postbox:
        assert deliver(postbox.settings(tls="tls"), now) == {MessageState.SENT: 1}


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_gives_nothing_up(
    strict_postbox: Postbox, promise_greetings: Promising, now: datetime
) -> None:
    promise_greetings(2)
    settings = strict_postbox.settings(tls="starttls", user="amont", password="guess")
    assert deliver(settings, now) == {MessageState.PROMISED: 1}
    assert (messages()[0].result or "").startswith("535")


def test_an_unknown_certificate_is_refused(
    strict_postbox: Postbox, promise_greetings: Promising, now: datetime
) -> None:
    promise_greetings(1)
    settings = strict_postbox.settings(tls="starttls", user="amont", password="secret")
    assert deliver(settings, now) == {MessageState.PROMISED: 1}
    assert "CERTIFICATE_VERIFY_FAILED" in (messages()[0].result or "")
    assert not strict_postbox.received


def test_a_password_does_not_show(postbox: Postbox) -> None:
    assert "secret" not in repr(postbox.settings(password="secret"))
