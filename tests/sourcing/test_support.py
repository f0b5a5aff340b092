"""Support actions: who may note one for whom, who reads it, what its dates allow."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.sourcing.models import SupportAction
from portal.sourcing.support import queries, services
from portal.sourcing.support.facts import SupportFacts
from portal.vocabulary import OrganisationKind, Role, SupportKind
from tests.directory.organisations import NOW, TODAY, acting, affiliation, network, organisation, text_of
from tests.directory.test_views import posted, sign_in
from tests.statements import Statements

TRAINING = SupportFacts(SupportKind.TRAINING, "Coorace", "Apprendre à chiffrer une offre", TODAY, date(2026, 12, 15))


def _buyer(session: Session, number: int = 800) -> Organisation:
    return organisation(session, number, f"Ville {number}", kinds={OrganisationKind.BUYER: None})


def _noted(
    session: Session,
    author: Organisation,
    structure: Organisation,
    role: Role = Role.PURCHASING,
    facts: SupportFacts = TRAINING,
) -> SupportAction:
    action = services.note(session, structure, facts, actor=acting(author, role), now=NOW)
    session.commit()
    return action


def test_a_buyer_and_a_facilitateur_help_any_structure(session: Session) -> None:
    structure = organisation(session, 1)
    helper = organisation(session, 801, kinds={OrganisationKind.FACILITATION: None})
    assert _noted(session, _buyer(session), structure).structure_id == structure.id
    assert _noted(session, helper, structure, Role.FACILITATEUR).author_id == helper.id


def test_a_network_helps_its_members_only(session: Session) -> None:
    leading, member, other, former = network(session), *(organisation(session, number) for number in (1, 2, 3))
    affiliation(session, member, leading, accepted_at=NOW)
    affiliation(session, former, leading, accepted_at=NOW, ended_at=NOW)
    assert _noted(session, leading, member, Role.NETWORK).structure_id == member.id
    for refused in (other, former):
        with pytest.raises(RuleViolation, match="votre réseau"):
            _noted(session, leading, refused, Role.NETWORK)


def test_a_network_ends_but_rewrites_nothing_for_who_left_it(session: Session) -> None:
    leading, member = network(session), organisation(session, 1)
    held = affiliation(session, member, leading, accepted_at=NOW)
    action, head = _noted(session, leading, member, Role.NETWORK), acting(leading, Role.NETWORK)
    held.ended_at = NOW
    session.flush()
    again = replace(TRAINING, reason="Un tout autre propos")
    with pytest.raises(RuleViolation, match="a quitté votre réseau"):
        services.revise(session, action, again, expected_version=action.version, actor=head, now=NOW)
    services.finish(session, action, "Fait.", expected_version=action.version, actor=head, now=NOW)
    assert (action.reason, action.result) == (TRAINING.reason, "Fait.")


@pytest.mark.parametrize("role", [Role.STRUCTURE, Role.LEGAL, Role.PRESCRIPTEUR, Role.DIRECTION, Role.MANAGER])
def test_other_roles_note_nothing(session: Session, role: Role) -> None:
    with pytest.raises(Refused):
        _noted(session, organisation(session, 2), organisation(session, 1), role)


def test_only_a_structure_other_than_oneself_is_helped(session: Session) -> None:
    buyer = _buyer(session)
    for other in (buyer, _buyer(session, 801)):
        with pytest.raises(RuleViolation):
            _noted(session, buyer, other)


def test_another_author_neither_reads_nor_ends_it(session: Session) -> None:
    action = _noted(session, _buyer(session), organisation(session, 1))
    stranger = acting(_buyer(session, 801), Role.PURCHASING)
    with pytest.raises(NotFound):
        queries.own(session, stranger, action.public_id)
    with pytest.raises(NotFound):
        services.finish(session, action, "Fait", expected_version=1, actor=stranger, now=NOW)


def test_done_with_its_result_for_good(session: Session) -> None:
    buyer = _buyer(session)
    action, actor = _noted(session, buyer, organisation(session, 1)), acting(buyer, Role.PURCHASING)
    with pytest.raises(RuleViolation, match="donné"):
        services.finish(session, action, None, expected_version=1, actor=actor, now=NOW)
    services.finish(session, action, "Une offre chiffrée", expected_version=action.version, actor=actor, now=NOW)
    session.commit()
    assert (action.done_on, action.next_on, action.result) == (TODAY, None, "Une offre chiffrée")
    with pytest.raises(RuleViolation, match="terminé"):
        services.revise(session, action, TRAINING, expected_version=action.version, actor=actor, now=NOW)


def test_two_people_do_not_overwrite_each_other(session: Session) -> None:
    buyer = _buyer(session)
    action, actor = _noted(session, buyer, organisation(session, 1)), acting(buyer, Role.PURCHASING)
    services.revise(session, action, TRAINING, expected_version=1, actor=actor, now=NOW)
    session.commit()
    with pytest.raises(Stale):
        services.revise(session, action, TRAINING, expected_version=1, actor=actor, now=NOW)


@pytest.mark.parametrize("next_on", [TODAY - timedelta(1), date(2020, 1, 1)])
def test_a_next_date_is_set_ahead(session: Session, next_on: date) -> None:
    facts = SupportFacts(SupportKind.OTHER, "Nous", "Se préparer", date(2020, 1, 1), next_on)
    with pytest.raises(RuleViolation):
        _noted(session, _buyer(session), organisation(session, 1), facts=facts)


def test_a_name_means_one_structure_or_none(session: Session) -> None:
    organisation(session, 1, "Régie des Tanneries")
    port = organisation(session, 2, "Régie du Port")
    actor = acting(_buyer(session), Role.PURCHASING)
    assert queries.structure_called(session, actor, "tanneries").name == "Régie des Tanneries"
    assert queries.structure_called(session, actor, port.shown_siret).name == "Régie du Port"
    for typed in ("Régie", "Introuvable", "", None, "00000000000000"):
        with pytest.raises(RuleViolation):
            queries.structure_called(session, actor, typed)


# Pages


def test_noted_listed_late_then_done(client: FlaskClient, session: Session) -> None:
    buyer, structure = _buyer(session), organisation(session, 1, "Régie des Tanneries")
    sign_in(client, session, buyer, Role.PURCHASING)
    assert "Aucun accompagnement noté" in text_of(client.get("/accompagnements"))
    path = f"/accompagnements/nouveau?structure={structure.siret}"
    typed: dict[str, Any] = {"kind": "structuring", "reason": "Répondre à plusieurs", "next_on": "10/12/2026"}
    assert posted(client, path, **typed).status_code == 302
    session.expire_all()
    session.scalars(select(SupportAction)).one().next_on = date(2026, 12, 1)
    session.commit()
    page = client.get("/accompagnements")
    assert "1 en retard" in text_of(page)
    address = page.text.split('href="/accompagnements/')[2].split('"')[0]
    shown = f"/accompagnements/{address}"
    assert posted(client, shown, result="").status_code == 422
    assert posted(client, shown, result="Une réponse en groupement", done_on="03/12/2026").status_code == 302
    assert "Terminés" in text_of(client.get("/accompagnements"))
    assert client.get(f"{shown}/modifier").status_code == 200
    assert posted(client, f"{shown}/modifier").status_code == 422


def test_a_form_left_open_meets_both_versions(client: FlaskClient, session: Session) -> None:
    buyer = _buyer(session)
    action = _noted(session, buyer, organisation(session, 1))
    sign_in(client, session, buyer, Role.PURCHASING)
    path = f"/accompagnements/{action.public_id}/modifier"
    page = client.get(path)
    assert posted(client, path, reason="Se faire connaître").status_code == 302
    conflict = posted(client, path, page, helper="Un autre service")
    assert conflict.status_code == 409
    resumed = client.get(path)
    assert "Se faire connaître" in resumed.text
    assert "Un autre service" in resumed.text


def test_the_structure_reads_what_helps_it_and_nobody_else_does(client: FlaskClient, session: Session) -> None:
    structure, buyer = organisation(session, 1), _buyer(session)
    _noted(session, buyer, structure)
    path = f"/annuaire/{structure.siret}"
    assert "chiffrer" not in text_of(client.get(path))
    others = (
        (organisation(session, 2), Role.STRUCTURE),
        (_buyer(session, 801), Role.PURCHASING),
        (network(session), Role.NETWORK),
        (buyer, Role.LEGAL),
    )
    for other, role in others:
        sign_in(client, session, other, role)
        assert "chiffrer" not in text_of(client.get(path))
    sign_in(client, session, structure, Role.TITULAIRE)
    assert "Apprendre à chiffrer une offre" in text_of(client.get(path))


@pytest.mark.parametrize(
    "typed",
    [
        {"kind": "nothing"},
        {"structure": "Régie \x00 inconnue"},
        {"started_on": "hier"},
        {"project": "/programmation/brouillon-2026-1"},
        {"reason": "x" * 1001},
        {"next_on": "01/01/2020"},
    ],
)
def test_what_is_ill_typed_is_said_and_nothing_is_lost(
    client: FlaskClient, session: Session, typed: dict[str, Any]
) -> None:
    structure = organisation(session, 1)
    sign_in(client, session, _buyer(session), Role.PURCHASING)
    held: dict[str, Any] = {
        "structure": structure.siret,
        "kind": "training",
        "reason": "Se préparer",
        "helper": "Le service emploi",
    }
    page = posted(client, "/accompagnements/nouveau", **(held | typed))
    assert page.status_code == 422
    assert "Le service emploi" in page.text


def test_a_page_costs_as_much_whatever_it_lists(
    client: FlaskClient, session: Session, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    buyer = _buyer(session)
    sign_in(client, session, buyer, Role.PURCHASING)
    counts = []
    for numbers in ((1,), (2, 3, 4)):
        for number in numbers:
            _noted(session, buyer, organisation(session, number))
        with sql_count() as statements:
            assert client.get("/accompagnements?page=99999999999999999999").status_code == 200
        counts.append(statements.count)
    assert counts[0] == counts[1]
