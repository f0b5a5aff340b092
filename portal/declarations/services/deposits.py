"""Handing a month in: a copy that never changes, with its receipt."""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.declarations import emails, policies, queries, rules
from portal.declarations.models import Declaration, Deposit, DepositLine, Line, Person
from portal.declarations.services import paths, telling
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.storage import ensure_current
from portal.vocabulary import DeclarationState


def deposit(
    session: Session,
    declaration: Declaration,
    *,
    different_hours: bool = False,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Deposit:
    """Hand the month in, as it stands.

    Raises RuleViolation on `different_hours` when somebody else has already declared a person of it in the same
    contract and month: `different_hours=True` states that these are other hours, and the deposit keeps it.
    """
    policies.ensure_can_file(actor, declaration)
    rules.ensure_awaited(declaration.state)
    ensure_current(declaration, expected_version)
    rules.ensure_depositable(declaration.month, declaration.is_nil, declaration.lines)
    lines = [] if declaration.is_nil else list(declaration.lines)
    hold_people(session, {line.participant.person_id for line in lines})
    paths.ensure_follow(session, declaration, lines, {DeclarationState.DEPOSITED, DeclarationState.ACCEPTED})
    shared = _ensure_other_hours(session, declaration, confirmed=different_hours)
    made = _copy(session, declaration, lines, actor=actor, now=now, different_hours=shared)
    declaration.state = DeclarationState.DEPOSITED
    session.flush()
    _tell(session, declaration, made, actor, now)
    return made


def hold_people(session: Session, person_ids: Collection[int]) -> None:
    """Nobody else deposits or decides hours of these people until the commit."""
    held = select(Person.id).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update()
    session.execute(held).all()


def _ensure_other_hours(session: Session, declaration: Declaration, *, confirmed: bool) -> bool:
    """The same hours are never counted twice (domain.md § 0 bis). Who else declared them is not told."""
    if declaration.is_nil:
        return False
    shared = queries.also_declared(session, declaration)
    if shared and not confirmed:
        known = {line.participant_id: line.participant.matricule for line in declaration.lines}
        named = ", ".join(sorted(str(known[participant_id]) for participant_id in shared))
        raise RuleViolation(
            typo(
                "Un autre titulaire de ce marché a déjà déclaré des heures, ce mois-ci, de la même personne : "
                f"{named}. Confirmez que ce sont d’autres heures, ou retirez-la."
            ),
            "different_hours",
        )
    return bool(shared)


def _copy(
    session: Session,
    declaration: Declaration,
    lines: Sequence[Line],
    *,
    actor: Actor,
    now: datetime,
    different_hours: bool,
) -> Deposit:
    earlier = select(func.count()).where(Deposit.declaration_id == declaration.id)
    number = (session.scalar(earlier) or 0) + 1
    canonical = canonical_text(declaration, lines, number, different_hours=different_hours)
    made = Deposit(
        declaration_id=declaration.id,
        number=number,
        at=now,
        by_account_id=actor.account_id,
        by_label=actor.label[:300],
        canonical=canonical,
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        is_nil=declaration.is_nil,
        hours=sum((line.hours for line in lines), Decimal(0)),
        people=len(lines),
        comment=declaration.comment,
    )
    session.add(made)
    session.flush()
    if lines:
        copied = insert(DepositLine).execution_options(render_nulls=True)
        session.execute(copied, [{"deposit_id": made.id, **_said(line)} for line in lines])
    return made


def _said(line: Line) -> dict[str, object]:
    return {
        "participant_id": line.participant_id,
        "hours": line.hours,
        "training_hours": line.training_hours,
        "hiring_mode": line.hiring_mode,
        "contract_type": line.contract_type,
        "entered_on": line.entered_on,
        "age_band": line.age_band,
        "education": line.education,
        "exit_on": line.exit_on,
        "exit_kind": line.exit_kind,
    }


def canonical_text(declaration: Declaration, lines: Sequence[Line], number: int, *, different_hours: bool) -> str:
    """One way only to write what is handed in. People stand by their number here: a matricule may be erased later."""
    said = {
        "declaration": declaration.reference,
        "contract": declaration.contract.reference,
        "declarant": declaration.organisation.siret,
        "month": str(declaration.month),
        "number": number,
        "nil": declaration.is_nil,
        "comment": declaration.comment,
        "different_hours": different_hours,
        "lines": [_canonical_line(line) for line in sorted(lines, key=lambda line: line.participant_id)],
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _canonical_line(line: Line) -> dict[str, object]:
    return {
        "participant": line.participant_id,
        "hours": f"{line.hours:.2f}",
        "training_hours": f"{line.training_hours:.2f}",
        "hiring_mode": line.hiring_mode.value,
        "contract_type": line.contract_type.value,
        "entered_on": line.entered_on.isoformat(),
        "age_band": line.age_band and line.age_band.value,
        "education": line.education and line.education.value,
        "exit_on": line.exit_on and line.exit_on.isoformat(),
        "exit_kind": line.exit_kind and line.exit_kind.value,
    }


def _tell(session: Session, declaration: Declaration, made: Deposit, actor: Actor, now: datetime) -> None:
    telling.record(
        session,
        "declaration.deposited",
        declaration,
        actor=actor,
        now=now,
        number=made.number,
        hours=made.hours,
        people=made.people,
        sha256=made.sha256,
    )
    if actor.account_id is not None:
        depositor = session.get_one(Account, actor.account_id)
        telling.promise(session, emails.DEPOSITED, made, [depositor], now)
