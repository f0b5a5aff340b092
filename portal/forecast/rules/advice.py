"""What a supplier would look for in vain, or find odd: shown before publication, forbids nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from portal.forecast.facts import LotFacts, ProjectFacts
from portal.forecast.rules.frame import points_of
from portal.forecast.settings import DEFAULTS
from portal.kernel.french import typo
from portal.vocabulary import PurchaseFamily


@dataclass(frozen=True)
class Advice:
    """What is missing or odd, without forbidding anything."""

    sentence: str
    article: str | None = None
    lot_number: int | None = None


def advice_on_project(
    project: ProjectFacts,
    lots: Mapping[int, LotFacts],
    today: date,
    price_weight_warning: int = DEFAULTS.price_weight_warning,
) -> list[Advice]:
    """What a supplier would look for in vain, or would find odd: shown before publication, forbids nothing."""
    found = []
    if not project.has_contact:
        found.append(Advice("Personne à qui parler : une adresse ou un téléphone éviterait des questions perdues."))
    if not project.summary:
        found.append(Advice("Pas de présentation : deux phrases disent ce que vous achetez et pourquoi."))
    if project.procedure is None:
        found.append(Advice("La procédure n’est pas indiquée."))
    for number, lot in lots.items():
        told = advice_on_lot(lot, project.family, today, price_weight_warning)
        found += [Advice(typo(sentence), article, number) for sentence, article in told]
    return found


def advice_on_lot(
    lot: LotFacts,
    family: PurchaseFamily,
    today: date,
    price_weight_warning: int = DEFAULTS.price_weight_warning,
) -> Iterable[tuple[str, str | None]]:
    """Pairs (sentence, article) about one lot."""
    yield from _advice_on_dates(lot, today)
    yield from _advice_on_size(lot, price_weight_warning)
    if not any(choice.is_live for choice in lot.levers):
        yield "Aucun levier social n’est envisagé : c’est maintenant qu’il s’étudie.", None
    yield from ((point.sentence, point.article) for point in points_of(lot, family) if point.is_odd)


def _advice_on_dates(lot: LotFacts, today: date) -> Iterable[tuple[str, str | None]]:
    if lot.planned.ends_on < today:
        yield f"La consultation était prévue pour {lot.planned.label} : cette date est passée.", None
    if lot.duration_months is None:
        yield "La durée n’est pas indiquée.", None
    if lot.execution is None:
        yield "Le début d’exécution n’est pas indiqué.", None


def _advice_on_size(lot: LotFacts, price_weight_warning: int) -> Iterable[tuple[str, str | None]]:
    if lot.band is None:
        yield "Le montant n’est pas indiqué : une fourchette suffit.", None
    if not lot.whole_territory and not lot.commune_codes:
        yield "Les communes ne sont pas indiquées.", None
    if lot.hours_wanted is None and any(choice.is_live for choice in lot.levers):
        yield "Le volume d’heures d’insertion n’est pas indiqué.", None
    if told := price_warning(lot.price_weight_percent, price_weight_warning):
        yield told, None


def price_warning(weight: int | None, limit: int) -> str | None:
    """Said from the request on, beyond the weight that the buyer set."""
    if weight is None or weight <= limit:
        return None
    return typo(
        f"Le prix pèse {weight} % de la note : au-delà de {limit} %, le prix tiré vers le bas empêche souvent le "
        "parcours des personnes."
    )
