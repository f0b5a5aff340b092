"""Two at once, with real commits: each once-only act has one winner, on both databases."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pyotp
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.accounts import keys
from portal.accounts.models import Account, Claim, Invitation, JoinRequest, Membership, PasswordReset, RecoveryCode
from portal.accounts.services import links, passwords, requests, second_factor, sign_up, team
from portal.accounts.services.passwords import acting as nobody_s
from portal.accounts.services.second_factor import Instants
from portal.directory.models import Organisation
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError
from portal.storage import reading, unit_of_work
from portal.vocabulary import OrganisationKind, Role
from tests.accounts.people import acting, give, new_account, new_organisation, siret

pytestmark = pytest.mark.usefixtures("fresh_engine")

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Outcomes:
    done: int = 0
    refused: int = 0


def together(*acts: Callable[[Session], object]) -> Outcomes:
    """Each act in its own thread and transaction, all released at once. What is refused is counted, not raised."""
    start, lock, outcomes = threading.Barrier(len(acts)), threading.Lock(), Outcomes()
    troubles: list[BaseException] = []

    def run(act: Callable[[Session], object]) -> None:
        start.wait()
        try:
            with unit_of_work() as session:
                act(session)
            refused = False
        except PortalError:
            refused = True
        except BaseException as trouble:
            troubles.append(trouble)
            return
        with lock:
            outcomes.done += not refused
            outcomes.refused += refused

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]
    return outcomes


@pytest.fixture
def claire(fresh_engine: Engine, now: datetime) -> Account:
    with unit_of_work() as session:
        return new_account(session, now)


@pytest.fixture
def pont(fresh_engine: Engine, now: datetime) -> Organisation:
    with unit_of_work() as session:
        return new_organisation(session, now)


def _count(model: type[Account | Membership | Organisation]) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_reset_link_followed_twice_at_once_opens_once(claire: Account, now: datetime) -> None:
    with unit_of_work() as session:
        token = links.token_of(passwords.ask_reset(session, claire.email, now=now)) or ""

    def follow(session: Session) -> None:
        passwords.reset(session, token, keys.hash_password("trois vélos verts attendent"), now=now)

    assert together(follow, follow, follow) == Outcomes(done=1, refused=2)
    with reading() as session:
        assert session.scalars(select(PasswordReset)).one().used_at == now


def test_a_confirmation_followed_twice_at_once_opens_one_account(fresh_engine: Engine, now: datetime) -> None:
    with unit_of_work() as session:
        wish = sign_up.Wish("nina@pont.example", "Nina", siret(1), organisation_name="Le Pont")
        token = links.token_of(sign_up.ask(session, wish, now=now)) or ""

    def follow(session: Session) -> None:
        sign_up.confirm(session, token, "hash", now=now)

    assert together(follow, follow) == Outcomes(done=1, refused=1)
    assert (_count(Account), _count(Organisation), _count(Membership)) == (1, 1, 2)


def test_two_links_of_one_address_open_one_account(fresh_engine: Engine, now: datetime) -> None:
    with unit_of_work() as session:
        wishes = [sign_up.Wish("nina@pont.example", "Nina", siret(n), organisation_name="Le Pont") for n in (1, 2)]
        tokens = [links.token_of(sign_up.ask(session, wish, now=now)) or "" for wish in wishes]

    def follow(token: str) -> Callable[[Session], object]:
        return lambda session: sign_up.confirm(session, token, "hash", now=now)

    assert together(*map(follow, tokens)) == Outcomes(done=1, refused=1)
    assert _count(Account) == 1


def test_two_founders_of_one_organisation_list_it_once(fresh_engine: Engine, now: datetime) -> None:
    with unit_of_work() as session:
        wishes = [sign_up.Wish(f"p{n}@pont.example", "Nina", siret(1), organisation_name="Le Pont") for n in (1, 2)]
        tokens = [links.token_of(sign_up.ask(session, wish, now=now)) or "" for wish in wishes]

    def follow(token: str) -> Callable[[Session], object]:
        return lambda session: sign_up.confirm(session, token, "hash", now=now)

    outcomes = together(*map(follow, tokens))
    assert _count(Organisation) == 1
    with reading() as session:
        managers = session.scalars(select(Membership).where(Membership.role == Role.MANAGER)).all()
        waiting = session.scalars(select(JoinRequest)).all()
    assert len(managers) == 1
    assert len(waiting) == outcomes.done - 1


def test_an_invitation_accepted_twice_at_once_gives_its_roles_once(
    claire: Account, pont: Organisation, now: datetime
) -> None:
    with unit_of_work() as session:
        give(session, claire, pont, Role.MANAGER, now=now)
        guest = new_account(session, now, "paul@pont.example")
        manager = acting(claire, pont, Role.MANAGER)
        both = frozenset({Role.STRUCTURE, Role.TITULAIRE})
        token = links.token_of(team.invite(session, pont.id, guest.email, both, actor=manager, now=now)) or ""

    def accept(session: Session) -> None:
        team.accept_invitation(session, token, session.get_one(Account, guest.id), now=now)

    assert together(accept, accept) == Outcomes(done=1, refused=1)
    assert _count(Membership) == 3


def test_two_managers_inviting_one_person_at_once_leave_one_open_invitation(
    claire: Account, pont: Organisation, now: datetime
) -> None:
    with unit_of_work() as session:
        give(session, claire, pont, Role.MANAGER, now=now)
    manager = acting(claire, pont, Role.MANAGER)

    def invite(session: Session) -> None:
        team.invite(session, pont.id, "paul@pont.example", frozenset({Role.STRUCTURE}), actor=manager, now=now)

    together(invite, invite)
    with reading() as session:
        assert len(session.scalars(select(Invitation).where(Invitation.revoked_at.is_(None))).all()) == 1


def test_two_managers_who_leave_at_once_do_not_leave_nobody(claire: Account, pont: Organisation, now: datetime) -> None:
    with unit_of_work() as session:
        paul = new_account(session, now, "paul@pont.example")
        for account in (claire, paul):
            give(session, account, pont, Role.MANAGER, now=now)

    def leave(account: Account) -> Callable[[Session], object]:
        actor = acting(account, pont, Role.MANAGER)
        return lambda session: team.end_membership(
            session, account.id, pont.id, last_day=now.date(), actor=actor, now=now
        )

    assert together(leave(claire), leave(paul)) == Outcomes(done=1, refused=1)


def test_two_claims_accepted_at_once_entrust_the_fiche_once(claire: Account, pont: Organisation, now: datetime) -> None:
    with unit_of_work() as session:
        paul = new_account(session, now, "paul@pont.example")
        ids = [
            requests.claim(session, pont.id, each, "Moi.", actor=nobody_s(each), now=now).id for each in (claire, paul)
        ]
        buyer = _buyer(session, now)

    def accept(claim_id: int) -> Callable[[Session], object]:
        return lambda session: requests.decide_claim(
            session, session.get_one(Claim, claim_id), accepted=True, actor=buyer, now=now
        )

    assert together(*map(accept, ids)) == Outcomes(done=1, refused=1)
    with reading() as session:
        managers = session.scalars(select(Membership).where(Membership.role == Role.MANAGER)).all()
        outcomes = sorted(str(claim.outcome) for claim in session.scalars(select(Claim)))
    assert len(managers) == 1
    assert outcomes == ["accepted", "superseded"]


def _buyer(session: Session, now: datetime) -> Actor:
    account = new_account(session, now, "bruno@ville.example")
    city = new_organisation(session, now, 2, OrganisationKind.BUYER)
    give(session, account, city, Role.PURCHASING, now=now)
    return acting(account, city, Role.PURCHASING)


def test_one_claim_answered_both_ways_at_once_has_one_answer(
    claire: Account, pont: Organisation, now: datetime
) -> None:
    with unit_of_work() as session:
        asked = requests.claim(session, pont.id, claire, "Moi.", actor=nobody_s(claire), now=now)
        buyer = _buyer(session, now)

    def answer(*, accepted: bool) -> Callable[[Session], object]:
        return lambda session: requests.decide_claim(
            session, session.get_one(Claim, asked.id), accepted=accepted, reason="Non.", actor=buyer, now=now
        )

    assert together(answer(accepted=True), answer(accepted=False)) == Outcomes(done=1, refused=1)


def test_one_person_claims_twice_at_once(claire: Account, pont: Organisation, now: datetime) -> None:
    def claim(session: Session) -> None:
        requests.claim(session, pont.id, claire, "Moi.", actor=nobody_s(claire), now=now)

    assert together(claim, claim) == Outcomes(done=1, refused=1)


@pytest.fixture
def protected(claire: Account, now: datetime) -> Account:
    with unit_of_work() as session:
        account = session.get_one(Account, claire.id)
        account.totp_secret, account.totp_confirmed_at = keys.seal(SECRET), now
        session.add(RecoveryCode(account_id=account.id, code_hash=keys.recovery_digest(account.id, "abcd" * 4)))
    return claire


@pytest.mark.parametrize("sort", ["telephone", "recovery"])
def test_a_code_shown_twice_at_once_opens_once(protected: Account, now: datetime, sort: str) -> None:
    code = pyotp.TOTP(SECRET).at(now) if sort == "telephone" else "abcd" * 4

    def show(session: Session) -> None:
        account = session.get_one(Account, protected.id)
        second_factor.ensure_code(session, account, code, at=Instants(now=now, real=now))

    assert together(show, show, show) == Outcomes(done=1, refused=2)
