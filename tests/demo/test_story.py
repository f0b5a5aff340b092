"""The story of execution, as the rows tell it: they keep the rules of the rooms, and somebody waits for something."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Date, DateTime, Engine, exists, func, select, text
from sqlalchemy.orm import Session, selectinload

from portal.contracts.models import Contract
from portal.declarations import rules
from portal.declarations import services as declarations
from portal.declarations.facts import PathLine
from portal.declarations.models import Declaration, Deposit, DepositLine, Eligibility, Line, Participant, Path, Person
from portal.declarations.services.deposits import canonical_text
from portal.demo.personas import persona_keyed
from portal.demo.world.purchases import ANCHOR
from portal.directory.models import Organisation
from portal.forecast import queries as forecast
from portal.groupements.models import Groupement, Member
from portal.indicators.queries.editions import frozen_years
from portal.kernel import clock
from portal.kernel.month import Month
from portal.reminders import services as reminders
from portal.reminders.models import Reminder
from portal.storage import Base, reading
from portal.vocabulary import DeclarationState, DepositOutcome, EligibilityState, GroupementState, MemberState, Role
from tests.storage.trial import TRIAL

pytestmark = pytest.mark.long

_S = DeclarationState


@pytest.fixture
def reads(seeded: Engine) -> Iterator[Session]:
    with reading() as session:
        yield session


def _count(session: Session, sql: str) -> int:
    return int(session.execute(text(sql)).scalar_one())


# What the rows are


def test_each_deposit_is_the_sum_of_its_lines_and_has_its_receipt(reads: Session) -> None:
    lines = (
        select(DepositLine.deposit_id, func.count().label("people"), func.sum(DepositLine.hours).label("hours"))
        .group_by(DepositLine.deposit_id)
        .subquery()
    )
    rows = select(
        Deposit.canonical, Deposit.sha256, Deposit.hours, Deposit.people, Deposit.is_nil, lines.c.hours, lines.c.people
    ).outerjoin(lines, lines.c.deposit_id == Deposit.id)
    for canonical, sha256, hours, people, is_nil, summed, counted in reads.execute(rows):
        assert hashlib.sha256(canonical.encode()).hexdigest() == sha256
        assert (hours, people) == (summed or Decimal(0), counted or 0)
        assert is_nil is (people == 0)


def test_the_ledger_adds_what_was_accepted_and_takes_back_what_was_reopened(reads: Session) -> None:
    wrong = """
        SELECT COUNT(*) FROM deposit LEFT JOIN (
            SELECT deposit_id, SUM(sign * hours_retained) AS net, SUM(hours_retained) AS moved FROM delta GROUP BY 1
        ) ledger ON ledger.deposit_id = deposit.id
        WHERE CASE outcome
            WHEN 'accepted' THEN COALESCE(net, 0) <> retained_hours
            WHEN 'reopened' THEN net <> 0 OR moved <> 2 * retained_hours
            ELSE ledger.deposit_id IS NOT NULL OR retained_hours IS NOT NULL END
    """
    assert _count(reads, wrong) == 0
    assert _count(reads, "SELECT COUNT(*) FROM deposit WHERE outcome = 'reopened'") > 0
    assert (
        _count(
            reads,
            "SELECT COUNT(*) FROM delta JOIN declaration ON declaration.state <> 'accepted' "
            "JOIN deposit ON deposit.id = delta.deposit_id "
            "AND deposit.declaration_id = declaration.id",
        )
        == 0
    )


def test_the_rules_retain_what_was_retained(reads: Session) -> None:
    """Less at times, when the facilitateur corrected it; never otherwise. Who is to be confirmed now, for a company,
    was presumed before, in a structure."""
    rows = reads.execute(
        select(DepositLine, Declaration.month, Contract.training_cap_percent, Eligibility.state)
        .join(Deposit, Deposit.id == DepositLine.deposit_id)
        .join(Declaration, Declaration.id == Deposit.declaration_id)
        .join(Contract, Contract.id == Declaration.contract_id)
        .join(Participant, Participant.id == DepositLine.participant_id)
        .join(Eligibility, Eligibility.person_id == Participant.person_id)
        .where(Deposit.outcome == DepositOutcome.ACCEPTED)
    )
    reasons: Counter[object] = Counter()
    for line, month, cap, state in rows:
        reasons[line.retention_reason] += 1
        assert line.retained_hours is not None
        if line.retention_reason in {"corrected", "not_confirmed"}:
            assert line.retained_hours < line.hours
            continue
        then = EligibilityState.PRESUMED if state is EligibilityState.TO_CONFIRM else state
        allowed = rules.retained(month, line, then, rules.Terms(training_cap_percent=cap))
        assert (line.retained_hours, line.retention_reason) == (allowed.hours, allowed.reason)
    assert reasons.keys() >= {None, "period_over", "not_eligible", "not_confirmed", "training", "corrected"}
    assert reasons[None] > 0.95 * reasons.total()


def test_paths_say_what_accepted_months_say(reads: Session) -> None:
    rows = reads.execute(
        select(Line, Declaration.month, Declaration.contract_id, Declaration.organisation_id, Participant.person_id)
        .join(Declaration, Declaration.id == Line.declaration_id)
        .join(Participant, Participant.id == Line.participant_id)
        .where(Declaration.state == _S.ACCEPTED)
    )
    told: dict[tuple[int, int], list[PathLine]] = {}
    for line, month, contract_id, organisation_id, person_id in rows:
        told.setdefault((contract_id, organisation_id), []).append(_path_line(line, month, person_id))
    wanted = set()
    for (contract_id, organisation_id), lines in told.items():
        rules.ensure_paths_follow(lines)
        for (person_id, entered_on), months in rules.paths_of(lines).items():
            exit_ = (months[-1].exit_on, months[-1].exit_kind)
            wanted.add((person_id, contract_id, organisation_id, entered_on, *exit_))
    columns = (Path.person_id, Path.contract_id, Path.organisation_id, Path.entered_on, Path.exit_on, Path.exit_kind)
    assert {tuple(row) for row in reads.execute(select(*columns))} == wanted


def _path_line(line: Line, month: Month, person_id: int) -> PathLine:
    return PathLine(
        person_id=person_id,
        month=month,
        entered_on=line.entered_on,
        exit_on=line.exit_on,
        exit_kind=line.exit_kind,
        hiring_mode=line.hiring_mode,
        contract_type=line.contract_type,
        age_band=line.age_band,
        education=line.education,
    )


def test_every_month_could_be_deposited_as_it_was(reads: Session) -> None:
    """And its text is what the application writes of it."""
    filed = (
        select(Declaration)
        .where(Declaration.state.in_([_S.ACCEPTED, _S.DEPOSITED]), Declaration.month >= Month(2026, 6))
        .options(selectinload(Declaration.lines), selectinload(Declaration.deposits))
    )
    for declaration in reads.scalars(filed):
        rules.ensure_depositable(declaration.month, declaration.is_nil, declaration.lines)
        last = declaration.deposits[-1]
        said = canonical_text(declaration, declaration.lines, last.number, different_hours=False)
        assert last.canonical == said


def test_people_are_prints_of_nobody_and_each_has_worked(reads: Session) -> None:
    for person in reads.scalars(select(Person)):
        prints = {person.exact, person.phonetic, person.swapped}
        assert len(prints) == 3
        assert all(re.fullmatch(r"[0-9a-f]{64}", str(each)) for each in prints)
    idle = ~exists().where(Participant.person_id == Person.id, Line.participant_id == Participant.id)
    assert reads.scalar(select(func.count()).select_from(Person).where(idle)) == 0
    for matricule in reads.scalars(select(Participant.matricule)):
        assert rules.matricule_of(str(matricule)) == matricule


_LATER = {"expires_at", "lease_until", "password_set_at", "starts_at", "ends_at", "due_at", "publish_at"}
_PLANNED = {
    "effective_on",
    "planned_on",
    "available_on",
    "wanted_on",
    "next_on",
    "questions_until",
    "execution_on",
    "replaced_ends_on",
    "offers_due_on",
    "due_on",
    "ends_on",
    "esus_until",
}


def test_nothing_is_later_than_the_demonstration(reads: Session) -> None:
    tables = [table for table in Base.metadata.sorted_tables if not table.name.startswith(TRIAL)]
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, Date) and column.name not in _PLANNED:
                latest: date | None = reads.scalar(select(func.max(column)))
                assert latest is None or latest <= ANCHOR.date(), column
            instant = getattr(column.type, "impl", column.type)
            if isinstance(instant, DateTime) and column.name not in _LATER and table.name not in _LIVELY:
                at: datetime | None = reads.scalar(select(func.max(column)))
                assert at is None or at <= ANCHOR, column


_LIVELY = {
    "login_session",
    "idempotency_key",
    "kept_form",
    "throttle",
    "job_run",
    "message",
    "journal_entry",
    "account",
}


# What the scheduler and the public find


def test_the_scheduler_has_nothing_to_catch_up_with(reads: Session) -> None:
    assert declarations.count_due(reads, now=ANCHOR) == 0
    assert reminders.due_notices(reads, now=ANCHOR) == {}
    assert (reads.scalar(select(func.count()).select_from(Reminder)) or 0) > 300


def test_closed_years_are_accepted_and_frozen(reads: Session) -> None:
    states = select(Declaration.state).where(Declaration.month < Month(2026, 1)).distinct()
    assert set(reads.scalars(states)) <= {_S.ACCEPTED, _S.SUSPENDED}
    assert frozen_years(reads, _organisation(reads, "metropole").id) == [2022, 2023, 2024, 2025]


def test_the_year_under_way_is_in_every_state(reads: Session) -> None:
    october, november = (_states(reads, Month(2026, month)) for month in (10, 11))
    assert october.keys() >= {_S.ACCEPTED, _S.DEPOSITED, _S.EXPECTED, _S.DRAFT, _S.RETURNED}
    assert october[_S.ACCEPTED] > 0.75 * october.total()
    assert november.keys() >= {_S.EXPECTED, _S.DRAFT, _S.DEPOSITED}
    assert not november[_S.ACCEPTED]


def _states(session: Session, month: Month) -> Counter[DeclarationState]:
    return Counter(session.scalars(select(Declaration.state).where(Declaration.month == month)))


# What each persona finds


def _organisation(session: Session, role: Role | str) -> Organisation:
    persona = persona_keyed("purchasing" if role == "metropole" else role)
    assert persona is not None
    return session.scalars(select(Organisation).where(Organisation.siret == persona.siret)).one()


def _own(session: Session, role: Role, *states: DeclarationState) -> list[Declaration]:
    own = Declaration.organisation_id == _organisation(session, role).id
    return list(session.scalars(select(Declaration).where(own, Declaration.state.in_(states))))


def test_the_structure_has_months_to_fill_in_and_an_invitation(reads: Session) -> None:
    assert {each.month for each in _own(reads, Role.STRUCTURE, _S.EXPECTED)} == {Month(2026, 11)}
    mine = Member.organisation_id == _organisation(reads, Role.STRUCTURE).id
    invited = reads.scalars(select(Member).where(mine, Member.state == MemberState.INVITED)).one()
    assert invited.expires_at is not None
    assert invited.expires_at > ANCHOR


def test_the_titulaire_has_a_draft_and_a_late_month(reads: Session) -> None:
    drafts = _own(reads, Role.TITULAIRE, _S.DRAFT)
    assert [each.month for each in drafts] == [Month(2026, 11)]
    assert drafts[0].lines
    late = [each for each in _own(reads, Role.TITULAIRE, _S.EXPECTED) if each.is_late_on(ANCHOR.date())]
    assert [each.month for each in late] == [Month(2026, 10)]
    told = select(func.count()).select_from(Reminder).where(Reminder.subject_id == late[0].id)
    assert (reads.scalar(told) or 0) >= 4


def test_the_network_has_a_groupement_that_forms_and_a_request(reads: Session) -> None:
    mine = Groupement.network_id == _organisation(reads, Role.NETWORK).id
    forming = reads.scalars(select(Groupement).where(mine, Groupement.state == GroupementState.FORMING)).one()
    states = Counter(member.state for member in forming.members)
    assert states == {MemberState.JOINED: 2, MemberState.INVITED: 1, MemberState.ASKING: 1}
    assert [lot.hours_wanted for lot in forming.lots] == [Decimal(12_000)]


def test_the_groupement_that_won_declares_and_one_member_is_late(reads: Session) -> None:
    won = reads.scalars(select(Groupement).where(Groupement.state == GroupementState.AWARDED)).one()
    award = won.lots[0].award
    assert award is not None
    assert award.contract is not None
    members = {held.organisation_id for held in award.contract.titulaires}
    assert members == {member.organisation_id for member in won.members}
    months = reads.scalars(
        select(Declaration).where(Declaration.contract_id == award.contract_id, Declaration.month == Month(2026, 10))
    )
    late = [each.organisation_id for each in months if each.is_late_on(ANCHOR.date())]
    assert len(late) == 1


def test_the_facilitateur_has_deposits_to_check_and_people_to_confirm(reads: Session) -> None:
    followed = Declaration.contract_id == Contract.id
    mine = Contract.followers.any(organisation_id=_organisation(reads, Role.FACILITATEUR).id, until=None)
    waiting = reads.scalars(
        select(Declaration).join(Contract, followed).where(mine, Declaration.state == _S.DEPOSITED)
    ).all()
    assert len(waiting) >= 8
    confirmed = Eligibility.state.in_([EligibilityState.CONFIRMED, EligibilityState.PRESUMED])
    known = exists().where(Eligibility.person_id == Participant.person_id, confirmed)
    open_ = (
        select(Line)
        .join(Participant, Participant.id == Line.participant_id)
        .where(Line.declaration_id.in_([each.id for each in waiting]), ~known)
    )
    assert reads.scalars(open_).first() is not None


def test_purchasing_has_a_candidacy_to_retain_and_contracts_to_renew(reads: Session) -> None:
    filed = reads.scalars(select(Groupement).where(Groupement.state == GroupementState.FILED)).one()
    buyer = _organisation(reads, Role.PURCHASING)
    assert filed.project.buyer_id == buyer.id
    assert filed.lots[0].award is None
    ends = Contract.ends_on.between(clock.paris_date(ANCHOR), date(2028, 12, 3))
    ending = reads.scalars(select(Contract).where(Contract.buyer_id == buyer.id, ends)).all()
    assert len(ending) > 50
    unrenewed = [each for each in ending if forecast.renewal_of(reads, each.id) is None]
    assert 10 < len(unrenewed) < 60


def test_rows_of_the_same_kind_name_nobody(reads: Session) -> None:
    """The people of the cast have accounts; those brought to work have no name anywhere."""
    columns: dict[str, Any] = {table.name: set(table.columns.keys()) for table in Base.metadata.sorted_tables}
    for table in ("person", "participant", "path", "declaration_line", "deposit_line", "delta"):
        assert not {name for name in columns[table] if "name" in name or "born" in name}
