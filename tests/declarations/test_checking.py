"""The facilitateur's answer: what is retained and why, who is eligible, what joins and leaves the figures."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.declarations import queries, services
from portal.declarations.facts import Decision, LineFacts, NewPerson
from portal.declarations.models import Declaration, Delta, Deposit, Eligibility, Path
from portal.journal.models import JournalEntry
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.vocabulary import (
    DeclarationState,
    DepositOutcome,
    EligibilityState,
    ExitKind,
    PathPrescripteur,
    Public,
    Role,
)
from tests.declarations.sample import (
    OCTOBER,
    Scene,
    accept,
    acting,
    add,
    confirmed,
    file,
    filing,
    give_back,
    open_again,
    opened,
    person,
    write,
)

REFUSED = Decision(eligibility=EligibilityState.REFUSED)


@pytest.fixture
def november(session: Session, scene: Scene) -> Declaration:
    return opened(session, scene, scene.company)


def _told(deposit: Deposit) -> list[tuple[Decimal | None, str | None]]:
    return [(line.retained_hours, line.retention_reason and line.retention_reason.value) for line in deposit.lines]


def _deltas(session: Session) -> list[tuple[int, Decimal]]:
    rows = session.execute(select(Delta.sign, Delta.hours_retained).order_by(Delta.id))
    return [(sign, hours) for sign, hours in rows]


def test_confirmed_hours_are_retained_and_join_the_figures(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    line = add(session, november, person(), now)
    file(session, november, now)
    made = accept(session, scene, november, now, P_1=confirmed())
    assert (made.outcome, made.decided_at, made.retained_hours) == (DepositOutcome.ACCEPTED, now, Decimal(100))
    assert (november.state, _told(made)) == (DeclarationState.ACCEPTED, [(Decimal(100), None)])
    delta = session.scalars(select(Delta)).one()
    assert (delta.sign, delta.hours_declared, delta.hours_retained, delta.month) == (
        1,
        Decimal(100),
        Decimal(100),
        november.month,
    )
    assert (delta.buyer_id, delta.contract_id) == (scene.buyer.id, scene.contract.id)
    assert (delta.organisation_id, delta.person_id) == (scene.company.id, line.participant.person_id)
    assert (delta.sex, delta.age_band) == (line.participant.person.sex, line.age_band)


def test_nothing_is_retained_before_somebody_confirms(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    add(session, november, person(), now)
    file(session, november, now)
    assert _told(accept(session, scene, november, now)) == [(Decimal(0), "not_confirmed")]
    assert session.scalars(select(Eligibility)).one().state is EligibilityState.TO_CONFIRM


def test_the_staff_of_a_structure_is_presumed(session: Session, scene: Scene, now: datetime) -> None:
    month = opened(session, scene, scene.structure)
    add(session, month, person(), now)
    file(session, month, now)
    assert _told(accept(session, scene, month, now)) == [(Decimal(100), None)]
    assert session.scalars(select(Eligibility)).one().state is EligibilityState.PRESUMED


def test_it_is_presumed_for_the_months_in_which_it_was_one(session: Session, scene: Scene, now: datetime) -> None:
    scene.structure.kinds[0].valid_from = date(2026, 1, 1)
    scene.structure.kinds[0].valid_to = date(2026, 10, 31)
    session.flush()
    october, november = opened(session, scene, scene.structure, OCTOBER), opened(session, scene, scene.structure)
    for month, presumed in ((october, True), (november, False)):
        line = add(session, month, person(), now)
        assert (line.participant.person_id in queries.presumed_people(session, month)) is presumed


def test_eligibility_is_confirmed_once_for_the_buyer(session: Session, scene: Scene, now: datetime) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    add(session, october, person(), now)
    file(session, october, now)
    accept(session, scene, october, now, P_1=confirmed())
    add(session, november, NewPerson(matricule="P-1", hours=Decimal(40)), now)
    file(session, november, now)
    (known,) = queries.eligibility_of(session, november).values()
    assert (known.state, known.criterion) == (EligibilityState.CONFIRMED, Public.RSA)
    assert _told(accept(session, scene, november, now)) == [(Decimal(40), None)]


def test_what_a_facilitateur_refused_is_not_retained_until_confirmed(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    add(session, november, person(), now)
    file(session, november, now)
    assert _told(accept(session, scene, november, now, P_1=REFUSED)) == [(Decimal(0), "not_eligible")]
    open_again(session, scene, november, now)
    file(session, november, now)
    assert _told(accept(session, scene, november, now)) == [(Decimal(0), "not_eligible")]
    open_again(session, scene, november, now)
    file(session, november, now)
    assert _told(accept(session, scene, november, now, P_1=confirmed())) == [(Decimal(100), None)]


def test_a_presumption_does_not_cover_what_was_decided(session: Session, scene: Scene, now: datetime) -> None:
    """Refused in a company, the person is then hired by a structure of insertion."""
    company, structure = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.structure)
    add(session, company, person("A-1"), now)
    file(session, company, now)
    accept(session, scene, company, now, A_1=REFUSED)
    add(session, structure, person("B-1"), now)
    file(session, structure, now)
    assert _told(accept(session, scene, structure, now)) == [(Decimal(100), None)]
    assert session.scalars(select(Eligibility)).one().state is EligibilityState.REFUSED


def test_a_confirmation_rests_on_a_criterion_or_a_prescripteur(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    add(session, november, person(), now)
    made = file(session, november, now)
    with pytest.raises(RuleViolation) as refused:
        accept(session, scene, november, now, P_1=Decision(eligibility=EligibilityState.CONFIRMED))
    assert refused.value.field == f"criterion_{made.lines[0].id}"
    session.refresh(november)
    sent_by = Decision(eligibility=EligibilityState.CONFIRMED, prescripteur=PathPrescripteur.PLIE)
    accept(session, scene, november, now, P_1=sent_by)
    row = session.scalars(select(Eligibility)).one()
    assert (row.prescripteur, row.decided_by_label, row.decided_at) == (PathPrescripteur.PLIE, "Claire Ansel", now)


def test_the_criterion_never_reaches_the_journal_nor_who_may_not_see_it(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    add(session, november, person(), now)
    file(session, november, now)
    decision = Decision(eligibility=EligibilityState.CONFIRMED, criterion=Public.DETENTION)
    accept(session, scene, november, now, P_1=decision)
    entries = session.scalars(select(JournalEntry)).all()
    assert "eligibility.decided" in {entry.event for entry in entries}
    written = "".join(f"{entry.before}{entry.after}{entry.object_label}" for entry in entries)
    assert "DETENTION" not in written
    assert november.lines[0].participant.person.public_id not in written, "the same before all buyers"


def test_months_beyond_the_counting_period_are_declared_not_retained(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    add(session, november, person(entered_on=date(2024, 11, 1)), now)
    file(session, november, now)
    assert _told(accept(session, scene, november, now, P_1=confirmed())) == [(Decimal(0), "period_over")]


def test_training_counts_as_the_contract_says(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    scene.contract.training_cap_percent = 20
    add(session, november, person(training_hours=Decimal(30)), now)
    add(session, november, person("P-2", "Moreau", training_hours=Decimal(10)), now)
    file(session, november, now)
    made = accept(session, scene, november, now, P_1=confirmed(), P_2=confirmed())
    assert _told(made) == [(Decimal("87.5"), "training"), (Decimal(100), None)]


def test_the_facilitateur_corrects_with_a_note(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    add(session, november, person(), now)
    made = file(session, november, now)
    with pytest.raises(RuleViolation) as refused:
        accept(session, scene, november, now, P_1=confirmed(retained_hours=Decimal(60)))
    assert refused.value.field == f"note_{made.lines[0].id}"
    session.refresh(november)
    made = accept(session, scene, november, now, P_1=confirmed(retained_hours=Decimal(60), note="Deux jours absente"))
    assert _told(made) == [(Decimal(60), "corrected")]
    assert made.lines[0].retention_note == "Deux jours absente"


def test_nobody_retains_more_than_declared(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    add(session, november, person(), now)
    made = file(session, november, now)
    with pytest.raises(RuleViolation) as refused:
        accept(session, scene, november, now, P_1=confirmed(retained_hours=Decimal("100.01"), note="x"))
    assert refused.value.field == f"retained_hours_{made.lines[0].id}"


def test_a_nil_month_is_accepted_and_adds_nothing(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    actor = filing(scene.company)
    services.say_nil(session, november, True, expected_version=1, actor=actor, now=now)
    file(session, november, now)
    made = accept(session, scene, november, now)
    assert (made.retained_hours, november.state, _deltas(session)) == (Decimal(0), DeclarationState.ACCEPTED, [])


# Sent back, reopened


def test_a_month_is_sent_back_with_words(session: Session, scene: Scene, november: Declaration, now: datetime) -> None:
    add(session, november, person(), now)
    file(session, november, now)
    for comment in ("", "   "):
        with pytest.raises(RuleViolation) as refused:
            services.send_back(
                session, november, comment, expected_version=november.version, actor=scene.facilitateur, now=now
            )
        assert refused.value.field == "comment"
    made = give_back(session, scene, november, now)
    assert (made.outcome, made.answer) == (DepositOutcome.RETURNED, "Il manque une personne.")
    assert (november.state, _deltas(session)) == (DeclarationState.RETURNED, [])


def test_a_reopened_month_leaves_the_figures_whole(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    add(session, november, person(), now)
    add(session, november, person("P-2", "Moreau", hours=Decimal(20)), now)
    file(session, november, now)
    accept(session, scene, november, now, P_1=confirmed(), P_2=confirmed())
    made = open_again(session, scene, november, now)
    assert (made.outcome, made.answer) == (DepositOutcome.REOPENED, "Heures en double.")
    assert (november.state, made.lines[0].retained_hours) == (DeclarationState.RETURNED, Decimal(100))
    assert sorted(_deltas(session)) == [(sign, Decimal(hours)) for sign in (-1, 1) for hours in (20, 100)]
    assert queries.retained_of(session, [scene.contract.id]) == {scene.contract.id: 0}
    file(session, november, now)
    accept(session, scene, november, now)
    assert queries.retained_of(session, [scene.contract.id]) == {scene.contract.id: 120}


def test_a_reason_is_due_to_reopen(session: Session, scene: Scene, november: Declaration, now: datetime) -> None:
    add(session, november, person(), now)
    file(session, november, now)
    accept(session, scene, november, now)
    with pytest.raises(RuleViolation) as refused:
        services.reopen(session, november, " ", expected_version=november.version, actor=scene.facilitateur, now=now)
    assert refused.value.field == "reason"


@pytest.mark.parametrize("state", DeclarationState)
def test_each_answer_has_its_state(
    session: Session, scene: Scene, november: Declaration, now: datetime, state: DeclarationState
) -> None:
    add(session, november, person(), now)
    file(session, november, now)
    november.state = state
    session.flush()
    who = {"expected_version": november.version, "actor": scene.facilitateur, "now": now}
    if state is not DeclarationState.DEPOSITED:
        with pytest.raises(RuleViolation):
            services.accept(session, november, {}, **who)  # type: ignore[arg-type]
        with pytest.raises(RuleViolation):
            services.send_back(session, november, "x", **who)  # type: ignore[arg-type]
    if state is not DeclarationState.ACCEPTED:
        with pytest.raises(RuleViolation):
            services.reopen(session, november, "x", **who)  # type: ignore[arg-type]


def test_only_who_follows_the_contract_answers(session: Session, scene: Scene, now: datetime) -> None:
    month = opened(session, scene, scene.company)
    add(session, month, person(), now)
    file(session, month, now)
    strangers = [
        filing(scene.company),
        filing(scene.structure),
        acting(scene.company, Role.FACILITATEUR),
        scene.direction,
        acting(scene.buyer, Role.PURCHASING),
        acting(scene.facilitation, Role.MANAGER),
    ]
    for actor in strangers:
        for answer in (services.send_back, services.reopen):
            with pytest.raises(Refused):
                answer(session, month, "x", expected_version=month.version, actor=actor, now=now)
        with pytest.raises(Refused):
            services.accept(session, month, {}, expected_version=month.version, actor=actor, now=now)
    services.accept(
        session,
        month,
        {},
        expected_version=month.version,
        actor=acting(scene.buyer, Role.FACILITATEUR),
        now=now,
    )


def test_nobody_accepts_the_hours_of_their_own_organisation(session: Session, scene: Scene, now: datetime) -> None:
    scene.contract.followers[0].organisation_id = scene.structure.id
    session.flush()
    month = opened(session, scene, scene.structure)
    add(session, month, person(), now)
    file(session, month, now)
    with pytest.raises(Refused):
        services.accept(
            session,
            month,
            {},
            expected_version=month.version,
            actor=acting(scene.structure, Role.FACILITATEUR),
            now=now,
        )


def test_decisions_are_about_this_deposit_and_this_version(session: Session, scene: Scene, now: datetime) -> None:
    month = opened(session, scene, scene.company)
    add(session, month, person(), now)
    made = file(session, month, now)
    with pytest.raises(NotFound):
        services.accept(
            session,
            month,
            {made.lines[0].id + 1000: confirmed()},
            expected_version=month.version,
            actor=scene.facilitateur,
            now=now,
        )
    with pytest.raises(Stale):
        services.accept(session, month, {}, expected_version=1, actor=scene.facilitateur, now=now)


# Paths


def _paths(session: Session) -> list[tuple[date, date | None, ExitKind | None]]:
    session.expire_all()
    paths: Iterable[Path] = session.scalars(select(Path).order_by(Path.entered_on))
    return [(path.entered_on, path.exit_on, path.exit_kind) for path in paths]


def test_paths_say_what_accepted_months_say(session: Session, scene: Scene, now: datetime) -> None:
    entered = date(2026, 10, 5)
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    add(session, october, person(), now)
    file(session, october, now)
    assert _paths(session) == []
    accept(session, scene, october, now, P_1=confirmed())
    assert _paths(session) == [(entered, None, None)]
    line = add(session, november, NewPerson(matricule="P-1", hours=Decimal(9)), now)
    left = LineFacts(line_id=line.id, hours=Decimal(9), exit_on=date(2026, 11, 13), exit_kind=ExitKind.CDI)
    write(session, november, now, left)
    file(session, november, now)
    accept(session, scene, november, now)
    assert _paths(session) == [(entered, date(2026, 11, 13), ExitKind.CDI)]
    open_again(session, scene, november, now)
    assert _paths(session) == [(entered, None, None)]
    open_again(session, scene, october, now)
    assert _paths(session) == []


def test_a_second_entry_is_a_second_path(session: Session, scene: Scene, now: datetime) -> None:
    october, november = opened(session, scene, scene.company, OCTOBER), opened(session, scene, scene.company)
    line = add(session, october, person(), now)
    left = LineFacts(line_id=line.id, hours=Decimal(9), exit_on=date(2026, 10, 9), exit_kind=ExitKind.BREACH)
    write(session, october, now, left)
    back = NewPerson(matricule="P-1", entered_on=date(2026, 11, 16), hours=Decimal(30))
    add(session, november, back, now)
    for month in (november, october):
        file(session, month, now)
        accept(session, scene, month, now, P_1=confirmed())
    assert _paths(session) == [
        (date(2026, 10, 5), date(2026, 10, 9), ExitKind.BREACH),
        (date(2026, 11, 16), None, None),
    ]
    assert [each.exit_kind for each in session.scalars(select(Delta).order_by(Delta.month))] == [ExitKind.BREACH, None]
