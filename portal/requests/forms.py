"""What is typed about a need, about its coefficients, and what purchasing answers."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import g
from flask_wtf.form import _Auto
from wtforms import BooleanField, Form
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired

from portal.directory.forms import LineField, TicksField, WordsField
from portal.forecast.facts import LeverChoice
from portal.kernel.errors import Unreadable
from portal.kernel.hundredths import format_hundredths, parse_hundredths
from portal.kernel.money import parse_euros
from portal.requests.estimates import LEAST_HOURLY_COST, MOST_HOURLY_COST, WHOLE, Coefficients, Origin, Tried
from portal.requests.facts import RequestFacts, TakenFacts
from portal.vocabulary import AmountBand, Lever, LeverState, PurchaseFamily, Reservation, Trade
from portal.web import SafeForm, VersionedForm
from portal.web.fields import (
    EurosField,
    PeriodField,
    ReadField,
    WholeField,
    at_most,
    percent_field,
    pick_field,
    tell_field,
)

_PERIOD_HINT = "Un jour, un mois, un trimestre ou une année : « septembre 2027 », « T2 2027 », « 2027 »."
_UNTITLED = "Donnez un titre : quelques mots suffisent."
_HUNDRED = 100


class ShareField(ReadField):
    """A percentage, kept in basis points: « 7,5 »."""

    def read(self, typed: str) -> Any:
        value = parse_hundredths(typed.removesuffix("%"), what="Cette part", example="7,5")
        if value > _HUNDRED:
            raise Unreadable("Écrivez une part entre 0 et 100 %.")
        return int(value * _HUNDRED)

    def write(self, value: int) -> str:
        return format_hundredths(Decimal(value) / _HUNDRED)


class CostField(EurosField):
    """Euros an hour, between two bounds."""

    least = LEAST_HOURLY_COST

    def read(self, typed: str) -> Any:
        value = parse_euros(typed)
        if not self.least <= value <= MOST_HOURLY_COST:
            raise Unreadable(f"Écrivez un coût entre {self.least} et {MOST_HOURLY_COST} € de l’heure.")
        return value


class SupportField(CostField):
    least = Decimal(0)


class _RequestFields(SafeForm):
    """A need in plain words; fields are called as the request's own attributes, so that two versions compare."""

    title = LineField("Que voulez-vous acheter ?", [InputRequired(_UNTITLED), DataRequired(_UNTITLED), at_most(200)])
    need = WordsField("Votre besoin, avec vos mots", [at_most(4000)])
    trade = pick_field("Métier le plus proche", Trade, blank="Je ne sais pas encore")
    family = tell_field("Nature de l’achat", PurchaseFamily, blank="Je ne sais pas encore")
    wanted = PeriodField("Quand cela devrait-il commencer ?", description=_PERIOD_HINT)
    duration_months = WholeField("Pour combien de temps ?", least=1, most=600)
    budget = EurosField(
        "Enveloppe prévue", description="Hors taxes, pour toute la durée. Elle ne sort pas de chez vous."
    )
    price_weight_percent = percent_field("Poids du prix, si vous y pensez déjà")
    whole_territory = BooleanField("Sur tout notre territoire")
    commune_codes = TicksField("Ou dans certaines communes")
    current_supplier = LineField("Qui le fait aujourd’hui ?", [at_most(200)])
    service = LineField("Votre service", [at_most(120)])
    cpv_code = LineField("Code CPV, si vous le connaissez", [at_most(200)])
    wished_lever = pick_field("Un levier social vous paraît possible ?", Lever, blank="Sans avis")
    wish_note = LineField("Pourquoi, ou ce qui vous inquiète", [at_most(500)])

    def __init__(self, formdata: Any = _Auto, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        if formdata is None and isinstance(g.get("posted_form"), _RequestFields):
            self.commune_codes.choices = g.posted_form.commune_codes.choices

    def offer_communes(self, around: Sequence[tuple[str, str]]) -> None:
        """The communes to tick, and those already ticked elsewhere."""
        known = {code for code, _ in around}
        others = [(code, code) for code in self.commune_codes.data or [] if code not in known]
        self.commune_codes.choices = [SelectChoice(code, name) for code, name in (*around, *others)]

    def facts(self, cpv_code: str | None) -> RequestFacts:
        """What is typed, with the CPV code that the words mean."""
        whole = bool(self.whole_territory.data)
        said = {name: self[name].data or None for name in _WORDS} | {name: self[name].data for name in _VALUES}
        return RequestFacts(
            title=self.title.data or "",
            cpv_code=cpv_code,
            whole_territory=whole,
            commune_codes=() if whole else tuple(sorted(self.commune_codes.data or ())),
            **said,
        )


_WORDS = ("need", "current_supplier", "service", "wish_note")
_VALUES = ("trade", "family", "wanted", "duration_months", "budget", "price_weight_percent", "wished_lever")


class NewRequestForm(_RequestFields):
    """A request not begun yet."""


class RequestForm(_RequestFields, VersionedForm):
    """A draft, or a request given back."""


def _labour(**kwargs: Any) -> ShareField:
    return ShareField("Part de main-d’œuvre", **kwargs)


def _rate(**kwargs: Any) -> ShareField:
    return ShareField("Taux d’insertion", **kwargs)


def _cost(**kwargs: Any) -> CostField:
    return CostField("Coût d’une heure de travail", **kwargs)


def _support(**kwargs: Any) -> SupportField:
    return SupportField("Accompagnement, par heure d’insertion", **kwargs)


class TryForm(Form):
    """Coefficients in the address: read, shown, kept by nobody."""

    labour_share = _labour(name="part")
    insertion_rate = _rate(name="taux")
    hourly_cost = _cost(name="cout")
    support_cost = _support(name="accompagnement")

    @property
    def tried(self) -> Tried:
        return _tried(self)


class KeepForm(VersionedForm):
    """The coefficients to keep for one request."""

    labour_share = _labour()
    insertion_rate = _rate()
    hourly_cost = _cost()
    support_cost = _support()

    @property
    def tried(self) -> Tried:
        return _tried(self)


def _tried(form: TryForm | KeepForm) -> Tried:
    return Tried(form.labour_share.data, form.insertion_rate.data, form.hourly_cost.data, form.support_cost.data)


_SAID = [InputRequired("Indiquez un chiffre : vous pourrez en changer.")]


class CoefficientForm(VersionedForm):
    """A buyer's own coefficients for one trade."""

    labour_share = _labour(
        validators=_SAID, description="Ce que le montant paie de travail, le reste étant matières et frais."
    )
    insertion_rate = _rate(validators=_SAID, description="La part de ce travail confiée à des personnes en insertion.")
    hourly_cost = _cost(validators=_SAID, description="Tout compris, hors taxes.")
    support_cost = _support(validators=_SAID, description="Encadrement et suivi, en plus du coût de l’heure.")

    @property
    def chosen(self) -> Coefficients:
        return Coefficients(
            self.labour_share.data,
            self.insertion_rate.data,
            self.hourly_cost.data,
            self.support_cost.data,
            Origin.BUYER,
        )


class WordForm(VersionedForm):
    """An answer that is a word to the author."""

    word = WordsField("Votre message", [at_most(2000)])


class ConfirmForm(VersionedForm):
    """A confirmation page: nothing but its button."""


class TakeForm(VersionedForm):
    """What purchasing decides as it takes a request into the programme."""

    planned = PeriodField(
        "Lancement de la consultation",
        [InputRequired("Indiquez une date, même lointaine : elle pourra changer.")],
        description=_PERIOD_HINT,
    )
    amount_band = pick_field(
        "Fourchette à annoncer",
        AmountBand,
        blank="Pas encore estimé",
        description="Hors taxes. L’enveloppe exacte reste dans la demande.",
    )
    levers = TicksField(
        "Leviers à envisager",
        choices=[SelectChoice(code, label) for code, label in Lever.choices()],
        description="« Envisagé » n’engage à rien : chacun se décide ensuite, lot par lot.",
    )
    reservation = pick_field("Si c’est réservé, à qui", Reservation, blank="À préciser")
    summary = WordsField("Présentation", [at_most(4000)])
    word = WordsField("Un mot à la personne qui demande", [at_most(2000)])

    def facts(self, contact_name: str | None, contact_email: str | None) -> TakenFacts:
        return TakenFacts(
            planned=self.planned.data,
            summary=self.summary.data or None,
            amount_band=self.amount_band.data,
            levers=tuple(self._choice(lever) for lever in Lever if lever.value in (self.levers.data or ())),
            contact_name=contact_name,
            contact_email=contact_email,
            word=self.word.data or None,
        )

    def _choice(self, lever: Lever) -> LeverChoice:
        known = self.reservation.data if self.reservation.data is not Reservation.NONE else None
        return LeverChoice(lever, LeverState.ENVISAGED, known if lever is Lever.RESERVED else None)


def percent_words(basis_points: int) -> str:
    return f"{format_hundredths(Decimal(basis_points) / (WHOLE // _HUNDRED))} %"
