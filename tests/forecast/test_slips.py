"""A project of several lots slips in one gesture: one reason, all or none, every lot's history told."""

from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.forecast import services
from portal.forecast.facts import Slip
from portal.forecast.models import Project, Revision
from portal.kernel.errors import RuleViolation, Stale
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import Confidence, PlannedPrecision
from tests.forecast.pages import filled, post, sign_in
from tests.forecast.sample import LOT, NOW, make_project, purchaser, the_buyer
from tests.forecast.test_public_pages import text_of

AUTUMN = PlannedPeriod(date(2027, 7, 1), PlannedPrecision.QUARTER)


def the_project(session: Session) -> Project:
    titles = ("écoles", "gymnases", "crèches")
    return make_project(session, the_buyer(session), *(replace(LOT, title=title) for title in titles))


def moved(session: Session, project: Project) -> list[tuple[int | None, str | None]]:
    session.flush()
    told = select(Revision).where(Revision.project_id == project.id, Revision.reason == "Le budget se vote en juin.")
    return sorted((each.lot_id, each.after) for each in session.scalars(told))


def test_the_lots_ticked_move_together_and_each_history_says_why(
    client: FlaskClient, session: Session, project: Project
) -> None:
    sign_in(client, session, project.buyer_id)
    path = f"/achats/{project.reference}/decaler"
    assert path in client.get(f"/achats/{project.reference}").text
    typed = filled(client.get(path), planned="T3 2027", confidence="to_confirm", reason="")
    assert typed.getlist("lots") == ["1", "2", "3"]
    typed.setlist("lots", ["1", "3"])
    assert post(client, path, typed).status_code == 422
    typed["reason"] = "Le budget se vote en juin."
    assert post(client, path, typed).status_code == 302
    session.expire_all()
    assert [(lot.planned == AUTUMN, lot.confidence) for lot in project.lots] == [
        (True, Confidence.TO_CONFIRM),
        (False, LOT.confidence),
        (True, Confidence.TO_CONFIRM),
    ]
    assert {lot_id for lot_id, _ in moved(session, project)} == {project.lots[0].id, project.lots[2].id}
    assert "Le budget se vote en juin." in text_of(client.get(f"/programmation/{project.reference}"))


def test_a_period_gone_by_or_the_same_moves_nothing(session: Session, project: Project) -> None:
    actor, lot = purchaser(project.buyer_id), project.lots[0]
    for planned, words in ((PlannedPeriod(date(2025, 1, 1), PlannedPrecision.YEAR), "passée"), (lot.planned, "déjà")):
        with pytest.raises(RuleViolation, match=words) as refused:
            services.slip(
                session,
                project,
                Slip(frozenset({1, 2, 3}), planned, lot.confidence),
                expected_version=project.version,
                reason="Le budget se vote en juin.",
                actor=actor,
                now=NOW,
            )
        assert refused.value.field == "planned"
    assert moved(session, project) == []


def test_a_lot_that_somebody_changed_meanwhile_is_told(session: Session, project: Project) -> None:
    actor, seen, lot = purchaser(project.buyer_id), project.version, project.lots[1]
    facts = replace(lot.facts, title="gymnases et piscines")
    services.revise_lot(session, lot, facts, expected_version=lot.version, reason="Plus juste.", actor=actor, now=NOW)
    session.flush()
    with pytest.raises(Stale):
        services.slip(
            session,
            project,
            Slip(frozenset({1}), AUTUMN, Confidence.FIRM),
            expected_version=seen,
            reason="Le budget se vote en juin.",
            actor=actor,
            now=NOW,
        )
