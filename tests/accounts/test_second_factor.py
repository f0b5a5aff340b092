"""The second factor: demanded of some roles, set up once, each code used once."""

import html
import re
from datetime import datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.accounts import keys, queries
from portal.accounts.models import Account, LoginSession, RecoveryCode
from portal.accounts.services import open_session
from portal.accounts.services import second_factor as services
from portal.accounts.services.passwords import acting
from portal.accounts.services.second_factor import Instants
from portal.accounts.services.security import SECURITY, SecurityChange
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.outbox.models import Message
from portal.vocabulary import SECOND_FACTOR_ROLES, OrganisationKind, Role
from tests.accounts.people import PASSWORD, give, new_account, new_organisation, resubmit, sign_in, submit, text_of

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def claire(session: Session, now: datetime) -> Account:
    """Someone whose account no telephone protects."""
    account = new_account(session, now)
    give(session, account, new_organisation(session, now), Role.STRUCTURE, now=now)
    session.commit()
    return account


@pytest.fixture
def protected(session: Session, now: datetime) -> Account:
    """A buyer whose telephone knows SECRET."""
    account = new_account(session, now, totp_secret=keys.seal(SECRET), totp_confirmed_at=now)
    give(session, account, new_organisation(session, now, 1, OrganisationKind.BUYER), Role.PURCHASING, now=now)
    session.add_all(
        RecoveryCode(account_id=account.id, code_hash=keys.recovery_digest(account.id, code))
        for code in ("abcd-efgh-jkmn-pqrs", "2345-6789-abcd-efgh")
    )
    session.commit()
    return account


@pytest.fixture
def buyer(session: Session, now: datetime) -> Account:
    """A buyer who has set nothing up yet."""
    account = new_account(session, now)
    give(session, account, new_organisation(session, now, 1, OrganisationKind.BUYER), Role.PURCHASING, now=now)
    session.commit()
    return account


def _code(secret: str = SECRET, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.real_utc_now(), counter_offset=steps)


def _shown_key(page: TestResponse) -> str:
    found = re.search(r"<b>((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})</b>", page.text)
    assert found
    return found[1].replace(" ", "")


def _shown_codes(page: TestResponse) -> list[str]:
    return re.findall(r"<code>([^<]+)</code>", html.unescape(page.text))


# Setting it up


def test_someone_protects_their_account(client: FlaskClient, session: Session, claire: Account) -> None:
    sign_in(client)
    page = client.get("/compte/second-facteur")
    assert "<svg" in page.text
    assert "style=" not in page.text
    done = resubmit(client, "/compte/second-facteur", page, code=_code(_shown_key(page)), current_password=PASSWORD)
    assert done.status_code == 200
    codes = _shown_codes(done)
    assert len(codes) == 10
    again = client.get("/compte/second-facteur")
    assert "10 codes" in text_of(again)
    assert codes[0] not in again.text
    stored = queries.account(session, claire.id)
    session.refresh(stored)
    assert stored.totp_secret is not None
    assert _shown_key(page) not in stored.totp_secret


def test_the_proposed_key_stays_the_same_while_one_looks_for_ones_telephone(
    client: FlaskClient, claire: Account
) -> None:
    sign_in(client)
    first, second = (client.get("/compte/second-facteur") for _ in range(2))
    assert _shown_key(first) == _shown_key(second)


def test_a_wrong_code_confirms_nothing(client: FlaskClient, session: Session, claire: Account) -> None:
    sign_in(client)
    refused = submit(client, "/compte/second-facteur", code="000000", current_password=PASSWORD)
    assert refused.status_code == 422
    assert 'id="code-erreur"' in refused.text
    session.expire_all()
    assert not queries.account(session, claire.id).has_second_factor


def test_posting_the_setup_twice_makes_one_set_of_codes(client: FlaskClient, session: Session, claire: Account) -> None:
    sign_in(client)
    page = client.get("/compte/second-facteur")
    code = _code(_shown_key(page))
    resubmit(client, "/compte/second-facteur", page, code=code, current_password=PASSWORD)
    again = resubmit(client, "/compte/second-facteur", page, code=code, current_password=PASSWORD)
    assert _shown_codes(again) == []
    assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 10


