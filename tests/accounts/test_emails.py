"""What each mail says, to whom it no longer goes, and that its links lead somewhere."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import ROOT, Config
from portal import scheduler
from portal.accounts.models import Account, Invitation, Membership, PasswordReset
from portal.accounts.services import passwords, requests, security, sign_up, team
from portal.accounts.services.passwords import acting as nobody_s
from portal.accounts.services.security import SecurityChange
from portal.directory.models import Organisation
from portal.kernel.siret import Siret
from portal.outbox import Mail, Spared, composing
from portal.outbox.models import Message
from portal.vocabulary import AccountState, OrganisationKind, Role
from tests.accounts.people import acting, give, new_account, new_organisation

KINDS = sorted(path.name for path in (ROOT / "templates/accounts/emails").iterdir())


@pytest.fixture(autouse=True)
def _composers(key_config: Config) -> Iterator[None]:
    scheduler.prepare(key_config)
    yield
    composing._composers.clear()


@pytest.fixture
def pont(session: Session, now: datetime) -> Organisation:
    return new_organisation(session, now, name="Les Ateliers du Pont de Pierre")


@pytest.fixture
def claire(session: Session, now: datetime) -> Account:
    return new_account(session, now)


@pytest.fixture
def manon(session: Session, now: datetime, pont: Organisation) -> Account:
    account = new_account(session, now, "manon@pont.example", "Manon Tessier")
    give(session, account, pont, Role.MANAGER, now=now)
    return account


def composed(session: Session, at: datetime) -> Mail | Spared:
    """The last message promised, as it would leave."""
    session.flush()
    message = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert message is not None
    return composing.compose(session, message.kind, message.ids, at)


def _sent(session: Session, at: datetime) -> Mail:
    mail = composed(session, at)
    assert isinstance(mail, Mail), mail
    return mail


def _spared(session: Session, at: datetime) -> str:
    spared = composed(session, at)
    assert isinstance(spared, Spared), spared
    return spared.reason


def _ask_sign_up(session: Session, now: datetime, siret: str, email: str = "nina@pont.example") -> None:
    wish = sign_up.Wish(email, "Gagnez un lot http://piege.example", Siret(siret), why="Moi.")
    sign_up.ask(session, wish, now=now)


def _everything(session: Session, now: datetime, pont: Organisation, claire: Account) -> dict[str, Mail]:
    """One mail of each kind."""
    mails = {}
    free = new_organisation(session, now, 2, name="La Halle aux Outils")
    buyer = new_account(session, now, "bruno@ville.example", "Bruno Castel")
    city = new_organisation(session, now, 3, OrganisationKind.BUYER, name="Ville des Deux Rives")
    give(session, buyer, city, Role.PURCHASING, now=now)
    _ask_sign_up(session, now, pont.siret)
    mails["confirmation"] = _sent(session, now)
    _ask_sign_up(session, now, pont.siret, claire.email)
    mails["already_registered"] = _sent(session, now)
    passwords.ask_reset(session, claire.email, now=now)
    mails["reset"] = _sent(session, now)
    passwords.change(session, claire, "hash", session_id=0, actor=nobody_s(claire), now=now)
    mails["security"] = _sent(session, now)
    manager = acting(
        session.scalars(select(Account).where(Account.email.startswith("manon"))).one(), pont, Role.MANAGER
    )
    team.invite(session, pont.id, "paul@pont.example", frozenset({Role.STRUCTURE}), actor=manager, now=now)
    mails["invitation"] = _sent(session, now)
    joining = requests.ask_to_join(
        session, pont.id, claire, frozenset({Role.TITULAIRE}), "Bonjour", actor=nobody_s(claire), now=now
    )
    mails["join_asked"] = _sent(session, now)
    requests.answer_join(session, joining, roles=None, reason="Pas encore.", actor=manager, now=now)
    mails["join_decided"] = _sent(session, now)
    claim = requests.claim(session, free.id, claire, "Directrice.", actor=nobody_s(claire), now=now)
    mails["claim_asked"] = _sent(session, now)
    requests.decide_claim(session, claim, accepted=True, actor=acting(buyer, city, Role.PURCHASING), now=now)
    mails["claim_decided"] = _sent(session, now)
    return mails


def test_every_mail_says_what_to_do_where_and_why_it_came(
    session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    mails = _everything(session, now, pont, claire)
    assert sorted(mails) == KINDS
    for kind, mail in mails.items():
        first = mail.text.splitlines()[0]
        assert re.match(r"\w+[^:;]*(ez|re|nue|és?)\b", first), (kind, first)
        assert "Vous recevez ce message parce que" in mail.text, kind
        assert "Vous recevez ce message parce que" in mail.html, kind
        assert mail.html.count("http://127.0.0.1:8000/") >= 1, kind
        assert re.search(r"^http://127.0.0.1:8000/\S+$", mail.text, re.MULTILINE), kind
        assert "\n\n\n" not in mail.text, kind
        assert not re.search(r"\w'\w| [:;!?»]|« ", mail.text + mail.subject), kind


def test_every_link_leads_to_a_page_of_the_portal(
    app: Flask, session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    routes = app.create_url_adapter(None) or app.url_map.bind("127.0.0.1")
    for kind, mail in _everything(session, now, pont, claire).items():
        addresses = set(re.findall(r"http://127\.0\.0\.1:8000(/[^\s\"<]*)", mail.text + mail.html))
        assert addresses, kind
        for address in addresses:
            assert routes.match(urlsplit(address).path, method="GET"), (kind, address)


def test_nothing_typed_beside_an_address_is_sent_to_it(
    session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    for email in ("nina@pont.example", claire.email):
        _ask_sign_up(session, now, pont.siret, email)
        mail = _sent(session, now)
        assert "piege" not in mail.text + mail.html + mail.subject


def test_the_mailed_link_is_the_one_that_opens(session: Session, now: datetime, claire: Account) -> None:
    passwords.ask_reset(session, claire.email, now=now)
    token = re.search(r"/mot-de-passe/(\S+)", _sent(session, now).text)
    assert token is not None
    row = session.scalars(select(PasswordReset)).one()
    assert token[1] not in (row.nonce, row.token_hash)
    passwords.reset(session, token[1], "hash", now=now)


def test_a_link_that_is_over_is_not_sent(session: Session, now: datetime, pont: Organisation, claire: Account) -> None:
    _ask_sign_up(session, now, pont.siret)
    assert "n’est plus valable" in _spared(session, now + timedelta(days=3))
    passwords.ask_reset(session, claire.email, now=now)
    assert "n’est plus valable" in _spared(session, now + timedelta(hours=1))


def test_a_changed_password_is_told_once_without_it(session: Session, now: datetime, claire: Account) -> None:
    passwords.change(session, claire, "the new hash", session_id=0, actor=nobody_s(claire), now=now)
    mail = _sent(session, now)
    assert mail.subject == "Sécurité de votre compte"
    assert "le mot de passe a été changé" in mail.text
    assert "the new hash" not in mail.text + mail.html
    security.tell(session, claire, SecurityChange.PASSWORD_CHANGED, now=now)
    told = select(func.count()).select_from(Message).where(Message.kind == security.SECURITY)
    assert session.scalar(told) == 1
    claire.state = AccountState.CLOSED
    assert "plus de compte" in _spared(session, now)


def test_no_account_no_link(session: Session, now: datetime) -> None:
    passwords.ask_reset(session, "inconnue@pont.example", now=now)
    assert _spared(session, now) == "aucun compte à cette adresse"


def test_a_withdrawn_invitation_is_not_sent(
    session: Session, now: datetime, pont: Organisation, manon: Account
) -> None:
    manager = acting(manon, pont, Role.MANAGER)
    team.invite(session, pont.id, "paul@pont.example", frozenset({Role.STRUCTURE}), actor=manager, now=now)
    team.withdraw_invitation(session, session.scalars(select(Invitation)).one(), actor=manager, now=now)
    assert "n’est plus valable" in _spared(session, now)


def test_a_manager_who_left_or_a_request_already_answered_is_spared(
    session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    wanted = frozenset({Role.STRUCTURE})
    asked = requests.ask_to_join(session, pont.id, claire, wanted, None, actor=nobody_s(claire), now=now)
    assert isinstance(composed(session, now), Mail)
    held = session.scalars(select(Membership).where(Membership.account_id == manon.id)).one()
    held.until = now
    assert "n’a plus ce rôle" in _spared(session, now)
    held.until = None
    session.flush()
    message = session.scalars(select(Message).where(Message.kind == requests.JOIN_ASKED)).one()
    requests.answer_join(session, asked, roles=wanted, actor=acting(manon, pont, Role.MANAGER), now=now)
    late = composing.compose(session, message.kind, message.ids, now)
    assert isinstance(late, Spared)
    assert "déjà répondu" in late.reason


def test_a_decider_who_left_is_spared(session: Session, now: datetime, pont: Organisation, claire: Account) -> None:
    buyer = new_account(session, now, "bruno@ville.example", "Bruno Castel")
    city = new_organisation(session, now, 3, OrganisationKind.BUYER)
    give(session, buyer, city, Role.PURCHASING, now=now)
    requests.claim(session, pont.id, claire, "Moi.", actor=nobody_s(claire), now=now)
    assert isinstance(composed(session, now), Mail)
    session.scalars(select(Membership)).one().until = now
    assert "n’a plus ce rôle" in _spared(session, now)


def test_someone_who_closed_their_account_or_left_again_hears_no_more(
    session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    wanted = frozenset({Role.STRUCTURE})
    asked = requests.ask_to_join(session, pont.id, claire, wanted, None, actor=nobody_s(claire), now=now)
    requests.answer_join(session, asked, roles=wanted, actor=acting(manon, pont, Role.MANAGER), now=now)
    assert isinstance(composed(session, now), Mail)
    held = session.scalars(select(Membership).where(Membership.account_id == claire.id)).one()
    held.until = now
    assert "n’a plus ce rôle" in _spared(session, now)
    held.until = None
    claire.state = AccountState.CLOSED
    assert "n’a plus ce rôle" in _spared(session, now)
