"""Asking to join, claiming a fiche: who may answer, once, and who is told."""

from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import journal
from portal.accounts import queries
from portal.accounts.models import Account, Claim, JoinRequest
from portal.accounts.services import requests as services
from portal.accounts.services.passwords import acting as nobody_s
from portal.accounts.views.furniture import organisation_aside
from portal.directory.models import Affiliation, Organisation
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, Refused, RuleViolation
from portal.outbox.models import Message
from portal.vocabulary import OrganisationKind, RequestOutcome, Role
from tests.accounts.people import acting, give, new_account, new_organisation, resubmit, sign_in, submit, text_of

WHY = "Je dirige cette structure depuis 2019."


@pytest.fixture
def pont(session: Session, now: datetime) -> Organisation:
    """A listed structure that nobody manages."""
    return new_organisation(session, now)


@pytest.fixture
def claire(session: Session, now: datetime) -> Account:
    """Someone of no organisation."""
    account = new_account(session, now)
    session.commit()
    return account


def _someone(session: Session, now: datetime, number: int, kind: OrganisationKind, role: Role) -> tuple[Account, Actor]:
    account = new_account(session, now, f"p{number}@ailleurs.example", f"Personne {number}")
    organisation = new_organisation(session, now, number, kind)
    give(session, account, organisation, role, now=now)
    return account, acting(account, organisation, role)


def _affiliate(session: Session, network: Actor, structure: Organisation, now: datetime, *, accepted: bool) -> None:
    session.add(
        Affiliation(
            network_id=network.organisation_id or 0,
            structure_id=structure.id,
            asked_at=now,
            accepted_at=now if accepted else None,
        )
    )
    session.flush()


def _claimed(session: Session, claire: Account, pont: Organisation, now: datetime) -> Claim:
    return services.claim(session, pont.id, claire, WHY, actor=nobody_s(claire), now=now)


def _told(session: Session, kind: str) -> list[str]:
    return sorted(session.scalars(select(Message.recipient).where(Message.kind == kind)))


# Claims


