"""A lot's consultation ends once: with a contract, or with none; the public reads how, and the list forgets the lot."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.contracts.facts import HeldBy
from portal.contracts.models import Contract
from portal.forecast import queries, services
from portal.forecast.facts import AwardFacts
from portal.forecast.listing import rebuild
from portal.forecast.models import Award, Listing, ListingTally, Project, Revision
from portal.journal.models import JournalEntry
from portal.kernel.errors import NotFound, PortalError, Refused, RuleViolation, Stale
from portal.kernel.month import Month
from portal.storage import reading, unit_of_work
from portal.vocabulary import DecpGroupement, LotOutcome, OrganisationKind, ProjectState, Reservation, Role
from tests.accounts.people import new_organisation
from tests.forecast.sample import NOW, lot_facts, make_buyer, make_country, make_project, purchaser

TODAY = NOW.date()


def structure(session: Session, number: int = 1) -> int:
    return new_organisation(session, NOW, number, OrganisationKind.EI).id


def in_tender(session: Session, buyer_id: int, *titles: str) -> Project:
    """A project of these lots whose consultation runs."""
    lots = [lot_facts(title=title) for title in titles] or [lot_facts()]
    project = make_project(session, buyer_id, *lots, now=NOW - timedelta(40))
    services.open_tender(
        session,
        project,
        url="https://marches.exemple.fr/42",
        offers_due_on=TODAY - timedelta(5),
        expected_version=project.version,
        actor=purchaser(buyer_id),
        now=NOW - timedelta(30),
    )
    return project


def award_facts(*held: int, **changed: Any) -> AwardFacts:
    several = len(held) > 1
    facts: dict[str, Any] = {
        "number": "2026E014",
        "notified_on": TODAY,
        "titulaires": tuple(
            HeldBy(organisation_id=id_, is_mandataire=several and rank == 0) for rank, id_ in enumerate(held)
        ),
        "amount": Decimal("412000.50"),
        "duration_months": 24,
        "promised_hours": Decimal(24000),
        "groupement": DecpGroupement.CONJOINT if several else None,
    }
    return AwardFacts(**facts | changed)


def award(session: Session, project: Project, number: int, facts: AwardFacts, **changed: Any) -> Contract:
    lot = queries.lot_of(project, number)
    given: dict[str, Any] = {
        "expected_version": lot.version,
        "actor": purchaser(project.buyer_id),
        "now": NOW,
    } | changed
    return services.award_lot(session, project, lot, facts, **given)


def close(
    session: Session, project: Project, number: int, reason: str | None = "Aucune offre.", **changed: Any
) -> None:
    lot = queries.lot_of(project, number)
    given: dict[str, Any] = {
        "expected_version": lot.version,
        "actor": purchaser(project.buyer_id),
        "now": NOW,
    } | changed
    services.close_lot(session, project, lot, reason=reason, **given)


def state(project: Project) -> ProjectState:
    return project.state


def told(session: Session, project: Project) -> list[str]:
    return [revision.field for revision in reversed(queries.history(session, project))]


def test_a_lot_awarded_makes_the_contract_it_announced(session: Session, buyer_id: int) -> None:
    project, holder = in_tender(session, buyer_id), structure(session)
    contract = award(session, project, 1, award_facts(holder))
    session.expire_all()
    assert contract.reference == "metropole-des-deux-rives-2026e014"
    assert (contract.object, contract.trade, contract.cpv_code) == (project.title, lot_facts().trade, "90919300")
    assert (contract.is_reserved, contract.reservation) == (True, Reservation.INSERTION)
    assert (contract.amount, contract.promised_hours) == (Decimal("412000.50"), Decimal(24000))
    assert contract.ends_on == date(2028, 12, 2)
    assert (contract.first_month, contract.last_month) == (Month(2026, 12), Month(2028, 12))
    assert [held.organisation_id for held in contract.titulaires] == [holder]
    lot = project.lots[0]
    assert lot.award is not None
    assert (lot.award.contract_id, lot.award.decided_on, lot.award.promised_hours) == (
        contract.id,
        TODAY,
        Decimal(24000),
    )


def test_the_last_lot_awarded_ends_the_project(session: Session, buyer_id: int) -> None:
    project, holder = in_tender(session, buyer_id, "rive droite", "rive gauche"), structure(session)
    award(session, project, 1, award_facts(holder))
    assert state(project) is ProjectState.IN_TENDER
    award(session, project, 2, award_facts(holder, number="2026E015"))
    assert state(project) is ProjectState.AWARDED
    assert told(session, project)[-3:] == ["lot_awarded", "lot_awarded", "awarded"]
    events = session.scalars(select(JournalEntry.event).order_by(JournalEntry.id)).all()
    assert events.count("lot.awarded") == events.count("contract.created") == 2
    assert events.count("project.awarded") == 1


def test_a_project_of_one_lot_tells_its_award_once(session: Session, buyer_id: int) -> None:
    project = in_tender(session, buyer_id)
    award(session, project, 1, award_facts(structure(session)))
    assert told(session, project)[-1:] == ["lot_awarded"]
    assert state(project) is ProjectState.AWARDED


def test_a_groupement_is_told_with_its_mandataire_first(session: Session, buyer_id: int) -> None:
    project, members = in_tender(session, buyer_id), [structure(session, number) for number in (1, 2)]
    contract = award(session, project, 1, award_facts(*members))
    assert contract.groupement is DecpGroupement.CONJOINT
    assert contract.mandataire is not None
    assert contract.mandataire.organisation_id == members[0]
    last = session.scalars(select(Revision).order_by(Revision.id.desc())).first()
    assert last is not None
    assert last.after == "Les Ateliers du Pont 1 (mandataire), Les Ateliers du Pont 2"


def test_a_lot_without_outcome_stays_on_the_list_and_the_tally_stays_true(session: Session, buyer_id: int) -> None:
    project = in_tender(session, buyer_id, "rive droite", "rive gauche")
    award(session, project, 2, award_facts(structure(session)))
    assert session.scalars(select(Listing.lot_id)).all() == [project.lots[0].id]
    kept = tally(session)
    rebuild(session)
    assert tally(session) == kept
    assert kept["total", ""] == 1


def tally(session: Session) -> dict[tuple[str, str], int]:
    rows = session.execute(select(ListingTally.facet, ListingTally.value, ListingTally.count))
    return {(facet, value): count for facet, value, count in rows if count}


def test_without_any_contract_the_project_is_dropped_with_its_reason(session: Session, buyer_id: int) -> None:
    project = in_tender(session, buyer_id, "rive droite", "rive gauche")
    close(session, project, 1)
    assert state(project) is ProjectState.IN_TENDER
    close(session, project, 2, "Offres inacceptables.")
    assert state(project) is ProjectState.DROPPED
    assert session.scalar(select(func.count()).select_from(Contract)) == 0
    assert told(session, project)[-3:] == ["lot_unsuccessful", "lot_unsuccessful", "dropped"]


def test_one_lot_awarded_and_the_other_without_follow_up_make_an_awarded_project(
    session: Session, buyer_id: int
) -> None:
    project = in_tender(session, buyer_id, "rive droite", "rive gauche")
    award(session, project, 1, award_facts(structure(session)))
    close(session, project, 2)
    assert state(project) is ProjectState.AWARDED


def test_closing_says_why(session: Session, buyer_id: int) -> None:
    project = in_tender(session, buyer_id)
    with pytest.raises(RuleViolation) as refused:
        close(session, project, 1, reason=None)
    assert refused.value.field == "reason"


@pytest.mark.parametrize("end", [award, close])
def test_what_has_ended_does_not_end_again(session: Session, buyer_id: int, end: Callable[..., Any]) -> None:
    project, holder = in_tender(session, buyer_id, "rive droite", "rive gauche"), structure(session)
    award(session, project, 1, award_facts(holder))
    with pytest.raises(RuleViolation, match="cela ne se refait pas"):
        end(session, project, 1, *([award_facts(holder, number="autre")] if end is award else []))


@pytest.mark.parametrize("state", ["draft", "published", "dropped"])
def test_only_a_running_consultation_ends(session: Session, buyer_id: int, state: str) -> None:
    project = make_project(session, buyer_id, published=state != "draft")
    if state == "dropped":
        services.drop(
            session, project, reason="Budget.", expected_version=project.version, actor=purchaser(buyer_id), now=NOW
        )
    with pytest.raises(RuleViolation, match="quand sa consultation est ouverte"):
        award(session, project, 1, award_facts(structure(session)))
    with pytest.raises(RuleViolation, match="quand sa consultation est ouverte"):
        close(session, project, 1)


def test_a_project_that_made_a_contract_is_not_dropped_whole(session: Session, buyer_id: int) -> None:
    project = in_tender(session, buyer_id, "rive droite", "rive gauche")
    award(session, project, 1, award_facts(structure(session)))
    with pytest.raises(RuleViolation, match="sans suite chacun des autres"):
        services.drop(
            session, project, reason="Budget.", expected_version=project.version, actor=purchaser(buyer_id), now=NOW
        )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"notified_on": TODAY + timedelta(1)}, "notified_on"),
        ({"notified_on": TODAY - timedelta(400)}, "notified_on"),
        ({"starts_on": TODAY - timedelta(1)}, "starts_on"),
        ({"number": ""}, "number"),
        ({"titulaires": ()}, "titulaire"),
        ({"titulaires": (HeldBy(organisation_id=1), HeldBy(organisation_id=1))}, "titulaire"),
        ({"titulaires": (HeldBy(organisation_id=1), HeldBy(organisation_id=2))}, "groupement"),
    ],
)
def test_what_cannot_be_is_refused_on_its_field(
    session: Session, buyer_id: int, changed: dict[str, Any], field: str
) -> None:
    project = in_tender(session, buyer_id)
    with pytest.raises(RuleViolation) as refused:
        award(session, project, 1, award_facts(structure(session), **changed))
    assert refused.value.field == field


def test_a_number_given_twice_is_refused(session: Session, buyer_id: int) -> None:
    project, holder = in_tender(session, buyer_id, "rive droite", "rive gauche"), structure(session)
    award(session, project, 1, award_facts(holder))
    with pytest.raises(RuleViolation, match="déjà un marché numéroté") as refused:
        award(session, project, 2, award_facts(holder))
    assert refused.value.field == "number"


@pytest.mark.parametrize("role", [Role.LEGAL, Role.PRESCRIPTEUR, Role.DIRECTION, Role.FACILITATEUR])
def test_only_purchasing_ends_a_consultation(session: Session, buyer_id: int, role: Role) -> None:
    project, holder = in_tender(session, buyer_id), structure(session)
    with pytest.raises(Refused):
        award(session, project, 1, award_facts(holder), actor=purchaser(buyer_id, role))
    with pytest.raises(Refused):
        close(session, project, 1, actor=purchaser(buyer_id, role))


def test_another_buyer_ends_nothing_here(session: Session, buyer_id: int) -> None:
    project = in_tender(session, buyer_id)
    stranger = purchaser(make_buyer(session, "Ville de Combeaux", rank=1))
    with pytest.raises(Refused):
        award(session, project, 1, award_facts(structure(session)), actor=stranger)
    with pytest.raises(NotFound):
        queries.own(session, stranger, project.reference)


def test_a_lot_read_before_it_changed_is_stale(session: Session, buyer_id: int) -> None:
    project = in_tender(session, buyer_id)
    with pytest.raises(Stale):
        award(session, project, 1, award_facts(structure(session)), expected_version=project.lots[0].version - 1)


def together(*acts: Callable[[Session], object]) -> list[str]:
    """Each act in its own thread and transaction, released at once; what each was told."""
    start, outcomes = threading.Barrier(len(acts)), []

    def run(act: Callable[[Session], object]) -> None:
        start.wait()
        try:
            with unit_of_work() as session:
                act(session)
        except PortalError as refused:
            outcomes.append(refused.sentence)
        else:
            outcomes.append("done")

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.fixture
def committed(fresh_engine: Engine) -> tuple[str, int, int]:
    """The reference of a project of two lots in tender, its buyer and a structure, committed."""
    with unit_of_work() as session:
        make_country(session)
        buyer_id = make_buyer(session)
        return in_tender(session, buyer_id, "rive droite", "rive gauche").reference, buyer_id, structure(session)


def awarding(committed: tuple[str, int, int], lot: int, number: str) -> Callable[[Session], object]:
    reference, buyer_id, holder = committed

    def act(session: Session) -> object:
        project = queries.own(session, purchaser(buyer_id), reference)
        return award(session, project, lot, award_facts(holder, number=number))

    return act


def test_of_two_awards_of_one_lot_at_once_one_wins_and_the_other_is_told(committed: tuple[str, int, int]) -> None:
    outcomes = together(*(awarding(committed, 1, f"M{rank}") for rank in range(4)))
    assert outcomes.count("done") == 1
    assert all("cela ne se refait pas" in told for told in outcomes if told != "done")
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Contract)) == 1
        assert session.scalar(select(func.count()).select_from(Award)) == 1


def test_both_lots_awarded_at_once_end_the_project_once(committed: tuple[str, int, int]) -> None:
    assert together(awarding(committed, 1, "M1"), awarding(committed, 2, "M2")) == ["done", "done"]
    with reading() as session:
        project = queries.own(session, purchaser(committed[1]), committed[0])
        assert state(project) is ProjectState.AWARDED
        assert {lot.outcome for lot in project.lots} == {LotOutcome.AWARDED}
        assert told(session, project).count("awarded") == 1
        assert session.scalars(select(Listing.lot_id)).all() == []


def test_one_number_taken_at_once_is_given_once(committed: tuple[str, int, int]) -> None:
    outcomes = together(awarding(committed, 1, "M1"), awarding(committed, 2, "M1"))
    assert outcomes.count("done") == 1
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Contract)) == 1
