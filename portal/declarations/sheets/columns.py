"""The columns of a month as a spreadsheet: what they are called, what else people call them, what they hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from portal.kernel.text import fold
from portal.vocabulary import ContractType, EducationLevel, ExitKind, HiringMode, Listed, Sex


class Holds(Enum):
    NOTHING_KEPT = "nothing kept"
    MATRICULE = "matricule"
    NAME = "name"
    BIRTH = "birth date"
    DAY = "day"
    HOURS = "hours"
    CHOICE = "choice"
    YES_NO = "yes or no"


@dataclass(frozen=True)
class Column:
    key: str
    heading: str
    holds: Holds
    width: int
    note: str
    """Shown by the spreadsheet beside the cell being typed: at most 255 characters."""
    aliases: tuple[str, ...] = ()
    choices: type[Listed] | None = None
    is_for_new_people: bool = False

    @property
    def spellings(self) -> frozenset[str]:
        return frozenset(map(heading_of, (self.heading, *self.aliases)))


def heading_of(typed: str) -> str:
    """A heading as it is compared: without case, accents nor signs."""
    letters = "".join(char if char.isalnum() else " " for char in fold(typed))
    return " ".join(letters.split())


COLUMNS = (
    Column(
        "kept_home",
        "Nom (reste chez vous)",
        Holds.NOTHING_KEPT,
        24,
        "Pour vous y retrouver : cette colonne n’est pas lue, et rien n’en est gardé.",
    ),
    Column(
        "matricule",
        "Matricule",
        Holds.MATRICULE,
        14,
        "Le numéro que vous donnez à la personne, jamais son nom : « P-0112 ».",
        (
            "n° matricule",
            "no matricule",
            "numéro matricule",
            "matricule salarié",
            "matricule intérimaire",
            "n° salarié",
        ),
    ),
    Column(
        "contract_type",
        "Contrat de travail",
        Holds.CHOICE,
        24,
        "Choisissez dans la liste.",
        ("contrat", "type de contrat", "nature du contrat"),
        ContractType,
    ),
    Column(
        "has_tutor", "Tuteur", Holds.YES_NO, 9, "« oui » si quelqu’un de l’entreprise est son tuteur.", ("tutorat",)
    ),
    Column(
        "entered_on",
        "Entrée",
        Holds.DAY,
        13,
        "Le premier jour de travail sur ce marché. Laissez vide pour une personne déjà en parcours.",
        ("date d’entrée", "entrée le", "début", "date de début"),
    ),
    Column(
        "hours",
        "Heures",
        Holds.HOURS,
        11,
        "Heures du mois, formation comprise : 130 ou 112,50. Vide : rien ne change.",
        ("heures du mois", "nombre d’heures", "nb heures", "total heures", "heures travaillées", "heures réalisées"),
    ),
    Column(
        "training_hours",
        "Dont formation",
        Holds.HOURS,
        11,
        "La part de formation de ces heures. Vide : rien ne change.",
        ("formation", "heures de formation", "dont heures de formation"),
    ),
    Column(
        "exit_on",
        "Sortie le",
        Holds.DAY,
        13,
        "Le jour de la sortie, si la personne a quitté ce marché ce mois-ci.",
        ("sortie", "date de sortie", "fin", "date de fin"),
    ),
    Column(
        "exit_kind",
        "Motif de sortie",
        Holds.CHOICE,
        30,
        "Choisissez dans la liste, avec le jour de la sortie.",
        ("type de sortie", "motif"),
        ExitKind,
    ),
    Column(
        "last_name",
        "Nom de naissance",
        Holds.NAME,
        20,
        "Pour un matricule nouveau seulement : lu une fois pour une empreinte, jamais gardé.",
        ("nom", "nom de famille"),
        is_for_new_people=True,
    ),
    Column(
        "first_name",
        "Prénom",
        Holds.NAME,
        16,
        "Pour un matricule nouveau seulement : lu une fois pour une empreinte, jamais gardé.",
        is_for_new_people=True,
    ),
    Column(
        "born_on",
        "Date de naissance",
        Holds.BIRTH,
        16,
        "Pour un matricule nouveau seulement : « 31/08/1990 ». Jamais gardée.",
        ("né le", "née le", "naissance"),
        is_for_new_people=True,
    ),
    Column("sex", "Sexe", Holds.CHOICE, 10, "Choisissez dans la liste.", (), Sex, is_for_new_people=True),
    Column(
        "hiring_mode",
        "Mode",
        Holds.CHOICE,
        30,
        "Comment la personne travaille sur ce marché : choisissez dans la liste.",
        ("mode d’embauche", "modalité"),
        HiringMode,
        is_for_new_people=True,
    ),
    Column(
        "education",
        "Niveau d’études",
        Holds.CHOICE,
        16,
        "Facultatif : choisissez dans la liste.",
        ("niveau de formation", "diplôme"),
        EducationLevel,
        is_for_new_people=True,
    ),
)

COLUMN: Mapping[str, Column] = MappingProxyType({column.key: column for column in COLUMNS})
BY_SPELLING: Mapping[str, Column] = MappingProxyType(
    {spelling: column for column in COLUMNS if column.holds is not Holds.NOTHING_KEPT for spelling in column.spellings}
)
LINE_OF_FILE, TO_MEND = "Ligne du fichier", "À corriger"
"""Two columns that only rows handed back have."""
YES, NO = "oui", "non"


def label_of(member: Listed) -> str:
    """A choice as a list shows it."""
    return member.label[:1].upper() + member.label[1:]


def letter_of(place: int) -> str:
    """« A » for 0, « AB » for 27."""
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
