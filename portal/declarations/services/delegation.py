"""Lines of a contract entrusted to the structure that employs, and taken back (domain.md § 0 bis)."""

from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Table, delete, exists, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.declarations import emails_of_parts as emails
from portal.declarations import policies, rules
from portal.declarations.models import Declaration, DelegatedPart, Delegation, Evidence, Line
from portal.declarations.services import telling
from portal.directory.models import Organisation
from portal.journal import services as journal
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import typo
from portal.kernel.month import Month
from portal.storage.once import insert_once
from portal.vocabulary import DeclarationState, Event, PartState


def entrust(
    session: Session, contract: Contract, employer: Organisation, since: Month, *, actor: Actor, now: datetime
) -> Delegation:
    """Entrust lines of a contract to an employer from a month on: it fills them, the titulaire deposits.

    Months already open get a part at once, as long as they are awaited. Problems stand on `employer` or `since`.
    """
    policies.ensure_can_entrust(actor, contract)
    if employer.id == actor.organisation_id:
        raise RuleViolation("C’est votre propre organisation : vos lignes sont déjà à vous.", "employer")
    _ensure_does_not_check(contract, employer)
    rules.ensure_employs(employer.kinds_on(clock.paris_date(now)))
    rules.ensure_since(since, contract.first_month, contract.last_month)
    made = _live(session, contract, actor, employer, since)
    opened = open_parts(session, of=made)
    _record(session, Event.DELEGATION_SET, made, contract, actor, now, since=str(since), parts=opened)
    telling.promise_to(session, emails.ENTRUSTED, {"delegation": made.id}, employer.id, now)
    return made


def _ensure_does_not_check(contract: Contract, employer: Organisation) -> None:
    """Nobody accepts their own hours."""
    checking = {contract.buyer_id, contract.follower and contract.follower.organisation_id}
    if employer.id in checking:
        raise RuleViolation(
            typo(f"{employer.shown_name} vérifie ce marché : elle ne peut pas en remplir les lignes."), "employer"
        )


def _live(session: Session, contract: Contract, actor: Actor, employer: Organisation, since: Month) -> Delegation:
    whose = {"contract_id": contract.id, "organisation_id": actor.organisation_id, "employer_id": employer.id}
    if not insert_once(session, Delegation, **whose, since=since):
        raise RuleViolation(typo(f"Des lignes sont déjà confiées à {employer.shown_name}."), "employer")
    return session.scalars(select(Delegation).filter_by(**whose).where(Delegation.until.is_(None))).one()


def end(session: Session, delegation: Delegation, until: Month, *, actor: Actor, now: datetime) -> None:
    """Entrust nothing beyond a month; the one before the first says that it was a mistake.

    What the employer has filled stays, and is handed and deposited as before; parts that it never touched go.
    """
    held = session.scalar(select(Delegation).where(Delegation.id == delegation.id).with_for_update())
    contract = session.get_one(Contract, delegation.contract_id)
    policies.ensure_can_entrust(actor, contract)
    if held is None or held.organisation_id != actor.organisation_id:
        raise NotFound
    if held.until is not None:
        raise RuleViolation("Ces lignes sont déjà reprises.")
    rules.ensure_until(until, held.since)
    _drop_untouched(session, held, until)
    _record(session, Event.DELEGATION_ENDED, held, contract, actor, now, until=str(until))
    told: dict[str, int | str] = {
        "contract": contract.id,
        "declarant": held.organisation_id,
        "employer": held.employer_id,
    }
    telling.promise_to(
        session, emails.ENDED, told | {"delegation": held.id, "until": str(until)}, held.employer_id, now
    )
    if until < held.since:
        session.delete(held)
    else:
        held.until = until
    session.flush()


def _drop_untouched(session: Session, delegation: Delegation, until: Month) -> None:
    """The later parts that the employer never saved, nor proved: all they hold was written by the portal."""
    untouched = (
        select(DelegatedPart)
        .join(DelegatedPart.declaration)
        .where(
            Declaration.contract_id == delegation.contract_id,
            Declaration.organisation_id == delegation.organisation_id,
            Declaration.month > until,
            DelegatedPart.employer_id == delegation.employer_id,
            DelegatedPart.state == PartState.OPEN,
            DelegatedPart.saved_at.is_(None),
            ~exists().where(
                Evidence.declaration_id == DelegatedPart.declaration_id,
                Evidence.organisation_id == DelegatedPart.employer_id,
            ),
        )
        .order_by(DelegatedPart.id)
        .with_for_update(of=DelegatedPart)
    )
    for part in session.scalars(untouched).all():
        mine = (Line.declaration_id == part.declaration_id, Line.employer_id == part.employer_id)
        session.execute(delete(Line).where(*mine))
        session.execute(delete(DelegatedPart).where(DelegatedPart.id == part.id))


def open_parts(session: Session, *, of: Delegation | None = None) -> int:
    """Give each employer its part of the months awaited under a delegation, of one or of all; returns how many.

    Run again, or twice at once, it opens nothing twice. Called when months open, before they are prefilled.
    """
    session.flush()
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = DelegatedPart.__table__
    assert isinstance(table, Table)  # noqa: S101 — narrows the declared type
    due = (
        select(Declaration.id, Delegation.employer_id, literal(PartState.OPEN, table.c.state.type), literal(1))
        .join(
            Delegation,
            (Delegation.contract_id == Declaration.contract_id)
            & (Delegation.organisation_id == Declaration.organisation_id),
        )
        .where(
            Declaration.state.in_(DeclarationState.awaited()),
            Declaration.month >= Delegation.since,
            or_(Delegation.until.is_(None), Declaration.month <= Delegation.until),
            Delegation.id == of.id if of is not None else literal(value=True),
        )
        .distinct()
        .order_by(Declaration.id, Delegation.employer_id)
    )
    names = ["declaration_id", "employer_id", "state", "version"]
    made = session.execute(dialect.insert(table).from_select(names, due).on_conflict_do_nothing())
    assert isinstance(made, CursorResult)  # noqa: S101 — narrows the declared type
    return made.rowcount


def _record(
    session: Session,
    event: Event,
    delegation: Delegation,
    contract: Contract,
    actor: Actor,
    now: datetime,
    **after: Any,
) -> None:
    names = f"{contract.number}, {delegation.employer.shown_name}, par {actor.organisation_name}"
    journal.record(session, event, ("delegation", delegation.id, names), actor=actor, at=now, after=after)
