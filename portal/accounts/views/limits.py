"""How often one may try: per account (or address typed) and per network address, counted in the database."""

from datetime import timedelta

from flask import request

from portal.kernel import clock
from portal.web.throttle import count_attempt

_QUARTER, _HOUR, _DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)


def of_sign_in(email: str) -> None:
    """Ten tries a quarter of an hour for one account (CNIL 2022-100), known or not."""
    _count("sign_in", email, 10, 100, _QUARTER)


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


def _count(scope: str, subject: str, of_subject: int, of_address: int, window: timedelta) -> None:
    now = clock.utc_now()
    count_attempt(f"{scope}:from", _address(), limit=of_address, window=window, now=now)
    count_attempt(f"{scope}:for", subject, limit=of_subject, window=window, now=now)


def _address() -> str:
    return request.remote_addr or "unknown"
