"""How a lot may be cut, until when opinions are asked, and what is kept. No database, no clock."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from portal.calibration.split import VariantTerms
from portal.forecast.rules import EDITABLE_STATES
from portal.kernel.errors import RuleViolation
from portal.kernel.french import plural, typo
from portal.vocabulary import OpinionVerdict, ProjectState

MOST_SECTORS = 6
"""Beyond, a lot is cut by hand into lots of their own."""
MOST_VARIANTS = 12
"""That live for one lot: a page that nobody reads helps nobody."""
MOST_COMMUNES = 60
"""Beyond, nobody places them one by one."""
LONGEST_MONTHS = 120

_MOST_HOURS = Decimal(10_000_000)


def ensure_split(terms: VariantTerms, codes: Collection[str], today: date) -> None:
    """The buyer determines the number and the size of its lots (L2113-10). Raises RuleViolation on the field at fault.

    Each commune of the lot stands in one sector, and in one only.
    """
    if not codes:
        raise RuleViolation("Dites d’abord les communes du lot : une variante les répartit.")
    placed = Counter(code for sector in terms.sectors for code in sector.codes)
    if len(placed) < sum(placed.values()) or not set(placed) <= set(codes):
        raise RuleViolation("Chaque commune du lot va dans un secteur, et dans un seul.", "sectors")
    if missing := len(set(codes) - set(placed)):
        left = plural(missing, "commune n’est", "communes ne sont")
        raise RuleViolation(f"{left} dans aucun secteur : placez-les toutes.", "sectors")
    if not 1 <= len(terms.sectors) <= MOST_SECTORS or not all(sector.codes for sector in terms.sectors):
        raise RuleViolation(f"Une variante compte d’un à {MOST_SECTORS} secteurs, une commune au moins dans chacun.")
    _ensure_hours(terms)
    _ensure_period(terms, today)


def _ensure_hours(terms: VariantTerms) -> None:
    told = [sector.hours for sector in terms.sectors if sector.hours is not None]
    if told and len(told) < len(terms.sectors):
        raise RuleViolation(
            typo("Donnez les heures de chaque secteur, ou d’aucun : elles suivent alors la population."), "sectors"
        )
    if told and terms.hours is not None and terms.hours != sum(told, Decimal(0)):
        raise RuleViolation("Les heures des secteurs ne font pas ce total : laissez-le vide, il s’additionne.", "hours")
    for hours, field in [*((each, "sectors") for each in told), (terms.hours, "hours")]:
        if hours is not None and not 0 < hours <= _MOST_HOURS:
            raise RuleViolation("Indiquez des heures au-dessus de zéro, et au plus dix millions.", field)


def _ensure_period(terms: VariantTerms, today: date) -> None:
    if terms.starts_on is not None and terms.starts_on <= today:
        raise RuleViolation("Ce début est déjà passé : indiquez un jour à venir.", "starts_on")
    if terms.starts_on is not None and terms.starts_on.year > today.year + 10:
        raise RuleViolation("Ce début est à plus de dix ans : vérifiez l’année.", "starts_on")
    if terms.duration_months is not None and not 1 <= terms.duration_months <= LONGEST_MONTHS:
        raise RuleViolation(f"Indiquez une durée d’un à {LONGEST_MONTHS} mois.", "duration_months")


def ensure_cut(state: ProjectState, *, is_live: bool) -> None:
    """A lot is sized before its consultation: afterwards, the tender says what it is."""
    if not can_be_cut(state, is_live=is_live):
        raise RuleViolation("Ce lot ne se calibre plus : sa consultation est ouverte, ou il n’est plus au projet.")


def can_be_cut(state: ProjectState, *, is_live: bool) -> bool:
    return is_live and state not in _PAST


_PAST = frozenset({ProjectState.IN_TENDER, ProjectState.AWARDED, ProjectState.DROPPED})


def ensure_another(name: str, known: Iterable[str]) -> None:
    names = [each.casefold() for each in known]
    if name.casefold() in names:
        raise RuleViolation("Une autre variante de ce lot porte déjà ce nom.", "name")
    if len(names) >= MOST_VARIANTS:
        raise RuleViolation(f"Ce lot a déjà {MOST_VARIANTS} variantes : retirez celles qui ne servent plus.")


def ensure_unshared(*, is_shared: bool) -> None:
    """Those who answered answered to what they read: it no longer changes."""
    if is_shared:
        raise RuleViolation(
            "Cette variante est partagée : des avis s’y rapportent. Retirez-la, et faites-en une autre."
        )


def asks_opinions(state: ProjectState, *, is_live: bool) -> bool:
    return is_live and state is ProjectState.PUBLISHED


def ensure_shareable(state: ProjectState, *, is_live: bool) -> None:
    """The buyer may ask for opinions before its consultation (R2111-1), of all alike (L3): on a page that all read."""
    if not asks_opinions(state, is_live=is_live):
        raise RuleViolation(
            "On demande des avis sur un projet publié, avant sa consultation : tous lisent alors la même page "
            "(R2111-1, L3)."
        )


def ensure_opinion_taken(state: ProjectState, *, is_live: bool, is_open: bool) -> None:
    """`is_open`: the variant is shared, and not withdrawn."""
    if not (is_open and asks_opinions(state, is_live=is_live)):
        raise RuleViolation("Cette variante n’attend plus d’avis : voyez celles que l’acheteur partage.")


def ensure_kept(state: ProjectState, *, is_live: bool, is_withdrawn: bool) -> None:
    ensure_cut(state, is_live=is_live)
    if is_withdrawn:
        raise RuleViolation("Cette variante est retirée : choisissez-en une autre.", "variant")


def ensure_preparable(state: ProjectState, *, is_live: bool) -> None:
    """A draft, or a public project: what is checked, ready or dated stands still."""
    ensure_cut(state, is_live=is_live)
    if state not in EDITABLE_STATES:
        raise RuleViolation(
            typo(f"Ce projet est « {state.label} » : reprenez-le en brouillon, puis préparez ses lots.")
        )


def ensure_said(verdict: OpinionVerdict, text: str | None) -> None:
    """« Autre découpage » says which one: nobody guesses it."""
    if verdict is OpinionVerdict.OTHER_SPLIT and not text:
        raise RuleViolation("Dites quel découpage vous irait : quelles communes ensemble, combien d’heures.", "text")


def ensure_why(reason: str | None) -> None:
    """All read what was kept, and why."""
    if not reason:
        raise RuleViolation("Dites pourquoi : ce motif paraît avec le projet, à côté du découpage retenu.", "reason")


def ensure_variant_kept(kept: bool) -> None:
    if not kept:
        raise RuleViolation("Le lot est gardé tel qu’il est : retenez d’abord une variante.")


def ensure_something_new(unshared: int) -> None:
    if not unshared:
        raise RuleViolation("Rien à partager pour l’instant : enregistrez d’abord un découpage, ou composez le vôtre.")
