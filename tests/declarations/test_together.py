"""Many deposits accepted at once: only those of which there is nothing to say, each by itself."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.declarations import queries, services
from portal.declarations.facts import Decision, NewPerson
from portal.declarations.models import Declaration, Delta
from portal.declarations.views.together_page import Outcome
from portal.desks.gathering import errands_of
from portal.kernel.errors import RuleViolation, Stale
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState, EligibilityState, Role
from tests.accounts.people import text_of
from tests.declarations.sample import (
    NOVEMBER,
    OCTOBER,
    Scene,
    accept,
    add,
    confirmed,
    file,
    give_back,
    opened,
    person,
)
from tests.forecast.pages import filled, post, posted, sign_in
from tests.statements import Statements

PATH = "/declarations/a-accepter"


@pytest.fixture
def known(session: Session, scene: Scene, now: datetime) -> Declaration:
    """October of the company, accepted: its one person is known to the buyer as eligible."""
    october = opened(session, scene, scene.company, OCTOBER)
    add(session, october, person(), now)
    file(session, october, now)
    accept(session, scene, october, now, P_1=confirmed())
    return october


def deposited(session: Session, scene: Scene, now: datetime, month: Month = NOVEMBER) -> Declaration:
    """A month like the one before."""
    declaration = opened(session, scene, scene.company, month)
    if not declaration.lines:
        add(session, declaration, NewPerson(matricule="P-1", hours=Decimal(100)), now)
    file(session, declaration, now)
    session.flush()
    return declaration


def reasons(session: Session, scene: Scene) -> dict[str, list[str]]:
    session.expire_all()
    standings = queries.to_accept(session, scene.facilitateur, 1)
    return {each.declaration.month.label: each.findings.reasons for each in standings}


def as_checker(app: Flask, session: Session, scene: Scene) -> FlaskClient:
    client = app.test_client()
    sign_in(client, session, scene.facilitation.id, Role.FACILITATEUR)
    return client


@pytest.mark.usefixtures("known")
def test_a_month_like_the_one_before_has_nothing_to_look_at(session: Session, scene: Scene, now: datetime) -> None:
    deposited(session, scene, now)
    assert reasons(session, scene) == {"novembre 2026": []}
    assert queries.count_to_accept(session, scene.facilitateur) == 1
    assert queries.count_to_accept(session, scene.direction) == 0


@pytest.mark.usefixtures("known")
def test_what_is_worth_a_look_keeps_a_month_apart(session: Session, scene: Scene, now: datetime) -> None:
    november = opened(session, scene, scene.company)
    add(session, november, person("P-2", "Durant"), now)
    add(session, november, person("P-3", "Petit", entered_on=date(2021, 1, 4), hours=Decimal(160)), now)
    file(session, november, now)
    (told,) = reasons(session, scene).values()
    assert told[0] == "2 éligibilités à confirmer"
    assert told[1].startswith("inhabituel")
    assert "plus qu’un temps plein" in told[1]
    assert "une personne ressemble à une autre déjà connue" in told
    with pytest.raises(RuleViolation, match="éligibilités à confirmer"):
        services.accept_unread(session, november, expected_version=november.version, actor=scene.facilitateur, now=now)


@pytest.mark.usefixtures("known")
def test_hours_that_somebody_else_declares_too_are_looked_at(session: Session, scene: Scene, now: datetime) -> None:
    deposited(session, scene, now)
    other = opened(session, scene, scene.structure)
    add(session, other, person("S-1", hours=Decimal(90)), now)
    file(session, other, now, different_hours=True)
    for told in reasons(session, scene).values():
        assert "une personne est déclarée aussi par un autre, ce mois-ci" in told


@pytest.mark.usefixtures("known")
def test_a_month_that_was_sent_back_is_looked_at(session: Session, scene: Scene, now: datetime) -> None:
    november = deposited(session, scene, now)
    give_back(session, scene, november, now)
    file(session, november, now + timedelta(hours=1))
    (told,) = reasons(session, scene).values()
    assert told[0].startswith("déposée de nouveau après un renvoi")


@pytest.mark.usefixtures("known")
def test_hours_that_the_rules_cut_are_looked_at(session: Session, scene: Scene, now: datetime) -> None:
    scene.contract.counting_months = 1
    deposited(session, scene, now)
    deposited(session, scene, now, NOVEMBER + 1)
    told = reasons(session, scene)["décembre 2026"]
    assert "les règles ne retiennent pas toutes les heures de 1 personne" in told


@pytest.mark.usefixtures("known")
def test_an_unread_acceptance_is_of_the_version_that_was_shown(session: Session, scene: Scene, now: datetime) -> None:
    november = deposited(session, scene, now)
    with pytest.raises(Stale):
        services.accept_unread(session, november, expected_version=1, actor=scene.facilitateur, now=now)


@pytest.mark.usefixtures("known")
def test_those_that_are_ticked_are_accepted_and_the_others_told_by_name(
    app: Flask, session: Session, scene: Scene, now: datetime
) -> None:
    november, december = deposited(session, scene, now), deposited(session, scene, now, NOVEMBER + 1)
    session.commit()
    checker = as_checker(app, session, scene)
    page = checker.get(PATH)
    assert page.text.count(" checked") == 0
    assert checker.get(f"{PATH}?cocher=tout").text.count(" checked") == 2
    assert posted(checker, PATH).status_code == 422
    fields = filled(page)
    ticks = [f"{each.reference}:{each.version}" for each in (november, december)]
    give_back(session, scene, december, now)
    session.commit()
    for tick in [*ticks, "inconnue:1"]:
        fields.add("months", tick)
    answers = [post(checker, PATH, fields) for _ in range(2)]
    assert len({answer.location for answer in answers}) == 1
    told = text_of(checker.get(answers[0].location))
    assert "1 déclaration acceptée, 2 non" in told
    assert "Décembre 2026" in told
    assert "déjà renvoyée par Claire Ansel" in told
    assert "1 déclaration n’est plus parmi celles que vous vérifiez" in told
    session.expire_all()
    states = [session.get_one(Declaration, each.id).state for each in (november, december)]
    assert states == [DeclarationState.ACCEPTED, DeclarationState.RETURNED]
    assert session.query(Delta).count() == 2


@pytest.mark.usefixtures("known")
def test_nought_hours_retained_are_told_as_nought(app: Flask, session: Session, scene: Scene, now: datetime) -> None:
    november = deposited(session, scene, now)
    people = (line.participant.matricule or "" for line in november.lines)
    refused = {each.replace("-", "_"): Decision(eligibility=EligibilityState.REFUSED) for each in people}
    accept(session, scene, november, now, **refused)
    with app.test_request_context():
        (told,) = Outcome.read(session, scene.facilitateur, [november.reference]).accepted
    assert told["why"].startswith("0\u202fh retenues")


@pytest.mark.usefixtures("known")
def test_the_desk_says_how_many_wait_together(app: Flask, session: Session, scene: Scene, now: datetime) -> None:
    deposited(session, scene, now)
    deposited(session, scene, now, NOVEMBER + 1)
    with app.test_request_context():
        told = [errand.title for errand in errands_of(session, scene.facilitateur, now)]
    assert "2 déclarations sans remarque à accepter ensemble" in told


NAMES = ("Bonnet", "Faure", "Girard", "Lopez", "Mercier", "Nicolas", "Roussel", "Vidal")


def test_the_page_and_each_acceptance_cost_the_same_whatever_the_people(
    app: Flask,
    session: Session,
    scene: Scene,
    now: datetime,
    sql_count: Callable[[], AbstractContextManager[Statements]],
) -> None:
    checker = as_checker(app, session, scene)
    pages, acceptances = [], []
    for month, names in ((NOVEMBER, NAMES[:1]), (NOVEMBER + 2, NAMES[1:])):
        declaration = opened(session, scene, scene.structure, month)
        for name in names:
            add(session, declaration, person(f"S-{len(name)}{name[0]}1", name), now)
        file(session, declaration, now)
        session.commit()
        with sql_count() as statements:
            assert checker.get(PATH).status_code == 200
        pages.append(statements.count)
        session.expire_all()
        with sql_count() as statements:
            month_as_read = queries.visible(session, scene.facilitateur, declaration.reference)
            services.accept_unread(
                session, month_as_read, expected_version=declaration.version, actor=scene.facilitateur, now=now
            )
        acceptances.append(statements.count)
        session.commit()
    assert pages[0] == pages[1]
    assert acceptances[0] == acceptances[1]
