"""How often one may try: per account (or address typed) and per network address, counted in the database."""

from datetime import datetime, timedelta

from flask import request

from portal.accounts import rules
from portal.kernel import clock
from portal.web.throttle import count_attempt, forgive_attempt

_QUARTER, _HOUR, _DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


def of_sign_in(email: str, now: datetime) -> None:
    """Ten failures a quarter of an hour for one account from one network (CNIL 2022-100), known or not.

    Fifty from everywhere: a stranger's tries do not shut the owner out, nor do many networks guess for long.
    """
    for scope, subject, limit in _sign_in_counts(email):
        count_attempt(scope, subject, limit=limit, window=_QUARTER, now=now)


def forgive_sign_in(email: str, now: datetime) -> None:
    """The password was right: only failures count."""
    for scope, subject, _ in _sign_in_counts(email):
        forgive_attempt(scope, subject, window=_QUARTER, now=now)


def _sign_in_counts(email: str) -> list[tuple[str, str, int]]:
    return [
        ("sign_in:from", _network(), 100),
        ("sign_in:pair", f"{email} {_network()}", 10),
        ("sign_in:for", email, 50),
    ]


def of_second_factor(account_id: int) -> None:
    _count("second_factor", str(account_id), 10, 100, _QUARTER)


def of_password_check(account_id: int) -> None:
    _count("password_check", str(account_id), 10, 100, _QUARTER)


def of_reset(email: str) -> None:
    _count("reset", email, 5, 30, _HOUR)


def of_sign_up(email: str) -> None:
    _count("sign_up", email, 5, 30, _HOUR)


def of_invitation(account_id: int) -> None:
    _count("invitation", str(account_id), 50, 200, _DAY)


def of_request(account_id: int) -> None:
    """Claims and requests to join: each is mailed to several people."""
    _count("request", str(account_id), 10, 100, _DAY)


def of_founding(account_id: int) -> None:
    """Organisations listed by hand, which everyone then sees in the directory."""
    _count("founding", str(account_id), 3, 30, _DAY)


def _count(scope: str, subject: str, of_subject: int, of_address: int, window: timedelta) -> None:
    now = clock.utc_now()
    count_attempt(f"{scope}:from", _network(), limit=of_address, window=window, now=now)
    count_attempt(f"{scope}:for", subject, limit=of_subject, window=window, now=now)


def _network() -> str:
    return rules.network_of(request.remote_addr)
