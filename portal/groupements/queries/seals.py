"""Seals out of the database, and what verifying them finds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from portal.groupements import rules, translation
from portal.groupements.facts import GroupementFacts
from portal.groupements.models import Acceptance, Agreement, Groupement, Seal
from portal.groupements.queries.groupements import whole
from portal.groupements.sealing import AcceptedBy, Sealed, Verdict, verify

_MISSING = Verdict(("Le sceau manque : il a été effacé.",))
_BY = 100


@dataclass(frozen=True)
class Verified:
    """A seal of a groupement, and what verifying it found."""

    groupement: Groupement
    seal: Seal | None
    verdict: Verdict


def acceptances_of(session: Session, agreement: Agreement) -> tuple[AcceptedBy, ...]:
    """As the database has them now, in order."""
    given = select(Acceptance).where(Acceptance.agreement_id == agreement.id).order_by(Acceptance.id)
    rows = session.scalars(given.execution_options(populate_existing=True))
    return tuple(_accepted(each) for each in rows)


def _accepted(acceptance: Acceptance) -> AcceptedBy:
    return AcceptedBy(acceptance.organisation_label, acceptance.by_label, acceptance.at)


def latest_seal(session: Session, groupement: Groupement) -> Seal | None:
    latest = select(Seal).where(Seal.groupement_id == groupement.id).order_by(Seal.id.desc()).limit(1)
    return session.scalar(latest)


def verified(session: Session, groupement: Groupement, facts: GroupementFacts) -> Verified | None:
    """The seal that stands, verified; None when nothing is sealed now."""
    if groupement.state not in rules.SEATED:
        return None
    seal = latest_seal(session, groupement)
    if seal is None:
        return Verified(groupement, None, _MISSING)
    agreements = {each.id: each for each in session.scalars(_agreements(groupement))}
    asked = next((each for each in agreements.values() if each.number == groupement.asked_number), None)
    return Verified(groupement, seal, _verdict(seal, agreements[seal.agreement_id], asked, facts))


def _agreements(groupement: Groupement) -> Select[Agreement]:
    wanted = select(Agreement).where(Agreement.groupement_id == groupement.id)
    return wanted.options(selectinload(Agreement.acceptances))


def _verdict(seal: Seal, agreement: Agreement, asked: Agreement | None, facts: GroupementFacts | None) -> Verdict:
    sealed = Sealed(
        text=seal.text,
        sha256=seal.sha256,
        number=agreement.number,
        agreement_text=agreement.text,
        agreement_sha256=agreement.sha256,
        acceptances=tuple(_accepted(each) for each in agreement.acceptances),
    )
    return verify(sealed, asked.text if asked else None, facts)


def verify_all(session: Session, now: datetime) -> Iterator[Verified]:
    """Every seal ever written: those that stand against the groupement too, those undone for themselves."""
    last = 0
    while page := session.scalars(_after(last)).all():
        for groupement in page:
            yield from _verify_each(session, groupement, now)
        last = page[-1].id
        session.expunge_all()


def _after(last: int) -> Select[Groupement]:
    sealed = select(Seal.groupement_id).scalar_subquery()
    concerned = Groupement.id.in_(sealed) | Groupement.state.in_(rules.SEATED)
    return whole().where(Groupement.id > last, concerned).order_by(Groupement.id).limit(_BY)


def _verify_each(session: Session, groupement: Groupement, now: datetime) -> Iterator[Verified]:
    standing = verified(session, groupement, translation.facts_of(groupement, now))
    if standing is not None:
        yield standing
    agreements = {each.id: each for each in session.scalars(_agreements(groupement))}
    seals = session.scalars(select(Seal).where(Seal.groupement_id == groupement.id).order_by(Seal.id))
    for seal in seals:
        if standing is None or seal is not standing.seal:
            yield Verified(groupement, seal, _verdict(seal, agreements[seal.agreement_id], None, None))