def test_setting_it_up_closes_the_other_sessions(client: FlaskClient, app: Flask, claire: Account) -> None:
    other = app.test_client()
    sign_in(other)
    sign_in(client)
    page = client.get("/compte/second-facteur")
    resubmit(client, "/compte/second-facteur", page, code=_code(_shown_key(page)), current_password=PASSWORD)
    assert other.get("/compte").status_code == 302
    assert client.get("/compte").status_code == 200


# Demanded


@pytest.mark.parametrize(("kind", "held"), [(OrganisationKind.BUYER, True), (OrganisationKind.FACILITATION, False)])
def test_a_facilitateur_of_a_buyer_needs_one(
    client: FlaskClient, session: Session, now: datetime, kind: OrganisationKind, held: bool
) -> None:
    facilitateur = new_account(session, now, "nadia@ville.example", "Nadia")
    give(session, facilitateur, new_organisation(session, now, 7, kind), Role.FACILITATEUR, now=now)
    session.commit()
    sign_in(client, facilitateur.email)
    assert client.get("/reclamations").status_code == (302 if held else 200)


def test_a_buyer_without_second_factor_can_do_nothing_else(client: FlaskClient, buyer: Account) -> None:
    assert sign_in(client).location == "/"
    for path in ("/compte", "/compte/sessions", "/reclamations", "/compte/mot-de-passe"):
        assert client.get(path).location == f"/compte/second-facteur?suite={path}"
    assert client.post("/compte/agir-pour", data={"organisation": "1"}).status_code in {302, 422}
    assert client.get("/inscription/message-envoye").status_code == 200
    assert client.get("/compte/second-facteur").status_code == 200
    page = client.get("/compte/second-facteur?suite=/reclamations")
    done = resubmit(
        client,
        "/compte/second-facteur?suite=/reclamations",
        page,
        code=_code(_shown_key(page)),
        current_password=PASSWORD,
    )
    assert 'href="/reclamations"' in done.text
    assert client.get("/reclamations").status_code == 200


def test_someone_held_may_still_leave(client: FlaskClient, buyer: Account) -> None:
    sign_in(client)
    left = submit(client, "/compte/second-facteur", action="/deconnexion")
    assert left.location == "/connexion"


@pytest.mark.parametrize("role", sorted(SECOND_FACTOR_ROLES))
def test_it_is_demanded_of_each_of_these_roles(
    client: FlaskClient, session: Session, claire: Account, now: datetime, role: Role
) -> None:
    sign_in(client)
    assert client.get("/compte").status_code == 200
    give(session, claire, new_organisation(session, now, 2, OrganisationKind.BUYER), role, now=now)
    session.commit()
    assert client.get("/compte").location == "/compte/second-facteur?suite=/compte"


@pytest.mark.parametrize(("kind", "held"), [(OrganisationKind.BUYER, True), (OrganisationKind.EI, False)])
def test_it_is_demanded_of_whoever_may_give_such_a_role(
    client: FlaskClient, session: Session, now: datetime, kind: OrganisationKind, held: bool
) -> None:
    give(session, new_account(session, now), new_organisation(session, now, 2, kind), Role.MANAGER, now=now)
    session.commit()
    sign_in(client)
    assert client.get("/equipe").status_code == (302 if held else 200)


def test_a_former_buyer_s_manager_is_no_longer_held(client: FlaskClient, session: Session, now: datetime) -> None:
    former = new_organisation(session, now, 2, OrganisationKind.BUYER)
    former.kinds[0].valid_to = clock.paris_date(now) - timedelta(days=1)
    give(session, new_account(session, now), former, Role.MANAGER, now=now)
    session.commit()
    sign_in(client)
    assert client.get("/equipe").status_code == 200


def test_a_session_opened_with_a_second_factor_shown_is_not_held(
    client: FlaskClient, session: Session, buyer: Account, now: datetime
) -> None:
    token = open_session(session, buyer, now=now, second_factor=True)
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert client.get("/reclamations").status_code == 200


