"""In a world, lines entrusted both ways: by the structure to another, and by another to the structure."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts import services as contracts
from portal.contracts.facts import HeldBy, NewContract
from portal.contracts.models import Contract
from portal.declarations import fingerprints
from portal.declarations import services as declarations
from portal.declarations.facts import NewPerson
from portal.declarations.models import Declaration, DelegatedPart
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.month import Month
from portal.vocabulary import PERMISSIONS_OF, ContractType, HiringMode, Role


def parts_of(
    session: Session, buyer: Organisation, structure: Organisation, other: Organisation, now: datetime
) -> dict[str, str]:
    """`other` employs too: what the structure may give back, take back, and fill."""
    entrusting, entrusted = (_contract(session, buyer, holder, now) for holder in (structure, other))
    declarations.open_months(session, now=now)
    last = Month.of(clock.paris_date(now)) + -1
    delegation = declarations.entrust(session, entrusting, other, last, actor=_filing(structure), now=now)
    declarations.entrust(session, entrusted, structure, last, actor=_filing(other), now=now)
    theirs, mine = (_part(session, each) for each in (entrusting, entrusted))
    declarations.hand(session, theirs, expected_version=theirs.version, actor=SYSTEM, now=now)
    person = NewPerson(
        matricule="I-7",
        fingerprints=fingerprints.of("Delorme", "Isa", date(1988, 2, 9)),
        entered_on=last.first_day,
        hiring_mode=HiringMode.DIRECT_HIRE,
        contract_type=ContractType.CDDI,
    )
    line = declarations.add_to_part(session, mine, person, expected_version=mine.version, actor=SYSTEM, now=now)
    return {
        "entrusting": entrusting.reference,
        "delegation": str(delegation.id),
        "entrusted_month": theirs.declaration.reference,
        "handed_part": str(theirs.id),
        "part_month": mine.declaration.reference,
        "part_line": str(line.id),
    }


def _contract(session: Session, buyer: Organisation, holder: Organisation, now: datetime) -> Contract:
    facts = NewContract(
        buyer_id=buyer.id,
        number=f"2026P-{holder.siret[-3:]}",
        object="Entretien des berges",
        notified_on=clock.paris_date(now) - timedelta(70),
        duration_months=24,
        titulaires=(HeldBy(organisation_id=holder.id),),
    )
    contract = contracts.create_contract(session, facts, actor=SYSTEM, now=now)
    contract.first_month = Month.of(clock.paris_date(now)) + -1
    contract.last_month = contract.first_month + 12
    session.flush()
    return contract


def _part(session: Session, contract: Contract) -> DelegatedPart:
    of_contract = Declaration.contract_id == contract.id
    return session.scalars(select(DelegatedPart).join(DelegatedPart.declaration).where(of_contract)).one()


def _filing(organisation: Organisation) -> Actor:
    role = Role.TITULAIRE
    return Actor(
        None, "Une personne", organisation.id, organisation.shown_name, frozenset({role}), PERMISSIONS_OF[role]
    )
