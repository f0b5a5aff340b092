"""A posted form has one effect, however often and however concurrently it is posted."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select

from config import Config
from portal.app import create_app
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.web.forms import SafeForm
from portal.web.idempotency import AlreadyDone, once
from portal.web.models import KeptForm


def post(app: Flask, token: str, effect: str, *, fail: bool = False) -> str:
    """Carry a form out whose effect is one row; where it leads."""
    with app.test_request_context("/", method="POST", data={"idempotency_token": token}):
        with once(SafeForm()) as act:
            act.session.add(KeptForm(key=effect.ljust(64), path="/", fields="[]", created_at=clock.utc_now()))
            if fail:
                raise RuleViolation("Non.")
            act.leads_to(f"/{effect}")
        return str(act.location)


def effects() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(KeptForm)) or 0


def test_the_second_post_is_led_to_the_first_result(app: Flask) -> None:
    assert post(app, "a token", "first") == "/first"
    with pytest.raises(AlreadyDone) as done:
        post(app, "a token", "second")
    assert done.value.location == "/first"
    assert effects() == 1


def test_a_refused_form_may_be_posted_again(app: Flask) -> None:
    with pytest.raises(RuleViolation):
        post(app, "a token", "first", fail=True)
    assert effects() == 0
    assert post(app, "a token", "second") == "/second"


def test_a_form_without_its_token_is_refused(app: Flask) -> None:
    with pytest.raises(RuleViolation):
        post(app, "", "first")


def test_a_double_click_has_one_effect(fresh_engine: Engine, config: Config) -> None:
    app = create_app(config, engine=fresh_engine)

    def click(number: int) -> str:
        try:
            return post(app, "a token", f"effect-{number}")
        except AlreadyDone as done:
            return done.location

    with ThreadPoolExecutor(6) as threads:
        leads = set(threads.map(click, range(6)))
    assert len(leads) == 1
    assert effects() == 1
