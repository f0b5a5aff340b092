"""Why a lot suits an organisation, in words. No database, no clock.

What nobody said is « à compléter », with where to: it is never a no. Being eligible is being so as of right, today: the
kinds that end before the consultation are mostly renewed each year, and the buyer examines them then.
"""

from collections.abc import Collection, Sequence
from datetime import date
from enum import Enum

from portal.directory import rules as directory
from portal.kernel.french import format_date, typo
from portal.kernel.hours import format_hours
from portal.matching.facts import Fit, Links, Reason, Supplier, Topic, Verdict, Wanted, Zone
from portal.vocabulary import CapacityBand, OrganisationKind, Reservation

_NAMED = 3
"""Places named in a sentence; the others are counted."""

_YES, _NO, _UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
_NO_LINKS = Links()

_KEPT_FOR = {
    Reservation.HANDICAP: "au travail adapté",
    Reservation.INSERTION: "aux structures d’insertion",
    Reservation.HANDICAP_INSERTION: "à l’insertion et au handicap",
    Reservation.PENITENTIAIRE: "au travail en détention",
    Reservation.ESS: "à l’économie sociale et solidaire",
}
_WITH_EQUIVALENTS = frozenset({Reservation.HANDICAP, Reservation.INSERTION, Reservation.HANDICAP_INSERTION})
"""L2113-12 and L2113-13 also admit « structures équivalentes »."""


class Cover(Enum):
    """How much of a zone is served."""

    WHOLE = "whole"
    PART = "part"
    NONE = "none"


def cover(served: Collection[Zone], zone: Zone) -> Cover:
    """What territories served, taken together as they were told, make of one zone."""
    keys = {each.key for each in served}
    if zone.key in keys or not keys.isdisjoint(zone.within):
        return Cover.WHOLE
    reaches = not keys.isdisjoint(zone.across) or any(zone.key in each.within | each.across for each in served)
    return Cover.PART if reaches else Cover.NONE


def fit(wanted: Wanted, supplier: Supplier, today: date, links: Links = _NO_LINKS) -> Fit:
    """One reason for each topic, and the sentence of « Pour vous »."""
    trade = weigh_trade(wanted, supplier, links)
    territory = weigh_territory(wanted, supplier, links)
    eligibility = weigh_eligibility(wanted, supplier, links)
    capacity = weigh_capacity(wanted, supplier, today, links)
    said = _sentence(wanted, trade, territory, eligibility, capacity)
    return Fit(trade, territory, eligibility, capacity, typo(said) if said else None)


def weigh_trade(wanted: Wanted, supplier: Supplier, links: Links) -> Reason:
    name = wanted.trade.label
    if not supplier.trades:
        return _unsaid(
            Topic.TRADE, "Vos métiers ne sont pas indiqués", "métier à compléter", links.trade, "les indiquer"
        )
    if wanted.trade in supplier.trades:
        return Reason(Topic.TRADE, _YES, f"{name} : un de vos métiers.", "votre métier")
    return Reason(Topic.TRADE, _NO, f"{name} n’est pas parmi les métiers que vous avez indiqués.")


def weigh_territory(wanted: Wanted, supplier: Supplier, links: Links) -> Reason:
    if not wanted.zones:
        return Reason(Topic.TERRITORY, _UNKNOWN, "L’acheteur n’a pas encore dit où.")
    if not supplier.zones:
        told = "Votre zone d’intervention n’est pas indiquée"
        return _unsaid(Topic.TERRITORY, told, "territoire à compléter", links.territory, "l’indiquer")
    covered: dict[Cover, list[str]] = {each: [] for each in Cover}
    for zone in wanted.zones:
        covered[cover(supplier.zones, zone)].append(zone.name)
    return _covering(covered[Cover.WHOLE], covered[Cover.PART], covered[Cover.NONE])


def _covering(whole: Sequence[str], part: Sequence[str], none: Sequence[str]) -> Reason:
    if not whole and not part:
        return Reason(Topic.TERRITORY, _NO, f"Votre zone ne couvre pas {_listed(none)}.")
    pieces = [_listed(whole)] if whole else []
    pieces += [f"une partie de {_listed(part)}"] if part else []
    missing = f", mais pas {_listed(none)}" if none else ""
    brief = "une partie sur votre territoire" if none or part else "votre territoire"
    return Reason(Topic.TERRITORY, _YES, f"Votre zone couvre {' et '.join(pieces)}{missing}.", brief)


def weigh_eligibility(wanted: Wanted, supplier: Supplier, links: Links) -> Reason:
    """CCP, L2113-12 to L2113-15: as of right, by what the organisation is today."""
    reservation = wanted.reservation
    if not wanted.is_reserved:
        return Reason(Topic.ELIGIBILITY, _YES, "Lot ouvert à toutes les entreprises, structures comprises.")
    if reservation is None or reservation is Reservation.NONE:
        return Reason(Topic.ELIGIBILITY, _UNKNOWN, "Une réservation est à l’étude : l’acheteur n’a pas dit pour qui.")
    if directory.is_eligible(supplier.kinds, supplier.ess_family, reservation):
        return _eligible(wanted, reservation, supplier)
    return _not_of_right(wanted, reservation, supplier, links)


