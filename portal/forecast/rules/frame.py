"""What the code de la commande publique says of the levers of one lot, on the day its consultation is planned.

Facts to know, warnings to look into, and what forbids deciding. No database, no clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from portal.forecast.facts import LeverChoice, LotFacts
from portal.kernel.french import format_number, typo
from portal.vocabulary import (
    SOCIAL_SERVICE_CPV,
    DerogationGround,
    Lever,
    PurchaseFamily,
    Reservation,
    Thresholds,
    Trade,
    thresholds_on,
)

ESS_LONGEST_MONTHS = 36
"""L2113-16: a contract reserved to the social economy lasts three years at most."""

EMPLOYMENT_SINCE = date(2026, 8, 22)
"""L2112-2-1 (loi 2021-1104, art. 35): it binds consultations begun from this day on."""

_SHORT_WORKS_MONTHS = 6
_FIRST_KNOWN = date(2026, 1, 1)

Kind = Literal["fact", "warning", "blocking"]


@dataclass(frozen=True)
class LegalPoint:
    """One thing that the law says: a fact, something to look into, or what forbids deciding."""

    sentence: str
    article: str | None
    kind: Kind

    @property
    def is_odd(self) -> bool:
        return self.kind != "fact"


def legal_points(
    *,
    family: PurchaseFamily,
    trade: Trade,
    cpv_code: str | None,
    amount: Decimal | None,
    planned_on: date,
    longest_months: int | None,
    levers: Sequence[LeverChoice],
    derogation: DerogationGround | None,
) -> list[LegalPoint]:
    """What applies to a lot whose consultation is planned on a day, the thresholds first, then each live lever.

    The law looks at the CPV code; `trade` stands for it as long as there is none.
    """
    live = [choice for choice in levers if choice.is_live]
    found = [*_on_amount(family, cpv_code, amount, planned_on)]
    found += _on_employment(family, amount, planned_on, longest_months, live, derogation)
    for choice in live:
        found += _on_lever(choice, cpv_code, longest_months)
    found += _on_combination(live)
    return [replace(point, sentence=typo(point.sentence)) for point in found]


def points_of(lot: LotFacts, family: PurchaseFamily) -> list[LegalPoint]:
    """The same, of a lot as it is told."""
    return legal_points(
        family=family,
        trade=lot.trade,
        cpv_code=lot.cpv_code,
        amount=lot.estimate,
        planned_on=lot.planned.ends_on,
        longest_months=lot.longest_months,
        levers=lot.levers,
        derogation=lot.derogation,
    )


def waiting_point(holders: Sequence[str]) -> LegalPoint | None:
    """L2113-16: who held such a contract of the same buyer in the last three years cannot have the next one."""
    if not holders:
        return None
    had, may = ("a déjà eu", "ne peut") if len(holders) == 1 else ("ont déjà eu", "ne peuvent")
    return _warning(
        typo(
            f"Carence de trois ans : {', '.join(holders)} {had} chez vous, il y a moins de trois ans, un marché "
            f"réservé à l’économie sociale et solidaire pour les mêmes services, et {may} prétendre à celui-ci."
        ),
        "L2113-16",
    )


def european_threshold(family: PurchaseFamily, planned_on: date) -> int:
    """In euros before tax, for a local authority; before 2026, the first figures known."""
    in_force = _thresholds(planned_on)
    return in_force.works_and_concessions if family is PurchaseFamily.WORKS else in_force.local_supplies_services


def is_social_cpv(cpv_code: str | None) -> bool:
    """Whether a code is one of the 115 of the social and other specific services (L2113-15)."""
    return cpv_code in SOCIAL_SERVICE_CPV


def _thresholds(planned_on: date) -> Thresholds:
    return thresholds_on(max(planned_on, _FIRST_KNOWN))


def _on_amount(
    family: PurchaseFamily, cpv_code: str | None, amount: Decimal | None, planned_on: date
) -> Iterable[LegalPoint]:
    """R2122-8, R2131-12, L2124-1; R2123-1 for social services."""
    if amount is None:
        yield _fact("Montant non indiqué : les seuils ne se situent pas encore.", None)
        return
    in_force = _thresholds(planned_on)
    works = family is PurchaseFamily.WORKS
    exempt = in_force.exempt_works if works else in_force.exempt_supplies_services
    if amount < exempt:
        yield _fact(f"Moins de {_euros(exempt)} HT : sans publicité ni mise en concurrence préalables.", "R2122-8")
    elif is_social_cpv(cpv_code):
        threshold = _euros(in_force.social_services)
        yield _fact(
            f"Services sociaux : procédure adaptée quel que soit le montant ; avis au JOUE dès {threshold} HT.",
            "R2123-1",
        )
    elif amount >= (european := european_threshold(family, planned_on)):
        yield _fact(f"Dès {_euros(european)} HT, seuil européen : procédure formalisée.", "L2124-1")
    elif amount >= in_force.journal:
        yield _fact(f"Dès {_euros(in_force.journal)} HT : avis au BOAMP ou dans un journal d’annonces.", "R2131-12")


def _on_employment(
    family: PurchaseFamily,
    amount: Decimal | None,
    planned_on: date,
    longest_months: int | None,
    live: Sequence[LeverChoice],
    derogation: DerogationGround | None,
) -> Iterable[LegalPoint]:
    """L2112-2-1: conditions of execution about social matters or employment, or a derogation and its reason."""
    if derogation is DerogationGround.SHORT_WORKS:
        yield from _on_short_works(family, longest_months)
    if planned_on < EMPLOYMENT_SINCE or amount is None or amount < european_threshold(family, planned_on):
        if derogation is not None and amount is not None:
            yield _warning("Une dérogation n’est utile qu’au-dessus du seuil européen.", "L2112-2-1")
        return
    if {choice.lever for choice in live} & {Lever.CLAUSE, Lever.INSERTION_SERVICE}:
        yield _fact("Au-dessus du seuil européen, une condition d’exécution sociale est due : elle y est.", "L2112-2-1")
    elif derogation is not None:
        yield _fact(f"Pas de condition d’exécution sociale, par dérogation : {_lower(derogation.label)}.", "L2112-2-1")
    else:
        yield _warning(
            "Au-dessus du seuil européen, les conditions d’exécution prennent en compte le social ou l’emploi, "
            "sauf dérogation motivée : aucune clause n’est encore annoncée.",
            "L2112-2-1",
        )


def _on_short_works(family: PurchaseFamily, longest_months: int | None) -> Iterable[LegalPoint]:
    if family is not PurchaseFamily.WORKS:
        yield LegalPoint("Cette dérogation ne vaut que pour des travaux.", "L2112-2-1", "blocking")
    elif longest_months is not None and longest_months >= _SHORT_WORKS_MONTHS:
        yield LegalPoint("Cette dérogation ne vaut que pour moins de six mois de travaux.", "L2112-2-1", "blocking")


def _on_lever(choice: LeverChoice, cpv_code: str | None, longest_months: int | None) -> Iterable[LegalPoint]:
    match choice.lever:
        case Lever.RESERVED:
            yield from _on_reservation(choice, cpv_code, longest_months)
        case Lever.CLAUSE:
            yield _fact("Une clause reste liée à l’objet du marché et figure dans ses documents.", "L2112-2")
        case Lever.CRITERION:
            yield _warning(
                "Un critère social doit rester lié à l’objet du marché : à manier avec précaution.", "R2152-7"
            )
        case Lever.INSERTION_SERVICE:
            yield _fact(
                "Un marché de services d’insertion suit une procédure adaptée quel que soit le montant : les travaux "
                "n’en sont que le support.",
                "R2123-1",
            )


def _on_reservation(choice: LeverChoice, cpv_code: str | None, longest_months: int | None) -> Iterable[LegalPoint]:
    match choice.reservation:
        case None | Reservation.NONE:
            yield _warning("La réservation envisagée ne dit pas encore à qui.", None)
        case Reservation.ESS:
            yield from on_social_economy(choice, cpv_code, longest_months)
        case Reservation.PENITENTIAIRE:
            yield _fact("Le travail s’exécute en établissement pénitentiaire.", "L2113-13-1")
            yield _fact("Cette réservation ne se cumule pas avec l’insertion ni le travail adapté.", "L2113-13-1")
        case Reservation.HANDICAP_INSERTION:
            yield _fact("Réserver à la fois au travail adapté et à l’insertion est permis.", "L2113-14")
            yield _half("handicapées ou défavorisées")
        case Reservation.HANDICAP:
            yield _half("handicapées")
        case Reservation.INSERTION:
            yield _half("défavorisées")


def _half(whom: str) -> LegalPoint:
    return _fact(
        f"Au moins 50 % de personnes {whom} chez qui répond ; la réservation est annoncée dès l’avis de publicité.",
        "R2113-7",
    )


def on_social_economy(choice: LeverChoice, cpv_code: str | None, longest_months: int | None) -> Iterable[LegalPoint]:
    """L2113-15, L2113-16: social and specific services only, three years at most, then three years without."""
    forbids: Kind = "blocking" if choice.is_decided else "warning"
    if not is_social_cpv(cpv_code):
        yield LegalPoint(
            "La réservation à l’économie sociale et solidaire ne vaut que pour les services sociaux et autres "
            "services spécifiques : vérifiez le code CPV.",
            "L2113-15",
            forbids if cpv_code else "warning",
        )
    if longest_months is None:
        yield _warning("Trois ans au plus, reconductions comprises : la durée n’est pas indiquée.", "L2113-16")
    elif longest_months > ESS_LONGEST_MONTHS:
        yield LegalPoint(
            "Un marché réservé à l’économie sociale et solidaire dure au plus trois ans, reconductions comprises : "
            f"celui-ci en durerait {longest_months} mois (L2113-16).",
            "L2113-16",
            forbids,
        )
    yield _fact("Qui l’obtient ne peut obtenir le suivant, pour les mêmes services, avant trois ans.", "L2113-16")


def _on_combination(live: Sequence[LeverChoice]) -> Iterable[LegalPoint]:
    """L2113-14 lets two reservations stand together; L2113-13-1 and L2113-15 stand alone."""
    kept = {choice.reservation for choice in live if choice.reservation not in {None, Reservation.NONE}}
    decided = sum(choice.is_decided for choice in live if choice.lever is Lever.RESERVED) > 1
    forbids: Kind = "blocking" if decided else "warning"
    if len(kept) > 1 and Reservation.PENITENTIAIRE in kept:
        yield LegalPoint("La réservation pénitentiaire ne se cumule pas avec les autres.", "L2113-13-1", forbids)
    elif len(kept) > 1 and Reservation.ESS in kept:
        yield LegalPoint("La réservation à l’économie sociale ne se cumule pas avec les autres.", "L2113-15", forbids)
    elif {Reservation.HANDICAP, Reservation.INSERTION} <= kept:
        yield _fact("Travail adapté et insertion se réservent ensemble.", "L2113-14")
    if kept and any(choice.lever in {Lever.CLAUSE, Lever.CRITERION} for choice in live):
        yield _fact("Un lot réservé peut aussi porter une clause ou un critère.", "L2112-2")


def _fact(sentence: str, article: str | None) -> LegalPoint:
    return LegalPoint(sentence, article, "fact")


def _warning(sentence: str, article: str | None) -> LegalPoint:
    return LegalPoint(sentence, article, "warning")


def _euros(amount: int) -> str:
    return f"{format_number(amount)} €"


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]
