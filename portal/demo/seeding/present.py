"""What is under way on the demonstration's morning: months that wait with last month's people, lines entrusted."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import select

from portal.declarations.facts import Fingerprints, NewPerson
from portal.declarations.models import Declaration, DelegatedPart
from portal.declarations.services import delegation, parts, prefilling
from portal.demo.seeding.stage import Stage
from portal.demo.world.people import everyone
from portal.demo.world.purchases import ANCHOR
from portal.demo.world.workforce import LAST_MONTH, month_numbered
from portal.vocabulary import AgeBand, ContractType, DeclarationState, EducationLevel, HiringMode, Role, Sex

_NOVEMBER = month_numbered(LAST_MONTH)
_OCTOBER = _NOVEMBER + -1
_ENTRUSTED = (("2024-201-1", "cap-renfort", _OCTOBER), ("2024-201-2", "ateliers-pont-de-pierre", _NOVEMBER))
"""Contract of the titulaire of the cast, who employs, from which month."""
_LENT = (
    ("112.50", Sex.WOMAN, AgeBand.FROM_26),
    ("138", Sex.MAN, AgeBand.UNDER_26),
    ("96.75", Sex.MAN, AgeBand.FROM_41),
)


def arrange(stage: Stage) -> None:
    """In the last hour before the demonstration begins."""
    expected = select(Declaration).where(Declaration.state == DeclarationState.EXPECTED)
    _entrust(stage)
    prefilling.prefill(stage.session, stage.session.scalars(expected).all())
    _hand_october(stage)


def _entrust(stage: Stage) -> None:
    titulaire = stage.acting(next(person for person in everyone() if person.key == Role.TITULAIRE))
    for number, employer, since in _ENTRUSTED:
        contract, structure = stage.contracts[number], stage.organisations[employer]
        at = ANCHOR - timedelta(minutes=50)
        delegation.entrust(stage.session, contract, structure, since, actor=titulaire, now=at)


def _hand_october(stage: Stage) -> None:
    """The employer of the first contract has filled its part of the month that is late."""
    number, employer, month = _ENTRUSTED[0]
    part = stage.session.scalars(
        select(DelegatedPart)
        .join(DelegatedPart.declaration)
        .where(
            Declaration.contract_id == stage.contracts[number].id,
            Declaration.month == month,
            DelegatedPart.employer_id == stage.organisations[employer].id,
        )
    ).one()
    actor = stage.someone_of(employer, Role.STRUCTURE)
    at = ANCHOR - timedelta(minutes=20)
    for facts in _lent(employer):
        parts.add_to_part(stage.session, part, facts, expected_version=part.version, actor=actor, now=at)
    parts.hand(stage.session, part, expected_version=part.version, actor=actor, now=at)


def _lent(employer: str) -> Sequence[NewPerson]:
    return [
        NewPerson(
            matricule=f"{employer[:3].upper()}-{rank:03}",
            fingerprints=_nobody(f"{employer} {rank}"),
            sex=sex,
            age_band=age_band,
            education=EducationLevel.CAP_BEP,
            entered_on=_OCTOBER.first_day + timedelta(days=4 * rank),
            hiring_mode=HiringMode.MISE_A_DISPOSITION,
            contract_type=ContractType.ETTI_MISSION,
            hours=Decimal(hours),
        )
        for rank, (hours, sex, age_band) in enumerate(_LENT, 1)
    ]


def _nobody(seed: str) -> Fingerprints:
    """Prints of nobody: no name ever was."""
    return Fingerprints(*(sha256(f"amont: {sort} {seed}".encode()).hexdigest() for sort in _SORTS))


_SORTS = ("exact", "phonetic", "swapped")
