"""What the code de la commande publique and the portal say of a project and its lots. No database, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from urllib.parse import urlsplit

from portal.forecast.facts import LeverChoice, LotFacts, ProjectFacts
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import (
    Lever,
    LeverState,
    LotOutcome,
    ProjectState,
    PurchaseFamily,
    Reservation,
    TerritoryScope,
    thresholds_on,
)

ESS_LONGEST_MONTHS = 36
"""L2113-16: a contract reserved to the social economy lasts three years at most."""

PRICE_WEIGHT_WARNING = 60
"""Percent of the note; above, the price pulled down leaves no room for a person's path (domain decision)."""

_SOCIAL_DIVISIONS = frozenset({"75", "79", "80", "85", "92", "98"})
"""CPV divisions of « services sociaux et autres services spécifiques » (avis du 31/03/2019), as a first sieve."""

TRANSITIONS: Mapping[ProjectState, frozenset[ProjectState]] = MappingProxyType(
    {
        ProjectState.DRAFT: frozenset({ProjectState.PUBLISHED, ProjectState.DROPPED}),
        ProjectState.PUBLISHED: frozenset({ProjectState.IN_TENDER, ProjectState.DROPPED}),
        ProjectState.IN_TENDER: frozenset({ProjectState.AWARDED, ProjectState.DROPPED}),
        ProjectState.IN_CHECK: frozenset(),
        ProjectState.READY: frozenset(),
        ProjectState.SCHEDULED: frozenset(),
        ProjectState.AWARDED: frozenset(),
        ProjectState.DROPPED: frozenset(),
    }
)
"""Where a project may go from each state. A postponement is a revision, not a state."""

LISTED_STATES = frozenset({ProjectState.PUBLISHED, ProjectState.IN_TENDER})
"""What the public list shows; a dropped or awarded project keeps its page."""

EDITABLE_STATES = frozenset({ProjectState.DRAFT, ProjectState.PUBLISHED})


_ALREADY = {
    ProjectState.PUBLISHED: "Ce projet est déjà publié.",
    ProjectState.IN_TENDER: "Cette consultation est déjà annoncée.",
}


@dataclass(frozen=True)
class Advice:
    """What is missing or odd, without forbidding anything."""

    sentence: str
    article: str | None = None
    lot_number: int | None = None


def ensure_transition(current: ProjectState, wanted: ProjectState) -> None:
    if current is wanted:
        raise RuleViolation(_ALREADY.get(wanted) or typo(f"Ce projet est déjà « {wanted.label} »."))
    if wanted not in TRANSITIONS[current]:
        raise RuleViolation(typo(f"Ce projet est « {current.label} » : il ne peut pas devenir « {wanted.label} »."))


def ensure_editable(state: ProjectState) -> None:
    if state not in EDITABLE_STATES:
        raise RuleViolation(typo(f"Ce projet est « {state.label} » : sa fiche ne se modifie plus."))


def ensure_tender_told(state: ProjectState) -> None:
    """A consultation is announced once, then its address and date may be corrected as long as it runs."""
    if state is not ProjectState.IN_TENDER:
        ensure_transition(state, ProjectState.IN_TENDER)


def ensure_tender_runs(state: ProjectState) -> None:
    if state is not ProjectState.IN_TENDER:
        raise RuleViolation(typo(f"Ce projet est « {state.label} » : sa consultation ne se corrige pas."))


def ensure_awardable(state: ProjectState, outcome: LotOutcome | None) -> None:
    """Only a lot whose consultation runs, and has not ended yet, is awarded or closed."""
    if outcome is not None:
        raise RuleViolation(typo(f"Ce lot est déjà « {outcome.label} » : cela ne se refait pas."))
    if state is not ProjectState.IN_TENDER:
        raise RuleViolation(
            typo(f"Ce projet est « {state.label} » : un lot s’attribue quand sa consultation est ouverte.")
        )


def ensure_notification_dated(notified_on: date, published_on: date, today: date) -> None:
    if notified_on > today:
        raise RuleViolation("Cette date n’est pas encore venue : un marché s’attribue une fois notifié.", "notified_on")
    if notified_on < published_on:
        raise RuleViolation(
            typo(f"Ce projet a été publié le {format_date(published_on)} : le marché n’a pas pu être notifié avant."),
            "notified_on",
        )


def ensure_droppable(outcomes: Iterable[LotOutcome | None]) -> None:
    """A project that has made a contract is no longer given up whole."""
    if LotOutcome.AWARDED in outcomes:
        raise RuleViolation("Un lot de ce projet est attribué : déclarez sans suite chacun des autres.")


def ensure_tender_address(url: str | None) -> None:
    if not is_web_address(url):
        raise RuleViolation(
            "Indiquez l’adresse de la consultation : elle commence par https://, ou par http://.", "tender_url"
        )


def ensure_offers_ahead(offers_due_on: date | None, today: date) -> None:
    if offers_due_on is None:
        raise RuleViolation("Indiquez jusqu’à quand les offres se remettent.", "offers_due_on")
    if offers_due_on < today:
        raise RuleViolation(
            "Cette date est passée : les offres se remettent aujourd’hui ou plus tard.", "offers_due_on"
        )


