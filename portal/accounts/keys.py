"""What the portal's secrets make: mailed tokens, sealed second-factor secrets, password hashes.

Nothing stored opens anything by itself: a token is derived from the row's nonce and a key that only the configuration
holds, so that a message composed later can still tell it, while the database keeps its digest alone.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config import Config

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

RECOVERY_CODES = 10
_SEALING_BYTES = 32
_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without i, l, o, 0 and 1, which people confuse on paper."""


@dataclass(frozen=True)
class _Keys:
    links: tuple[bytes, ...]
    totp: tuple[str, ...]
    pending: bytes
    hasher: PasswordHasher

    @property
    def seal(self) -> "MultiFernet":
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 — seven megabytes; see decisions/memory.md

        return MultiFernet([Fernet(key) for key in self.totp])


class _Bound:
    keys: _Keys | None = None


def use(config: Config) -> None:
    """Make this process use the keys of `config`. The first key of each sort makes; all of them open."""
    totp_keys = config.totp_key.replace(",", " ").split()
    _Bound.keys = _Keys(
        links=tuple(_derived(key, "mailed links") for key in (config.secret_key, *config.secret_key_fallbacks)),
        totp=tuple(map(_usable, totp_keys)),
        pending=_derived(totp_keys[0], "second factors to confirm"),
        hasher=_hasher(config),
    )


def _usable(key: str) -> str:
    """Raises ValueError at the start rather than at someone's sign-in."""
    if len(base64.urlsafe_b64decode(key)) != _SEALING_BYTES:
        raise ValueError("each of AMONT_TOTP_KEY must be 32 bytes in URL-safe base64")
    return key


def _bound() -> _Keys:
    if _Bound.keys is None:
        raise RuntimeError("no keys: call accounts.keys.use(config) first")
    return _Bound.keys


def _derived(key: str, purpose: str) -> bytes:
    return hmac.digest(key.encode(), f"amont accounts: {purpose}".encode(), "sha256")


def _hasher(config: Config) -> PasswordHasher:
    if config.password_cost == "cheap":  # noqa: S105
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    # OWASP's argon2id with 19 MiB: sixteen threads that hash at once stay within a worker's memory.
    return PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1)


# Mailed links


@dataclass(frozen=True)
class NewLink:
    nonce: str
    token_hash: str


def new_link(purpose: str) -> NewLink:
    nonce = secrets.token_urlsafe(32)
    return NewLink(nonce, digest(_token(_bound().links[0], purpose, nonce)))


def token_of(purpose: str, nonce: str, token_hash: str) -> str | None:
    """The token of a stored link, or None when the key that made it has been withdrawn since."""
    tokens = (_token(key, purpose, nonce) for key in _bound().links)
    return next((token for token in tokens if digest(token) == token_hash), None)


def _token(key: bytes, purpose: str, nonce: str) -> str:
    made = hmac.digest(key, f"{purpose}:{nonce}".encode(), "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# Second factor


def seal(secret: str) -> str:
    return _bound().seal.encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    return _bound().seal.decrypt(sealed.encode()).decode()


def pending_totp_secret(*distinct: object) -> str:
    """What is proposed to someone who sets a second factor up: the same each time they look, stored nowhere."""
    made = hmac.digest(_bound().pending, repr(distinct).encode(), "sha1")
    return base64.b32encode(made).decode()


def new_recovery_codes() -> list[str]:
    """Ten codes of 79 bits, in four groups of four letters or digits."""
    return ["-".join(_letters(4) for _ in range(4)) for _ in range(RECOVERY_CODES)]


def _letters(count: int) -> str:
    return "".join(secrets.choice(_LEGIBLE) for _ in range(count))


def recovery_digest(account_id: int, code: str) -> str:
    return digest(f"{account_id}:{code.replace('-', '').replace(' ', '').lower()}")


# Passwords


def hash_password(password: str) -> str:
    return _bound().hasher.hash(_same_however_typed(password))


def password_matches(password_hash: str | None, password: str) -> bool:
    """Takes the same time when there is no such account: the answer's delay must not tell."""
    hasher = _bound().hasher
    try:
        hasher.verify(password_hash or _nobodys(hasher), _same_however_typed(password))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def must_hash_again(password_hash: str) -> bool:
    return _bound().hasher.check_needs_rehash(password_hash)


@cache
def _nobodys(hasher: PasswordHasher) -> str:
    return hasher.hash(secrets.token_urlsafe(32))


def _same_however_typed(password: str) -> str:
    """Keyboards compose « é » in two ways."""
    return unicodedata.normalize("NFKC", password)
