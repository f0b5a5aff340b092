"""« Quel levier est réaliste ? »: all that is known of one purchase, gathered in a fixed number of statements.

A first talk, each figure with where it comes from: nothing here decides, and nothing here is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.forecast import queries as forecast
from portal.forecast import renewals
from portal.forecast.facts import LeverChoice
from portal.forecast.models import Lot
from portal.forecast.rules.advice import price_warning
from portal.forecast.rules.frame import LegalPoint, is_social_cpv, legal_points, waiting_point
from portal.forecast.settings import Settings
from portal.kernel.french import plural, typo
from portal.matching import queries as matching
from portal.matching.eligible import KindCount, by_kind
from portal.matching.potential import Potential, Way, potential
from portal.requests import queries
from portal.requests.estimates import Coefficients, Estimate, Tried, estimate
from portal.requests.models import PurchaseRequest
from portal.vocabulary import Lever, LeverState, PurchaseFamily, Reservation, Trade


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """What the advice looks at; None: not said yet."""

    buyer: Organisation
    trade: Trade | None
    family: PurchaseFamily | None
    cpv_code: str | None
    amount: Decimal | None
    amount_words: str = "Enveloppe"
    months: int | None
    consultation_on: date
    communes: tuple[str, ...] = ()
    """Empty: all of the buyer's territory."""
    price_weight_percent: int | None = None
    levers: tuple[LeverChoice, ...] = ()
    """Those wished or weighed already; empty: the realistic one is looked at."""
    tried: Tried = field(default_factory=Tried)


@dataclass(frozen=True, kw_only=True)
class Advice:
    purchase: Purchase
    settings: Settings
    coefficients: Coefficients | None
    """None as long as the trade is not said."""
    trade_coefficients: Coefficients | None
    """What they were before anything was tried."""
    estimate: Estimate | None
    """None as long as the trade or the amount is not said."""
    potential: Potential | None
    kinds: Sequence[KindCount]
    found: int
    """Structures found in all, whatever their kind."""
    is_cut: bool
    legal: Sequence[LegalPoint]
    levers: Sequence[LeverChoice]
    """The levers that the legal points are about."""

    @property
    def price_warning(self) -> str | None:
        return price_warning(self.purchase.price_weight_percent, self.settings.price_weight_warning)

    @property
    def missing(self) -> list[str]:
        """What would tell more, in the order in which it is asked for."""
        purchase = self.purchase
        wanted = (
            (purchase.trade is None, "le métier, pour compter les structures"),
            (purchase.amount is None, "l’enveloppe, pour estimer les heures"),
            (purchase.months is None, "la durée, pour comparer à ce que les structures peuvent faire en un an"),
            (purchase.family is None, "la nature de l’achat, pour le cadre juridique"),
        )
        return [words for is_missing, words in wanted if is_missing]

    @property
    def in_short(self) -> str:
        """One sentence."""
        if self.potential is None:
            return "Dites le métier : le portail comptera les structures qui pourraient répondre."
        return typo(_IN_SHORT[self.potential.way](self.potential) + self._about_supplies)

    @property
    def _about_supplies(self) -> str:
        """Things are bought, hardly any work: whoever makes or only resells them is not said by a trade."""
        if self.purchase.family is not PurchaseFamily.SUPPLIES or self.potential is None:
            return ""
        if self.potential.way is Way.CLAUSE:
            return " Pour des fournitures, il reste peu d’heures de travail : voyez la livraison ou la pose."
        return " Pour des fournitures, vérifiez d’abord qu’elles les produisent ou les reconditionnent elles-mêmes."


def _reserve(found: Potential) -> str:
    count = len(found.chosen.pool.eligible) if found.chosen else 0
    return f"Réserver paraît réaliste : {plural(count, 'structure connue', 'structures connues')} pour répondre."


def _adapt(found: Potential) -> str:
    count = len(found.chosen.pool.eligible) if found.chosen else 0
    known = plural(count, "structure connue", "structures connues")
    return f"Un lot à leur taille, ou une clause : {known} pour répondre, trop peu pour réserver le tout."


def _clause(_found: Potential) -> str:
    return "Une clause d’insertion : aucune structure connue ne répondrait aujourd’hui à un marché réservé."


_IN_SHORT = {Way.RESERVE: _reserve, Way.ADAPT: _adapt, Way.CLAUSE: _clause}