def _eligible(wanted: Wanted, reservation: Reservation, supplier: Supplier) -> Reason:
    if reservation is Reservation.ESS:
        family = f" ({_lowered(supplier.ess_family.label)})" if supplier.ess_family else ""
        you_are = f"Vous êtes de l’économie sociale et solidaire{family}"
    else:
        kinds = [kind for kind in _known(supplier) if directory.is_eligible(frozenset({kind}), None, reservation)]
        you_are = f"Vous êtes {_joined([_lowered(kind.label) for kind in kinds])}"
    then = (
        f"vous pouvez répondre à ce lot réservé ({reservation.article})"
        if wanted.is_decided
        else f"vous pourrez répondre si la réservation envisagée est décidée ({reservation.article})"
    )
    brief = (
        "lot réservé auquel vous pouvez répondre"
        if wanted.is_decided
        else "réservation envisagée, à laquelle vous pourriez répondre"
    )
    return Reason(Topic.ELIGIBILITY, _YES, f"{you_are} : {then}.", brief)


def _not_of_right(wanted: Wanted, reservation: Reservation, supplier: Supplier, links: Links) -> Reason:
    kept = _KEPT_FOR[reservation]
    lot = f"Lot réservé {kept}" if wanted.is_decided else f"Lot qui serait réservé {kept}"
    lot = f"{lot} ({reservation.article})"
    if reservation is Reservation.ESS:
        told = f"{lot} : votre famille de l’économie sociale et solidaire n’est pas indiquée"
        return _unsaid(Topic.ELIGIBILITY, told, "famille de l’ESS à compléter", links.kind, "l’indiquer")
    if not supplier.kinds:
        told = f"{lot} : ce que vous êtes n’est pas indiqué"
        return _unsaid(Topic.ELIGIBILITY, told, "type de structure à compléter", links.kind, "voir votre fiche")
    you_are = _joined([_lowered(kind.label) for kind in _known(supplier)])
    proof = ", sauf à établir que vous êtes une structure équivalente" if reservation in _WITH_EQUIVALENTS else ""
    words = f"{lot} : comme {you_are}, vous n’y répondez pas de plein droit{proof}."
    mark = "réservé" if wanted.is_decided else "réservation envisagée"
    return Reason(Topic.ELIGIBILITY, _NO, words, f"mais {mark} {kept}")


def weigh_capacity(wanted: Wanted, supplier: Supplier, today: date, links: Links) -> Reason:
    name, band = wanted.trade.label.lower(), supplier.bands.get(wanted.trade)
    if band is None:
        told = f"Votre capacité ({name}) n’est pas indiquée"
        brief = "Capacité à compléter" if wanted.yearly_hours else None
        return _unsaid(Topic.CAPACITY, told, brief, links.capacity, "la compléter (3 minutes)")
    said = f"Votre capacité ({name}) : {band.label}{_from_when(supplier, wanted, today)}"
    if wanted.yearly_hours is None:
        return Reason(Topic.CAPACITY, _UNKNOWN, f"{said}. Le lot ne dit pas d’heures.")
    asked = f"{format_hours(wanted.yearly_hours.quantize(1))} par an"
    if _reaches(band, wanted):
        return Reason(Topic.CAPACITY, _YES, f"{said} ; le lot en demande {asked}.", "Taille à votre portée")
    words = f"{said} ; le lot en demande {asked} : à plusieurs, en groupement."
    return Reason(Topic.CAPACITY, _NO, words, "À tenir à plusieurs")


def _reaches(band: CapacityBand, wanted: Wanted) -> bool:
    """A band that holds the hours asked, or lies above them."""
    return band.high is None or wanted.yearly_hours is None or wanted.yearly_hours < band.high


def _from_when(supplier: Supplier, wanted: Wanted, today: date) -> str:
    """Only when it matters: still to come, and after the work begins if that is known."""
    start = supplier.available_on
    if start is None or start <= today or (wanted.starts and start <= wanted.starts.starts_on):
        return ""
    return f", à partir du {format_date(start)}"


def _sentence(wanted: Wanted, trade: Reason, territory: Reason, eligibility: Reason, capacity: Reason) -> str | None:
    """Nothing for another trade or another place, nor when nothing known makes the lot theirs."""
    if _NO in {trade.verdict, territory.verdict}:
        return None
    reserved_to_them = wanted.is_reserved and eligibility.verdict is _YES
    if trade.verdict is _UNKNOWN and not (territory.verdict is _YES and reserved_to_them):
        return None
    known = [each.brief for each in (trade, territory) if each.verdict is _YES and each.brief]
    known += [eligibility.brief] if eligibility.brief and eligibility.verdict is not _UNKNOWN else []
    unsaid = [each.brief for each in (trade, territory, eligibility) if each.verdict is _UNKNOWN and each.brief]
    first, *others = filter(None, [", ".join(known), _joined(unsaid), capacity.brief])
    return " ".join(f"{piece}." for piece in (first, *(each[:1].upper() + each[1:] for each in others)))


def _unsaid(topic: Topic, words: str, brief: str | None, url: str | None, link: str) -> Reason:
    return Reason(topic, _UNKNOWN, words if url else f"{words}.", brief, url, link if url else None)


def _known(supplier: Supplier) -> list[OrganisationKind]:
    return [kind for kind in OrganisationKind if kind in supplier.kinds]


def _lowered(label: str) -> str:
    return label[:1].lower() + label[1:]


def _listed(names: Sequence[str]) -> str:
    """« Bègles, Talence et 4 autres »."""
    rest = len(names) - _NAMED
    return _joined(names) if rest <= 1 else f"{', '.join(names[:_NAMED])} et {rest} autres"


def _joined(names: Sequence[str]) -> str:
    """« Bègles, Cenon et Talence »."""
    return " et ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
