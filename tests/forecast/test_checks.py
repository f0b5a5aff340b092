"""Legal checks, the second person, publication on a day: what each act leaves, and what can never happen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.forecast import queries, services
from portal.forecast.facts import LeverChoice
from portal.forecast.jobs import publish_scheduled
from portal.forecast.models import LegalCheck, Lot, Project
from portal.forecast.settings import DEFAULTS, Settings
from portal.journal.models import JournalEntry
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError, Refused, RuleViolation
from portal.kernel.period import PlannedPeriod
from portal.outbox.models import Message
from portal.vocabulary import Lever, LeverState, PlannedPrecision, ProjectState, Reservation, Role
from tests.forecast.sample import LOT, NOW, envisaged, lawyer, make_project, purchaser

LATER = NOW + timedelta(days=2)
SECOND = replace(DEFAULTS, second_person_publishes=True)
LEGAL_ONLY = replace(DEFAULTS, legal_checks_only=True)


def choose(session: Session, buyer_id: int, chosen: Settings) -> None:
    row = queries.settings_row(session, buyer_id)
    version = row.version if row else 1
    services.set_settings(session, buyer_id, chosen, expected_version=version, actor=purchaser(buyer_id), now=NOW)


def colleague(buyer_id: int) -> Actor:
    return replace(purchaser(buyer_id), account_id=9, label="Mina Sorel")


def draft(session: Session, buyer_id: int) -> Project:
    return make_project(session, buyer_id, envisaged(), published=False)


def check(session: Session, lot: Lot, actor: Actor, **said: object) -> LegalCheck:
    told: dict[str, object] = {"outcome": LeverState.DECIDED, "reservation": Reservation.INSERTION, "reason": "Trois."}
    told |= {"expected_version": lot.version, "actor": actor, "now": LATER} | said
    return services.check_lever(session, lot, Lever.RESERVED, **told)  # type: ignore[arg-type]


def people(session: Session, buyer_id: int, *roles: Role) -> list[Account]:
    made = []
    for role in roles:
        account = Account(
            email=f"{role.value}{buyer_id}@deux-rives.example",
            display_name=role.label,
            created_at=NOW,
            confirmed_at=NOW,
        )
        session.add(account)
        session.flush()
        session.add(Membership(account_id=account.id, organisation_id=buyer_id, role=role, since=NOW))
        made.append(account)
    session.flush()
    return made


def test_a_form_envisages_or_discards_and_only_a_check_decides(session: Session, buyer_id: int) -> None:
    lot = draft(session, buyer_id).lots[0]
    with pytest.raises(RuleViolation, match="par le contrôle juridique") as refused:
        services.revise_lot(session, lot, LOT, expected_version=lot.version, actor=purchaser(buyer_id), now=NOW)
    assert refused.value.field == "reserved_state"
    session.rollback()


def test_what_was_decided_before_checks_were_kept_stays(session: Session, buyer_id: int) -> None:
    lot = draft(session, buyer_id).lots[0]
    lot.levers[0].state = LeverState.DECIDED
    session.flush()
    changed = replace(lot.facts, duration_months=12)
    services.revise_lot(session, lot, changed, expected_version=lot.version, actor=purchaser(buyer_id), now=NOW)
    assert lot.facts.levers[0].is_decided
    assert queries.waiting_in(session, [lot]) == 0


def test_a_check_on_a_public_lot_is_a_public_change_with_its_reason(session: Session, buyer_id: int) -> None:
    project = make_project(session, buyer_id, envisaged())
    check(session, project.lots[0], lawyer(buyer_id))
    (last, *_) = queries.history(session, project)
    assert last.before is not None
    assert last.before.endswith("envisagé")
    assert last.after is not None
    assert last.after.endswith("décidé")
    assert last.reason == "Trois."
    assert project.written_by == purchaser(buyer_id).account_id


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"reason": None}, "reason"),
        ({"reservation": None}, "reservation"),
        ({"reservation": Reservation.ESS}, "cpv_code"),
    ],
    ids=["reason", "reservation", "ess"],
)
def test_a_check_says_why_and_keeps_to_the_law(
    session: Session, buyer_id: int, said: dict[str, object], field: str
) -> None:
    lot = draft(session, buyer_id).lots[0]
    with pytest.raises(RuleViolation) as refused:
        check(session, lot, lawyer(buyer_id), **said)
    assert refused.value.field == field


def test_purchasing_checks_too_unless_the_buyer_keeps_it_to_legal(session: Session, buyer_id: int) -> None:
    lot = draft(session, buyer_id).lots[0]
    check(session, lot, purchaser(buyer_id), outcome=LeverState.ENVISAGED)
    choose(session, buyer_id, LEGAL_ONLY)
    with pytest.raises(Refused):
        check(session, lot, purchaser(buyer_id))
    check(session, lot, lawyer(buyer_id))


def test_from_the_draft_to_the_check_and_back_ready(session: Session, buyer_id: int) -> None:
    (legal,) = people(session, buyer_id, Role.LEGAL)
    project, writer = draft(session, buyer_id), purchaser(buyer_id)
    told = services.send_to_check(session, project, expected_version=project.version, actor=writer, now=NOW)
    assert told == 1
    assert [message.recipient for message in session.scalars(select(Message))] == [legal.email]
    assert [each.levers for each in queries.to_check(session, lawyer(buyer_id))] == [1]
    with pytest.raises(RuleViolation, match="attend son contrôle"), session.begin_nested():
        ready(session, project, lawyer(buyer_id))
    session.refresh(project)
    check(session, project.lots[0], lawyer(buyer_id))
    ready(session, project, lawyer(buyer_id))
    assert project.state is ProjectState.READY
    with pytest.raises(RuleViolation, match="ne se contrôlent pas"):
        check(session, project.lots[0], lawyer(buyer_id))


def test_legal_gives_back_by_saying_what_is_missing(session: Session, buyer_id: int) -> None:
    project = draft(session, buyer_id)
    services.send_to_check(session, project, expected_version=project.version, actor=purchaser(buyer_id), now=NOW)
    with pytest.raises(RuleViolation, match="ce qui manque"):
        back(session, project, lawyer(buyer_id), None)
    back(session, project, lawyer(buyer_id), "Il manque la durée.")
    assert (project.state, project.state_reason) == (ProjectState.DRAFT, "Il manque la durée.")


def ready(session: Session, project: Project, actor: Actor) -> None:
    services.mark_ready(session, project, expected_version=project.version, actor=actor, now=LATER)


def back(session: Session, project: Project, actor: Actor, reason: str | None) -> None:
    services.back_to_draft(session, project, reason=reason, expected_version=project.version, actor=actor, now=LATER)


def publish(session: Session, project: Project, actor: Actor) -> None:
    services.publish(session, project, expected_version=project.version, actor=actor, now=LATER)


def schedule(session: Session, project: Project, actor: Actor) -> None:
    when = LATER + timedelta(days=1)
    services.schedule(session, project, publish_at=when, expected_version=project.version, actor=actor, now=LATER)


def test_a_second_person_publishes_when_the_buyer_wants_one(session: Session, buyer_id: int) -> None:
    choose(session, buyer_id, SECOND)
    project, writer = draft(session, buyer_id), purchaser(buyer_id)
    for actor in (writer, colleague(buyer_id)):
        with pytest.raises(RuleViolation, match="seconde personne"):
            publish(session, project, actor)
        session.refresh(project)
    ready(session, project, writer)
    for act in (publish, schedule):
        with pytest.raises(RuleViolation, match="Vous avez écrit ce projet"):
            act(session, project, writer)
        session.refresh(project)
    publish(session, project, colleague(buyer_id))
    assert project.state is ProjectState.PUBLISHED


def test_saving_without_a_change_does_not_make_one_the_writer(session: Session, buyer_id: int) -> None:
    project = draft(session, buyer_id)
    lot, other = project.lots[0], colleague(buyer_id)
    services.revise_lot(session, lot, lot.facts, expected_version=lot.version, actor=other, now=LATER)
    assert project.written_by == purchaser(buyer_id).account_id
    changed = replace(lot.facts, visit="Obligatoire")
    services.revise_lot(session, lot, changed, expected_version=lot.version, actor=other, now=LATER)
    assert project.written_by == other.account_id


def scheduled(session: Session, buyer_id: int) -> tuple[Project, Account]:
    (account,) = people(session, buyer_id, Role.PURCHASING)
    project = draft(session, buyer_id)
    ready(session, project, purchaser(buyer_id))
    schedule(session, project, replace(purchaser(buyer_id), account_id=account.id, label=account.display_name))
    session.commit()
    return project, account


def test_the_job_publishes_once_in_the_name_of_who_scheduled(session: Session, buyer_id: int) -> None:
    project, account = scheduled(session, buyer_id)
    due = LATER + timedelta(days=1)
    assert publish_scheduled(due - timedelta(minutes=1), False) == {"projets publiés": 0, "projets rendus": 0}
    assert publish_scheduled(due, True) == {"projets à publier": 1}
    assert publish_scheduled(due, False) == {"projets publiés": 1, "projets rendus": 0}
    assert publish_scheduled(due, False) == {"projets publiés": 0, "projets rendus": 0}
    session.expire_all()
    assert (project.state, project.published_at, project.publish_at) == (ProjectState.PUBLISHED, due, None)
    entry = session.scalars(select(JournalEntry).where(JournalEntry.event == "project.published")).one()
    assert entry.actor_id == account.id


def _left(session: Session, project: Project, account: Account) -> None:
    for held in session.scalars(select(Membership).where(Membership.account_id == account.id)):
        held.until = LATER


def _late(session: Session, project: Project, account: Account) -> None:
    project.lots[0].planned_on, project.lots[0].planned_precision = date(2026, 12, 5), PlannedPrecision.DAY


def _second(session: Session, project: Project, account: Account) -> None:
    project.written_by = account.id
    choose(session, project.buyer_id, SECOND)


@pytest.mark.parametrize(
    ("happens", "why"),
    [(_left, "ne publie plus"), (_late, "c’est passé"), (_second, "Vous avez écrit ce projet")],
    ids=["left", "late", "second person"],
)
def test_what_may_no_longer_be_published_goes_back_with_the_reason(
    session: Session, buyer_id: int, happens: Callable[[Session, Project, Account], None], why: str
) -> None:
    project, account = scheduled(session, buyer_id)
    happens(session, project, account)
    session.commit()
    assert publish_scheduled(LATER + timedelta(days=2), False) == {"projets publiés": 0, "projets rendus": 1}
    session.expire_all()
    assert (project.state, project.published_at) == (ProjectState.READY, None)
    assert why in (project.state_reason or "")
    entry = session.scalars(select(JournalEntry).where(JournalEntry.event == "project.unscheduled")).one()
    assert why in str(entry.after)


def test_a_planned_date_that_will_be_over_cannot_be_scheduled(session: Session, buyer_id: int) -> None:
    soon = envisaged(planned=PlannedPeriod(date(2026, 12, 5), PlannedPrecision.DAY))
    project = make_project(session, buyer_id, soon, published=False)
    ready(session, project, purchaser(buyer_id))
    with pytest.raises(RuleViolation, match="c’est passé"):
        schedule(session, project, purchaser(buyer_id))


WRITING = ("envisage", "discard", "type_decided", "write")
ACTS = (*WRITING, "decide", "check", "ask", "ready", "back", "publish", "schedule")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.booleans()), max_size=14), st.booleans())
def test_whatever_the_acts_nothing_is_decided_unchecked_nor_published_alone(
    session: Session, buyer_id: int, acts: Sequence[tuple[str, int, bool]], second: bool
) -> None:
    with session.begin_nested() as round_:
        choose(session, buyer_id, SECOND if second else DEFAULTS)
        project = draft(session, buyer_id)
        writers = {purchaser(buyer_id).account_id}
        for act, who, insertion in acts:
            actor = (purchaser(buyer_id), colleague(buyer_id), lawyer(buyer_id))[who]
            before, changed = project.state, project.written_by
            done = _played(session, project, act, actor, Reservation.INSERTION if insertion else Reservation.HANDICAP)
            if (
                done
                and act in {"envisage", "discard", "type_decided", "write"}
                and project.written_by == actor.account_id
            ):
                writers.add(actor.account_id)
            _decided_is_checked(session, project)
            if second and project.is_public and before is not ProjectState.PUBLISHED:
                assert done
                assert writers != {actor.account_id}
                assert changed != actor.account_id
        round_.rollback()
    session.expunge_all()


def _played(session: Session, project: Project, act: str, actor: Actor, to: Reservation) -> bool:
    lot = project.lots[0]
    try:
        with session.begin_nested():
            _play(session, project, lot, act, actor, to)
    except PortalError:
        session.expire_all()
        return False
    return True


def _play(session: Session, project: Project, lot: Lot, act: str, actor: Actor, to: Reservation) -> None:
    typed = {"envisage": LeverState.ENVISAGED, "discard": LeverState.DISCARDED, "type_decided": LeverState.DECIDED}
    looked = {"check": LeverState.ENVISAGED, "decide": LeverState.DECIDED}
    if act in typed:
        facts = replace(lot.facts, levers=(LeverChoice(Lever.RESERVED, typed[act], to, reason="Motif."),))
        services.revise_lot(session, lot, facts, expected_version=lot.version, reason="Motif.", actor=actor, now=LATER)
    elif act == "write":
        facts = replace(lot.facts, duration_months=(lot.duration_months or 0) + 1)
        services.revise_lot(session, lot, facts, expected_version=lot.version, reason="Motif.", actor=actor, now=LATER)
    elif act in looked:
        check(session, lot, actor, outcome=looked[act], reservation=to)
    elif act == "ask":
        services.send_to_check(session, project, expected_version=project.version, actor=actor, now=LATER)
    else:
        steps = {"ready": ready, "publish": publish, "schedule": schedule}
        if act == "back":
            back(session, project, actor, "Motif.")
        else:
            steps[act](session, project, actor)


def _decided_is_checked(session: Session, project: Project) -> None:
    for lot in project.lots:
        last = queries.last_checks(queries.checks_of(session, [lot.id]).get(lot.id, []))
        for choice in lot.facts.levers:
            if choice.is_decided:
                assert (last[choice.lever].outcome, last[choice.lever].reservation) == (
                    choice.state,
                    choice.reservation,
                )
