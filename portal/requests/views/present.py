"""The words of a request, of its list, and of the advice beside it."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.kernel.french import format_date, format_instant, format_number, plural, typo
from portal.kernel.hours import format_hours
from portal.kernel.money import format_euros
from portal.matching.potential import Weighed, answers_words, reasons
from portal.requests.advice import Advice
from portal.requests.estimates import Coefficients, Estimate
from portal.requests.forms import percent_words
from portal.requests.models import PurchaseRequest
from portal.vocabulary import Permission, RequestState
from portal.web import current_actor

Fact = tuple[str, str, str | None]

CODES = {
    "brouillons": RequestState.DRAFT,
    "deposees": RequestState.FILED,
    "a-completer": RequestState.RETURNED,
    "reprises": RequestState.TAKEN,
    "sans-suite": RequestState.DECLINED,
    "retirees": RequestState.WITHDRAWN,
}
"""The states by their words in addresses."""

_TITLES = {
    RequestState.DRAFT: "Brouillons",
    RequestState.FILED: "Déposées",
    RequestState.RETURNED: "À compléter",
    RequestState.TAKEN: "Reprises",
    RequestState.DECLINED: "Sans suite",
    RequestState.WITHDRAWN: "Retirées",
}
_TONES = {RequestState.FILED: "due", RequestState.RETURNED: "late", RequestState.TAKEN: "ok"}


def tabs(counts: Any, state: RequestState | None) -> list[dict[str, Any]]:
    """The states in which there is something, each with its count."""
    first = {"label": "Toutes", "count": sum(counts.values()), "url": url_for("requests.index"), "current": not state}
    return [first] + [
        {
            "label": _TITLES[each],
            "count": counts[each],
            "url": url_for("requests.index", etat=code),
            "current": each is state,
        }
        for code, each in CODES.items()
        if counts.get(each)
    ]


def row_of(request: PurchaseRequest) -> dict[str, Any]:
    return {
        "title": request.title,
        "url": url_for("requests.show", public_id=request.public_id),
        "who": ", ".join(filter(None, (request.by_label, request.service))),
        "state": state_words(request),
        "tone": _TONES.get(request.state, "quiet"),
        "when": request.wanted.label if request.wanted else "date à dire",
        "saved": _when_told(request),
        "next": next_step(request),
    }


def _when_told(request: PurchaseRequest) -> str:
    if request.filed_at and request.state is not RequestState.DRAFT:
        return f"déposée le {format_instant(request.filed_at)}"
    return f"enregistrée le {format_instant(request.saved_at)}"


def state_words(request: PurchaseRequest) -> str:
    label = request.state.label
    return typo(label[:1].upper() + label[1:])


def next_step(request: PurchaseRequest) -> str | None:
    """Whose turn it is, for who reads."""
    mine = request.account_id == current_actor().account_id
    if request.state is RequestState.DRAFT:
        return "À compléter et à déposer."
    if request.state is RequestState.RETURNED:
        return "À vous : complétez-la, puis déposez-la de nouveau." if mine else "La personne qui demande complète."
    if request.state is RequestState.FILED:
        return "À vous d’y répondre." if current_actor().may(Permission.REQUEST_ANSWER) else "Les achats vont répondre."
    if request.project is not None:
        return f"Projet {request.project.shown_number} de la programmation."
    return None


def facts_of(request: PurchaseRequest, names: dict[str, str]) -> list[Fact]:
    """What the request says; what it does not say is left out."""
    said = (
        ("Quand", request.wanted.label if request.wanted else None, "début souhaité"),
        ("Durée", f"{request.duration_months} mois" if request.duration_months else None, None),
        ("Enveloppe", _euros(request), "HT, toute la durée ; reste chez l’acheteur"),
        ("Où", _where(request, names), None),
        ("Métier", request.trade.label if request.trade else None, request.family.label if request.family else None),
        ("Code CPV", names.get(request.cpv_code or ""), None),
        ("Aujourd’hui", request.current_supplier, None),
        ("Service", request.service, None),
        (
            "Poids du prix",
            f"{request.price_weight_percent} %" if request.price_weight_percent is not None else None,
            None,
        ),
        ("Levier imaginé", request.wished_lever.label if request.wished_lever else None, request.wish_note),
    )
    return [(label, typo(value), typo(note) if note else None) for label, value, note in said if value]


def _euros(request: PurchaseRequest) -> str | None:
    return format_euros(request.budget) if request.budget is not None else None


def _where(request: PurchaseRequest, names: dict[str, str]) -> str | None:
    if request.whole_territory:
        return "tout le territoire"
    return ", ".join(sorted(names.get(code, code) for code in request.commune_codes)) or None


@dataclass(frozen=True)
class AdvicePage:
    """The advice in words: counts, reasons, the formula step by step, costs, the law."""

    advice: Advice

    @property
    def kinds(self) -> list[list[str]]:
        return [
            [
                each.kind.label,
                format_number(each.known),
                format_number(each.incomplete),
                format_number(each.with_capacity),
            ]
            for each in self.advice.kinds
        ]

    @property
    def found(self) -> str:
        count = plural(self.advice.found, "organisation trouvée", "organisations trouvées")
        return f"au moins {count}" if self.advice.is_cut else count

    @property
    def directory_url(self) -> str:
        trade = self.advice.purchase.trade
        return url_for("directory.index", metier=trade.value if trade else None)

    @property
    def reasons(self) -> list[str]:
        return reasons(self.advice.potential, self.advice.settings) if self.advice.potential else []

    @property
    def reservations(self) -> list[list[str]]:
        weighed = self.advice.potential.weighed if self.advice.potential else ()
        return [self._weighed(each) for each in weighed]

    def _weighed(self, each: Weighed) -> list[str]:
        verdict = "réaliste" if each.is_realistic else "sous le seuil"
        name = f"{each.reservation.label.removeprefix('Réservé ').capitalize()} (art. {each.reservation.article})"
        counts = (format_number(len(each.pool.eligible)), format_number(len(each.pool.incomplete)))
        return [name, *counts, answers_words(each), verdict]

    @property
    def formula(self) -> list[Fact]:
        """The estimate step by step: what, how much, where from."""
        made = self.advice.estimate
        return list(_formula(made, self.advice.purchase.amount_words)) if made else []

    @property
    def origin(self) -> str | None:
        used = self.advice.coefficients
        return used.origin.value if used else None

    @property
    def costs(self) -> list[Fact]:
        made = self.advice.estimate
        if made is None:
            return []
        each = format_euros(made.coefficients.support_cost)
        added = f"{format_hours(made.insertion_hours)} × {each}"
        return [
            (self.advice.purchase.amount_words, format_euros(made.amount), "ce qui est indiqué"),
            ("Accompagnement", format_euros(made.support), typo(added)),
            ("Avec une clause", typo(f"environ {format_euros(made.rounded_cost)}"), "ordre de grandeur, hors taxes"),
        ]

    @property
    def levers(self) -> str:
        """« Réservé aux structures d’insertion »: what the legal points are about."""
        words = [
            choice.reservation.label if choice.reservation else choice.lever.label for choice in self.advice.levers
        ]
        return ", ".join(words)

    @property
    def consultation(self) -> str:
        return format_date(self.advice.purchase.consultation_on)


def _formula(made: Estimate, amount_words: str) -> Any:
    used = made.coefficients
    yield amount_words, format_euros(made.amount), "toute la durée, hors taxes"
    yield "× part de main-d’œuvre", percent_words(used.labour_share), "le reste paie matières, matériel et frais"
    yield "÷ coût d’une heure", format_euros(used.hourly_cost), "tout compris, hors taxes"
    yield "= heures de travail", format_hours(made.work_hours), _by_year(made.work_hours_per_year)
    yield "× taux d’insertion", percent_words(used.insertion_rate), "la part confiée à des personnes en insertion"
    yield "= heures d’insertion", format_hours(made.insertion_hours), _by_year(made.insertion_hours_per_year)


def _by_year(hours: Any) -> str:
    return f"soit {format_hours(hours)} par an" if hours is not None else "par an : dites la durée"


def coefficients_row(used: Coefficients) -> list[str]:
    return [
        percent_words(used.labour_share),
        percent_words(used.insertion_rate),
        format_euros(used.hourly_cost),
        format_euros(used.support_cost),
    ]
