"""Roles given, changed and ended; invitations: who may, what they open, and the last manager who stays."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import journal
from portal.accounts import queries
from portal.accounts.models import Account, Invitation, Membership
from portal.accounts.services import links, requests
from portal.accounts.services import team as services
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.outbox.models import Message
from portal.vocabulary import OrganisationKind, Role
from tests.accounts.people import (
    PASSWORD,
    acting,
    give,
    new_account,
    new_organisation,
    resubmit,
    sign_in,
    submit,
    text_of,
)

PAUL = "paul.merel@pont.example"
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def pont(session: Session, now: datetime) -> Organisation:
    return new_organisation(session, now)


@pytest.fixture
def claire(session: Session, now: datetime, pont: Organisation) -> Account:
    """The manager."""
    account = new_account(session, now)
    give(session, account, pont, Role.MANAGER, Role.STRUCTURE, now=now)
    session.commit()
    return account


@pytest.fixture
def paul(session: Session, now: datetime, pont: Organisation) -> Account:
    """A member who manages nothing."""
    account = new_account(session, now, PAUL, "Paul Mérel")
    give(session, account, pont, Role.STRUCTURE, now=now)
    session.commit()
    return account


@pytest.fixture
def manager(claire: Account, pont: Organisation) -> Actor:
    return acting(claire, pont, Role.MANAGER, Role.STRUCTURE)


def _roles(session: Session, account: Account, pont: Organisation, at: datetime) -> set[Role]:
    session.expire_all()
    return {row[3] for row in queries.roles_held(session, account.id, at) if row[0] == pont.id}


# Roles


def test_a_manager_changes_roles(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    wanted = frozenset({Role.MANAGER, Role.TITULAIRE})
    services.set_roles(session, paul.id, pont.id, wanted, expected=frozenset({Role.STRUCTURE}), actor=manager, now=now)
    assert _roles(session, paul, pont, now) == wanted
    ended = session.scalars(select(Membership).where(Membership.until.is_not(None))).one()
    assert (ended.role, ended.ended_by) == (Role.STRUCTURE, manager.account_id)
    entry = journal.entries_of(session, "account", paul.id)[0]
    assert entry.before == {"organisation": pont.name, "roles": ["structure"]}
    assert entry.after == {"organisation": pont.name, "roles": ["manager", "titulaire"]}


def test_roles_changed_by_someone_else_meanwhile_are_not_overwritten(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    with pytest.raises(Stale):
        services.set_roles(
            session,
            paul.id,
            pont.id,
            frozenset({Role.STRUCTURE}),
            expected=frozenset({Role.TITULAIRE}),
            actor=manager,
            now=now,
        )


@pytest.mark.parametrize("role", [Role.PURCHASING, Role.FACILITATEUR, Role.NETWORK, Role.ADMINISTRATOR])
def test_a_structure_gives_none_of_a_buyer_s_roles(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor, role: Role
) -> None:
    expected = frozenset({Role.STRUCTURE})
    with pytest.raises(RuleViolation, match="ne peut pas donner"):
        services.set_roles(session, paul.id, pont.id, frozenset({role}), expected=expected, actor=manager, now=now)
    with pytest.raises(RuleViolation, match="ne peut pas donner"):
        services.invite(session, pont.id, "nina@pont.example", frozenset({role}), actor=manager, now=now)


def test_an_administrator_s_role_is_out_of_a_manager_s_reach(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    give(session, paul, pont, Role.ADMINISTRATOR, now=now)
    before = frozenset({Role.STRUCTURE})
    services.set_roles(session, paul.id, pont.id, frozenset({Role.TITULAIRE}), expected=before, actor=manager, now=now)
    assert _roles(session, paul, pont, now) == {Role.TITULAIRE, Role.ADMINISTRATOR}


def test_a_manager_sends_an_administrator_away_from_the_team_and_not_from_the_portal(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    give(session, paul, pont, Role.ADMINISTRATOR, now=now)
    today = clock.paris_date(now)
    services.end_membership(session, paul.id, pont.id, last_day=today, actor=manager, now=now)
    assert _roles(session, paul, pont, now) == {Role.ADMINISTRATOR}
    with pytest.raises(RuleViolation, match="administre le portail"):
        services.end_membership(session, paul.id, pont.id, last_day=today, actor=manager, now=now)
    services.end_membership(session, paul.id, pont.id, last_day=today, actor=acting(paul, pont), now=now)
    assert _roles(session, paul, pont, now) == set()


def test_a_role_that_the_organisation_gives_no_more_may_be_kept_then_taken_back(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    give(session, paul, pont, Role.PURCHASING, now=now)
    before = frozenset({Role.STRUCTURE, Role.PURCHASING})
    kept = frozenset({Role.TITULAIRE, Role.PURCHASING})
    services.set_roles(session, paul.id, pont.id, kept, expected=before, actor=manager, now=now)
    left = frozenset({Role.TITULAIRE})
    services.set_roles(session, paul.id, pont.id, left, expected=kept, actor=manager, now=now + A_MINUTE)
    assert _roles(session, paul, pont, now + A_MINUTE) == {Role.TITULAIRE}
    with pytest.raises(RuleViolation, match="ne peut pas donner"):
        services.set_roles(session, paul.id, pont.id, kept, expected=left, actor=manager, now=now + A_MINUTE)


def test_a_role_given_no_more_is_on_the_member_s_page(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account, paul: Account
) -> None:
    give(session, paul, pont, Role.LEGAL, now=now)
    session.commit()
    sign_in(client)
    path = f"/equipe/membres/{paul.public_id}"
    assert submit(client, path, roles=[Role.STRUCTURE]).status_code == 302
    assert _roles(session, paul, pont, now + A_MINUTE) == {Role.STRUCTURE}


def test_the_last_manager_keeps_the_management(
    session: Session, now: datetime, pont: Organisation, claire: Account, manager: Actor
) -> None:
    before = frozenset({Role.MANAGER, Role.STRUCTURE})
    with pytest.raises(RuleViolation, match="dernière personne"):
        services.set_roles(
            session, claire.id, pont.id, frozenset({Role.STRUCTURE}), expected=before, actor=manager, now=now
        )


def test_only_a_manager_of_this_organisation_changes_its_team(
    session: Session, now: datetime, pont: Organisation, paul: Account, claire: Account
) -> None:
    elsewhere = acting(claire, new_organisation(session, now, 2), Role.MANAGER)
    member = acting(paul, pont, Role.STRUCTURE)
    for actor, other in ((elsewhere, paul), (member, claire)):
        with pytest.raises(Refused):
            services.invite(session, pont.id, "nina@pont.example", frozenset({Role.STRUCTURE}), actor=actor, now=now)
        with pytest.raises(Refused):
            services.end_membership(session, other.id, pont.id, last_day=now.date(), actor=actor, now=now)


def test_someone_who_is_not_of_the_team_is_not_found(
    session: Session, now: datetime, pont: Organisation, manager: Actor
) -> None:
    stranger = new_account(session, now, "nina@pont.example")
    with pytest.raises(NotFound):
        services.end_membership(session, stranger.id, pont.id, last_day=now.date(), actor=manager, now=now)


# Leaving


def test_leaving_today_is_leaving_now(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    services.end_membership(session, paul.id, pont.id, last_day=now.date(), actor=manager, now=now)
    session.flush()
    assert _roles(session, paul, pont, now) == set()


def test_leaving_later_lasts_to_the_end_of_that_day_in_paris(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    services.end_membership(session, paul.id, pont.id, last_day=date(2026, 12, 31), actor=manager, now=now)
    session.flush()
    midnight = datetime(2027, 1, 1, tzinfo=now.tzinfo)
    assert _roles(session, paul, pont, midnight - timedelta(seconds=1)) == {Role.STRUCTURE}
    assert _roles(session, paul, pont, midnight) == set()


def test_nobody_leaves_in_the_past(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    with pytest.raises(RuleViolation) as refused:
        services.end_membership(session, paul.id, pont.id, last_day=date(2026, 12, 2), actor=manager, now=now)
    assert refused.value.field == "last_day"


def test_the_last_manager_leaves_by_naming_another(
    session: Session, now: datetime, pont: Organisation, claire: Account, paul: Account, manager: Actor
) -> None:
    with pytest.raises(RuleViolation, match="dernière personne") as refused:
        services.end_membership(session, claire.id, pont.id, last_day=now.date(), actor=manager, now=now)
    assert refused.value.field == "successor"
    services.end_membership(
        session, claire.id, pont.id, last_day=now.date(), successor_id=paul.id, actor=manager, now=now
    )
    session.flush()
    assert _roles(session, claire, pont, now) == set()
    assert _roles(session, paul, pont, now) == {Role.MANAGER, Role.STRUCTURE}


def test_a_manager_about_to_leave_counts_for_none(
    session: Session, now: datetime, pont: Organisation, claire: Account, paul: Account, manager: Actor
) -> None:
    give(session, paul, pont, Role.MANAGER, now=now)
    services.end_membership(session, paul.id, pont.id, last_day=date(2026, 12, 31), actor=manager, now=now)
    with pytest.raises(RuleViolation, match="dernière personne"):
        services.end_membership(session, claire.id, pont.id, last_day=now.date(), actor=manager, now=now)


def test_a_stranger_is_no_successor(
    session: Session, now: datetime, pont: Organisation, claire: Account, manager: Actor
) -> None:
    stranger = new_account(session, now, "nina@pont.example")
    with pytest.raises(NotFound):
        services.end_membership(
            session, claire.id, pont.id, last_day=now.date(), successor_id=stranger.id, actor=manager, now=now
        )


def test_a_role_given_to_someone_about_to_leave_ends_with_the_others(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    services.end_membership(session, paul.id, pont.id, last_day=date(2026, 12, 31), actor=manager, now=now)
    both = frozenset({Role.STRUCTURE, Role.TITULAIRE})
    services.set_roles(session, paul.id, pont.id, both, expected=frozenset({Role.STRUCTURE}), actor=manager, now=now)
    assert _roles(session, paul, pont, now) == both
    assert _roles(session, paul, pont, now + timedelta(days=40)) == set()


def test_giving_a_role_again_cancels_its_end(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    services.end_membership(session, paul.id, pont.id, last_day=date(2026, 12, 31), actor=manager, now=now)
    services.grant(session, paul, pont, {Role.STRUCTURE}, actor=manager, now=now)
    assert _roles(session, paul, pont, now + timedelta(days=400)) == {Role.STRUCTURE}


def test_someone_who_leaves_leaves_no_invitation_behind(
    session: Session, now: datetime, pont: Organisation, claire: Account, paul: Account, manager: Actor
) -> None:
    invitation = services.invite(
        session, pont.id, "claire@ailleurs.example", frozenset({Role.MANAGER}), actor=manager, now=now
    )
    token = links.token_of(invitation) or ""
    services.end_membership(
        session, claire.id, pont.id, last_day=now.date(), successor_id=paul.id, actor=manager, now=now
    )
    session.flush()
    with pytest.raises(links.LinkOver):
        links.seen(session, Invitation, token, now)


# Invitations


def _invited(session: Session, pont: Organisation, manager: Actor, now: datetime, email: str = PAUL) -> str:
    invitation = services.invite(session, pont.id, email, frozenset({Role.STRUCTURE}), actor=manager, now=now)
    session.commit()
    return f"/invitation/{links.token_of(invitation)}"


def test_a_guest_without_account_opens_one_and_joins(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, manager: Actor
) -> None:
    path = _invited(session, pont, manager, now)
    joined = submit(client, path, display_name="Paul Mérel", password=PASSWORD)
    assert joined.location == "/compte"
    assert f"Vous faites désormais partie de l’équipe « {pont.name} »." in text_of(client.get("/compte"))
    account = queries.account_by_email(session, PAUL)
    assert account is not None
    assert _roles(session, account, pont, now + A_MINUTE) == {Role.STRUCTURE}
    assert client.get(path).status_code == 410


def test_a_guest_with_an_account_joins_without_signing_in_nor_being_signed_in(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, manager: Actor
) -> None:
    account = new_account(session, now, PAUL)
    path = _invited(session, pont, manager, now)
    page = client.get(path)
    assert 'type="password"' not in page.text
    assert resubmit(client, path, page).location == "/compte"
    assert client.get("/compte").status_code == 302
    assert _roles(session, account, pont, now + A_MINUTE) == {Role.STRUCTURE}


def test_an_invitation_is_for_its_address_alone(
    session: Session, now: datetime, pont: Organisation, manager: Actor
) -> None:
    token = _invited(session, pont, manager, now).removeprefix("/invitation/")
    nina = new_account(session, now, "nina@pont.example")
    with pytest.raises(links.LinkOver, match="autre adresse"):
        services.accept_invitation(session, token, nina, now=now)


def _offered(session: Session, pont: Organisation, by: Account, email: str, now: datetime) -> str:
    """The token of an invitation to manage."""
    by_manager = acting(by, pont, Role.MANAGER)
    invitation = services.invite(session, pont.id, email, frozenset({Role.MANAGER}), actor=by_manager, now=now)
    return links.token_of(invitation) or ""


def test_a_manager_who_manages_no_more_leaves_no_invitation_behind(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    give(session, paul, pont, Role.MANAGER, now=now)
    token = _offered(session, pont, paul, "paul.bis@pont.example", now)
    before, after = frozenset({Role.MANAGER, Role.STRUCTURE}), frozenset({Role.STRUCTURE})
    services.set_roles(session, paul.id, pont.id, after, expected=before, actor=manager, now=now + A_MINUTE)
    guest = new_account(session, now, "paul.bis@pont.example")
    with pytest.raises(links.LinkOver):
        services.accept_invitation(session, token, guest, now=now + 2 * A_MINUTE)


def test_an_invitation_sent_while_about_to_leave_is_over_with_its_sender(
    session: Session, now: datetime, pont: Organisation, paul: Account, manager: Actor
) -> None:
    give(session, paul, pont, Role.MANAGER, now=now)
    today = clock.paris_date(now)
    services.end_membership(session, paul.id, pont.id, last_day=today + timedelta(days=1), actor=manager, now=now)
    token = _offered(session, pont, paul, "paul.bis@pont.example", now + A_MINUTE)
    guest = new_account(session, now, "paul.bis@pont.example")
    with pytest.raises(links.LinkOver, match="ne gère plus"):
        services.accept_invitation(session, token, guest, now=now + timedelta(days=3))


def test_an_invitation_to_a_role_given_no_more_is_over(session: Session, now: datetime, claire: Account) -> None:
    city = new_organisation(session, now, 2, OrganisationKind.BUYER)
    give(session, claire, city, Role.MANAGER, now=now)
    offered = frozenset({Role.PURCHASING})
    boss = acting(claire, city, Role.MANAGER)
    invitation = services.invite(session, city.id, PAUL, offered, actor=boss, now=now)
    city.kinds[0].valid_to = clock.paris_date(now)
    guest = new_account(session, now, PAUL)
    with pytest.raises(links.LinkOver, match="ne donne plus"):
        services.accept_invitation(session, links.token_of(invitation) or "", guest, now=now + timedelta(days=2))


@pytest.mark.parametrize("accepted", [True, False])
def test_someone_answered_or_sent_away_does_not_come_back_by_an_earlier_invitation(
    session: Session, now: datetime, pont: Organisation, claire: Account, manager: Actor, accepted: bool
) -> None:
    token = _offered(session, pont, claire, PAUL, now)
    paul = new_account(session, now, PAUL)
    wanted = frozenset({Role.STRUCTURE})
    asked = requests.ask_to_join(session, pont.id, paul, wanted, None, actor=acting(paul, pont), now=now)
    requests.answer_join(session, asked, roles=wanted if accepted else None, reason="Non.", actor=manager, now=now)
    with pytest.raises(links.LinkOver, match="retirée"):
        services.accept_invitation(session, token, paul, now=now + A_MINUTE)


def test_someone_sent_away_does_not_come_back_by_an_invitation(
    session: Session, now: datetime, pont: Organisation, paul: Account, claire: Account, manager: Actor
) -> None:
    token = _offered(session, pont, claire, "paul@ailleurs.example", now)
    paul.email = "paul@ailleurs.example"
    session.flush()
    services.end_membership(session, paul.id, pont.id, last_day=clock.paris_date(now), actor=manager, now=now)
    with pytest.raises(links.LinkOver, match="retirée"):
        services.accept_invitation(session, token, paul, now=now + A_MINUTE)


def test_an_invitation_lasts_fourteen_days(
    client: FlaskClient,
    session: Session,
    now: datetime,
    pont: Organisation,
    manager: Actor,
    moment: time_machine.Traveller,
) -> None:
    path = _invited(session, pont, manager, now)
    moment.shift(timedelta(days=14, minutes=-1))
    assert client.get(path).status_code == 200
    moment.shift(timedelta(minutes=1))
    assert client.get(path).status_code == 410


def test_a_newer_invitation_replaces_the_older(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, manager: Actor
) -> None:
    older, newer = (_invited(session, pont, manager, now) for _ in range(2))
    gone = client.get(older)
    assert gone.status_code == 410
    assert "remplacée par une plus récente" in text_of(gone)
    assert client.get(newer).status_code == 200
    assert len(session.scalars(select(Message)).all()) == 2


def test_a_member_is_not_invited(
    session: Session, now: datetime, pont: Organisation, manager: Actor, paul: Account
) -> None:
    with pytest.raises(RuleViolation, match="déjà partie") as refused:
        services.invite(session, pont.id, PAUL, frozenset({Role.TITULAIRE}), actor=manager, now=now)
    assert refused.value.field == "email"


# The pages


def test_a_manager_invites_and_withdraws(client: FlaskClient, session: Session, claire: Account) -> None:
    sign_in(client)
    sent = submit(client, "/equipe/inviter", email=PAUL, roles=["structure", "titulaire"])
    assert sent.location == "/equipe"
    assert PAUL in text_of(client.get("/equipe"))
    invitation = session.scalars(select(Invitation)).one()
    assert invitation.roles == {Role.STRUCTURE, Role.TITULAIRE}
    submit(client, f"/equipe/invitations/{invitation.public_id}/retirer")
    assert "Aucune invitation n’attend de réponse" in text_of(client.get("/equipe"))


def test_an_invitation_without_role_is_refused_beside_its_field(client: FlaskClient, claire: Account) -> None:
    sign_in(client)
    refused = submit(client, "/equipe/inviter", email=PAUL)
    assert refused.status_code == 422
    assert "Choisissez au moins un rôle." in text_of(refused)


def test_a_role_that_is_not_offered_cannot_be_slipped_in(
    client: FlaskClient, session: Session, claire: Account
) -> None:
    sign_in(client)
    for role in ("administrator", "purchasing", "nonsense"):
        assert submit(client, "/equipe/inviter", email=PAUL, roles=[role]).status_code == 422
    assert session.scalars(select(Invitation)).all() == []


def test_inviting_twice_by_a_double_click_sends_one_mail(
    client: FlaskClient, session: Session, claire: Account
) -> None:
    sign_in(client)
    page = client.get("/equipe/inviter")
    for _ in range(2):
        resubmit(client, "/equipe/inviter", page, email=PAUL, roles=["structure"])
    assert len(session.scalars(select(Message)).all()) == 1


def test_a_manager_changes_a_member_s_roles(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account, paul: Account
) -> None:
    sign_in(client)
    path = f"/equipe/membres/{paul.public_id}"
    assert 'value="structure" checked' in client.get(path).text
    assert submit(client, path, roles=["titulaire"]).location == "/equipe"
    assert _roles(session, paul, pont, now + A_MINUTE) == {Role.TITULAIRE}


def test_two_managers_on_one_page_get_told(
    client: FlaskClient, session: Session, claire: Account, paul: Account
) -> None:
    sign_in(client)
    path = f"/equipe/membres/{paul.public_id}"
    stale = client.get(path)
    submit(client, path, roles=["titulaire"])
    assert resubmit(client, path, stale, roles=["structure", "manager"]).status_code == 409


def test_a_manager_ends_a_membership_and_the_member_is_out(
    client: FlaskClient,
    app: Flask,
    session: Session,
    now: datetime,
    pont: Organisation,
    claire: Account,
    paul: Account,
) -> None:
    give(session, paul, pont, Role.MANAGER, now=now)
    session.commit()
    other = app.test_client()
    sign_in(other, PAUL)
    assert other.get("/equipe").status_code == 200
    sign_in(client)
    ended = submit(client, f"/equipe/membres/{paul.public_id}/retirer", last_day="2026-12-03")
    assert ended.location == "/equipe"
    assert "Paul Mérel" not in text_of(client.get("/equipe")).replace("Départ enregistré : Paul Mérel.", "")
    assert other.get("/equipe").status_code == 403


def test_the_last_manager_is_asked_who_comes_next(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account, paul: Account
) -> None:
    sign_in(client)
    path = f"/compte/organisations/{pont.siret}/quitter"
    assert 'name="successor"' in client.get(path).text
    alone = submit(client, path, last_day="2026-12-03", successor="")
    assert alone.status_code == 422
    assert "nommez d’abord quelqu’un d’autre" in text_of(alone)
    left = submit(client, path, last_day="2026-12-03", successor=paul.public_id)
    assert left.location == "/compte"
    assert _roles(session, paul, pont, now + A_MINUTE) == {Role.MANAGER, Role.STRUCTURE}


def test_a_member_leaves_without_naming_anyone(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account, paul: Account
) -> None:
    sign_in(client, PAUL)
    path = f"/compte/organisations/{pont.siret}/quitter"
    assert 'name="successor"' not in client.get(path).text
    submit(client, path, last_day="2026-12-03")
    assert _roles(session, paul, pont, now + A_MINUTE) == set()


def test_the_team_of_another_organisation_does_not_exist(
    client: FlaskClient, session: Session, now: datetime, claire: Account
) -> None:
    stranger = new_account(session, now, "nina@ailleurs.example")
    elsewhere = new_organisation(session, now, 2, OrganisationKind.COMPANY)
    give(session, stranger, elsewhere, Role.TITULAIRE, now=now)
    session.commit()
    sign_in(client)
    for path in (f"/equipe/membres/{stranger.public_id}", f"/equipe/membres/{stranger.public_id}/retirer"):
        assert client.get(path).status_code == 404
    assert client.get(f"/compte/organisations/{elsewhere.siret}/quitter").status_code == 404


def test_fifty_invitations_a_day(client: FlaskClient, session: Session, claire: Account) -> None:
    sign_in(client)
    answers = {
        submit(client, "/equipe/inviter", email=f"p{number}@pont.example", roles=["structure"]).status_code
        for number in range(50)
    }
    assert answers == {302}
    assert submit(client, "/equipe/inviter", email="p50@pont.example", roles=["structure"]).status_code == 429


def test_an_expired_invitation_is_sent_again_for_fourteen_days(
    client: FlaskClient,
    session: Session,
    now: datetime,
    moment: time_machine.Traveller,
    pont: Organisation,
    claire: Account,
    manager: Actor,
) -> None:
    former = _invited(session, pont, manager, now)
    sign_in(client)
    assert "Renvoyer" not in text_of(client.get("/equipe"))
    submit(client, "/compte", action="/deconnexion")
    moment.shift(timedelta(days=15))
    sign_in(client)
    assert "trop ancienne" in text_of(client.get("/equipe"))
    first = session.scalars(select(Invitation)).one()
    submit(client, "/equipe", action=f"/equipe/invitations/{first.public_id}/renvoyer")
    assert "trop ancienne" not in text_of(client.get("/equipe"))
    session.expire_all()
    second = session.scalars(select(Invitation).where(Invitation.revoked_at.is_(None))).one()
    assert (second.email, second.roles) == (PAUL, frozenset({Role.STRUCTURE}))
    lasts = second.expires_at - second.created_at
    assert lasts == timedelta(days=14)
    assert client.get(former).status_code == 410
    assert client.get(f"/invitation/{links.token_of(second)}").status_code == 200
