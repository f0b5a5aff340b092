"""Accounts and what opens them, and what people are in organisations. Nothing people did is deleted: it ends."""

import secrets
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import CHAR, CheckConstraint, Dialect, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from portal.directory.models import Organisation
from portal.kernel.clock import paris_date
from portal.kernel.siret import Siret
from portal.storage import Base, UtcInstant, Versioned, listed
from portal.vocabulary import AccountState, RequestOutcome, Role


class RoleSet(TypeDecorator[frozenset[Role]]):
    """The roles that someone asks for or is offered, as their codes in order, between spaces."""

    impl = String(200)
    cache_ok = True

    def process_bind_param(self, value: frozenset[Role] | None, dialect: Dialect) -> str | None:
        return None if value is None else " ".join(sorted(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[Role] | None:
        return None if value is None else frozenset(Role(code) for code in value.split())


def _unique_while(name: str, condition: str, *columns: str) -> Index:
    """A unique key among the rows that are still open."""
    return Index(name, *columns, unique=True, sqlite_where=text(condition), postgresql_where=text(condition))


class Link:
    """Mixin of what a mailed link opens, once, until it expires.

    The token itself is never stored: `keys.token_of` derives it from `nonce` and the portal's secret, and `token_hash`
    finds the row again.
    """

    nonce: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(CHAR(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)
    used_at: Mapped[datetime | None] = mapped_column(UtcInstant)


class Public:
    """Mixin of what an address names: an opaque id, which tells neither how many there are nor what the next one is."""

    public_id: Mapped[str] = mapped_column(CHAR(12), unique=True, default=partial(secrets.token_urlsafe, 9))


class Account(Public, Versioned, Base):
    """A person. `email` is folded: one address, one account, however it is typed."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    display_name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """Argon2id; None until the person has chosen one."""
    totp_secret: Mapped[str | None] = mapped_column(String(255))
    """Sealed by `keys.seal`."""
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    totp_last_counter: Mapped[int | None]
    """The thirty-second step of the last code used: a code opens once."""
    state: Mapped[AccountState] = mapped_column(listed(AccountState, name="state"), default=AccountState.ACTIVE)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    """When the person proved that the address is theirs."""

    @property
    def is_open(self) -> bool:
        return self.state is AccountState.ACTIVE

    @property
    def has_second_factor(self) -> bool:
        return self.totp_confirmed_at is not None


class RecoveryCode(Base):
    """One of the codes that stand in for a lost telephone, each once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("account_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    code_hash: Mapped[str] = mapped_column(CHAR(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcInstant)


class Membership(Base):
    """One role of one person in one organisation, from an instant to another (excluded), or still."""

    __tablename__ = "membership"
    __table_args__ = (
        _unique_while("uq_membership_open", "until IS NULL", "account_id", "organisation_id", "role"),
        CheckConstraint("until IS NULL OR until >= since", name="period"),
        Index(None, "account_id"),
        Index(None, "organisation_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[Role] = mapped_column(listed(Role, name="role"))
    since: Mapped[datetime] = mapped_column(UtcInstant)
    until: Mapped[datetime | None] = mapped_column(UtcInstant)
    given_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    organisation: Mapped[Organisation] = relationship()

    @property
    def last_day(self) -> date | None:
        """The civil date in Paris on which it ends, or None."""
        return None if self.until is None else paris_date(self.until - timedelta(microseconds=1))


class SignUp(Link, Base):
    """Someone asks for an account, for an organisation; nothing else exists until they follow the mailed link.

    A row is written whether or not the address has an account already, so that neither answer nor time tells.
    """

    __tablename__ = "sign_up"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    display_name: Mapped[str] = mapped_column(String(120))
    siret: Mapped[str] = mapped_column(CHAR(14))
    organisation_name: Mapped[str | None] = mapped_column(String(250))
    """For an organisation that the directory does not list."""
    roles: Mapped[frozenset[Role]] = mapped_column(RoleSet)
    why: Mapped[str | None] = mapped_column(Text)

    @property
    def shown_siret(self) -> str:
        return Siret(self.siret).formatted


class PasswordReset(Link, Base):
    """Someone asks to choose a new password; written whether or not the address has an account."""

    __tablename__ = "password_reset"
    __table_args__ = (Index(None, "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))


class Invitation(Link, Public, Base):
    """A manager invites someone, by their address, to hold roles in the organisation."""

    __tablename__ = "invitation"
    __table_args__ = (
        _unique_while("uq_invitation_open", "used_at IS NULL AND revoked_at IS NULL", "organisation_id", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    email: Mapped[str] = mapped_column(String(254))
    roles: Mapped[frozenset[Role]] = mapped_column(RoleSet)
    invited_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    organisation: Mapped[Organisation] = relationship()
    inviter: Mapped[Account] = relationship()


class Request:
    """Mixin of what a person asks of an organisation, and how it ended."""

    asked_at: Mapped[datetime] = mapped_column(UtcInstant)
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    outcome: Mapped[RequestOutcome | None] = mapped_column(listed(RequestOutcome, name="outcome"))
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was declined, in the words of whoever did."""

    @property
    def asked_on(self) -> date:
        """The civil date in Paris."""
        return paris_date(self.asked_at)

    @property
    def is_pending(self) -> bool:
        return self.outcome is None


class JoinRequest(Request, Public, Base):
    """Someone asks the managers of an organisation for roles in it."""

    __tablename__ = "join_request"
    __table_args__ = (
        _unique_while("uq_join_request_pending", "outcome IS NULL", "account_id", "organisation_id"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        Index(None, "organisation_id", "outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    roles: Mapped[frozenset[Role]] = mapped_column(RoleSet)
    message: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    organisation: Mapped[Organisation] = relationship()
    decider: Mapped[Account | None] = relationship(foreign_keys=[decided_by])


class Claim(Request, Public, Base):
    """Someone asks to take charge of a listed organisation that has no manager (« Réclamer cette fiche »)."""

    __tablename__ = "claim"
    __table_args__ = (
        _unique_while("uq_claim_pending", "outcome IS NULL", "account_id", "organisation_id"),
        CheckConstraint("(outcome IS NULL) = (decided_at IS NULL)", name="decided"),
        Index(None, "organisation_id", "outcome"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    why: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    organisation: Mapped[Organisation] = relationship()
    decider: Mapped[Account | None] = relationship(foreign_keys=[decided_by])


class LoginSession(Public, Base):
    """One browser in which a person is signed in, and the organisation they act for there."""

    __tablename__ = "login_session"
    __table_args__ = (Index(None, "account_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    token_hash: Mapped[str] = mapped_column(CHAR(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    seen_at: Mapped[datetime] = mapped_column(UtcInstant)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    second_factor_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    """When a second factor was shown in this session; None if only a password was."""
    agent: Mapped[str] = mapped_column(String(60))
    """The family of the browser and its system: « Firefox, Windows »."""
    address: Mapped[str] = mapped_column(String(45))
    """The beginning of the network address only: « 192.0.2.… »."""

    account: Mapped[Account] = relationship()
