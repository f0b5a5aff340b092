"""Where a project may go, and what it must say on the way. No database, no clock."""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from urllib.parse import urlsplit

from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.vocabulary import LotOutcome, ProjectState

TRANSITIONS: Mapping[ProjectState, frozenset[ProjectState]] = MappingProxyType(
    {
        ProjectState.DRAFT: frozenset(
            {ProjectState.IN_CHECK, ProjectState.READY, ProjectState.PUBLISHED, ProjectState.DROPPED}
        ),
        ProjectState.IN_CHECK: frozenset({ProjectState.READY, ProjectState.DRAFT, ProjectState.DROPPED}),
        ProjectState.READY: frozenset(
            {
                ProjectState.SCHEDULED,
                ProjectState.PUBLISHED,
                ProjectState.IN_CHECK,
                ProjectState.DRAFT,
                ProjectState.DROPPED,
            }
        ),
        ProjectState.SCHEDULED: frozenset({ProjectState.PUBLISHED, ProjectState.READY, ProjectState.DROPPED}),
        ProjectState.PUBLISHED: frozenset({ProjectState.IN_TENDER, ProjectState.DROPPED}),
        ProjectState.IN_TENDER: frozenset({ProjectState.AWARDED, ProjectState.DROPPED}),
        ProjectState.AWARDED: frozenset(),
        ProjectState.DROPPED: frozenset(),
    }
)
"""Where a project may go from each state. A postponement is a revision, not a state."""

LISTED_STATES = frozenset({ProjectState.PUBLISHED, ProjectState.IN_TENDER})
"""What the public list shows; a dropped or awarded project keeps its page."""

EDITABLE_STATES = frozenset({ProjectState.DRAFT, ProjectState.PUBLISHED})
"""What is checked, ready or dated stands still: the checks bear on what will be published."""


_ALREADY = {
    ProjectState.PUBLISHED: "Ce projet est déjà publié.",
    ProjectState.IN_TENDER: "Cette consultation est déjà annoncée.",
}


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
