"""How values and rows are called on every page of the room."""

from decimal import ROUND_HALF_UP, Decimal

from portal.indicators.facts import StructureCategory
from portal.indicators.published import UNKNOWN, Cell, PublishedContract, PublishedTerm
from portal.indicators.rules import share_of
from portal.indicators.secrecy import Mask
from portal.kernel.french import NARROW, format_date, format_number
from portal.kernel.hours import format_hours
from portal.kernel.month import Month
from portal.vocabulary import AgeBand, ExitFamily, Sex

SMALL = f"moins de{NARROW}5"

SEXES = {Sex.WOMAN: ("femme", "Femmes"), Sex.MAN: ("homme", "Hommes")}


def percent(part: Decimal | int, whole: Decimal | int) -> str | None:
    """« 76 % », rounded half up; None of nothing."""
    share = share_of(part, whole)
    return None if share is None else f"{(share * 100).quantize(Decimal(1), ROUND_HALF_UP)}{NARROW}%"


def count_words(count: int | None) -> str:
    return SMALL if count is None else format_number(count)


def label_of(name: str, code: str) -> str:
    """How a row of a table is called."""
    if code == UNKNOWN:
        return "Non renseigné"
    match name:
        case "hours_by_month":
            return Month.parse(code).label
        case "people_by_sex":
            return SEXES[Sex(code)][1]
        case "people_by_age":
            return AgeBand(code).label
        case "exits_by_family":
            return ExitFamily(code).label
        case _:
            return StructureCategory(code).label


def words_of(name: str, cell: Cell) -> str:
    if cell.value is None:
        return mask_words(cell.mask, counts_people=name != "hours_by_month")
    return format_hours(cell.value) if name == "hours_by_month" else format_number(cell.value)


def term_note(term: PublishedTerm, year: int) -> str:
    """« du 4 avril 2014 au 3 juillet 2020 », « depuis le 4 juillet 2020, compté jusqu’à la fin de 2024 »."""
    if term.ends_on is not None and term.ends_on.year <= year:
        return f"du {format_date(term.starts_on)} au {format_date(term.ends_on)}"
    return f"depuis le {format_date(term.starts_on)}, compté jusqu’à la fin de {year}"


def month_name(label: str) -> str:
    return label.rsplit(" ", 1)[0]


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def mask_words(mask: Mask | None, *, counts_people: bool) -> str:
    """Why a cell says nothing: « moins de 5 » of people, « masqué » otherwise."""
    if mask is not Mask.SMALL:
        return "masqué"
    return SMALL if counts_people else f"moins de{NARROW}5 personnes"


def retained_words(contract: PublishedContract) -> str:
    if contract.retained is None:
        return mask_words(contract.mask, counts_people=False)
    return format_hours(contract.retained)
