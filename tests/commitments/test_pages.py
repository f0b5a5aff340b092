"""Commitments, pools and penalties as each side reads them."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal.commitments import services
from portal.commitments.facts import Decided, Terms
from portal.contracts.models import Commitment, CommitmentPool, Contract, PenaltyDecision
from portal.declarations import queries
from portal.declarations.models import DeclaredAction
from portal.directory.models import Organisation
from portal.journal.models import JournalEntry
from portal.kernel.actor import SYSTEM
from portal.kernel.errors import Refused, RuleViolation, Stale
from portal.kernel.month import Month
from portal.vocabulary import ActionKind, CommitmentKind, PenaltyOutcome, Role
from tests.accounts.people import text_of
from tests.declarations.sample import (
    NOVEMBER,
    OCTOBER,
    Scene,
    accept,
    acting,
    add,
    confirmed,
    file,
    make_contract,
    opened,
    person,
)
from tests.forecast.pages import filled, post, posted, sign_in
from tests.statements import Statements

Count = Callable[[], AbstractContextManager[Statements]]


def worked(session: Session, scene: Scene, month: Month, hours: str, now: datetime, labour: str | None = None) -> None:
    """A month of the company, accepted."""
    declaration = opened(session, scene, scene.company, month)
    declaration.labour_hours = Decimal(labour) if labour else None
    session.add(DeclaredAction(declaration_id=declaration.id, action=ActionKind.INTERNSHIP, quantity=1))
    add(session, declaration, person(hours=Decimal(hours)), now)
    file(session, declaration, now)
    accept(session, scene, declaration, now, P_1=confirmed())


def promise(session: Session, contract: Contract, *told: tuple[CommitmentKind, str, ActionKind | None]) -> None:
    contract.commitments = [
        Commitment(kind=kind, quantity=Decimal(quantity), action=action) for kind, quantity, action in told
    ]
    session.commit()


def page(client: FlaskClient, contract: Contract, below: str = "") -> str:
    return text_of(client.get(f"/marches/{contract.reference}{below}"))


# Each kind


def test_each_kind_is_shown_with_its_formula_and_where_it_stands(
    client: FlaskClient, session: Session, scene: Scene, now: datetime
) -> None:
    worked(session, scene, OCTOBER, "100", now, labour="2000")
    worked(session, scene, NOVEMBER, "50", now)
    scene.contract.training_cap_percent = 20
    promise(
        session,
        scene.contract,
        (CommitmentKind.FIXED_HOURS, "1200", None),
        (CommitmentKind.LABOUR_SHARE, "7.5", None),
        (CommitmentKind.HOURS_PER_K, "1", None),
        (CommitmentKind.ACTIONS, "3", ActionKind.INTERNSHIP),
    )
    assert queries.promised_of(session, [scene.contract]) == {scene.contract.id: Decimal(1350)}
    sign_in(client, session, scene.buyer.id)
    told = page(client, scene.contract)
    for words in (
        "7,50 % × 2 000 h de main-d’œuvre, mois acceptés = 150 h",
        "1 h × 0 € HT commandés ÷ 1 000 € = 0 h",
        "2 faits sur 3, dans les mois acceptés",
        "150 h retenues sur 1 350 h promises",
        "il reste 1 200 h",
        "1 mois accepté sans heures de main-d’œuvre",
        "Plafond de formation (20 % des heures retenues) : il n’a rien écarté",
        "150 h retenues à fin novembre 2026, sur 1 350 h promises",
    ):
        assert words in told, words
    assert "1 350 h" in text_of(client.get("/marches"))


def test_training_that_the_cap_left_out_is_told(
    client: FlaskClient, session: Session, scene: Scene, now: datetime
) -> None:
    scene.contract.training_cap_percent = 20
    declaration = opened(session, scene, scene.company, OCTOBER)
    line = add(session, declaration, person(), now)
    line.training_hours = Decimal(60)
    file(session, declaration, now)
    accept(session, scene, declaration, now, P_1=confirmed())
    session.commit()
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    assert "Plafond de formation (20 % des heures retenues) : 50 h au-delà, non retenues." in page(
        client, scene.contract
    )


def test_labour_of_a_month_taken_back_promises_nothing(session: Session, scene: Scene, now: datetime) -> None:
    worked(session, scene, OCTOBER, "100", now, labour="2000")
    promise(session, scene.contract, (CommitmentKind.LABOUR_SHARE, "5", None))
    curve = queries.months_of(session, scene.contract)
    assert {each.promised_to_date for each in curve} == {Decimal(100)}
    opened(session, scene, scene.company, OCTOBER).state = opened(session, scene, scene.company).state
    session.flush()
    assert queries.promised_of(session, [scene.contract]) == {scene.contract.id: Decimal(0)}


# Pools


@pytest.fixture
def other(session: Session, scene: Scene, now: datetime) -> Contract:
    """Another contract of the buyer, held by the structure alone, which promises 1 200 h too."""
    return make_contract(session, now, scene.buyer, (scene.structure,), number="2026-T02")


def pooled(session: Session, scene: Scene, *contracts: Contract) -> CommitmentPool:
    pool = services.open_pool(session, scene.buyer.id, "Voirie", None, actor=SYSTEM, now=scene.contract.created_at)
    services.add_to_pool(
        session, pool, contracts, expected_version=pool.version, actor=SYSTEM, now=scene.contract.created_at
    )
    session.commit()
    return pool


def test_a_pool_is_made_filled_and_emptied(
    client: FlaskClient, session: Session, scene: Scene, other: Contract, now: datetime
) -> None:
    worked(session, scene, OCTOBER, "100", now)
    session.commit()
    sign_in(client, session, scene.buyer.id)
    assert "Le mutualiser avec d’autres marchés" in page(client, scene.contract)
    made = posted(client, "/mutualisations/nouvelle", name="Voirie 2026", note="Convention du 5 janvier.")
    assert made.status_code == 302
    assert posted(client, "/mutualisations/nouvelle", name="Voirie 2026").status_code == 422
    join = made.location.removeprefix("http://localhost")
    assert "2026-T02" in text_of(client.get(join))
    assert posted(client, join, added=[str(scene.contract.id), str(other.id)]).status_code == 302
    assert "Aucun de vos marchés en cours n’est libre" in text_of(client.get(join))
    shown = text_of(client.get(join.removesuffix("/ajouter")))
    for words in ("100 h retenues sur 2 400 h promises : il reste 2 300 h", "2026-T01", "2026-T02", "Ensemble"):
        assert words in shown, words
    assert "est tenu avec d’autres marchés : Voirie 2026" in page(client, other)
    edit = join.removesuffix("/ajouter") + "/modifier"
    assert posted(client, edit, name="Voirie", kept=[str(other.id)]).status_code == 302
    session.expire_all()
    assert (scene.contract.pool_id, other.pool is not None) == (None, True)
    events = session.scalars(select(JournalEntry.event).where(JournalEntry.object_type == "commitment_pool")).all()
    assert events == ["contract.pool_set"] * 3


def test_titulaires_of_a_pool_see_the_total_and_their_own(
    client: FlaskClient, session: Session, scene: Scene, other: Contract
) -> None:
    pool = pooled(session, scene, scene.contract, other)
    for who, seen in ((scene.company, {"2026-T01"}), (scene.structure, {"2026-T01", "2026-T02"})):
        sign_in(client, session, who.id, Role.TITULAIRE)
        shown = text_of(client.get(f"/mutualisations/{pool.reference}"))
        assert "sur 2 400 h promises" in shown
        assert {number for number in ("2026-T01", "2026-T02") if number in shown} == seen
        assert "Voirie" in text_of(client.get("/mutualisations"))
        assert client.get(f"/mutualisations/{pool.reference}/modifier").status_code == 403


def test_strangers_see_no_pool(client: FlaskClient, session: Session, scene: Scene, other: Contract) -> None:
    pool = pooled(session, scene, other)
    for who, role in ((scene.company, Role.TITULAIRE), (scene.facilitation, Role.FACILITATEUR)):
        sign_in(client, session, who.id, role)
        assert client.get(f"/mutualisations/{pool.reference}").status_code == 404
        assert "Voirie" not in text_of(client.get("/mutualisations"))


def test_a_contract_is_in_one_pool_of_its_buyer(session: Session, scene: Scene, other: Contract, now: datetime) -> None:
    pool = pooled(session, scene, other)
    second = services.open_pool(session, scene.buyer.id, "Bâtiment", None, actor=SYSTEM, now=now)
    elsewhere = make_contract(session, now, scene.facilitation, (scene.structure,), number="X")
    for contract in (other, elsewhere):
        with pytest.raises(RuleViolation) as refused:
            services.add_to_pool(session, second, [contract], expected_version=second.version, actor=SYSTEM, now=now)
        assert refused.value.field == "added"
    with pytest.raises(Refused):
        services.open_pool(session, scene.buyer.id, "Z", None, actor=acting(scene.buyer, Role.LEGAL), now=now)
    with pytest.raises(Stale):
        services.add_to_pool(session, pool, [scene.contract], expected_version=1, actor=SYSTEM, now=now)


def test_pages_of_pools_take_the_same_statements_whatever_there_is(
    client: FlaskClient, session: Session, scene: Scene, now: datetime, sql_count: Count
) -> None:
    pool = pooled(session, scene, scene.contract)
    sign_in(client, session, scene.buyer.id)
    paths = ("/mutualisations", f"/mutualisations/{pool.reference}", f"/mutualisations/{pool.reference}/ajouter")

    def costs() -> list[int]:
        found = []
        for path in paths:
            session.expunge_all()
            with sql_count() as statements:
                assert client.get(path).status_code == 200
            found.append(statements.count)
        return found

    few = costs()
    for number in range(12):
        made = make_contract(session, now, scene.buyer, (scene.structure, scene.company), number=f"{number}")
        if number % 2:
            made.pool_id = pool.id
    session.commit()
    many = costs()
    assert many[:2] == few[:2]
    assert many[2] <= few[2] + 2, "the titulaires of those found"
    assert max(many) <= 16


# Penalties

TERMS = Terms(Decimal(60), Decimal(100), 20)


@pytest.fixture
def penalised(session: Session, scene: Scene, now: datetime) -> Contract:
    """A contract of 120 000 €, of which November alone is due on 15 December."""
    scene.contract.amount = Decimal(120_000)
    version = scene.contract.version
    services.set_terms(session, scene.contract, TERMS, expected_version=version, actor=SYSTEM, now=now)
    worked(session, scene, OCTOBER, "40", now)
    session.commit()
    return scene.contract


def decide(client: FlaskClient, contract: Contract, outcome: PenaltyOutcome, **typed: str) -> int:
    typed = {"reason": "Relances restées sans réponse.", "outcome": outcome.value} | typed
    path = f"/marches/{contract.reference}/penalites"
    shown = client.get(path)
    fields = filled(shown)
    for name, value in typed.items():
        fields.setlist(name, [value])
    return post(client, path, fields).status_code


def test_penalties_are_simulated_written_out_and_decided(
    client: FlaskClient, session: Session, scene: Scene, penalised: Contract
) -> None:
    sign_in(client, session, scene.buyer.id, Role.LEGAL)
    told = page(client, penalised, "/penalites")
    for words in (
        "Simulation, rien n’est appliqué.",
        "Heures manquantes : 100 h dues à fin octobre 2026 − 40 h retenues = 60 h.",
        "Heures : 60 h × 60 € = 3 600 €.",
        "Plafond : 20 % × 120 000 € = 24 000 €, non atteint.",
        "1 100 h ne sont pas encore dues le 3 décembre 2026",
        "Rien n’a été décidé.",
    ):
        assert words in told, words
    assert decide(client, penalised, PenaltyOutcome.REDUCED, decided_amount="9 999") == 422
    assert decide(client, penalised, PenaltyOutcome.WAIVED, reason="") == 422
    assert decide(client, penalised, PenaltyOutcome.WAIVED, shown="1") == 422
    assert decide(client, penalised, PenaltyOutcome.REDUCED, decided_amount="1 000,50") == 302
    kept = session.scalars(select(PenaltyDecision)).one()
    assert (kept.simulated, kept.amount) == (Decimal(3600), Decimal("1000.5"))
    assert "60 h × 60 € = 3 600 €" in kept.formula.replace("\u202f", " ")
    assert "Pénalité réduite : 1 000,50 €" in page(client, penalised, "/penalites")
    kept.reason = "Autre."
    with pytest.raises(DatabaseError):
        session.flush()


def test_a_day_is_asked_for_and_an_odd_one_answered(
    client: FlaskClient, session: Session, scene: Scene, penalised: Contract
) -> None:
    sign_in(client, session, scene.buyer.id)
    early = page(client, penalised, "/penalites?jour=02/11/2026")
    assert "aucun mois n’était encore dû ce jour-là" in early
    for odd in ("hier", "31/02/2026", "%00", "2031-01-01", ""):
        assert client.get(f"/marches/{penalised.reference}/penalites?jour={odd}").status_code == 200


def test_late_days_count_after_a_notice(
    client: FlaskClient, session: Session, scene: Scene, penalised: Contract, now: datetime
) -> None:
    opened(session, scene, scene.structure, OCTOBER).due_on = date(2026, 11, 10)
    session.commit()
    sign_in(client, session, scene.buyer.id)
    told = page(client, penalised, "/penalites")
    assert f"octobre 2026 ({scene.structure.name}) : 23 jours de retard sans mise en demeure." in told
    decided = Decided(PenaltyOutcome.NOTICE, "Relances sans réponse.", now.date(), Decimal(3600))
    version, earlier = penalised.version, now - timedelta(4)
    services.decide(session, penalised, decided, expected_version=version, actor=SYSTEM, now=earlier)
    session.commit()
    told = page(client, penalised, "/penalites")
    assert "Retard : 4 jours après mise en demeure × 100 € = 400 €." in told
    assert "19 jours de retard avant la mise en demeure." in told


def test_titulaires_read_notices_and_claims_and_nothing_else(
    client: FlaskClient, session: Session, scene: Scene, penalised: Contract
) -> None:
    sign_in(client, session, scene.buyer.id)
    assert decide(client, penalised, PenaltyOutcome.WAIVED, reason="Un sinistre les a arrêtés.") == 302
    assert decide(client, penalised, PenaltyOutcome.CLAIMED, reason="Aucun moyen n’a été mis.") == 302
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    told = page(client, penalised)
    assert "Pénalité réclamée : 3 600 € « Aucun moyen n’a été mis. »" in told
    assert "sinistre" not in told
    assert client.get(f"/marches/{penalised.reference}/penalites").status_code == 404


@pytest.mark.parametrize(
    ("organisation", "role", "status", "decides"),
    [
        ("buyer", Role.PURCHASING, 200, True),
        ("buyer", Role.LEGAL, 200, True),
        ("buyer", Role.DIRECTION, 200, False),
        ("buyer", Role.PRESCRIPTEUR, 404, False),
        ("facilitation", Role.FACILITATEUR, 200, False),
        ("structure", Role.STRUCTURE, 404, False),
    ],
)
def test_who_reads_and_who_decides(
    client: FlaskClient,
    session: Session,
    scene: Scene,
    penalised: Contract,
    organisation: str,
    role: Role,
    status: int,
    decides: bool,
) -> None:
    who: Organisation = getattr(scene, organisation)
    sign_in(client, session, who.id, role)
    answer = client.get(f"/marches/{penalised.reference}/penalites")
    assert answer.status_code == status
    assert ("Enregistrer la décision" in answer.text) == decides
    with nullcontext() if decides else pytest.raises(Refused):
        services.set_terms(
            session,
            penalised,
            TERMS,
            expected_version=penalised.version,
            actor=acting(who, role),
            now=penalised.created_at,
        )


def test_terms_are_typed_and_taken_back(client: FlaskClient, session: Session, scene: Scene) -> None:
    sign_in(client, session, scene.buyer.id, Role.LEGAL)
    path = f"/marches/{scene.contract.reference}/penalites"
    assert "n’est pas saisie" in text_of(client.get(path))
    assert posted(client, f"{path}/regles", cap_percent="20").status_code == 422
    assert posted(client, f"{path}/regles", per_hour="60", cap_percent="101").status_code == 422
    assert posted(client, f"{path}/regles", per_hour="60", cap_percent="20").status_code == 302
    assert filled(client.get(f"{path}/regles"))["per_hour"] == "60"
    assert posted(client, f"{path}/regles", per_hour="", cap_percent="").status_code == 302
    assert "n’est pas saisie" in text_of(client.get(path))


def test_the_simulation_takes_a_fixed_number_of_statements(
    client: FlaskClient,
    session: Session,
    scene: Scene,
    penalised: Contract,
    other: Contract,
    now: datetime,
    sql_count: Count,
) -> None:
    sign_in(client, session, scene.buyer.id)
    pooled(session, scene, penalised)

    def cost() -> int:
        session.expunge_all()
        with sql_count() as statements:
            client.get(f"/marches/{penalised.reference}/penalites")
        return statements.count

    few = cost()
    fresh = session.get_one(Contract, other.id)
    fresh.pool_id = session.scalars(select(CommitmentPool.id)).one()
    session.commit()
    decide(client, penalised, PenaltyOutcome.WAIVED)
    assert cost() <= few + 2 <= 32, "the titulaires' organisations and the suspensions of the pool, loaded together"