def is_web_address(url: str | None) -> bool:
    """Whether a browser may be led there: http or https, and a host."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


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
        _ensure_ess_duration(lot)


def _ensure_ess_duration(lot: LotFacts) -> None:
    """L2113-16: three years at most, renewals included."""
    if lot.longest_months is not None and lot.longest_months > ESS_LONGEST_MONTHS:
        raise RuleViolation(
            typo(
                "Un marché réservé à l’économie sociale et solidaire dure au plus trois ans, reconductions comprises : "
                f"celui-ci en durerait {lot.longest_months} mois (L2113-16)."
            ),
            "duration_months",
            "L2113-16",
        )


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


def advice_on_project(project: ProjectFacts, lots: Mapping[int, LotFacts], today: date) -> list[Advice]:
    """What a supplier would look for in vain, or would find odd: shown before publication, forbids nothing."""
    found = []
    if not project.has_contact:
        found.append(Advice("Personne à qui parler : une adresse ou un téléphone éviterait des questions perdues."))
    if not project.summary:
        found.append(Advice("Pas de présentation : deux phrases disent ce que vous achetez et pourquoi."))
    if project.procedure is None:
        found.append(Advice("La procédure n’est pas indiquée."))
    for number, lot in lots.items():
        found += [
            Advice(typo(sentence), article, number) for sentence, article in advice_on_lot(lot, project.family, today)
        ]
    return found


def advice_on_lot(lot: LotFacts, family: PurchaseFamily, today: date) -> Iterable[tuple[str, str | None]]:
    """Pairs (sentence, article) about one lot."""
    yield from _advice_on_dates(lot, today)
    yield from _advice_on_size(lot)
    yield from _advice_on_levers(lot)
    yield from _advice_on_european_threshold(lot, family)


def _advice_on_dates(lot: LotFacts, today: date) -> Iterable[tuple[str, str | None]]:
    if lot.planned.ends_on < today:
        yield f"La consultation était prévue pour {lot.planned.label} : cette date est passée.", None
    if lot.duration_months is None:
        yield "La durée n’est pas indiquée.", None
    if lot.execution is None:
        yield "Le début d’exécution n’est pas indiqué.", None


def _advice_on_size(lot: LotFacts) -> Iterable[tuple[str, str | None]]:
    if lot.band is None:
        yield "Le montant n’est pas indiqué : une fourchette suffit.", None
    if not lot.whole_territory and not lot.commune_codes:
        yield "Les communes ne sont pas indiquées.", None
    if lot.hours_wanted is None and any(choice.is_live for choice in lot.levers):
        yield "Le volume d’heures d’insertion n’est pas indiqué.", None
    if lot.price_weight_percent is not None and lot.price_weight_percent > PRICE_WEIGHT_WARNING:
        yield (
            f"Le prix pèse {lot.price_weight_percent} % de la note : au-delà de {PRICE_WEIGHT_WARNING} %, "
            "le prix tiré vers le bas empêche souvent le parcours des personnes.",
            None,
        )


def _advice_on_levers(lot: LotFacts) -> Iterable[tuple[str, str | None]]:
    live = [choice for choice in lot.levers if choice.is_live]
    if not live:
        yield "Aucun levier social n’est envisagé : c’est maintenant qu’il s’étudie.", None
    for choice in live:
        if choice.lever is Lever.RESERVED and choice.article is None:
            yield "La réservation envisagée ne dit pas encore à qui.", None
        if choice.lever is Lever.CRITERION:
            yield "Un critère social doit rester lié à l’objet du marché : à manier avec précaution.", "R2152-7"
        if choice.reservation is Reservation.ESS and not is_social_cpv(lot.cpv_code):
            yield (
                "La réservation à l’économie sociale et solidaire ne vaut que pour les services sociaux et autres "
                "services spécifiques : vérifiez le code CPV.",
                "L2113-15",
            )


def _advice_on_european_threshold(lot: LotFacts, family: PurchaseFamily) -> Iterable[tuple[str, str | None]]:
    """L2112-2-1: at and above the European threshold, conditions of execution about employment, or a stated reason."""
    live = {choice.lever for choice in lot.levers if choice.is_live}
    if lot.band is None or live & {Lever.CLAUSE, Lever.INSERTION_SERVICE}:
        return
    if lot.band.low >= european_threshold(family, lot.planned.starts_on):
        yield (
            "Au-dessus du seuil européen, les conditions d’exécution prennent en compte le social ou l’emploi, "
            "sauf dérogation motivée : aucune clause n’est encore annoncée.",
            "L2112-2-1",
        )


def european_threshold(family: PurchaseFamily, planned_on: date) -> int:
    """In euros before tax, for a local authority; before 2026, the first figures known."""
    thresholds = thresholds_on(max(planned_on, date(2026, 1, 1)))
    return thresholds.works_and_concessions if family is PurchaseFamily.WORKS else thresholds.local_supplies_services


def is_social_cpv(cpv_code: str | None) -> bool:
    """Whether a code may be of a social or other specific service (L2113-15): by its division, as a first sieve."""
    return cpv_code is not None and cpv_code[:2] in _SOCIAL_DIVISIONS


def whole_place(scope: TerritoryScope, code: str) -> str | None:
    """How the public list writes a territory: a commune's own code, « E » + SIREN of an EPCI, « D » + department.

    None for a region or the whole country: too wide to tell anything about where a lot is carried out.
    """
    prefix = {TerritoryScope.COMMUNE: "", TerritoryScope.EPCI: "E", TerritoryScope.DEPARTMENT: "D"}.get(scope)
    return None if prefix is None else prefix + code


def _named(number: int) -> str:
    return f"Lot {number}" if number else "Le projet"
