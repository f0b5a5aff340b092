from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal import journal
from portal.directory import queries
from portal.directory.models import Affiliation, Organisation
from portal.directory.services import accept_affiliation, ask_affiliation, end_affiliation
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import unit_of_work
from portal.vocabulary import OrganisationKind, Role
from tests.directory.organisations import NOW, acting, affiliation, network, organisation

LATER = NOW + timedelta(days=1)


@pytest.fixture
def structure(place: Session) -> Organisation:
    return organisation(place, 1, "Ateliers du Pont")


@pytest.fixture
def coorace(place: Session) -> Organisation:
    return network(place)


def asked(session: Session, structure: Organisation, of: Organisation) -> Affiliation:
    return ask_affiliation(session, structure, of, actor=acting(structure, Role.STRUCTURE), now=NOW)


def events(session: Session, made: Affiliation) -> list[str]:
    return [entry.event for entry in reversed(journal.entries_of(session, "affiliation", made.id))]


def test_asked_accepted_ended_each_with_its_date(
    place: Session, structure: Organisation, coorace: Organisation
) -> None:
    made = asked(place, structure, coorace)
    assert (made.awaits_answer, made.is_member, queries.networks_of(place, structure)) == (True, False, [])
    accept_affiliation(place, made, actor=acting(coorace, Role.NETWORK), now=LATER)
    place.flush()
    assert (made.is_member, made.member_since, made.accepted_by) == (True, date(2026, 12, 4), 7)
    assert [each.network_id for each in queries.networks_of(place, structure)] == [coorace.id]
    assert queries.member_count(place, coorace) == 1
    end_affiliation(place, made, actor=acting(structure, Role.STRUCTURE), now=LATER)
    place.flush()
    assert (made.is_live, made.ended_by_organisation_id) == (False, structure.id)
    assert (queries.networks_of(place, structure), queries.member_count(place, coorace)) == ([], 0)
    assert events(place, made) == ["affiliation.asked", "affiliation.accepted", "affiliation.ended"]


@pytest.mark.parametrize(
    ("side", "event"), [("network", "affiliation.declined"), ("structure", "affiliation.withdrawn")]
)
def test_an_unanswered_request_is_declined_or_withdrawn(
    place: Session, structure: Organisation, coorace: Organisation, side: str, event: str
) -> None:
    made = asked(place, structure, coorace)
    actor = acting(coorace, Role.NETWORK) if side == "network" else acting(structure, Role.STRUCTURE)
    end_affiliation(place, made, actor=actor, now=LATER)
    place.flush()
    assert events(place, made)[-1] == event
    assert asked(place, structure, coorace).id != made.id


def test_one_live_affiliation_per_pair(place: Session, structure: Organisation, coorace: Organisation) -> None:
    asked(place, structure, coorace)
    place.commit()
    with pytest.raises(RuleViolation, match="déjà") as refused:
        asked(place, structure, coorace)
    assert refused.value.field == "network"


def test_what_is_no_network_today_cannot_be_asked(place: Session, structure: Organisation) -> None:
    company = organisation(place, 2, kinds={OrganisationKind.COMPANY: None})
    to_come = organisation(place, 3, kinds={OrganisationKind.NETWORK: date(2027, 1, 1)})
    itself = organisation(place, 4, kinds={OrganisationKind.NETWORK: None, OrganisationKind.EI: None})
    for asking, other in ((structure, company), (structure, to_come), (structure, None), (itself, itself)):
        with pytest.raises(RuleViolation, match="de la liste"):
            ask_affiliation(place, asking, other, actor=acting(asking, Role.STRUCTURE), now=NOW)


def test_only_the_network_accepts_and_only_the_two_sides_end(
    place: Session, structure: Organisation, coorace: Organisation
) -> None:
    made = asked(place, structure, coorace)
    other = network(place, 901, "Autre réseau")
    for actor in (acting(structure, Role.STRUCTURE), acting(other, Role.NETWORK), acting(coorace, Role.MANAGER)):
        with pytest.raises(NotFound):
            accept_affiliation(place, made, actor=actor, now=LATER)
    for actor in (acting(other, Role.NETWORK, Role.STRUCTURE), acting(structure, Role.MANAGER)):
        with pytest.raises(NotFound):
            end_affiliation(place, made, actor=actor, now=LATER)
    with pytest.raises(NotFound):
        ask_affiliation(place, structure, other, actor=acting(structure, Role.MANAGER), now=NOW)


def test_what_is_over_stays_over(place: Session, structure: Organisation, coorace: Organisation) -> None:
    made = affiliation(place, structure, coorace, accepted_at=NOW, ended_at=NOW)
    with pytest.raises(RuleViolation, match="plus de réponse"):
        accept_affiliation(place, made, actor=acting(coorace, Role.NETWORK), now=LATER)
    with pytest.raises(RuleViolation, match="déjà terminée"):
        end_affiliation(place, made, actor=acting(coorace, Role.NETWORK), now=LATER)
    with pytest.raises(NotFound):
        queries.live_affiliation(place, structure, coorace.siret)


def test_both_sides_see_it_live_ones_first(place: Session, structure: Organisation, coorace: Organisation) -> None:
    over = affiliation(place, structure, coorace, ended_at=NOW)
    live = affiliation(place, structure, coorace, asked_at=LATER)
    for side in (structure, coorace):
        assert [each.id for each in queries.affiliations_of(place, side)] == [live.id, over.id]
    assert queries.live_affiliation(place, coorace, structure.siret) == live


def test_two_requests_at_once_make_one(fresh_engine: Engine) -> None:
    with Session(fresh_engine, expire_on_commit=False) as session:
        structure, coorace = organisation(session, 1), network(session)
    start, refused = Barrier(4), []

    def ask() -> None:
        start.wait()
        try:
            with unit_of_work() as session:
                mine = session.get_one(Organisation, structure.id)
                ask_affiliation(
                    session,
                    mine,
                    session.get_one(Organisation, coorace.id),
                    actor=acting(mine, Role.STRUCTURE),
                    now=NOW,
                )
        except RuleViolation as problem:
            refused.append(problem.field)

    _at_once(ask, 4)
    with Session(fresh_engine) as session:
        assert session.scalar(select(func.count()).select_from(Affiliation)) == 1
    assert refused == ["network"] * 3


def _at_once(act: Callable[[], None], times: int) -> None:
    threads = [Thread(target=act) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
