"""What no lot may say, and what forbids publication. No database, no clock."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from portal.forecast.facts import LeverChoice, LotFacts, ProjectFacts
from portal.forecast.rules.frame import on_social_economy, points_of
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import Lever, LeverState, PurchaseFamily, Reservation, TerritoryScope


def ensure_planned_ahead(planned: PlannedPeriod, today: date) -> None:
    """A consultation is not planned in a period that has ended."""
    if planned.ends_on < today:
        raise RuleViolation(
            "Cette date est passée : indiquez quand vous pensez maintenant lancer la consultation.", "planned"
        )


def ensure_lot_coherent(lot: LotFacts) -> None:
    """What no lot may say, draft or public. Raises RuleViolation on the field at fault."""
    _ensure_ordered(lot)
    _ensure_renewals_have_length(lot)
    for choice in lot.levers:
        _ensure_lever_allowed(choice, lot)


def _ensure_ordered(lot: LotFacts) -> None:
    if _reversed(lot.amount_low, lot.amount_high):
        raise RuleViolation("Le montant haut est plus petit que le montant bas.", "amount_high")
    if _reversed(lot.framework_minimum, lot.framework_maximum):
        raise RuleViolation("Le maximum est plus petit que le minimum.", "framework_maximum")
    if lot.execution is not None and lot.execution.ends_on < lot.planned.starts_on:
        raise RuleViolation("L’exécution ne peut pas commencer avant la consultation.", "execution")


def _reversed(low: Decimal | None, high: Decimal | None) -> bool:
    return low is not None and high is not None and low > high


def _ensure_renewals_have_length(lot: LotFacts) -> None:
    if lot.renewals and not lot.renewal_months:
        raise RuleViolation("Indiquez la durée de chaque reconduction, en mois.", "renewal_months")


def _ensure_lever_allowed(choice: LeverChoice, lot: LotFacts) -> None:
    """A discarded lever says why; a decided one rests on an article (L2113-12 to L2113-15, L2112-2, R2152-7)."""
    field = choice.lever.value
    if choice.state is LeverState.DISCARDED and not choice.reason:
        raise RuleViolation("Dites en une phrase pourquoi ce levier est écarté.", f"{field}_reason")
    if choice.lever is Lever.RESERVED and choice.is_decided and choice.article is None:
        raise RuleViolation(
            "Choisissez à qui le lot est réservé : une réservation décidée s’appuie sur un article du code.",
            "reserved_reservation",
        )
    if choice.reservation is Reservation.ESS and choice.is_decided:
        _ensure_social_economy(choice, lot)


def _ensure_social_economy(choice: LeverChoice, lot: LotFacts) -> None:
    """L2113-15, L2113-16: social and other specific services, three years at most, renewals included."""
    for point in on_social_economy(choice, lot.cpv_code, lot.longest_months):
        if point.kind == "blocking":
            field = "cpv_code" if point.article == "L2113-15" else "duration_months"
            raise RuleViolation(typo(point.sentence), field, point.article)


def ensure_derogation(lot: LotFacts, family: PurchaseFamily) -> None:
    """L2112-2-1: a derogation rests on one of the four grounds, and its reason is kept by any means."""
    if lot.derogation is not None and not lot.derogation_reason:
        raise RuleViolation("Dites en une phrase pourquoi cette dérogation.", "derogation_reason", "L2112-2-1")
    if lot.derogation is None and lot.derogation_reason:
        raise RuleViolation("Choisissez la dérogation que ce motif explique.", "derogation", "L2112-2-1")
    for point in points_of(lot, family):
        if point.kind == "blocking" and point.article == "L2112-2-1":
            raise RuleViolation(point.sentence, "derogation", point.article)


def ensure_not_decided_here(before: LotFacts | None, after: LotFacts) -> None:
    """A lever becomes « décidé » by a legal check alone: a form keeps what was decided, envisages or discards."""
    for choice in after.levers:
        if not choice.is_decided:
            continue
        was = before.choice(choice.lever) if before else None
        if was is None or not was.is_decided:
            raise RuleViolation(
                typo("Un levier devient « décidé » par le contrôle juridique : dites-le « envisagé » d’ici là."),
                f"{choice.lever.value}_state",
            )
        if was.reservation is not choice.reservation:
            raise RuleViolation(
                typo("Cette réservation n’est pas celle qui est décidée : dites-la « envisagée », elle se contrôlera."),
                "reserved_state",
            )


def softened(lot: LotFacts) -> LotFacts:
    """The same lot, what it decides being envisaged: where its decisions cannot be taken over."""
    levers = tuple(
        replace(choice, state=LeverState.ENVISAGED) if choice.is_decided else choice for choice in lot.levers
    )
    return replace(lot, levers=levers)


def ensure_reason(reason: str | None) -> None:
    """A public change of date, size, lever or lot says why, to all who had counted on it."""
    if not reason:
        raise RuleViolation(
            "Dites pourquoi : ce motif paraît dans l’historique public du projet, à côté de l’avant et de l’après.",
            "reason",
        )


def blocks(project: ProjectFacts, lots: Mapping[int, LotFacts]) -> list[str]:
    """What forbids publication, in sentences: nothing but what would make the public page wrong."""
    found = []
    for number, lot in lots.items():
        if len(lots) > 1 and not lot.title:
            found.append(typo(f"Le lot {number} n’a pas d’intitulé : les lots doivent se distinguer."))
        try:
            ensure_lot_coherent(lot)
            ensure_derogation(lot, project.family)
        except RuleViolation as problem:
            found.append(typo(f"{_named(number)} : {problem.sentence}"))
    titles = [lot.title for lot in lots.values() if lot.title]
    if len(set(titles)) < len(titles):
        found.append("Deux lots portent le même intitulé.")
    return found


def blocks_on(today: date, project: ProjectFacts, lots: Mapping[int, LotFacts]) -> list[str]:
    """What forbids publication on a civil day: a date already gone is one more reason."""
    late = [
        typo(f"{_named(number)} : la consultation était prévue pour {lot.planned.label}, c’est passé. Reportez-la.")
        for number, lot in lots.items()
        if lot.planned.ends_on < today
    ]
    return blocks(project, lots) + late


def whole_place(scope: TerritoryScope, code: str) -> str | None:
    """How the public list writes a territory: a commune's own code, « E » + SIREN of an EPCI, « D » + department.

    None for a region or the whole country: too wide to tell anything about where a lot is carried out.
    """
    prefix = {TerritoryScope.COMMUNE: "", TerritoryScope.EPCI: "E", TerritoryScope.DEPARTMENT: "D"}.get(scope)
    return None if prefix is None else prefix + code


def _named(number: int) -> str:
    return f"Lot {number}" if number else "Le projet"
