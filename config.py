"""The portal's settings. The only reader of the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent

Environment = Literal["production", "demo", "test"]


class ConfigError(Exception):
    """A setting is missing or unreadable; the message names the variable."""


@dataclass(frozen=True)
class Config:
    """Everything that differs from one installation to the next; README.md lists the variables."""

    environment: Environment
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    totp_key: str = field(repr=False)
    """Encrypts second-factor secrets at rest: a Fernet key (32 bytes, URL-safe base64)."""
    person_key: str = field(repr=False)
    """Makes participants' fingerprints: never rotated away, backed up apart from the database."""
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    base_url: str = "http://127.0.0.1:8000"
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    trusted_proxies: int = 0
    """How many reverse proxies stand in front and may be believed on `X-Forwarded-*`."""
    cookie_secure: bool = True
    session_idle_minutes: int = 60
    session_absolute_hours: int = 12
    max_upload_bytes: int = 10 * 1024 * 1024
    pool_size: int = 20
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_user: str | None = None
    smtp_password: str | None = field(default=None, repr=False)
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_timeout_seconds: float = 20.0
    mail_from: str = "Amont <ne-pas-repondre@amont.example>"
    portal_name: str = "Achats publics pour l’économie sociale et solidaire"
    ocid_prefix: str = "ocds-amont0"
    """Begins the OCDS identifier of each project; the Open Contracting Partnership gives a real one on request."""
    open_data_licence: str = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
    """The address of the licence that the operator chose for what it opens (CRPA D323-2-1)."""
    data_dir: Path = ROOT / "var"
    log_format: Literal["json", "text"] = "json"
    demo_starts_at: datetime = datetime(2026, 12, 3, 9, 0, tzinfo=ZoneInfo("Europe/Paris"))
    """What the demo's clock shows when its data are made; it runs on from there."""
    demo_origin: datetime | None = None
    """The real instant at which the demo's clock showed `demo_starts_at`: when its data were made. Demo only."""
    demo_mailbox_url: str | None = None
    """Where the demo shows the mails that left; set by `python -m portal demo`."""
    password_cost: Literal["normal", "cheap"] = "normal"  # noqa: S105

    @property
    def demo(self) -> bool:
        return self.environment == "demo"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read `AMONT_*` and `DATABASE_URL`.

        Raises ConfigError when production lacks a key it must not invent.
        """
        given = _Reader(environ)
        environment = given.one_of("AMONT_ENVIRONMENT", ("production", "demo", "test"), "production")
        data_dir = Path(given.text("AMONT_DATA_DIR", str(ROOT / "var")))
        return cls(
            environment=environment,  # type: ignore[arg-type]
            database_url=given.text("DATABASE_URL", f"sqlite:///{data_dir / 'amont.db'}"),
            secret_key=given.required("AMONT_SECRET_KEY"),
            secret_key_fallbacks=given.words("AMONT_SECRET_KEY_FALLBACKS"),
            totp_key=given.required("AMONT_TOTP_KEY"),
            person_key=given.required("AMONT_PERSON_KEY"),
            base_url=given.text("AMONT_BASE_URL", cls.base_url).rstrip("/"),
            allowed_hosts=given.words("AMONT_ALLOWED_HOSTS") or cls.allowed_hosts,
            trusted_proxies=given.number("AMONT_TRUSTED_PROXIES", cls.trusted_proxies),
            cookie_secure=given.flag("AMONT_COOKIE_SECURE", environment == "production"),
            session_idle_minutes=given.number("AMONT_SESSION_IDLE_MINUTES", cls.session_idle_minutes),
            session_absolute_hours=given.number("AMONT_SESSION_ABSOLUTE_HOURS", cls.session_absolute_hours),
            max_upload_bytes=given.number("AMONT_MAX_UPLOAD_BYTES", cls.max_upload_bytes),
            pool_size=given.number("AMONT_POOL_SIZE", cls.pool_size),
            smtp_host=given.text("AMONT_SMTP_HOST", cls.smtp_host),
            smtp_port=given.number("AMONT_SMTP_PORT", cls.smtp_port),
            smtp_user=environ.get("AMONT_SMTP_USER"),
            smtp_password=environ.get("AMONT_SMTP_PASSWORD"),
            smtp_tls=given.one_of("AMONT_SMTP_TLS", ("none", "starttls", "tls"), cls.smtp_tls),  # type: ignore[arg-type]
            mail_from=given.text("AMONT_MAIL_FROM", cls.mail_from),
            portal_name=given.text("AMONT_PORTAL_NAME", cls.portal_name),
            ocid_prefix=given.ocid_prefix("AMONT_OCID_PREFIX", cls.ocid_prefix),
            open_data_licence=given.web_address("AMONT_OPEN_DATA_LICENCE", cls.open_data_licence),
            data_dir=data_dir,
            log_format=given.one_of("AMONT_LOG_FORMAT", ("json", "text"), cls.log_format),  # type: ignore[arg-type]
            demo_origin=given.instant("AMONT_DEMO_ORIGIN") if environment == "demo" else None,
            demo_mailbox_url=environ.get("AMONT_DEMO_MAILBOX_URL"),
        )


def environment_with(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child process: ours, with `settings` as the only settings of the portal."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AMONT_")}
    return {**inherited, **settings}


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name) or default

    def required(self, name: str) -> str:
        value = self._environ.get(name)
        if not value:
            raise ConfigError(f"{name} is not set: see “Configuration” in README.md")
        return value

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(self._environ.get(name, "").replace(",", " ").split())

    def number(self, name: str, default: int) -> int:
        value = self._environ.get(name)
        if not value:
            return default
        if not value.isdigit():
            raise ConfigError(f"{name} must be a whole number, not {value!r}")
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self._environ.get(name)
        if not value:
            return default
        if value not in {"0", "1"}:
            raise ConfigError(f"{name} must be 0 or 1, not {value!r}")
        return value == "1"

    def instant(self, name: str) -> datetime | None:
        value = self._environ.get(name)
        if not value:
            return None
        try:
            read = datetime.fromisoformat(value)
        except ValueError as error:
            raise ConfigError(f"{name} must be an instant, not {value!r}") from error
        if read.tzinfo is None:
            raise ConfigError(f"{name} must be an instant with its offset, not {value!r}")
        return read

    def ocid_prefix(self, name: str, default: str) -> str:
        value = self._environ.get(name) or default
        if not re.fullmatch("ocds-[a-z0-9]{6}", value):
            raise ConfigError(f"{name} must be “ocds-” and six letters or digits, not {value!r}")
        return value

    def web_address(self, name: str, default: str) -> str:
        value = self._environ.get(name) or default
        if not re.fullmatch(r"https?://[^\s\"<>]+", value):
            raise ConfigError(f"{name} must be an address of the web, not {value!r}")
        return value

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self._environ.get(name) or default
        if value not in choices:
            raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return value
