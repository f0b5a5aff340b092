"""What the months before say of a month: last month's hours, and what therefore deserves an explanation."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from portal.declarations import rules
from portal.declarations.models import Declaration, Deposit, DepositLine, Line, Participant
from portal.declarations.queries.reach import is_counted
from portal.declarations.rules import Doubt, Terms
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState


def hours_before(
    session: Session, declaration: Declaration, *, handed_in: bool = False, own: bool = False
) -> Mapping[int, Decimal]:
    """By person id: the hours of the month before, same contract and declarant; who had none is left out.

    Those of its last deposit, else of its draft, which its declarant alone may read: `handed_in` leaves it out. Parts
    that their employers have not handed are theirs alone. `own`: of the declarant’s own lines, without any employer’s.
    """
    before = session.scalar(_months_of(declaration).where(Declaration.month == declaration.month + -1))
    if before is None:
        return {}
    last = session.scalar(
        select(Deposit.id).where(Deposit.declaration_id == before.id).order_by(Deposit.number.desc()).limit(1)
    )
    if last is not None:
        return _by_person(session, DepositLine, DepositLine.deposit_id == last, own=own)
    if handed_in or before.is_nil or before.state is DeclarationState.SUSPENDED:
        return {}
    return _by_person(session, Line, and_(Line.declaration_id == before.id, is_counted()), own=own)


def _months_of(declaration: Declaration) -> Select[Declaration]:
    return select(Declaration).where(
        Declaration.contract_id == declaration.contract_id,
        Declaration.organisation_id == declaration.organisation_id,
    )


def _by_person(
    session: Session, lines: type[Line] | type[DepositLine], which: ColumnElement[bool], *, own: bool
) -> dict[int, Decimal]:
    hours = func.sum(lines.hours)
    rows = session.execute(
        select(Participant.person_id, hours)
        .join(Participant, Participant.id == lines.participant_id)
        .where(which, lines.hours > 0, *([lines.employer_id.is_(None)] if own else []))
        .group_by(Participant.person_id)
    )
    return dict(rows.all())


def last_worked(session: Session, declaration: Declaration) -> Mapping[int, Month]:
    """By person id: the last month before this one with hours, same contract and declarant."""
    rows = session.execute(
        select(Participant.person_id, func.max(Declaration.month))
        .join(Line, Line.participant_id == Participant.id)
        .join(Declaration, Declaration.id == Line.declaration_id)
        .where(
            Declaration.contract_id == declaration.contract_id,
            Declaration.organisation_id == declaration.organisation_id,
            Declaration.month < declaration.month,
            Line.hours > 0,
            is_counted(),
        )
        .group_by(Participant.person_id)
    )
    return dict(rows.all())


def doubts_of(
    session: Session,
    declaration: Declaration,
    lines: Sequence[Line] | Sequence[DepositLine],
    *,
    told: Deposit | None = None,
) -> Sequence[Doubt]:
    """What deserves an explanation of a draft's lines or of a deposit's, then of the whole month.

    `told`: the deposit whose words and euros are weighed; None: those of the declaration as it stands. Draft figures of
    the month before are weighed for its declarant's own draft only.
    """
    handed_in = told is not None or any(isinstance(line, DepositLine) for line in lines)
    before = hours_before(session, declaration, handed_in=handed_in)
    return doubts_against(before, declaration, lines, told=told)


def doubts_against(
    before: Mapping[int, Decimal],
    declaration: Declaration,
    lines: Sequence[Line] | Sequence[DepositLine],
    *,
    told: Deposit | None = None,
) -> Sequence[Doubt]:
    """The same, once the hours of the month before have been read."""
    contract, source = declaration.contract, told or declaration
    terms = Terms(contract.counts_training, contract.training_cap_percent, contract.counting_months)
    found = [
        doubt
        for line in lines
        for doubt in rules.doubts_of_line(
            declaration.month,
            line,
            hours_before=before.get(line.participant.person_id),
            terms=terms,
            runs_from=contract.notified_on,
            runs_to=contract.ends_on,
        )
    ]
    whole = rules.doubts_of_month(
        declaration.month,
        hours=sum((line.hours for line in lines), Decimal(0)),
        is_nil=source.is_nil,
        invoiced=source.invoiced,
        hours_before=sum(before.values(), Decimal(0)) or None,
    )
    return [*found, *whole]
