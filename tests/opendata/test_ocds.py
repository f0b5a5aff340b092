"""The forecast in OCDS: valid, true, and the same tomorrow as today."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.contracts.facts import HeldBy
from portal.directory.models import Organisation
from portal.forecast import services
from portal.forecast.facts import AwardFacts, LeverChoice, LotFacts, ProjectFacts
from portal.forecast.models import Project
from portal.kernel.actor import Actor
from portal.kernel.period import PlannedPeriod
from portal.opendata.api.vocabularies import PUBLIC_STATES
from portal.vocabulary import (
    AmountBand,
    Confidence,
    DecpGroupement,
    Lever,
    LeverState,
    OrganisationSource,
    PlannedPrecision,
    Procedure,
    ProjectState,
    PurchaseFamily,
    Reservation,
    Trade,
)
from tests.forecast.sample import NOW, PROJECT, lot_facts, make_project, purchaser
from tests.opendata.described import faults
from tests.opendata.standard import Standard

Document = dict[str, Any]


@pytest.fixture(scope="module")
def standard(shared_data: Path) -> Standard:
    return Standard(shared_data)


@pytest.fixture
def actor(buyer_id: int) -> Actor:
    return purchaser(buyer_id)


class Story:
    """One project lived through, a day between two acts."""

    def __init__(self, session: Session, buyer_id: int, *lots: LotFacts) -> None:
        self._session = session
        self._actor = purchaser(buyer_id)
        self._now = NOW
        self.project = make_project(session, buyer_id, *lots)

    def act(self, service: Callable[..., Any], *arguments: Any, **more: Any) -> None:
        self._now += timedelta(days=1)
        version = {} if service is services.add_lot else {"expected_version": self._of(arguments).version}
        service(self._session, *arguments, **version, **more, actor=self._actor, now=self._now)
        self._session.flush()

    def _of(self, arguments: Sequence[Any]) -> Any:
        return arguments[1] if service_of_lot(arguments) else arguments[0]

    def postponed(self, number: int) -> None:
        lot = self.project.lot_numbered(number)
        assert lot is not None
        later = PlannedPeriod(date(2027, 10, 1), PlannedPrecision.QUARTER)
        self.act(services.revise_lot, lot, replace(lot.facts, planned=later), reason="Le diagnostic n’est pas rendu.")

    def opened(self) -> None:
        self.act(services.open_tender, self.project, url="https://profil.example/7", offers_due_on=date(2027, 1, 15))

    def corrected(self) -> None:
        self.act(
            services.correct_tender,
            self.project,
            url="https://profil.example/7",
            offers_due_on=date(2027, 1, 29),
            reason="Une semaine de plus.",
        )

    def awarded(self, number: int, *holders: int) -> None:
        lot = self.project.lot_numbered(number)
        facts = AwardFacts(
            number=f"2026-{number}",
            notified_on=(self._now + timedelta(days=1)).date(),
            titulaires=tuple(HeldBy(organisation_id=held, is_mandataire=not n) for n, held in enumerate(holders)),
            promised_hours=Decimal(1200),
            groupement=DecpGroupement.CONJOINT if len(holders) > 1 else None,
        )
        self.act(services.award_lot, self.project, lot, facts)

    def closed(self, number: int) -> None:
        self.act(services.close_lot, self.project, self.project.lot_numbered(number), reason="Aucune offre.")

    def dropped(self) -> None:
        self.act(services.drop, self.project, reason="Le besoin a disparu.")


def service_of_lot(arguments: Sequence[Any]) -> bool:
    return len(arguments) > 1 and not isinstance(arguments[1], LotFacts)


def package_of(client: FlaskClient, session: Session, project: Project) -> Document:
    session.commit()
    answer = client.get(f"/opendata/ocds/{project.reference}.json")
    assert answer.status_code == 200, answer.text
    told: Document = answer.get_json()
    return told


def a_structure(session: Session, rank: int) -> int:
    structure = Organisation(
        siret=f"{20_000_000_000_000 + rank}", source=OrganisationSource.PORTAL, created_at=NOW, updated_at=NOW
    )
    structure.call(f"Les Ateliers {rank}", None)
    session.add(structure)
    session.flush()
    return structure.id


@pytest.fixture
def story(session: Session, buyer_id: int) -> Story:
    ess = LeverChoice(Lever.RESERVED, LeverState.ENVISAGED, reservation=Reservation.ESS)
    return Story(session, buyer_id, lot_facts(title="Écoles"), lot_facts(title="Gymnases", levers=(ess,)))


def test_each_public_act_is_a_release(story: Story, client: FlaskClient, session: Session, standard: Standard) -> None:
    story.postponed(2)
    story.opened()
    story.corrected()
    story.awarded(1, a_structure(session, 1), a_structure(session, 2))
    story.closed(2)
    package = package_of(client, session, story.project)
    releases = package["releases"]
    ocid = f"ocds-amont0-{story.project.reference}"

    assert [release["tag"][0] for release in releases] == [
        "planning",
        "planningUpdate",
        "tender",
        "tenderAmendment",
        "award",
        "tenderUpdate",
        "tenderUpdate",
    ]
    assert [release["id"] for release in releases[:-1]] == [f"{ocid}-{rank:04}" for rank in range(1, 7)]
    assert {release["ocid"] for release in releases} == {ocid}
    assert [release["date"] for release in releases] == sorted(release["date"] for release in releases)
    [amendment] = releases[1]["tender"]["amendments"]
    assert amendment["rationale"] == "Le diagnostic n’est pas rendu."
    assert "4ᵉ trimestre 2027" in amendment["description"]
    assert amendment["relatedLots"] == ["2"]
    last = releases[-1]
    assert last["tender"]["status"] == "complete"
    assert [lot["status"] for lot in last["tender"]["lots"]] == ["complete", "cancelled"]
    assert [held["name"] for held in last["awards"][0]["suppliers"]] == ["Les Ateliers 1", "Les Ateliers 2"]
    assert {party["name"]: party["roles"] for party in last["parties"]}["Les Ateliers 1"] == ["supplier"]
    assert standard.problems(package) == []


def test_a_lot_reserved_by_decision_says_so_and_an_idea_does_not(
    story: Story, client: FlaskClient, session: Session
) -> None:
    tender = package_of(client, session, story.project)["releases"][-1]["tender"]

    assert tender["lots"][0]["otherRequirements"] == {"reservedParticipation": ["shelteredWorkshop"]}
    assert "otherRequirements" not in tender["lots"][1]
    assert "otherRequirements" not in tender
    assert "Réservé à l’économie sociale et solidaire (L2113-15), envisagé" in tender["lots"][1]["description"]
    assert tender["items"][0]["classification"] == {
        "scheme": "CPV",
        "id": "90919300-5",
        "description": "Services de nettoyage des écoles",
    }
    assert tender["lots"][0]["value"] == {"amount": 480000, "currency": "EUR"}
    assert tender["lots"][0]["tenderPeriod"]["startDate"] == "2027-04-01T00:00:00+02:00"


def test_what_an_identifier_says_never_changes(story: Story, client: FlaskClient, session: Session) -> None:
    told: dict[str, Document] = {}
    steps: list[Callable[[], None]] = [
        lambda: None,
        lambda: story.postponed(1),
        story.opened,
        story.corrected,
        lambda: story.closed(1),
    ]
    for step in steps:
        step()
        for release in package_of(client, session, story.project)["releases"]:
            assert told.setdefault(release["id"], release) == release


@pytest.mark.parametrize("opened", [False, True])
def test_giving_up_is_a_cancellation_with_its_reason(
    opened: bool, story: Story, client: FlaskClient, session: Session, standard: Standard
) -> None:
    if opened:
        story.opened()
    story.dropped()
    package = package_of(client, session, story.project)
    act, last = package["releases"][-2:]

    assert (act["tag"], last["tag"]) == (["tenderCancellation"], ["tenderCancellation"])
    assert act["tender"]["amendments"][0]["rationale"] == "Le besoin a disparu."
    assert last["tender"]["status"] == "cancelled"
    assert standard.problems(package) == []


def test_libcoveocds_finds_nothing_wrong(
    story: Story, client: FlaskClient, session: Session, standard: Standard
) -> None:
    story.postponed(1)
    story.opened()
    story.awarded(1, a_structure(session, 1))
    told = standard.reviewed(package_of(client, session, story.project))

    assert told["validation_errors"] == []
    assert told["additional_checks"] == {}
    assert told.get("additional_closed_codelist_values", {}) == {}
    assert told.get("additional_open_codelist_values", {}) == {}
    assert [field["field"] for field in told["additional_fields"]] == []
    assert told["deprecated_fields"] == []


def test_the_whole_is_read_page_by_page(
    client: FlaskClient, session: Session, buyer_id: int, standard: Standard
) -> None:
    references = [make_project(session, buyer_id).reference for _ in range(5)]
    session.commit()
    path, seen = "/opendata/ocds.json?limit=2", []
    while path:
        package: Document = client.get(path).get_json()
        assert standard.problems(package) == []
        seen += [release["ocid"] for release in package["releases"] if release["id"].endswith("-0001")]
        path = package.get("links", {}).get("next", "").removeprefix("http://127.0.0.1:8000")

    assert seen == [f"ocds-amont0-{reference}" for reference in references]


def test_an_empty_portal_has_no_package(client: FlaskClient) -> None:
    answer = client.get("/opendata/ocds.json")

    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40)
_AMOUNTS = st.none() | st.decimals(0, 90_000_000, places=2)
_PERIODS = st.builds(PlannedPeriod, st.dates(date(2027, 1, 1), date(2031, 12, 31)), st.sampled_from(PlannedPrecision))
_LEVERS = st.sampled_from(Lever).flatmap(
    lambda lever: st.builds(
        LeverChoice,
        st.just(lever),
        st.sampled_from(LeverState),
        reservation=st.sampled_from(Reservation) if lever is Lever.RESERVED else st.none(),
        weight_percent=st.none() | st.integers(0, 100),
        reason=st.none() | _WORDS,
    )
)


@st.composite
def _lots(draw: st.DrawFn) -> LotFacts:
    low, high = draw(_AMOUNTS), draw(_AMOUNTS)
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
    return LotFacts(
        trade=draw(st.sampled_from(Trade)),
        planned=draw(_PERIODS),
        confidence=draw(st.sampled_from(Confidence)),
        title=draw(st.none() | _WORDS),
        description=draw(st.none() | _WORDS),
        cpv_code=draw(st.sampled_from([None, "90919200", "85312000"])),
        execution=draw(st.none() | _PERIODS),
        duration_months=draw(st.none() | st.integers(1, 200)),
        amount_low=low,
        amount_high=high,
        amount_band=draw(st.none() | st.sampled_from(AmountBand)),
        hours_wanted=draw(st.none() | st.decimals(0, 100_000, places=2)),
        whole_territory=draw(st.booleans()),
        commune_codes=tuple(draw(st.sets(st.sampled_from(["33001", "33002", "33005"])))),
        levers=tuple({choice.lever: choice for choice in draw(st.lists(_LEVERS, max_size=4))}.values()),
    )


_PROJECTS = st.builds(
    replace,
    st.just(PROJECT),
    title=_WORDS,
    summary=st.none() | _WORDS,
    family=st.sampled_from(PurchaseFamily),
    procedure=st.none() | st.sampled_from(Procedure),
    reply_days=st.none() | st.integers(1, 365),
    lots_per_candidate=st.none() | st.integers(1, 9),
    contact_email=st.none() | _WORDS,
)


@dataclass(frozen=True)
class Told:
    """A project as it might be stored, whatever the forms let through."""

    facts: ProjectFacts
    lots: list[LotFacts]
    state: ProjectState
    offers_due_on: date | None
    is_whole: bool


_TOLD = st.builds(
    Told,
    facts=_PROJECTS,
    lots=st.lists(_lots(), min_size=1, max_size=3),
    state=st.sampled_from(PUBLIC_STATES),
    offers_due_on=st.none() | st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    is_whole=st.booleans(),
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=_TOLD)
def test_whatever_a_project_says_its_answers_are_valid(
    told: Told, client: FlaskClient, session: Session, buyer_id: int, standard: Standard
) -> None:
    with session.begin_nested() as undone:
        project = _stored(session, buyer_id, told)
        package = client.get(f"/opendata/ocds/{project.reference}.json").get_json()
        document = client.get(f"/api/v1/projects/{project.reference}").get_json()
        undone.rollback()
        session.expire_all()

    assert standard.problems(package) == []
    assert _empty(package["releases"]) == []
    assert faults("ProjectWithHistory", document) == []


def _stored(session: Session, buyer_id: int, told: Told) -> Project:
    project = make_project(session, buyer_id, *(lot_facts(title=str(n)) for n, _ in enumerate(told.lots)))
    project.tell(told.facts)
    for lot, facts in zip(project.lots, told.lots, strict=True):
        lot.tell(facts)
    if told.is_whole and len(told.lots) == 1:
        project.lots[0].number = 0
    project.state, project.offers_due_on = told.state, told.offers_due_on
    session.flush()
    return project


def _empty(value: Any, path: str = "") -> list[str]:
    """Where something is said that says nothing."""
    if isinstance(value, dict):
        return [found for key, each in value.items() for found in _empty(each, f"{path}/{key}")] or (
            [] if value else [path]
        )
    if isinstance(value, list):
        return [found for n, each in enumerate(value) for found in _empty(each, f"{path}/{n}")] or (
            [] if value else [path]
        )
    return [path] if value is None or (isinstance(value, str) and not value.strip()) else []
