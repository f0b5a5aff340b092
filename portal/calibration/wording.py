"""Words that pages, mails and the public history share."""

from collections.abc import Sequence

from portal.calibration.models import Choice, Variant
from portal.forecast.listing.rows import lot_title
from portal.forecast.models import Lot
from portal.kernel.french import format_date, plural, typo
from portal.kernel.hours import format_hours

AS_IT_IS = "Le lot tel qu’il est"


def lot_title_of(lot: Lot) -> str:
    """As one names it out of its project, once replaced too: « Nettoyage des écoles — lot 3, rive droite »."""
    project = lot.project
    alone = lot.is_whole or (len(project.all_lots) == 1 and not lot.title)
    return project.title if alone else lot_title(project.title, lot.number, lot.title)


def cut_words(variant: Variant) -> str:
    """« 2 secteurs, 10 000 h par an, dès le 1ᵉʳ septembre 2027, 36 mois »."""
    told = [_sectors(variant)]
    if variant.hours is not None:
        told.append(f"{format_hours(variant.hours)} par an")
    if variant.starts_on is not None:
        told.append(f"dès le {format_date(variant.starts_on)}")
    if variant.duration_months is not None:
        told.append(f"{variant.duration_months} mois")
    return ", ".join(told)


def variant_words(variant: Variant) -> str:
    """« Rive droite et rive gauche (2 secteurs) », « 3 secteurs de communes voisines »."""
    told = cut_words(variant).removeprefix(_sectors(variant) if "secteur" in variant.name else "").removeprefix(", ")
    return typo(f"{variant.name} ({told})" if told else variant.name)


def _sectors(variant: Variant) -> str:
    return plural(len(variant.sectors), "secteur")


def kept_words(choice: Choice) -> str:
    return variant_words(choice.variant) if choice.variant else AS_IT_IS


def named_words(variants: Sequence[Variant]) -> str:
    return typo(" ; ".join(variant_words(each) for each in variants))
