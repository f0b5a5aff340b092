"""What the people brought to work are like, how they are hired, for how long, and where they go next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from types import MappingProxyType

from portal.demo.world.draws import chosen
from portal.demo.world.organisations import Body
from portal.vocabulary import (
    ContractType,
    EducationLevel,
    ExitKind,
    HiringMode,
    OrganisationKind,
    PathPrescripteur,
    Public,
    Sex,
    Trade,
)

_K, _M, _C, _T = OrganisationKind, HiringMode, ContractType, Trade


@dataclass(slots=True, eq=False)
class Person:
    """Somebody, of whom no name is ever drawn: what the portal keeps, and what makes them eligible."""

    sex: Sex
    born_on: date
    education: EducationLevel
    criterion: Public
    prescripteur: PathPrescripteur


_WOMEN: Mapping[Trade, float] = MappingProxyType(
    {
        _T.BUILDING: 0.12,
        _T.CLEANING: 0.66,
        _T.GREEN_SPACES: 0.21,
        _T.CATERING: 0.61,
        _T.DIGITAL: 0.39,
        _T.LAUNDRY: 0.72,
        _T.RECYCLING: 0.36,
        _T.LOGISTICS: 0.24,
    }
)
_AGES = {(18, 25): 29, (26, 40): 37, (41, 50): 20, (51, 62): 14}
_EDUCATION = {
    EducationLevel.NO_DIPLOMA: 37,
    EducationLevel.CAP_BEP: 36,
    EducationLevel.BAC: 18,
    EducationLevel.ABOVE_BAC: 9,
}
_CRITERIA = {
    Public.RSA: 30,
    Public.DELD: 17,
    Public.DETLD: 14,
    Public.QPV: 11,
    Public.JEUNE: 8,
    Public.CAP_BEP: 6,
    Public.TH: 6,
    Public.REFUGIE: 4,
    Public.ASS: 3,
    Public.DETENTION: 1,
}
_PRESCRIPTEURS = {
    PathPrescripteur.FRANCE_TRAVAIL: 44,
    PathPrescripteur.PLIE: 20,
    PathPrescripteur.MISSION_LOCALE: 16,
    PathPrescripteur.DEPARTMENT: 10,
    PathPrescripteur.CAP_EMPLOI: 6,
    PathPrescripteur.CCAS: 3,
    PathPrescripteur.SPIP: 1,
}


def drawn_person(random: Random, trade: Trade, entered_on: date) -> Person:
    youngest, oldest = chosen(random, _AGES)
    return Person(
        sex=Sex.WOMAN if random.random() < _WOMEN.get(trade, 0.45) else Sex.MAN,
        born_on=entered_on - timedelta(days=random.randint(youngest * 366, (oldest + 1) * 365 - 1)),
        education=chosen(random, _EDUCATION),
        criterion=chosen(random, _CRITERIA),
        prescripteur=chosen(random, _PRESCRIPTEURS),
    )


_HIRING: Mapping[OrganisationKind, Mapping[tuple[HiringMode, ContractType], float]] = MappingProxyType(
    {
        _K.EI: {(_M.DIRECT_HIRE, _C.CDDI): 94, (_M.DIRECT_HIRE, _C.CDI_INCLUSION): 6},
        _K.ACI: {(_M.DIRECT_HIRE, _C.CDDI): 97, (_M.DIRECT_HIRE, _C.CDI_INCLUSION): 3},
        _K.AI: {(_M.MISE_A_DISPOSITION, _C.AI_MISE_A_DISPOSITION): 1},
        _K.ETTI: {(_M.MISE_A_DISPOSITION, _C.ETTI_MISSION): 1},
        _K.EITI: {(_M.DIRECT_HIRE, _C.BUSINESS_CREATION): 1},
        _K.GEIQ: {(_M.MISE_A_DISPOSITION, _C.PROFESSIONNALISATION): 75, (_M.MISE_A_DISPOSITION, _C.APPRENTICESHIP): 25},
        _K.EA: {(_M.DIRECT_HIRE, _C.CDI): 62, (_M.DIRECT_HIRE, _C.CDD_TREMPLIN): 38},
        _K.EATT: {(_M.MISE_A_DISPOSITION, _C.INTERIM): 1},
        _K.ESAT: {(_M.DIRECT_HIRE, _C.OTHER): 1},
        _K.SEP: {(_M.DIRECT_HIRE, _C.OTHER): 1},
        _K.COMPANY: {
            (_M.MISE_A_DISPOSITION, _C.ETTI_MISSION): 42,
            (_M.MISE_A_DISPOSITION, _C.AI_MISE_A_DISPOSITION): 18,
            (_M.DIRECT_HIRE, _C.CDD): 18,
            (_M.DIRECT_HIRE, _C.PROFESSIONNALISATION): 9,
            (_M.SUBCONTRACTING, _C.CDDI): 8,
            (_M.DIRECT_HIRE, _C.CDI): 5,
        },
    }
)


def drawn_hiring(random: Random, body: Body, *, with_others: bool) -> tuple[HiringMode, ContractType]:
    """A structure that holds the contract with others works in cotraitance."""
    kind = body.kinds[0][0]
    mode, contract_type = chosen(random, _HIRING[kind])
    cotraitance = with_others and kind.is_structure and mode is _M.DIRECT_HIRE
    return (_M.COTRAITANCE if cotraitance else mode), contract_type


_STAYS: Mapping[OrganisationKind, Mapping[int, float]] = MappingProxyType(
    {
        _K.AI: {1: 2, 2: 3, 3: 4, 4: 4, 6: 4, 8: 3, 11: 2},
        _K.ETTI: {1: 2, 2: 4, 3: 4, 4: 3, 6: 3, 9: 2},
        _K.EA: {3: 3, 6: 4, 10: 4, 14: 3, 18: 2, 23: 1, 28: 0.8},
        _K.ESAT: {4: 3, 8: 4, 13: 3, 18: 2, 23: 1, 28: 0.6},
        _K.COMPANY: {1: 2, 2: 3, 3: 4, 4: 4, 5: 3, 7: 3, 10: 2, 14: 1},
    }
)
_USUAL_STAYS = {2: 3, 3: 4, 4: 4, 6: 5, 8: 4, 10: 3, 12: 3, 16: 2, 20: 1, 24: 0.6, 26: 0.4}


def months_of_stay(random: Random, body: Body) -> int:
    return chosen(random, _STAYS.get(body.kinds[0][0], _USUAL_STAYS))


_EXITS: Mapping[ExitKind, float] = MappingProxyType(
    {
        ExitKind.CDI: 13,
        ExitKind.CDD_LONG: 16,
        ExitKind.PUBLIC_SERVICE: 2,
        ExitKind.BUSINESS: 2,
        ExitKind.CDD_SHORT: 16,
        ExitKind.AIDED_CONTRACT: 3,
        ExitKind.TRAINING: 13,
        ExitKind.OTHER_STRUCTURE: 8,
        ExitKind.RETIREMENT: 1.5,
        ExitKind.UNEMPLOYMENT: 15,
        ExitKind.INACTIVITY: 4,
        ExitKind.BREACH: 3,
        ExitKind.UNKNOWN: 2.5,
        ExitKind.DEATH: 0.2,
        ExitKind.LONG_LEAVE: 1,
        ExitKind.IMPRISONMENT: 0.4,
    }
)


def drawn_exit(random: Random) -> ExitKind:
    return chosen(random, _EXITS)
