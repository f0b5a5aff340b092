"""Each verb: what it changes, what it tells the public, what it refuses."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from portal.forecast import queries, services
from portal.forecast.models import Listing, Lot, Project, Revision
from portal.journal.models import JournalEntry
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import PlannedPrecision, ProjectState, Role
from tests.forecast.sample import LOT, NOW, PROJECT, envisaged, lot_facts, make_buyer, make_project, purchaser

LATER = NOW + timedelta(days=9)
SLIPPED = lot_facts(planned=PlannedPeriod(date(2027, 7, 1), PlannedPrecision.QUARTER))


def told(session: Session, project: Project) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(row.label, row.before, row.after, row.reason) for row in reversed(queries.history(session, project))]


def listed(session: Session) -> list[int]:
    return list(session.scalars(select(Listing.lot_id).order_by(Listing.lot_id)))


def test_a_draft_is_nowhere_public(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id, published=False)
    assert project.state is ProjectState.DRAFT
    assert listed(session) == []
    assert told(session, project) == []
    with pytest.raises(NotFound):
        queries.visible(session, purchaser(buyer_id + 1), project.reference)
    assert queries.visible(session, purchaser(buyer_id), project.reference) is project


def test_references_are_readable_and_follow_each_other(session: Session, buyer_id: int) -> None:
    first, second = (make_project(session, buyer_id, published=False) for _ in range(2))
    assert first.reference == "metropole-des-deux-rives-2026-0001"
    assert second.reference == "metropole-des-deux-rives-2026-0002"
    assert second.shown_number == "2026-0002"


def test_two_buyers_of_the_same_name_have_different_references(session: Session, buyer_id: int) -> None:
    make_project(session, buyer_id, published=False)
    other = make_project(session, make_buyer(session, rank=1), published=False)
    assert other.reference == "metropole-des-deux-rives-10000000000001-2026-0001"


def test_a_buyer_keeps_its_prefix_when_it_changes_its_name(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id, published=False)
    project.buyer.call("Deux Rives Métropole", None)
    assert make_project(session, buyer_id, published=False).reference == "metropole-des-deux-rives-2026-0002"


def test_publishing_lists_the_lots_and_begins_the_history(session: Session, buyer_id: int) -> None:
    before = queries.publication_mark(session).counter
    project = make_project(session, buyer_id, lot_facts(title="centre"), lot_facts(title="rive droite"))
    assert listed(session) == [lot.id for lot in project.lots]
    assert told(session, project) == [("Projet publié", None, None, None)]
    assert queries.publication_mark(session).counter == before + 1
    assert project.published_at == NOW


def test_publishing_refuses_lots_that_nothing_tells_apart(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id, LOT, lot_facts(title="rive droite"), published=False)
    actor = purchaser(buyer_id)
    with pytest.raises(RuleViolation, match="n’a pas d’intitulé"):
        services.publish(session, project, expected_version=project.version, actor=actor, now=NOW)


def test_a_slip_is_told_with_before_after_and_reason(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id)
    lot = project.lots[0]
    services.revise_lot(
        session,
        lot,
        SLIPPED,
        expected_version=lot.version,
        reason="Le marché en cours est prolongé.",
        actor=purchaser(buyer_id),
        now=LATER,
    )
    assert told(session, project)[1:] == [
        ("Consultation", "2ᵉ trimestre 2027", "3ᵉ trimestre 2027", "Le marché en cours est prolongé.")
    ]
    row = session.scalars(select(Listing)).one()
    assert row.planned_on == date(2027, 7, 1)
    assert row.changed_at == LATER
    revision = session.scalars(select(Revision).order_by(Revision.id.desc()).limit(1)).one()
    assert revision.by_label == "Direction des achats"
    assert revision.lot_id == lot.id


@pytest.mark.parametrize(
    "change",
    [
        {"planned": SLIPPED.planned},
        {"hours_wanted": None},
        {"amount_high": None},
        {"levers": ()},
        {"commune_codes": ("33003",)},
        {"duration_months": 12},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_public_change_that_weighs_must_say_why(session: Session, buyer_id: int, change: dict[str, object]) -> None:
    lot = make_project(session, buyer_id).lots[0]
    with pytest.raises(RuleViolation) as refused:
        services.revise_lot(
            session, lot, lot_facts(**change), expected_version=lot.version, actor=purchaser(buyer_id), now=LATER
        )
    assert refused.value.field == "reason"


def test_a_draft_changes_without_a_word(session: Session, buyer_id: int) -> None:
    lot = make_project(session, buyer_id, published=False).lots[0]
    services.revise_lot(session, lot, SLIPPED, expected_version=lot.version, actor=purchaser(buyer_id), now=LATER)
    assert lot.planned == SLIPPED.planned
    assert told(session, lot.project) == []


def test_a_mere_contact_changes_without_reason_but_is_told(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id)
    services.revise_project(
        session,
        project,
        replace(PROJECT, contact_name="Hélène Vasseur"),
        expected_version=project.version,
        actor=purchaser(buyer_id),
        now=LATER,
    )
    label, _, after, reason = told(session, project)[-1]
    assert (label, reason) == ("À qui parler", None)
    assert after == "Hélène Vasseur, Direction des achats, achats@deux-rives.example"


def test_an_edit_that_changes_nothing_tells_nothing(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id)
    counter = queries.publication_mark(session).counter
    lot = project.lots[0]
    services.revise_lot(session, lot, LOT, expected_version=lot.version, actor=purchaser(buyer_id), now=LATER)
    assert len(told(session, project)) == 1
    assert queries.publication_mark(session).counter == counter


def test_an_older_version_is_stale_and_shows_the_current_one(session: Session, buyer_id: int) -> None:
    lot = make_project(session, buyer_id, published=False).lots[0]
    seen = lot.version
    services.revise_lot(session, lot, SLIPPED, expected_version=seen, actor=purchaser(buyer_id), now=LATER)
    session.commit()
    with pytest.raises(Stale) as stale:
        services.revise_lot(session, lot, LOT, expected_version=seen, actor=purchaser(buyer_id), now=LATER)
    assert isinstance(stale.value.current, Lot)
    session.rollback()
    assert stale.value.current.facts.planned == SLIPPED.planned


def test_changing_a_lot_changes_its_project(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id, published=False)
    seen = project.version
    lot = project.lots[0]
    services.revise_lot(session, lot, SLIPPED, expected_version=lot.version, actor=purchaser(buyer_id), now=LATER)
    with pytest.raises(Stale):
        services.publish(session, project, expected_version=seen, actor=purchaser(buyer_id), now=LATER)


def test_the_whole_stands_until_a_first_lot_defines_the_allotment(session: Session, buyer_id: int) -> None:
    actor = purchaser(buyer_id)
    project = services.create_project(
        session, buyer_id, PROJECT, envisaged(), allotment_defined=False, actor=actor, now=NOW
    )
    services.publish(session, project, expected_version=project.version, actor=actor, now=NOW)
    whole = project.only_lot
    assert whole is not None
    assert whole.is_whole
    assert listed(session) == [whole.id]
    with pytest.raises(RuleViolation), session.begin_nested():
        services.add_lot(session, project, envisaged(title="centre"), actor=actor, now=LATER)
    added = services.add_lot(
        session, project, envisaged(title="centre"), reason="Les réseaux ont répondu.", actor=actor, now=LATER
    )
    assert [lot.number for lot in project.lots] == [1]
    assert listed(session) == [added.id]
    assert told(session, project)[1:] == [
        ("Allotissement", "à définir", "défini", "Les réseaux ont répondu."),
        ("Nouveau lot", None, "lot 1, centre", "Les réseaux ont répondu."),
    ]


def test_a_removed_lot_leaves_the_list_and_its_number_is_not_given_again(session: Session, buyer_id: int) -> None:
    actor = purchaser(buyer_id)
    project = make_project(session, buyer_id, lot_facts(title="centre"), lot_facts(title="rive droite"))
    second = project.lots[1]
    services.remove_lot(
        session, second, expected_version=second.version, reason="Besoin retiré.", actor=actor, now=LATER
    )
    assert listed(session) == [project.lots[0].id]
    assert told(session, project)[-1] == ("Lot retiré", "lot 2, rive droite", None, "Besoin retiré.")
    third = services.add_lot(
        session, project, envisaged(title="rive gauche"), reason="Besoin nouveau.", actor=actor, now=LATER
    )
    assert third.number == 3


def test_the_last_lot_cannot_be_removed(session: Session, buyer_id: int) -> None:
    lot = make_project(session, buyer_id).lots[0]
    with pytest.raises(RuleViolation, match="au moins un lot"):
        services.remove_lot(
            session, lot, expected_version=lot.version, reason="x", actor=purchaser(buyer_id), now=LATER
        )


def test_dropping_says_why_and_leaves_the_page(session: Session, buyer_id: int) -> None:
    actor = purchaser(buyer_id)
    project = make_project(session, buyer_id)
    with pytest.raises(RuleViolation), session.begin_nested():
        services.drop(session, project, reason=None, expected_version=project.version, actor=actor, now=LATER)
    session.expire_all()
    services.drop(session, project, reason="Budget non voté.", expected_version=project.version, actor=actor, now=LATER)
    assert listed(session) == []
    assert queries.visible(session, purchaser(buyer_id + 1), project.reference).state is ProjectState.DROPPED
    assert told(session, project)[-1] == ("Projet abandonné", None, None, "Budget non voté.")


def test_a_consultation_opens_then_facts_stand_still(session: Session, buyer_id: int) -> None:
    actor = purchaser(buyer_id)
    project = make_project(session, buyer_id)
    services.open_tender(
        session,
        project,
        url="https://marches.example/42",
        offers_due_on=date(2027, 5, 12),
        expected_version=project.version,
        actor=actor,
        now=LATER,
    )
    assert listed(session) == [project.lots[0].id]
    assert told(session, project)[-1] == ("Consultation ouverte", None, "jusqu’au 12 mai 2027", None)
    lot = project.lots[0]
    with pytest.raises(RuleViolation, match="ne se modifie plus"):
        services.revise_lot(session, lot, SLIPPED, expected_version=lot.version, reason="x", actor=actor, now=LATER)


@pytest.mark.parametrize("role", [Role.LEGAL, Role.PRESCRIPTEUR, Role.DIRECTION])
def test_readers_of_the_buyer_cannot_write(session: Session, buyer_id: int, role: Role) -> None:
    with pytest.raises(Refused):
        services.create_project(
            session, buyer_id, PROJECT, LOT, allotment_defined=True, actor=purchaser(buyer_id, role), now=NOW
        )


def test_another_buyer_cannot_write(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id)
    other = purchaser(make_buyer(session, rank=1))
    with pytest.raises(Refused):
        services.drop(session, project, reason="x", expected_version=project.version, actor=other, now=LATER)
    with pytest.raises(NotFound):
        queries.own(session, other, project.reference)


@pytest.mark.parametrize("statement", ["UPDATE revision SET reason = 'autre'", "DELETE FROM revision"])
def test_the_database_itself_keeps_the_history(session: Session, buyer_id: int, statement: str) -> None:
    make_project(session, buyer_id)
    session.commit()
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(statement))


def test_each_act_stands_in_the_journal(session: Session, buyer_id: int) -> None:
    make_project(session, buyer_id)
    events = session.scalars(select(JournalEntry.event).order_by(JournalEntry.id)).all()
    assert events == ["project.created", "lot.lever_checked", "project.published"]


def test_a_lot_stands_still_once_a_colleague_said_the_project_ready(session: Session, buyer_id: int) -> None:
    """The colleague commits after this transaction read the project, and before it holds it."""
    project = make_project(session, buyer_id, lot_facts(title="centre"), lot_facts(title="rive"), published=False)
    lot = project.lots[0]
    session.connection().execute(text("UPDATE project SET state = 'ready' WHERE id = :id"), {"id": project.id})
    facts = replace(lot.facts, title="autre")
    for change in (partial(services.revise_lot, session, lot, facts), partial(services.remove_lot, session, lot)):
        set_committed_value(project, "state", ProjectState.DRAFT)
        with pytest.raises(RuleViolation, match="prêt à publier"):
            change(expected_version=lot.version, actor=purchaser(buyer_id), now=LATER)