# Shown at each sign-in


def _halfway(client: FlaskClient) -> None:
    assert sign_in(client).location == "/connexion/code"
    assert client.get("/compte").location == "/connexion?suite=/compte"


def test_the_password_then_the_code(client: FlaskClient, protected: Account) -> None:
    _halfway(client)
    assert submit(client, "/connexion/code", code=_code()).location == "/"
    assert client.get("/reclamations").status_code == 200


def test_one_lands_where_one_was_going(client: FlaskClient, protected: Account) -> None:
    page = client.get("/connexion?suite=/reclamations")
    step = resubmit(client, "/connexion?suite=/reclamations", page, email=protected.email, password=PASSWORD)
    assert step.location == "/connexion/code?suite=/reclamations"
    code = client.get(step.location)
    assert resubmit(client, step.location, code, code=_code()).location == "/reclamations"


def test_a_code_is_used_once(client: FlaskClient, app: Flask, protected: Account) -> None:
    _halfway(client)
    code = _code()
    assert submit(client, "/connexion/code", code=code).status_code == 302
    spy = app.test_client()
    _halfway(spy)
    replayed = submit(spy, "/connexion/code", code=code)
    assert replayed.status_code == 422
    assert "il a déjà servi" in text_of(replayed)
    assert submit(spy, "/connexion/code", code=_code(steps=1)).status_code == 302


def test_a_code_older_than_the_last_one_used_is_refused(client: FlaskClient, app: Flask, protected: Account) -> None:
    _halfway(client)
    assert submit(client, "/connexion/code", code=_code(steps=1)).status_code == 302
    spy = app.test_client()
    _halfway(spy)
    assert submit(spy, "/connexion/code", code=_code()).status_code == 422


def test_a_recovery_code_stands_in_once(client: FlaskClient, app: Flask, protected: Account) -> None:
    _halfway(client)
    assert submit(client, "/connexion/code", code="ABCD EFGH JKMN PQRS").status_code == 302
    other = app.test_client()
    _halfway(other)
    assert submit(other, "/connexion/code", code="abcd-efgh-jkmn-pqrs").status_code == 422
    assert submit(other, "/connexion/code", code="2345-6789-abcd-efgh").status_code == 302


def test_codes_are_tried_ten_times_at_most(client: FlaskClient, protected: Account) -> None:
    _halfway(client)
    answers = [submit(client, "/connexion/code", code="000000").status_code for _ in range(11)]
    assert answers == [422] * 10 + [429]


def test_the_password_is_worth_ten_minutes(
    client: FlaskClient, protected: Account, moment: time_machine.Traveller
) -> None:
    _halfway(client)
    moment.shift(timedelta(minutes=11))
    assert client.get("/connexion/code").location == "/connexion"


def test_a_changed_password_sends_back_to_the_start(client: FlaskClient, session: Session, protected: Account) -> None:
    _halfway(client)
    protected.password_hash = keys.hash_password("trois vélos verts attendent")
    session.commit()
    assert client.get("/connexion/code").location == "/connexion"


def test_the_code_alone_opens_nothing(client: FlaskClient, protected: Account) -> None:
    assert client.get("/connexion/code").location == "/connexion"


def test_the_telephone_s_time_counts_and_not_the_portal_s(session: Session, now: datetime, protected: Account) -> None:
    """The demo's portal lives in another month than telephones do."""
    real = now - timedelta(days=400)
    code = pyotp.TOTP(SECRET).at(real)
    services.ensure_code(session, protected, code, at=Instants(now=now, real=real))
    with pytest.raises(RuleViolation):
        services.ensure_code(session, protected, pyotp.TOTP(SECRET).at(now), at=Instants(now=now, real=real))


# Changed


def _signed_in(client: FlaskClient) -> None:
    _halfway(client)
    submit(client, "/connexion/code", code=_code())