def purchase_of(request: PurchaseRequest, today: date, tried: Tried | None = None) -> Purchase:
    """What a request says, with the coefficients kept for it or those tried now."""
    wanted = request.wanted
    kept = Tried(request.labour_share, request.insertion_rate, request.hourly_cost, request.support_cost)
    planned = renewals.planned_before(wanted.starts_on, today) if wanted else None
    return Purchase(
        buyer=request.buyer,
        trade=request.trade,
        family=request.family,
        cpv_code=request.cpv_code,
        amount=request.budget,
        months=request.duration_months,
        consultation_on=planned.ends_on if planned else today,
        communes=() if request.whole_territory else request.commune_codes,
        price_weight_percent=request.price_weight_percent,
        levers=_wished(request.wished_lever),
        tried=tried or kept,
    )


def purchase_of_lot(lot: Lot, tried: Tried | None = None) -> Purchase:
    """What a lot says of itself, with the levers it weighs."""
    facts = lot.facts
    exact = facts.amount_high if facts.amount_high is not None else facts.amount_low
    return Purchase(
        buyer=lot.project.buyer,
        trade=facts.trade,
        family=lot.project.family,
        cpv_code=facts.cpv_code,
        amount=facts.estimate,
        amount_words="Montant estimé" if exact is not None else "Bas de la fourchette",
        months=facts.longest_months,
        consultation_on=facts.planned.ends_on,
        communes=() if facts.whole_territory else facts.commune_codes,
        price_weight_percent=facts.price_weight_percent,
        levers=tuple(choice for choice in facts.levers if choice.is_live),
        tried=tried or Tried(),
    )


def gather(session: Session, purchase: Purchase, today: date) -> Advice:
    settings = forecast.settings_of(session, purchase.buyer.id)
    trade = purchase.trade
    of_trade = queries.coefficients_of(session, purchase.buyer.id, trade) if trade else None
    used = purchase.tried.on(of_trade) if of_trade else None
    made = estimate(purchase.amount, purchase.months, used) if used and purchase.amount else None
    suppliers = _suppliers(session, purchase, today)
    weighed = (
        potential(
            suppliers,
            hours_per_year=made.work_hours_per_year if made else None,
            thresholds=settings,
            is_social_service=is_social_cpv(purchase.cpv_code),
        )
        if trade
        else None
    )
    levers = _levers(purchase, weighed)
    return Advice(
        purchase=purchase,
        settings=settings,
        coefficients=used,
        trade_coefficients=of_trade,
        estimate=made,
        potential=weighed,
        kinds=by_kind(suppliers),
        found=len(suppliers),
        is_cut=suppliers.is_cut,
        legal=[*_legal(purchase, levers), *_waiting(session, purchase, levers)],
        levers=levers,
    )


def _suppliers(session: Session, purchase: Purchase, today: date) -> matching.Candidates:
    if purchase.trade is None:
        return matching.Candidates()
    around = purchase.communes or tuple(code for code, _ in forecast.communes_around(session, purchase.buyer))
    return matching.candidates(session, purchase.trade, around, today)


def _levers(purchase: Purchase, weighed: Potential | None) -> tuple[LeverChoice, ...]:
    """The levers already thought of, a reservation given to whom it suits best; else the one that looks realistic."""
    suited = weighed.reservation if weighed else None
    if purchase.levers:
        return tuple(_suited(choice, suited) for choice in purchase.levers)
    if weighed is None:
        return ()
    return tuple(_suited(each, suited) for each in _wished(_REALISTIC[weighed.way]))


_REALISTIC = {Way.RESERVE: Lever.RESERVED, Way.ADAPT: Lever.CLAUSE, Way.CLAUSE: Lever.CLAUSE}


def _suited(choice: LeverChoice, reservation: Reservation | None) -> LeverChoice:
    open_to_all = choice.lever is Lever.RESERVED and choice.reservation is None
    return replace(choice, reservation=reservation) if open_to_all else choice


def _wished(lever: Lever | None) -> tuple[LeverChoice, ...]:
    return (LeverChoice(lever, LeverState.ENVISAGED),) if lever else ()


def _waiting(session: Session, purchase: Purchase, levers: Sequence[LeverChoice]) -> list[LegalPoint]:
    """L2113-16, when the social economy would be chosen: who held the same services in the three years before."""
    if purchase.trade is None or not any(choice.reservation is Reservation.ESS for choice in levers):
        return []
    holders = forecast.social_economy_holders(
        session, purchase.buyer.id, purchase.trade, purchase.cpv_code, purchase.consultation_on
    )
    point = waiting_point(holders)
    return [point] if point else []


def _legal(purchase: Purchase, levers: Sequence[LeverChoice]) -> list[LegalPoint]:
    if purchase.family is None or purchase.trade is None:
        return []
    return legal_points(
        family=purchase.family,
        trade=purchase.trade,
        cpv_code=purchase.cpv_code,
        amount=purchase.amount,
        planned_on=purchase.consultation_on,
        longest_months=purchase.months,
        levers=levers,
        derogation=None,
    )
