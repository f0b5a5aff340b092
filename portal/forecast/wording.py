"""The facts of projects and lots in French words: for the public pages, and for the history that compares them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.contracts.models import Contract
from portal.forecast.facts import LeverChoice, LotFacts, ProjectFacts
from portal.kernel.french import format_date, format_number, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros
from portal.vocabulary import AmountBand, ExecutionMode, Lever, LeverState, Reservation, Technique

Names = Mapping[str, str]
"""Words for codes kept elsewhere: communes and CPV codes."""


@dataclass(frozen=True)
class Change:
    """One fact that differs: its code, its label, the words before and after."""

    field: str
    label: str
    before: str | None
    after: str | None
    needs_reason: bool


@dataclass(frozen=True)
class _Fact:
    """How a fact reads. `weighs`: a date, a size or a lever, which never changes in public without a reason."""

    field: str
    label: str
    words: Callable[..., str | None]
    weighs: bool = False


def lot_changes(before: LotFacts, after: LotFacts, names: Names) -> list[Change]:
    """What differs between two states of a lot, as a reader would tell it."""
    changes = [_compared(fact, fact.words(before, names), fact.words(after, names)) for fact in _LOT_FACTS]
    changes += [_lever_change(lever, before.choice(lever), after.choice(lever)) for lever in Lever]
    return [change for change in changes if change.before != change.after]


def project_changes(before: ProjectFacts, after: ProjectFacts) -> list[Change]:
    changes = [_compared(fact, fact.words(before), fact.words(after)) for fact in _PROJECT_FACTS]
    return [change for change in changes if change.before != change.after]


def tender_changes(before: tuple[str | None, date | None], after: tuple[str | None, date | None]) -> list[Change]:
    """What differs between two states of a consultation: its address, the last day for offers."""
    (url_was, due_was), (url_is, due_is) = before, after
    changes = [
        Change("tender_url", "Adresse de la consultation", url_was, url_is, needs_reason=True),
        Change("offers_due_on", "Remise des offres", _day(due_was), _day(due_is), needs_reason=True),
    ]
    return [change for change in changes if change.before != change.after]


def holders_words(contract: Contract) -> str:
    """« Les Ateliers du Pont », « Les Ateliers du Pont (mandataire), La Main verte »."""
    grouped = len(contract.titulaires) > 1
    names = [held.shown_name + (" (mandataire)" if grouped and held.is_mandataire else "") for held in contract.holders]
    return ", ".join(names)


def _day(day: date | None) -> str | None:
    return format_date(day) if day else None


def _compared(fact: _Fact, before: str | None, after: str | None) -> Change:
    return Change(fact.field, fact.label, before, after, fact.weighs)


def _lever_change(lever: Lever, before: LeverChoice | None, after: LeverChoice | None) -> Change:
    was, is_ = (lever_words(choice) if choice else None for choice in (before, after))
    return Change(f"lever_{lever.value}", lever.label, was, is_, needs_reason=True)


def lever_title(choice: LeverChoice) -> str:
    """« Réservé aux structures d’insertion », « Critère social, 15 % », « Clause d’insertion »."""
    if choice.lever is Lever.RESERVED and choice.reservation not in {None, Reservation.NONE}:
        assert choice.reservation is not None  # noqa: S101 — narrows the type
        return choice.reservation.label
    if choice.lever is Lever.CRITERION and choice.weight_percent is not None:
        return typo(f"{choice.lever.label}, {choice.weight_percent} %")
    return choice.lever.label


def lever_words(choice: LeverChoice) -> str:
    """« Réservé aux structures d’insertion (L2113-13), décidé »."""
    article = f" ({choice.article})" if choice.article else ""
    return f"{lever_title(choice)}{article}, {agreed(choice.lever, choice.state)}"


def agreed(lever: Lever, state: LeverState) -> str:
    """The state in words, agreeing with the lever: a clause is « décidée »."""
    return f"{state.label}e" if lever is Lever.CLAUSE else state.label


def amount_words(lot: LotFacts) -> str | None:
    """« 250 000 à 480 000 € », « 90 000 € », else the band."""
    low, high = lot.amount_low, lot.amount_high
    if low is not None and high is not None and low != high:
        return f"{_bare_euros(low)} à {format_euros(high)}"
    if high is not None:
        return format_euros(high) if low == high else f"jusqu’à {format_euros(high)}"
    if low is not None:
        return f"à partir de {format_euros(low)}"
    return lot.amount_band.label if lot.amount_band else None


def band_words(band: AmountBand | None) -> str | None:
    return band.label if band else None


def hours_words(lot: LotFacts) -> str | None:
    return hours_told(lot.hours_wanted, per_year=lot.hours_per_year)


def hours_told(hours: Decimal | None, *, per_year: bool) -> str | None:
    """Two lots compare only when the unit stands beside the figure."""
    return None if hours is None else f"{format_hours(hours)} {'par an' if per_year else 'au total'}"


def duration_words(lot: LotFacts) -> str | None:
    """« 24 mois, puis 2 reconductions de 12 mois »."""
    if lot.duration_months is None:
        return None
    renewals = renewals_words(lot)
    return f"{lot.duration_months} mois" + (f", puis {renewals}" if renewals else "")


def renewals_words(lot: LotFacts) -> str | None:
    if not lot.renewals or not lot.renewal_months:
        return None
    return f"{plural(lot.renewals, 'reconduction')} de {lot.renewal_months} mois"


def framework_words(lot: LotFacts) -> str | None:
    """« 250 000 à 480 000 € », « au plus 480 000 € », « au moins 250 000 € »."""
    low, high = lot.framework_minimum, lot.framework_maximum
    if low is not None and high is not None:
        return f"{_bare_euros(low)} à {format_euros(high)}"
    if high is not None:
        return f"au plus {format_euros(high)}"
    return f"au moins {format_euros(low)}" if low is not None else None


def technique_words(lot: LotFacts) -> str | None:
    """« accord-cadre à bons de commande »."""
    technique = lot.technique if lot.technique is not Technique.NONE else None
    mode = _MODES.get(lot.execution_mode) if lot.execution_mode else None
    if technique is Technique.FRAMEWORK and mode:
        return f"accord-cadre {mode}"
    return typo(technique.label.lower()) if technique else mode


_MODES = {
    ExecutionMode.TRANCHES: "à tranches",
    ExecutionMode.PURCHASE_ORDERS: "à bons de commande",
    ExecutionMode.SUBSEQUENT_CONTRACTS: "à marchés subséquents",
}


def places_words(lot: LotFacts, names: Names, shown: int = 12) -> str | None:
    """« toutes les communes », « Saint-Aubrin, Combeaux et 2 autres »."""
    if lot.whole_territory:
        return "toutes les communes"
    return listed_places([names.get(code, code) for code in lot.commune_codes], shown)


def listed_places(names: Iterable[str], shown: int) -> str | None:
    """Names in order; beyond `shown`, how many others."""
    names = list(names)
    if len(names) <= shown + 1:
        return ", ".join(names) or None
    return f"{', '.join(names[:shown])} et {format_number(len(names) - shown)} autres"


def yes_no(value: bool | None) -> str | None:
    return None if value is None else ("oui" if value else "non")


def percent_words(percent: int | None) -> str | None:
    return None if percent is None else typo(f"{percent} %")


def staff_words(lot: LotFacts) -> str | None:
    if lot.staff_to_take_over is None:
        return None
    return "aucune" if lot.staff_to_take_over == 0 else plural(lot.staff_to_take_over, "personne")


def _bare_euros(euros: Decimal) -> str:
    return format_euros(euros)[:-2]


def _replaced_words(lot: LotFacts, _names: Names) -> str | None:
    if lot.replaced_contract is None:
        return None
    ends = f", échéance le {format_date(lot.replaced_ends_on)}" if lot.replaced_ends_on else ""
    return lot.replaced_contract + ends


def _cpv_words(lot: LotFacts, names: Names) -> str | None:
    return names.get(lot.cpv_code, lot.cpv_code) if lot.cpv_code else None


def _with_note(words: str | None, note: str | None) -> str | None:
    return f"{words} ({note})" if words and note else words or note


_LOT_FACTS: tuple[_Fact, ...] = (
    _Fact("title", "Intitulé", lambda lot, _: lot.title),
    _Fact("description", "Description", lambda lot, _: lot.description),
    _Fact("trade", "Métier", lambda lot, _: lot.trade.label),
    _Fact("cpv_code", "Code CPV", _cpv_words),
    _Fact("planned", "Consultation", lambda lot, _: lot.planned.label, weighs=True),
    _Fact("confidence", "Fiabilité de la date", lambda lot, _: lot.confidence.label, weighs=True),
    _Fact("execution", "Début d’exécution", lambda lot, _: lot.execution and lot.execution.label, weighs=True),
    _Fact("duration", "Durée", lambda lot, _: duration_words(lot), weighs=True),
    _Fact("amount", "Montant estimé HT", lambda lot, _: amount_words(lot), weighs=True),
    _Fact("framework", "Minimum et maximum HT", lambda lot, _: framework_words(lot), weighs=True),
    _Fact("hours", "Heures d’insertion", lambda lot, _: hours_words(lot), weighs=True),
    _Fact("places", "Communes", places_words, weighs=True),
    _Fact("technique", "Technique d’achat", lambda lot, _: technique_words(lot)),
    _Fact("advance", "Avance", lambda lot, _: percent_words(lot.advance_percent)),
    _Fact("payment_rhythm", "Paiement", lambda lot, _: lot.payment_rhythm),
    _Fact("staff", "Reprise de personnel", lambda lot, _: _with_note(staff_words(lot), lot.staff_note)),
    _Fact("visit", "Visite", lambda lot, _: lot.visit),
    _Fact("price_weight", "Prix dans la note", lambda lot, _: percent_words(lot.price_weight_percent)),
    _Fact("other_criteria", "Autres critères", lambda lot, _: lot.other_criteria),
    _Fact("replaced", "Marché remplacé", _replaced_words),
    _Fact(
        "alone_and_grouped",
        "Répondre seul et en groupement (R2142-21)",
        lambda lot, _: yes_no(lot.alone_and_grouped_allowed),
    ),
    _Fact(
        "several_groupements",
        "Répondre dans plusieurs groupements (R2142-21)",
        lambda lot, _: yes_no(lot.several_groupements_allowed),
    ),
    _Fact("essential_tasks", "Tâches essentielles (R2142-27)", lambda lot, _: " ; ".join(lot.task_labels) or None),
    _Fact(
        "adapted_allotment",
        "Allotissement adapté aux structures",
        lambda lot, _: _with_note(yes_no(lot.adapted_allotment), lot.adapted_allotment_reason),
    ),
    _Fact(
        "derogation",
        "Dérogation (L2112-2-1)",
        lambda lot, _: _with_note(lot.derogation.label if lot.derogation else None, lot.derogation_reason),
    ),
)

_PROJECT_FACTS: tuple[_Fact, ...] = (
    _Fact("title", "Objet", lambda project: project.title),
    _Fact("summary", "Présentation", lambda project: project.summary),
    _Fact("family", "Nature", lambda project: project.family.label),
    _Fact(
        "procedure",
        "Procédure",
        lambda project: typo(project.procedure.label) if project.procedure else None,
    ),
    _Fact(
        "reply_days",
        "Délai pour répondre",
        lambda project: None if project.reply_days is None else plural(project.reply_days, "jour"),
        weighs=True,
    ),
    _Fact(
        "lots_per_candidate",
        "Lots au plus par candidat",
        lambda project: None if project.lots_per_candidate is None else format_number(project.lots_per_candidate),
        weighs=True,
    ),
    _Fact(
        "contact",
        "À qui parler",
        lambda project: (
            ", ".join(
                words
                for words in (
                    project.contact_name,
                    project.contact_service,
                    project.contact_email,
                    project.contact_phone,
                )
                if words
            )
            or None
        ),
    ),
)