def test_new_recovery_codes_replace_the_old_ones(
    client: FlaskClient, app: Flask, session: Session, protected: Account
) -> None:
    _signed_in(client)
    page = submit(client, "/compte/second-facteur/codes", code=_code(steps=1), current_password=PASSWORD)
    codes = _shown_codes(page)
    assert len(codes) == 10
    assert _told(session) == [SecurityChange.RECOVERY_CODES_RENEWED]
    other = app.test_client()
    _halfway(other)
    assert submit(other, "/connexion/code", code="abcd-efgh-jkmn-pqrs").status_code == 422
    assert submit(other, "/connexion/code", code=codes[3]).status_code == 302


@pytest.mark.parametrize("path", ["/compte/second-facteur/codes", "/compte/second-facteur/retirer"])
def test_the_password_is_asked_again(client: FlaskClient, protected: Account, path: str) -> None:
    _signed_in(client)
    assert submit(client, path, code=_code(steps=1), current_password="pas le bon").status_code == 422


@pytest.mark.parametrize("path", ["/compte/second-facteur/codes", "/compte/second-facteur/retirer"])
def test_a_code_is_asked_again(client: FlaskClient, session: Session, protected: Account, path: str) -> None:
    """A stolen session and a known password do not take the telephone away."""
    _signed_in(client)
    for wrong in ("000000", _code(), ""):
        assert submit(client, path, code=wrong, current_password=PASSWORD).status_code == 422
    session.expire_all()
    assert queries.account(session, protected.id).has_second_factor
    assert queries.unused_recovery_codes(session, protected.id) == 2
    assert _told(session) == []


def _told(session: Session) -> list[str]:
    """What the account's owner was told had changed."""
    told = session.scalars(select(Message).where(Message.kind == SECURITY).order_by(Message.id))
    return [str(message.ids["change"]) for message in told]


def test_setting_it_up_asks_the_password_and_tells(client: FlaskClient, session: Session, claire: Account) -> None:
    sign_in(client)
    page = client.get("/compte/second-facteur")
    code = _code(_shown_key(page))
    for wrong in ("", "pas le bon"):
        refused = resubmit(client, "/compte/second-facteur", page, code=code, current_password=wrong)
        assert refused.status_code == 422
    session.expire_all()
    assert not queries.account(session, claire.id).has_second_factor
    resubmit(client, "/compte/second-facteur", page, code=code, current_password=PASSWORD)
    assert _told(session) == [SecurityChange.SECOND_FACTOR_SET]


def test_the_token_of_a_held_session_opens_nothing_once_it_is_full(
    client: FlaskClient, app: Flask, buyer: Account
) -> None:
    sign_in(client)
    with client.session_transaction() as cookie:
        held = cookie["_user_id"]
    page = client.get("/compte/second-facteur")
    resubmit(client, "/compte/second-facteur", page, code=_code(_shown_key(page)), current_password=PASSWORD)
    assert client.get("/reclamations").status_code == 200
    spy = app.test_client()
    with spy.session_transaction() as cookie:
        cookie["_user_id"] = held
    assert spy.get("/reclamations").location == "/connexion?suite=/reclamations"


def test_a_buyer_who_removes_a_telephone_sets_another_one_up(
    client: FlaskClient, session: Session, protected: Account
) -> None:
    _signed_in(client)
    removed = submit(client, "/compte/second-facteur/retirer", code="2345-6789-ABCD-EFGH", current_password=PASSWORD)
    assert removed.status_code == 302
    assert _told(session) == [SecurityChange.SECOND_FACTOR_REMOVED]
    assert client.get("/compte").location == "/compte/second-facteur?suite=/compte"
    assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 0


def test_a_lost_telephone_s_key_is_not_proposed_again(session: Session, now: datetime, claire: Account) -> None:
    open_session(session, claire, now=now)
    opened = session.scalars(select(LoginSession)).one()
    first = services.proposed_secret(claire, opened.id)
    at = Instants(now=now, real=now)
    who = acting(claire)
    services.enrol(session, claire, pyotp.TOTP(first).at(now), session_id=opened.id, actor=who, at=at)
    with pytest.raises(RuleViolation):
        services.enrol(session, claire, pyotp.TOTP(first).at(now), session_id=opened.id, actor=who, at=at)
    services.remove(session, claire, actor=who, now=now)
    assert services.proposed_secret(claire, opened.id) != first