def test_a_claim_accepted_gives_the_fiche_and_its_roles(
    session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    _, buyer = _someone(session, now, 2, OrganisationKind.BUYER, Role.PURCHASING)
    asked = _claimed(session, claire, pont, now)
    services.decide_claim(session, asked, accepted=True, actor=buyer, now=now)
    held = queries.memberships_between(session, claire.id, pont.id, now)
    assert {each.role for each in held} == {Role.MANAGER, Role.STRUCTURE, Role.TITULAIRE}
    assert _told(session, services.CLAIM_DECIDED) == [claire.email]
    entry = next(e for e in journal.entries_of(session, "organisation", pont.id) if e.event == "claim.decided")
    assert entry.after == {"person": "Claire Ansel", "outcome": "accepted", "reason": None}


def test_a_claim_declined_says_why_and_gives_nothing(
    session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    _, buyer = _someone(session, now, 2, OrganisationKind.BUYER, Role.PURCHASING)
    asked = _claimed(session, claire, pont, now)
    with pytest.raises(RuleViolation) as refused:
        services.decide_claim(session, asked, accepted=False, reason=" ", actor=buyer, now=now)
    assert refused.value.field == "reason"
    services.decide_claim(session, asked, accepted=False, reason="Inconnue au standard.", actor=buyer, now=now)
    assert (asked.outcome, asked.reason) == (RequestOutcome.DECLINED, "Inconnue au standard.")
    assert not queries.memberships_between(session, claire.id, pont.id, now)


def test_a_claim_is_answered_once(session: Session, now: datetime, pont: Organisation, claire: Account) -> None:
    _, buyer = _someone(session, now, 2, OrganisationKind.BUYER, Role.PURCHASING)
    asked = _claimed(session, claire, pont, now)
    services.decide_claim(session, asked, accepted=True, actor=buyer, now=now)
    with pytest.raises(services.AlreadyAnswered):
        services.decide_claim(session, asked, accepted=False, reason="Non.", actor=buyer, now=now)


def test_the_other_claims_have_no_object_once_one_is_accepted(
    session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    _, buyer = _someone(session, now, 2, OrganisationKind.BUYER, Role.PURCHASING)
    paul = new_account(session, now, "paul@pont.example", "Paul Mérel")
    first, second = _claimed(session, claire, pont, now), _claimed(session, paul, pont, now)
    services.decide_claim(session, first, accepted=True, actor=buyer, now=now)
    assert second.outcome is RequestOutcome.SUPERSEDED
    assert _told(session, services.CLAIM_DECIDED) == [claire.email, paul.email]


@pytest.mark.parametrize(
    ("kind", "role", "affiliated", "may"),
    [
        (OrganisationKind.BUYER, Role.PURCHASING, None, True),
        (OrganisationKind.BUYER, Role.FACILITATEUR, None, True),
        (OrganisationKind.FACILITATION, Role.FACILITATEUR, None, True),
        (OrganisationKind.NETWORK, Role.NETWORK, True, True),
        (OrganisationKind.NETWORK, Role.NETWORK, False, False),
        (OrganisationKind.NETWORK, Role.NETWORK, None, False),
        (OrganisationKind.NETWORK, Role.MANAGER, True, False),
        (OrganisationKind.BUYER, Role.LEGAL, None, False),
        (OrganisationKind.EI, Role.STRUCTURE, None, False),
    ],
)
def test_who_may_decide(
    session: Session,
    now: datetime,
    pont: Organisation,
    claire: Account,
    kind: OrganisationKind,
    role: Role,
    affiliated: bool | None,
    may: bool,
) -> None:
    person, actor = _someone(session, now, 2, kind, role)
    if affiliated is not None:
        _affiliate(session, actor, pont, now, accepted=affiliated)
    asked = _claimed(session, claire, pont, now)
    assert (person.email in _told(session, services.CLAIM_ASKED)) is may
    assert (asked in queries.pending_claims(session, actor, now.date())) is may
    assert queries.count_pending_claims(session, actor, now.date()) == int(may)
    if may:
        services.decide_claim(session, asked, accepted=True, actor=actor, now=now)
    else:
        with pytest.raises(Refused):
            services.decide_claim(session, asked, accepted=True, actor=actor, now=now)


def test_a_network_that_parted_decides_no_more(
    session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    _, head = _someone(session, now, 2, OrganisationKind.NETWORK, Role.NETWORK)
    _affiliate(session, head, pont, now, accepted=True)
    asked = _claimed(session, claire, pont, now)
    session.scalars(select(Affiliation)).one().ended_at = now
    session.flush()
    with pytest.raises(Refused):
        services.decide_claim(session, asked, accepted=True, actor=head, now=now)


@pytest.mark.parametrize("kind", [OrganisationKind.BUYER, OrganisationKind.NETWORK])
def test_an_organisation_that_decides_on_others_is_entrusted_by_a_buyer_only(
    session: Session, now: datetime, claire: Account, kind: OrganisationKind
) -> None:
    trusted = new_organisation(session, now, 5, kind)
    _, facilitateur = _someone(session, now, 2, OrganisationKind.FACILITATION, Role.FACILITATEUR)
    buyer, _ = _someone(session, now, 3, OrganisationKind.BUYER, Role.PURCHASING)
    asked = _claimed(session, claire, trusted, now)
    assert _told(session, services.CLAIM_ASKED) == [buyer.email]
    with pytest.raises(Refused):
        services.decide_claim(session, asked, accepted=True, actor=facilitateur, now=now)


def test_nobody_decides_on_their_own_claim(session: Session, now: datetime, pont: Organisation) -> None:
    account, buyer = _someone(session, now, 2, OrganisationKind.BUYER, Role.PURCHASING)
    asked = services.claim(session, pont.id, account, WHY, actor=buyer, now=now)
    assert _told(session, services.CLAIM_ASKED) == []
    with pytest.raises(Refused, match="votre propre demande"):
        services.decide_claim(session, asked, accepted=True, actor=buyer, now=now)
    with pytest.raises(NotFound):
        queries.claim(session, buyer, asked.public_id, now.date())


def test_a_managed_fiche_is_joined_and_not_claimed(
    session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    give(session, new_account(session, now, "manon@pont.example"), pont, Role.MANAGER, now=now)
    with pytest.raises(RuleViolation, match="rejoindre"):
        _claimed(session, claire, pont, now)


def test_one_claims_once(session: Session, now: datetime, pont: Organisation, claire: Account) -> None:
    _claimed(session, claire, pont, now)
    with pytest.raises(RuleViolation, match="déjà partie"):
        _claimed(session, claire, pont, now)
    session.rollback()


# Requests to join


@pytest.fixture
def manon(session: Session, now: datetime, pont: Organisation) -> Account:
    """The manager of the structure."""
    account = new_account(session, now, "manon@pont.example", "Manon Tessier")
    give(session, account, pont, Role.MANAGER, now=now)
    session.commit()
    return account


def _asked(session: Session, claire: Account, pont: Organisation, now: datetime, *roles: Role) -> JoinRequest:
    wanted = frozenset(roles or {Role.STRUCTURE})
    return services.ask_to_join(session, pont.id, claire, wanted, "Bonjour", actor=nobody_s(claire), now=now)


def test_every_manager_is_told_and_one_accepts_with_the_roles_they_choose(
    session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    other = new_account(session, now, "nadir@pont.example", "Nadir")
    give(session, other, pont, Role.MANAGER, now=now)
    asked = _asked(session, claire, pont, now)
    assert _told(session, services.JOIN_ASKED) == [manon.email, other.email]
    manager = acting(manon, pont, Role.MANAGER)
    services.answer_join(session, asked, roles=frozenset({Role.TITULAIRE}), actor=manager, now=now)
    held = queries.memberships_between(session, claire.id, pont.id, now)
    assert [each.role for each in held] == [Role.TITULAIRE]
    assert _told(session, services.JOIN_DECIDED) == [claire.email]


def test_a_request_is_answered_once_and_by_a_manager(
    session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    asked = _asked(session, claire, pont, now)
    with pytest.raises(Refused):
        services.answer_join(session, asked, roles=asked.roles, actor=nobody_s(claire), now=now)
    manager = acting(manon, pont, Role.MANAGER)
    services.answer_join(session, asked, roles=None, reason="Nous ne vous connaissons pas.", actor=manager, now=now)
    with pytest.raises(services.AlreadyAnswered):
        services.answer_join(session, asked, roles=asked.roles, actor=manager, now=now)
    assert not queries.memberships_between(session, claire.id, pont.id, now)


def test_one_asks_once_and_not_for_what_one_has(
    session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    with pytest.raises(RuleViolation, match="faites déjà partie"):
        _asked(session, manon, pont, now)
    _asked(session, claire, pont, now)
    with pytest.raises(RuleViolation, match="déjà partie"):
        _asked(session, claire, pont, now)
    session.rollback()


def test_one_asks_only_for_roles_that_the_organisation_gives(
    session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    with pytest.raises(RuleViolation, match="ne peut pas donner"):
        _asked(session, claire, pont, now, Role.PURCHASING)


def test_a_fiche_without_manager_is_claimed_and_not_joined(
    session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    with pytest.raises(RuleViolation, match="réclamez-la"):
        _asked(session, claire, pont, now)


# The pages


def test_someone_claims_and_a_facilitateur_entrusts(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    facilitateur, _ = _someone(session, now, 2, OrganisationKind.FACILITATION, Role.FACILITATEUR)
    session.commit()
    sign_in(client)
    assert submit(client, f"/annuaire/{pont.siret}/reclamer", why=WHY).location == "/compte"
    assert "votre demande de prendre en charge la fiche" in text_of(client.get("/compte"))
    submit(client, "/compte", action="/deconnexion")
    sign_in(client, facilitateur.email)
    listed = client.get("/reclamations")
    assert "Claire Ansel" in text_of(listed)
    asked = session.scalars(select(Claim)).one()
    path = f"/reclamations/{asked.public_id}"
    assert WHY in text_of(client.get(path))
    assert submit(client, path, answer="no").status_code == 422
    assert submit(client, path, answer="yes").location == "/reclamations"
    assert "Rien ne vous attend" in text_of(client.get("/reclamations"))
    assert "Demande acceptée" in text_of(client.get(path))


def test_a_claim_answered_twice_tells_the_second_who_answered_first(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    _, buyer = _someone(session, now, 2, OrganisationKind.BUYER, Role.FACILITATEUR)
    slow, _ = _someone(session, now, 3, OrganisationKind.FACILITATION, Role.FACILITATEUR)
    asked = _claimed(session, claire, pont, now)
    session.commit()
    sign_in(client, slow.email)
    path = f"/reclamations/{asked.public_id}"
    form = client.get(path)
    services.decide_claim(session, asked, accepted=True, actor=buyer, now=now)
    session.commit()
    for typed in ({"answer": "no", "reason": "Non."}, {}):
        told = resubmit(client, path, form, **typed)
        assert told.status_code == 409
        assert "déjà acceptée (par Personne 2, le 3 décembre 2026 à 9 h 00) : votre réponse n’est" in text_of(told)
        assert "<title>Demande acceptée" in " ".join(told.text.split()).replace("<title> ", "<title>")
        assert 'name="answer"' not in told.text
    later = client.get(path)
    assert later.status_code == 200
    assert "votre réponse n’est pas partie" not in text_of(later)


def test_a_request_to_join_answered_twice_tells_the_second_who_answered_first(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    asked = _asked(session, claire, pont, now)
    other = new_account(session, now, "nadir@pont.example", "Nadir")
    give(session, other, pont, Role.MANAGER, now=now)
    session.commit()
    sign_in(client, manon.email)
    path = f"/equipe/demandes/{asked.public_id}"
    form = client.get(path)
    services.answer_join(
        session, asked, roles=None, reason="Inconnue.", actor=acting(other, pont, Role.MANAGER), now=now
    )
    session.commit()
    told = resubmit(client, path, form, answer="yes", roles=["structure"])
    assert told.status_code == 409
    assert "déjà refusée (par Nadir, le 3 décembre 2026 à 9 h 00) : votre réponse n’est pas partie" in text_of(told)
    assert 'name="answer"' not in told.text


def test_what_waits_an_answer_is_told_and_may_be_withdrawn(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    session.commit()
    sign_in(client)
    fiche, page = f"/annuaire/{pont.siret}", f"/annuaire/{pont.siret}/reclamer"
    form = client.get(page)
    submit(client, page, why=WHY)
    for answer in (client.get(page), resubmit(client, page, form, why=WHY)):
        assert "Votre demande du 3 décembre 2026 attend une réponse" in text_of(answer)
        assert 'name="why"' not in answer.text
    assert "Votre demande du 3 décembre 2026 attend une réponse" in text_of(client.get(fiche))
    assert submit(client, page, action=f"{fiche}/demande/retirer").location == fiche
    session.expire_all()
    assert session.scalars(select(Claim)).one().outcome is RequestOutcome.WITHDRAWN
    assert "Réclamer cette fiche" in text_of(client.get(fiche))
    assert submit(client, page, why=WHY).location == "/compte"


def test_a_request_to_join_waits_too(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    asked = _asked(session, claire, pont, now)
    session.commit()
    sign_in(client)
    page = f"/annuaire/{pont.siret}/rejoindre"
    assert "Votre demande du 3 décembre 2026 attend une réponse" in text_of(client.get(page))
    waiting = client.get(page)
    services.answer_join(session, asked, roles=asked.roles, actor=acting(manon, pont, Role.MANAGER), now=now)
    session.commit()
    late = resubmit(client, page, waiting, action=f"/annuaire/{pont.siret}/demande/retirer")
    assert late.status_code == 422
    assert "déjà répondu" in text_of(late)


def test_nobody_withdraws_what_others_asked(
    session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    asked = _claimed(session, claire, pont, now)
    with pytest.raises(NotFound):
        services.withdraw(session, asked, actor=nobody_s(new_account(session, now, "paul@pont.example")), now=now)


def test_someone_asks_and_a_manager_answers(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    sign_in(client)
    assert client.get(f"/annuaire/{pont.siret}/reclamer").location == f"/annuaire/{pont.siret}/rejoindre"
    page = f"/annuaire/{pont.siret}/rejoindre"
    assert submit(client, page, roles=["structure"], message="Je viens d’arriver.").location == "/compte"
    submit(client, "/compte", action="/deconnexion")
    sign_in(client, manon.email)
    assert "Claire Ansel demande à rejoindre l’équipe" in text_of(client.get("/equipe"))
    asked = session.scalars(select(JoinRequest)).one()
    path = f"/equipe/demandes/{asked.public_id}"
    assert "Je viens d’arriver." in text_of(client.get(path))
    assert submit(client, path, answer="yes", roles=["structure", "titulaire"]).location == "/equipe"
    assert "Claire Ansel" in text_of(client.get("/equipe"))


def test_another_organisation_s_request_does_not_exist(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account, manon: Account
) -> None:
    asked = _asked(session, claire, pont, now)
    stranger, _ = _someone(session, now, 2, OrganisationKind.EI, Role.MANAGER)
    session.commit()
    sign_in(client, stranger.email)
    assert client.get(f"/equipe/demandes/{asked.public_id}").status_code == 404


def test_an_unknown_organisation_is_neither_claimed_nor_joined(client: FlaskClient, claire: Account) -> None:
    sign_in(client)
    for path in ("/annuaire/91000009900013/reclamer", "/annuaire/nonsense/rejoindre"):
        assert client.get(path).status_code == 404


def test_the_fiche_says_what_its_visitor_may_ask(
    client: FlaskClient, session: Session, now: datetime, pont: Organisation, claire: Account
) -> None:
    session.commit()
    with client.application.test_request_context("/"):
        assert f"/inscription?siret={pont.siret}" in organisation_aside(pont)
    sign_in(client)
    with client:
        client.get("/compte")
        assert f"/annuaire/{pont.siret}/reclamer" in organisation_aside(pont)
    give(session, new_account(session, now, "manon@pont.example"), pont, Role.MANAGER, now=now)
    session.commit()
    with client:
        client.get("/compte")
        assert f"/annuaire/{pont.siret}/rejoindre" in organisation_aside(pont)
    give(session, claire, pont, Role.STRUCTURE, now=now)
    session.commit()
    with client:
        client.get("/compte")
        assert organisation_aside(pont) == ""
