"""What the public pages of a project and of a lot show, in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from portal.forecast import wording
from portal.forecast.facts import LeverChoice, LotFacts, ProjectFacts
from portal.forecast.listing.rows import AddressOf, LeverMark, ListedLot, lot_title
from portal.forecast.models import Lot, Project, Revision
from portal.forecast.views import carried
from portal.forecast.views.blueprint import address_of
from portal.kernel import clock
from portal.kernel.french import format_date, format_date_long, format_instant, format_number, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.period import PlannedPeriod
from portal.vocabulary import ELIGIBLE_KINDS, Lever, LotOutcome, OrganisationKind, ProjectState, Reservation

FULL_TIME_HOURS = 1607
"""Hours of a full-time job in a year; the divisor is always shown."""

_PLACES_SHOWN = 3

Fact = tuple[str, str | None, str | None]
"""Label, value, note; a fact without value is not known yet."""

_MEANINGS = {
    Lever.CLAUSE: "Le titulaire, quel qu’il soit, confie une part des heures à des personnes éloignées de l’emploi.",
    Lever.CRITERION: "La qualité de l’engagement social compte dans la note des offres.",
    Lever.INSERTION_SERVICE: "L’insertion est l’objet même du marché ; les travaux en sont le support.",
}


_SHARES = {
    Reservation.INSERTION: "50 % au moins de personnes défavorisées (R2113-7)",
    Reservation.HANDICAP: "50 % au moins de personnes handicapées (R2113-7)",
    Reservation.HANDICAP_INSERTION: "50 % au moins de personnes handicapées ou défavorisées (R2113-7)",
}


@dataclass(frozen=True)
class LotPage:
    """One lot, with the project it belongs to."""

    project: Project
    lot: Lot
    names: Mapping[str, str]

    @property
    def title(self) -> str:
        if self.project.only_lot is self.lot:
            return self.project.title
        return lot_title(self.project.title, self.lot.number, self.lot.title)

    @property
    def levers(self) -> list[LeverMark]:
        """Those envisaged or decided, with their state in words; once awarded, those that the contract carries."""
        contract = carried.contract_of(self.lot)
        return [
            carried.stated(choice, contract)
            for choice in self.lot.facts.levers
            if choice.is_live and (contract is None or carried.is_carried(choice.lever, contract))
        ]

    @property
    def lever_lines(self) -> list[dict[str, Any]]:
        """Every lever weighed, the discarded ones with their reason."""
        contract = carried.contract_of(self.lot)
        return [
            {
                "mark": carried.stated(choice, contract),
                "meaning": carried.said_of(choice, contract) if contract else meaning(choice),
                "reason": choice.reason,
            }
            for choice in self.lot.facts.levers
        ]

    @property
    def facts(self) -> list[Fact]:
        """What is known, « De quoi décider d’y aller »."""
        known = (fact for fact in self._all_facts() if fact[1] is not None)
        return [(label, typo(value or ""), typo(note) if note else None) for label, value, note in known]

    @property
    def unknown(self) -> str | None:
        """The facts nobody has given yet, in one line."""
        return ", ".join(label[0].lower() + label[1:] for label, value, _ in self._all_facts() if value is None) or None

    def _all_facts(self) -> Iterable[Fact]:
        lot, project = self.lot.facts, self.project.facts
        yield "Insertion", wording.hours_words(lot), _full_time(lot)
        yield self._places(lot)
        yield "Durée", _months(lot.duration_months), _then(wording.renewals_words(lot))
        yield "Procédure", _procedure(project), wording.technique_words(lot)
        yield "Montant estimé", wording.amount_words(lot), "HT, sur toute la durée"
        yield "Mini et maxi", wording.framework_words(lot), _per_candidate(project)
        yield "Avance", wording.percent_words(lot.advance_percent), lot.payment_rhythm
        yield "Reprise de personnel", wording.staff_words(lot), lot.staff_note
        yield "Prix dans la note", wording.percent_words(lot.price_weight_percent), _rest(lot)
        yield "Visite", lot.visit, None
        yield "Marché remplacé", lot.replaced_contract, _until(lot)
        yield _groupements(lot)
        if lot.essential_tasks:
            yield "Tâches essentielles", " ; ".join(lot.task_labels), "chacune par un membre nommé (R2142-27)"
        if carried.contract_of(self.lot) is None:
            yield _who_may_answer(lot)
        if lot.adapted_allotment is not None:
            yield "Allotissement adapté", "Oui" if lot.adapted_allotment else "Non", lot.adapted_allotment_reason
        if lot.derogation is not None:
            yield "Dérogation (L2112-2-1)", lot.derogation.label, lot.derogation_reason
        yield "Code CPV", self._cpv(), self._cpv_label()

    def _places(self, lot: LotFacts) -> Fact:
        if lot.whole_territory:
            return "Communes", "Toutes les communes", "du territoire de l’acheteur"
        names = sorted(self.names.get(code, code) for code in lot.commune_codes)
        rest = ", ".join(names[_PLACES_SHOWN:])
        return "Communes", ", ".join(names[:_PLACES_SHOWN]) or None, f"et {rest}" if rest else None

    def _cpv(self) -> str | None:
        return self.names.get(self.lot.cpv_code, self.lot.cpv_code).partition(" ")[0] if self.lot.cpv_code else None

    def _cpv_label(self) -> str | None:
        return self.names.get(self.lot.cpv_code or "", "").partition(" ")[2] or None


def steps(project: Project, lots: Sequence[Lot]) -> list[dict[str, Any]]:
    """The thread: published, prepared, consulted, answered, begun."""
    if project.published_at is None:
        return []
    published = format_date(clock.paris_date(project.published_at))
    first = _step("Projet publié", "done", published, f"par {project.buyer.shown_name}")
    if project.state is ProjectState.DROPPED:
        return [first, _step("Abandonné", "now", format_date(clock.paris_date(project.state_since)), None)]
    if ended := _ended(project, lots):
        return [first, ended]
    running = project.state is ProjectState.IN_TENDER
    return [
        first,
        _preparation(running),
        _step("Consultation", "now" if running else "next", _consultation(project, lots), "sur le profil d’acheteur"),
        _step("Remise des offres", "next", _offers(project), "par le candidat, ou le mandataire"),
        _step("Début", "next", _common(lot.execution for lot in lots) or "à préciser", _lasting(lots)),
    ]


def _ended(project: Project, lots: Sequence[Lot]) -> dict[str, Any] | None:
    """The last step of lots whose consultation is over; None while one of them is still to come."""
    awards = [lot.award for lot in lots if lot.award]
    if project.state is not ProjectState.AWARDED and len(awards) < len(lots):
        return None
    awarded = not awards or any(award.outcome is LotOutcome.AWARDED for award in awards)
    last = max((award.decided_on for award in awards), default=clock.paris_date(project.state_since))
    return _step("Attribué" if awarded else "Sans suite", "now", format_date(last), None)


def _preparation(is_over: bool) -> dict[str, Any]:
    if is_over:
        return _step("Préparation", "done", None, None)
    return _step("Préparation", "now", "lots et leviers s’ajustent", "aux fournisseurs de dire leur intérêt")


def status(project: Project, lot: Lot | None = None) -> tuple[str, str | None]:
    """Where the project stands, or one of its lots: words in bold, then since when."""
    if lot is not None and lot.award:
        return lot.award.outcome.label.capitalize(), f"le {format_date_long(lot.award.decided_on)}"
    since = format_date_long(clock.paris_date(project.state_since))
    match project.state:
        case ProjectState.PUBLISHED:
            published = project.published_at or project.state_since
            return "En préparation", f"depuis le {format_date_long(clock.paris_date(published))}"
        case ProjectState.IN_TENDER:
            return "Consultation en cours", f"depuis le {since}"
        case ProjectState.DROPPED:
            return "Abandonné", f"le {since}"
        case state:
            return state.label.capitalize(), _before_publication(project, since)


def _before_publication(project: Project, since: str) -> str | None:
    if project.publish_at is not None:
        return f"le {format_instant(project.publish_at)}"
    return f"depuis le {since}" if project.state in {ProjectState.IN_CHECK, ProjectState.READY} else None


def history_of(revisions: Sequence[Revision], project: Project, lot: Lot | None = None) -> list[dict[str, Any]]:
    """The history by acts, latest first: when, what changed, why, who. On the page of a lot, its number is not said."""
    several = len(project.all_lots) > 1
    numbers = {known.id: known.number for known in project.all_lots if known is not lot} if several else {}
    return [
        {
            "date": format_date_long(clock.paris_date(at)),
            "changes": [_told(revision, numbers) for revision in reversed(list(acts))],
            "reason": reason,
            "who": who,
        }
        for (at, reason, who), acts in groupby(revisions, key=lambda told: (told.at, told.reason, told.by_label))
    ]


def lots_of(project: Project, names: Mapping[str, str], address: AddressOf = address_of) -> list[ListedLot]:
    """The lots of a project as rows of a table, each leading to `address`."""
    return [_row(LotPage(project, lot, names), address) for lot in project.lots]


def other_lots(project: Project, lot: Lot) -> list[dict[str, Any]]:
    return [
        {
            "title": other.shown_name,
            "url": address_of(project.reference, other.number),
            "note": wording.hours_words(other.facts) if other.hours_wanted else "sans heures",
        }
        for other in project.lots
        if other is not lot
    ]


def meaning(choice: LeverChoice) -> str | None:
    """What a lever means for a supplier, in one sentence."""
    if not choice.is_live:
        return None
    return _reserved_meaning(choice) if choice.lever is Lever.RESERVED else _MEANINGS[choice.lever]


def _reserved_meaning(choice: LeverChoice) -> str:
    kinds = _kinds(choice.reservation)
    if kinds is None:
        return "À qui le lot serait réservé reste à préciser."
    if choice.is_decided:
        return f"Seules peuvent répondre : {kinds}."
    return f"Si la réservation est décidée, seules pourront répondre : {kinds}."


def _row(page: LotPage, address: AddressOf) -> ListedLot:
    lot = page.lot
    return ListedLot(
        when=lot.planned.short_label,
        confidence=lot.confidence,
        title=lot.shown_name if lot.number else page.project.title,
        url=address(page.project.reference, lot.number),
        meta="\u00a0· ".join(filter(None, _about(page))),
        levers=page.levers,
        amount=wording.amount_words(lot.facts),
        hours=wording.hours_words(lot.facts) if lot.hours_wanted else None,
        lot_id=lot.id,
        key=lot.planned_on,
    )


def _about(page: LotPage) -> Iterable[str | None]:
    yield page.lot.outcome.label if page.lot.outcome else None
    yield page.lot.trade.label
    yield wording.places_words(page.lot.facts, page.names, _PLACES_SHOWN)


def _told(revision: Revision, numbers: Mapping[int, int]) -> dict[str, Any]:
    number = numbers.get(revision.lot_id) if revision.lot_id else None
    what = f"Lot {number}, {revision.label[0].lower()}{revision.label[1:]}" if number else revision.label
    return {"what": what, "before": revision.before, "after": revision.after or _now_nothing(revision)}


def _now_nothing(revision: Revision) -> str | None:
    """What stands in the place of a fact taken away."""
    if revision.before is None or revision.field == "lot_removed":
        return None
    return "n’est plus étudié" if revision.field.startswith("lever_") else "à préciser"


def _step(what: str, state: str, when: str | None, who: str | None) -> dict[str, Any]:
    return {"what": what, "state": state, "when": when, "who": who}


def _consultation(project: Project, lots: Sequence[Lot]) -> str:
    if project.state is ProjectState.IN_TENDER:
        return f"ouverte le {format_date(clock.paris_date(project.state_since))}"
    when = _common(lot.planned for lot in lots)
    sure = {lot.confidence.label for lot in lots}
    return f"{when}, {sure.pop()}" if when and len(sure) == 1 else when or "à préciser"


def _common(periods: Iterable[PlannedPeriod | None]) -> str | None:
    """The period that all share, or from the first to the last."""
    known = sorted((period for period in periods if period), key=lambda period: (period.starts_on, period.ends_on))
    if not known:
        return None
    first, last = known[0], known[-1]
    return first.label if first == last else f"de {first.short_label} à {last.short_label}"


def _offers(project: Project) -> str:
    if project.offers_due_on:
        return f"le {format_date(project.offers_due_on)} au plus tard"
    return f"{plural(project.reply_days, 'jour')} plus tard" if project.reply_days else "à préciser"


def _lasting(lots: Sequence[Lot]) -> str | None:
    durations = {lot.duration_months for lot in lots}
    months = durations.pop() if len(durations) == 1 else None
    return f"pour {months} mois" if months else None


def _full_time(lot: LotFacts) -> str | None:
    if not lot.hours_wanted or not (lot.hours_per_year or lot.duration_months):
        return None
    yearly = lot.hours_wanted if lot.hours_per_year else lot.hours_wanted * 12 / Decimal(lot.duration_months or 12)
    jobs = (yearly / FULL_TIME_HOURS).quantize(Decimal("0.1"))
    return typo(
        f"environ {format_number(jobs).removesuffix(',0')} {'emploi' if jobs < 2 else 'emplois'} à temps plein "
        f"(÷ {format_hours(Decimal(FULL_TIME_HOURS))})"
    )


def _months(months: int | None) -> str | None:
    return f"{months} mois" if months else None


def _then(renewals: str | None) -> str | None:
    return f"puis {renewals}" if renewals else None


def _procedure(project: ProjectFacts) -> str | None:
    return typo(project.procedure.label) if project.procedure else None


def _per_candidate(project: ProjectFacts) -> str:
    limit = project.lots_per_candidate
    return typo(f"HT, sur la durée ; {plural(limit, 'lot')} au plus par candidat") if limit else "HT, sur la durée"


def _rest(lot: LotFacts) -> str | None:
    return typo(f"reste : {lot.other_criteria}") if lot.other_criteria else None


def _until(lot: LotFacts) -> str | None:
    return f"échéance le {format_date(lot.replaced_ends_on)}" if lot.replaced_ends_on else None


def _groupements(lot: LotFacts) -> Fact:
    """R2142-21: what the consultation will allow; by default neither is forbidden."""
    several = {True: "Plusieurs permis", False: "Un seul par structure", None: None}[lot.several_groupements_allowed]
    alone = {
        True: "seul et en groupement : permis (R2142-21)",
        False: "pas seul et en groupement à la fois (R2142-21)",
        None: None,
    }[lot.alone_and_grouped_allowed]
    return "Groupement", several or (alone and "Permis"), alone and typo(alone)


def _who_may_answer(lot: LotFacts) -> Fact:
    reserved = lot.choice(Lever.RESERVED)
    if reserved is None or not reserved.is_live:
        return "Qui peut répondre", "Toute entreprise", "structures comprises, seules ou en groupement"
    envisaged = "" if reserved.is_decided else ", si la réservation est décidée"
    share = _SHARES.get(reserved.reservation or Reservation.NONE, "")
    words = _kinds(reserved.reservation) or "À préciser"
    return "Qui peut répondre", words, typo((share + envisaged).strip(", ")) or None


def _kinds(reservation: Reservation | None) -> str | None:
    if reservation in {None, Reservation.NONE}:
        return None
    if reservation is Reservation.ESS:
        return "entreprises de l’économie sociale et solidaire"
    eligible = ELIGIBLE_KINDS[reservation or Reservation.NONE]
    return ", ".join(kind.value for kind in OrganisationKind if kind in eligible)
