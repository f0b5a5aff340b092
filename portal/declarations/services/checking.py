"""The facilitateur's answer to a deposit: accepted line by line, sent back, or reopened after all."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import insert, literal, select, update
from sqlalchemy.orm import Session

from portal.declarations import emails, policies, queries, rules
from portal.declarations.facts import NO_DECISION, Decision
from portal.declarations.models import Declaration, Delta, Deposit, DepositLine
from portal.declarations.services import eligibility, paths, telling
from portal.declarations.services.deposits import hold_people
from portal.declarations.services.parts import reopen_parts
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.storage import UtcInstant, ensure_current
from portal.vocabulary import DeclarationState, DepositOutcome, EligibilityState

_NO_REMARK: Mapping[int, str] = MappingProxyType({})
_NO_DECISION: Mapping[int, Decision] = MappingProxyType({})


def accept(
    session: Session,
    declaration: Declaration,
    decisions: Mapping[int, Decision],
    *,
    answer: str | None = None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Deposit:
    """Accept the last deposit: decide what is retained of each line, and add it to the figures.

    `decisions` go by the id of the DepositLine; a line without one follows the rules. Problems stand on
    `<field of Decision>_<deposit line id>`: « note_34 ».
    """
    policies.ensure_can_check(actor, declaration)
    rules.ensure_deposited(declaration.state)
    ensure_current(declaration, expected_version)
    deposit = _last(session, declaration)
    _ensure_of(deposit, decisions.keys())
    people = {line.participant.person_id for line in deposit.lines}
    hold_people(session, people)
    paths.ensure_follow(session, declaration, deposit.lines, {DeclarationState.ACCEPTED})
    states = eligibility.decide(session, declaration, deposit, decisions, actor=actor, now=now)
    retained = _retained(declaration, deposit, states, decisions)
    _write(session, deposit, retained)
    deposit.retained_hours = sum((each.hours for each in retained.values()), Decimal(0))
    _answer(deposit, DepositOutcome.ACCEPTED, answer, actor, now)
    declaration.state = DeclarationState.ACCEPTED
    paths.refresh(session, declaration, people)
    _add_up(session, declaration, deposit, now)
    told = {"number": deposit.number, "declared": deposit.hours, "retained": deposit.retained_hours}
    telling.record(session, "declaration.accepted", declaration, actor=actor, now=now, **told)
    telling.tell_declarant(session, emails.ACCEPTED, declaration, deposit, now)
    return deposit


def accept_unread(
    session: Session, declaration: Declaration, *, expected_version: int, actor: Actor, now: datetime
) -> Deposit:
    """Accept the last deposit as the rules retain it, since nothing in it is worth a look.

    Raises RuleViolation when something is, by now: nobody has read its lines.
    """
    policies.ensure_can_check(actor, declaration)
    rules.ensure_deposited(declaration.state)
    hold_people(session, {line.participant.person_id for line in declaration.lines})
    for standing in queries.standings_of(session, [declaration]):
        rules.ensure_nothing_to_look_at(standing.findings)
    return accept(session, declaration, {}, expected_version=expected_version, actor=actor, now=now)


def send_back(
    session: Session,
    declaration: Declaration,
    comment: str,
    *,
    remarks: Mapping[int, str] = _NO_REMARK,
    decisions: Mapping[int, Decision] = _NO_DECISION,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Deposit:
    """Hand the last deposit back for correction, saying what is wrong: of the whole, or of a line (else `comment`).

    `remarks` and `decisions` go by the id of the DepositLine. Of the decisions, only eligibilities are kept: they hold
    for the person, whatever the hours become.
    """
    policies.ensure_can_check(actor, declaration)
    rules.ensure_deposited(declaration.state)
    said = {line_id: words for line_id, remark in remarks.items() if (words := remark.strip())}
    if not said:
        rules.ensure_said(comment, "comment")
    ensure_current(declaration, expected_version)
    deposit = _last(session, declaration)
    _ensure_of(deposit, said.keys() | decisions.keys())
    _keep_eligibilities(session, declaration, deposit, decisions, actor=actor, now=now)
    for line in deposit.lines:
        line.remark = said.get(line.id)
    _answer(deposit, DepositOutcome.RETURNED, comment, actor, now)
    declaration.state = DeclarationState.RETURNED
    reopen_parts(session, declaration, deposit, actor=actor, now=now)
    telling.record(session, "declaration.returned", declaration, actor=actor, now=now, number=deposit.number)
    telling.tell_declarant(session, emails.RETURNED, declaration, deposit, now)
    return deposit


def reopen(
    session: Session, declaration: Declaration, reason: str, *, expected_version: int, actor: Actor, now: datetime
) -> Deposit:
    """Take an acceptance back, saying why (mandatory, on `reason`): its hours leave the figures, its paths too."""
    policies.ensure_can_check(actor, declaration)
    rules.ensure_accepted(declaration.state)
    rules.ensure_said(reason, "reason")
    ensure_current(declaration, expected_version)
    deposit = _last(session, declaration)
    _answer(deposit, DepositOutcome.REOPENED, reason, actor, now)
    declaration.state = DeclarationState.RETURNED
    _take_back(session, deposit, now)
    reopen_parts(session, declaration, deposit, actor=actor, now=now)
    paths.refresh(session, declaration, {line.participant.person_id for line in deposit.lines})
    telling.record(session, "declaration.reopened", declaration, actor=actor, now=now, number=deposit.number)
    telling.tell_declarant(session, emails.REOPENED, declaration, deposit, now)
    return deposit


def _last(session: Session, declaration: Declaration) -> Deposit:
    deposit = queries.last_deposit(session, declaration)
    if deposit is None:
        raise NotFound
    return deposit


def _ensure_of(deposit: Deposit, line_ids: Collection[int]) -> None:
    if not set(line_ids) <= {line.id for line in deposit.lines}:
        raise NotFound


def _keep_eligibilities(
    session: Session,
    declaration: Declaration,
    deposit: Deposit,
    decisions: Mapping[int, Decision],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    settled = {line_id: decision for line_id, decision in decisions.items() if rules.decides(decision)}
    if settled:
        hold_people(session, {line.participant.person_id for line in deposit.lines})
        eligibility.decide(session, declaration, deposit, settled, actor=actor, now=now)


def _answer(deposit: Deposit, outcome: DepositOutcome, answer: str | None, actor: Actor, now: datetime) -> None:
    deposit.outcome, deposit.decided_at = outcome, now
    deposit.decided_by_label, deposit.answer = actor.label[:300], (answer or "").strip() or None


def _retained(
    declaration: Declaration,
    deposit: Deposit,
    states: Mapping[int, EligibilityState],
    decisions: Mapping[int, Decision],
) -> dict[int, rules.Retained]:
    contract = declaration.contract
    terms = rules.Terms(contract.counts_training, contract.training_cap_percent, contract.counting_months)
    kept = {}
    for line in deposit.lines:
        allowed = rules.retained(declaration.month, line, states[line.participant.person_id], terms)
        kept[line.id] = rules.decided(line, allowed, decisions.get(line.id, NO_DECISION))
    return kept


def _write(session: Session, deposit: Deposit, retained: Mapping[int, rules.Retained]) -> None:
    """One statement for all lines, whatever differs between them."""
    if not retained:
        return
    rows = [
        {"id": id_, "retained_hours": kept.hours, "retention_reason": kept.reason, "retention_note": kept.note}
        for id_, kept in retained.items()
    ]
    session.execute(update(DepositLine), rows)
    written = select(DepositLine).where(DepositLine.deposit_id == deposit.id)
    session.scalars(written.execution_options(populate_existing=True)).all()


# The figures


def _add_up(session: Session, declaration: Declaration, deposit: Deposit, now: datetime) -> None:
    rows = [{"at": now, "sign": 1, **_measures(declaration, line)} for line in deposit.lines]
    if rows:
        session.execute(insert(Delta).execution_options(render_nulls=True), rows)


def _measures(declaration: Declaration, line: DepositLine) -> dict[str, object]:
    person = line.participant.person
    return {
        "deposit_id": line.deposit_id,
        "deposit_line_id": line.id,
        "buyer_id": declaration.contract.buyer_id,
        "contract_id": declaration.contract_id,
        "organisation_id": declaration.organisation_id,
        "month": declaration.month,
        "person_id": person.id,
        "hours_declared": line.hours,
        "hours_retained": line.retained_hours,
        "sex": person.sex,
        "age_band": line.age_band,
        "education": line.education,
        "hiring_mode": line.hiring_mode,
        "exit_kind": line.exit_kind,
    }


_COPIED = [column for column in Delta.__table__.columns if column.key not in {"id", "at", "sign"}]


def _take_back(session: Session, deposit: Deposit, now: datetime) -> None:
    added = select(literal(now, UtcInstant()), literal(-1), *_COPIED).where(
        Delta.deposit_id == deposit.id, Delta.sign == 1
    )
    names = ["at", "sign", *(column.key for column in _COPIED)]
    session.execute(insert(Delta).from_select(names, added.order_by(Delta.id)))
