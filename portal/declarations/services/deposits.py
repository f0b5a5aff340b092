"""Handing a month in: a copy that never changes, with its receipt."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.declarations import emails, policies, queries, rules
from portal.declarations.models import Declaration, Deposit, DepositLine, Line, Person
from portal.declarations.models.months import ToldMonth, WorkedMonth
from portal.declarations.queries.evidence import evidence_hashes
from portal.declarations.services import paths, telling
from portal.declarations.services.parts import take_parts
from portal.declarations.services.prefilling import prefill_after
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.kernel.hours import format_hours
from portal.storage import ensure_current
from portal.vocabulary import DeclarationState, Listed


def deposit(
    session: Session,
    declaration: Declaration,
    *,
    different_hours: bool = False,
    without_parts: bool = False,
    parts_seen: Mapping[int, int | None] | None = None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Deposit:
    """Hand the month in, as it stands: what is told of the whole, the declarant's own lines, those of the parts
    that are handed; of them, those that tell something. Following months that nobody has begun hold who is still there.

    Raises RuleViolation on `different_hours` when somebody else has already declared a person of it in the same
    contract and month, or when two employers do in this one: `different_hours=True` states that these are other hours,
    and the deposit keeps it. For `without_parts` and `parts_seen`, see `parts.take_parts`.
    """
    policies.ensure_can_file(actor, declaration)
    rules.ensure_awaited(declaration.state)
    ensure_current(declaration, expected_version)
    left_out = take_parts(session, declaration, without=without_parts, seen=parts_seen)
    rules.ensure_depositable(declaration.month, declaration.is_nil, declaration.counted_lines)
    lines = [] if declaration.is_nil else [line for line in declaration.counted_lines if rules.tells_something(line)]
    hold_people(session, {line.participant.person_id for line in lines})
    paths.ensure_follow(session, declaration, lines, {DeclarationState.DEPOSITED, DeclarationState.ACCEPTED})
    shared = _ensure_other_hours(session, declaration, confirmed=different_hours)
    made = _copy(session, declaration, lines, actor=actor, now=now, different_hours=shared)
    declaration.state = DeclarationState.DEPOSITED
    session.flush()
    prefill_after(session, declaration)
    _tell(session, declaration, made, actor, now, without=[part.employer.shown_name for part in left_out])
    return made


def hold_people(session: Session, person_ids: Collection[int]) -> None:
    """Nobody else deposits or decides hours of these people until the commit."""
    held = select(Person.id).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update()
    session.execute(held).all()


def _ensure_other_hours(session: Session, declaration: Declaration, *, confirmed: bool) -> bool:
    """The same hours are never counted twice (domain.md § 0 bis). Who else declared them is not told."""
    if declaration.is_nil:
        return False
    shared, twice = queries.also_declared(session, declaration), queries.told_twice(declaration.counted_lines)
    for lines in twice.values():
        _ensure_possible(declaration, lines)
    if confirmed or not (shared or twice):
        return bool(shared or twice)
    sentence = _SHARED if shared else _TWICE
    same = set(shared) or {line.participant_id for lines in twice.values() for line in lines}
    known = [line.participant.matricule for line in declaration.counted_lines if line.participant_id in same]
    named = ", ".join(sorted(map(str, known)))
    raise RuleViolation(typo(sentence.format(named)), "different_hours")


def _ensure_possible(declaration: Declaration, lines: Sequence[Line]) -> None:
    """The law counts the hours of all employers together (code du travail, L8261-1)."""
    hours, most = sum((line.hours for line in lines), Decimal(0)), rules.most_hours(declaration.month)
    if hours > most:
        named = ", ".join(sorted(str(line.participant.matricule) for line in lines))
        raise RuleViolation(
            typo(
                f"{named} : une même personne, {format_hours(hours)} en tout. Elle ne peut pas travailler plus de "
                f"{format_hours(most)} en {declaration.month.label} : corrigez ses heures, ou rendez la part."
            )
        )


_SHARED = (
    "Un autre titulaire de ce marché a déjà déclaré des heures, ce mois-ci, de la même personne : {}. Confirmez que ce "
    "sont d’autres heures, ou retirez-la."
)
_TWICE = (
    "La même personne est dans ce mois chez deux employeurs : {}. Confirmez que ce sont d’autres heures, retirez-la de "
    "vos lignes, ou rendez sa part à l’employeur."
)


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
    pieces = evidence_hashes(session, declaration)
    canonical = canonical_text(declaration, lines, number, different_hours=different_hours, evidence=pieces)
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
        people=len({line.participant.person_id for line in lines if line.hours}),
        **{name: getattr(declaration, name) for name in _TOLD},
    )
    session.add(made)
    session.flush()
    if lines:
        copied = insert(DepositLine).execution_options(render_nulls=True)
        session.execute(copied, [{"deposit_id": made.id, **_said(line)} for line in lines])
    return made


_TOLD = tuple(ToldMonth.__annotations__)
_WORKED = ("participant_id", *WorkedMonth.__annotations__)
"""Whatever is told of a month or of a line is handed in: nothing to keep in step by hand."""


def _said(line: Line) -> dict[str, object]:
    return {name: getattr(line, name) for name in _WORKED}


def canonical_text(
    declaration: Declaration,
    lines: Sequence[Line],
    number: int,
    *,
    different_hours: bool,
    evidence: Sequence[Mapping[str, object]] = (),
) -> str:
    """One way only to write what is handed in. People stand by their number here: a matricule may be erased later."""
    said = {
        "declaration": declaration.reference,
        "contract": declaration.contract.reference,
        "declarant": declaration.organisation.siret,
        "month": str(declaration.month),
        "number": number,
        "nil": declaration.is_nil,
        **{name: _plain(getattr(declaration, name)) for name in _TOLD},
        "actions": {done.action.value: done.quantity for done in declaration.actions},
        "different_hours": different_hours,
        "evidence": list(evidence),
        "lines": [_canonical_line(line) for line in sorted(lines, key=lambda line: line.participant_id)],
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _canonical_line(line: Line) -> dict[str, object]:
    told = {name: _plain(value) for name, value in _said(line).items()}
    return {"participant": told.pop("participant_id"), "employer": told.pop("employer_id"), **told}


def _plain(value: object) -> object:
    """Figures with two places, days as 2026-11-30, codes of closed lists; the rest as JSON writes it."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Listed) else value


def _tell(
    session: Session, declaration: Declaration, made: Deposit, actor: Actor, now: datetime, *, without: Sequence[str]
) -> None:
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
        **({"without": list(without)} if without else {}),
    )
    if actor.account_id is not None:
        depositor = session.get_one(Account, actor.account_id)
        telling.promise(session, emails.DEPOSITED, made, [depositor], now)
