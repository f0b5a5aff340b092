"""When a message leaves, what an alert may be about, and what makes a lot new to a saved search."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from portal.forecast.listing.selection import Facet, Selection
from portal.kernel.errors import RuleViolation
from portal.kernel.french import typo
from portal.vocabulary import AlertKind, Frequency, Lever, Role

MORNING = time(7, 30)
"""In Paris: before the working day, and never in the hour that a change of clocks skips or repeats."""
APART = timedelta(minutes=10)
"""At least so long between two messages to the same person, for the same organisation."""
READ_AGAIN = timedelta(hours=6)
"""A transaction that lasts longer than this may lose what it announces; the longest import lasts minutes."""
ESTIMATED = timedelta(days=92)

LONGEST_ADDRESS = 2_000
"""Of a saved search, as it is kept."""

_PARIS = ZoneInfo("Europe/Paris")
_MONDAY = 0

DEFAULTS: Mapping[AlertKind, Frequency] = MappingProxyType(
    {
        AlertKind.NEW_LOTS: Frequency.DAILY,
        AlertKind.CHANGES: Frequency.AT_ONCE,
        AlertKind.ANSWERS: Frequency.AT_ONCE,
        AlertKind.MEETINGS: Frequency.DAILY,
        AlertKind.CAPACITIES: Frequency.AT_ONCE,
        AlertKind.NUDGES: Frequency.AT_ONCE,
        AlertKind.CALIBRATIONS: Frequency.AT_ONCE,
    }
)
"""For who chose nothing. Each saved search says its own: of « new lots », only « jamais » weighs."""

GATHERED = (AlertKind.NEW_LOTS, AlertKind.CHANGES, AlertKind.ANSWERS, AlertKind.MEETINGS)
"""The types that one message gathers, and that its link to stop everything stops."""

SEARCH_FREQUENCIES = (Frequency.AT_ONCE, Frequency.DAILY, Frequency.WEEKLY)


def due_at(frequency: Frequency, noted_at: datetime) -> datetime:
    """When the message that gathers what is noted at an instant leaves: the next planned one, never an earlier one."""
    if frequency is Frequency.AT_ONCE:
        return noted_at
    local = noted_at.astimezone(_PARIS)
    days = 0 if local.timetz().replace(tzinfo=None) < MORNING else 1
    if frequency is Frequency.WEEKLY:
        days += (_MONDAY - local.weekday() - days) % 7
    planned = datetime.combine(local.date() + timedelta(days), MORNING, _PARIS)
    return planned.astimezone(UTC)


def kinds_for(roles: Collection[Role]) -> tuple[AlertKind, ...]:
    """The types that concern someone who holds these roles in an organisation."""
    own = {
        AlertKind.CAPACITIES: {Role.STRUCTURE},
        AlertKind.NUDGES: {Role.STRUCTURE, Role.TITULAIRE},
        AlertKind.CALIBRATIONS: {Role.STRUCTURE, Role.TITULAIRE, Role.NETWORK},
    }
    return tuple(kind for kind in AlertKind if kind in GATHERED or own[kind].intersection(roles))


def slot_of(now: datetime) -> datetime:
    """The ten minutes that an instant falls in: two schedulers that gather at once name one message alike."""
    utc = now.astimezone(UTC)
    return utc - timedelta(minutes=utc.minute % 10, seconds=utc.second, microseconds=utc.microsecond)


def messages_for(frequency: Frequency, instants: Iterable[datetime]) -> int:
    """How many messages would have told what happened at these instants, gathered as they are."""
    planned = {due_at(frequency, instant) for instant in instants}
    return len({slot_of(instant) for instant in planned})


def ensure_name(name: str | None) -> str:
    if not name or not name.strip():
        raise RuleViolation("Donnez un nom à cette recherche : il sera l’objet de ses courriels.", "name")
    return " ".join(name.split())


def ensure_address(address: str) -> None:
    if len(address) > LONGEST_ADDRESS:
        words = "Cette recherche retient trop de filtres pour être enregistrée : retirez-en quelques-uns."
        raise RuleViolation(typo(words))


def ensure_search_frequency(frequency: Frequency) -> None:
    if frequency not in SEARCH_FREQUENCIES:
        raise RuleViolation("Choisissez quand recevoir ces courriels, ou mettez fin à la recherche.", "frequency")


def fields_that_enter(selection: Selection) -> frozenset[str]:
    """The public changes that may bring a lot into this search: its appearance, and whatever the search looks at."""
    looked_at = {field for facet in selection.chosen for field in _FIELDS_OF[facet]}
    return frozenset(_APPEARANCES | looked_at | (_WORDS if selection.text else frozenset()))


_APPEARANCES = frozenset({"published", "lot_added"})
_WORDS = frozenset({"title", "description", "summary", "cpv_code", "trade", "places"})
_FIELDS_OF: Mapping[Facet, frozenset[str]] = MappingProxyType(
    {
        Facet.LEVER: frozenset(f"lever_{lever.value}" for lever in Lever),
        Facet.TRADE: frozenset({"trade"}),
        Facet.COMMUNE: frozenset({"places"}),
        Facet.PERIOD: frozenset({"planned"}),
        Facet.BUYER: frozenset(),
        Facet.AMOUNT: frozenset({"amount"}),
        Facet.CONFIDENCE: frozenset({"confidence"}),
    }
)
