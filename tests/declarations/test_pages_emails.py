"""What leaves about a month: the receipt, the answer; nothing that is no longer true, nobody's matricule."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from config import Config
from portal.accounts.models import Account, Membership
from portal.declarations import emails
from portal.declarations.models import Declaration, Deposit
from portal.outbox import Mail, Spared, composing
from portal.scheduler import prepare
from tests.declarations.sample import Scene, accept, add, confirmed, file, give_back, member, open_again, opened, person


@pytest.fixture(autouse=True)
def _composers(key_config: Config) -> Iterator[None]:
    prepare(key_config)
    yield
    composing._composers.clear()


@pytest.fixture
def nina(session: Session, scene: Scene, now: datetime) -> Account:
    return member(session, scene.company, "nina@pont.example", now - timedelta(1))


@pytest.fixture
def month(session: Session, scene: Scene, now: datetime) -> Declaration:
    declaration = opened(session, scene, scene.company)
    add(session, declaration, person("P-0112"), now)
    return declaration


def composed(session: Session, kind: str, deposit: Deposit, account: Account, now: datetime) -> Mail | Spared:
    return composing.compose(session, kind, {"deposit": deposit.id, "account": account.id}, now)


def test_the_receipt_tells_the_totals_and_no_matricule(
    session: Session, month: Declaration, nina: Account, now: datetime
) -> None:
    deposit = file(session, month, now)
    mail = composed(session, emails.DEPOSITED, deposit, nina, now)
    assert isinstance(mail, Mail)
    assert mail.subject == "Récépissé\u202f: déclaration de novembre 2026 déposée"
    for body in (mail.text, mail.html):
        assert "P-0112" not in body
        assert deposit.sha256 in body
        assert "100\u202fh" in body
        assert f"/declarations/{month.reference}/recepisse/1" in body


def test_what_is_sent_back_says_what_to_do_by_when_until_it_is_done(
    session: Session, scene: Scene, month: Declaration, nina: Account, now: datetime
) -> None:
    file(session, month, now)
    returned = give_back(session, scene, month, now)
    mail = composed(session, emails.RETURNED, returned, nina, now)
    assert isinstance(mail, Mail)
    assert "au plus tard le jeudi 10 décembre 2026" in mail.text.splitlines()[0]
    assert "Il manque une personne." in mail.text
    late = composed(session, emails.RETURNED, returned, nina, now + timedelta(days=20))
    assert isinstance(late, Mail)
    assert "elle était attendue le jeudi 10 décembre 2026" in late.text
    file(session, month, now)
    session.expire(month, ["deposits"])
    assert isinstance(composed(session, emails.RETURNED, returned, nina, now), Spared)


def test_an_acceptance_is_told_as_long_as_it_holds(
    session: Session, scene: Scene, month: Declaration, nina: Account, now: datetime
) -> None:
    file(session, month, now)
    deposit = accept(session, scene, month, now, P_0112=confirmed())
    assert isinstance(composed(session, emails.REOPENED, deposit, nina, now), Spared)
    mail = composed(session, emails.ACCEPTED, deposit, nina, now)
    assert isinstance(mail, Mail)
    assert "Heures retenues\u202f: 100\u202fh" in mail.text
    open_again(session, scene, month, now)
    assert isinstance(composed(session, emails.ACCEPTED, deposit, nina, now), Spared)
    told = composed(session, emails.REOPENED, deposit, nina, now)
    assert isinstance(told, Mail)
    assert "Heures en double." in told.html


def test_nobody_who_left_is_told(session: Session, month: Declaration, nina: Account, now: datetime) -> None:
    deposit = file(session, month, now)
    session.query(Membership).filter_by(account_id=nina.id).update({"until": now})
    assert isinstance(composed(session, emails.DEPOSITED, deposit, nina, now), Spared)
