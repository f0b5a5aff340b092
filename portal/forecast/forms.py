"""What a buyer types about a project and its lots, in the order in which one thinks of a purchase."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from flask import g
from flask_wtf.form import _Auto
from wtforms import BooleanField, Field, RadioField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Email, InputRequired, Optional, StopValidation

from portal.directory.forms import LineField, TicksField, WebsiteField, WordsField
from portal.forecast.facts import LeverChoice, LotFacts, ProjectFacts
from portal.forecast.models import Lot
from portal.vocabulary import (
    AmountBand,
    Confidence,
    DerogationGround,
    ExecutionMode,
    Lever,
    LeverState,
    Procedure,
    PurchaseFamily,
    Reservation,
    Technique,
    Trade,
)
from portal.web import SafeForm, VersionedForm
from portal.web.fields import (
    DayField,
    EurosField,
    HoursField,
    PeriodField,
    WholeField,
    at_most,
    percent_field,
    pick_field,
    said_field,
    tell_field,
)

PERIOD_HINT = "Un jour, un mois, un trimestre ou une année : « 10/02/2027 », « mars 2027 », « T2 2027 », « 2027 »."
_NOT_WEIGHED = "Pas étudié"
_MOST_TASKS = 12
_LONGEST_TASK = 200


class TasksField(WordsField):
    """One task a line, each told once."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        lines = (" ".join(line.split()) for line in (self.data or "").splitlines())
        self.data = "\n".join(dict.fromkeys(line for line in lines if line))

    def pre_validate(self, form: object) -> None:
        lines = (self.data or "").splitlines()
        if len(lines) > _MOST_TASKS:
            raise StopValidation(f"Écrivez {_MOST_TASKS} tâches au plus, une par ligne.")
        if any(len(line) > _LONGEST_TASK for line in lines):
            raise StopValidation(f"Restez en dessous de {_LONGEST_TASK} caractères par ligne.")


class _InOrder(SafeForm):
    """Its fields in the order in which the page asks for them."""

    first: ClassVar[tuple[str, ...]] = ()
    """The fields that come before the others on the page, in order: errors are told in the order in which one reads."""

    def __iter__(self) -> Iterator[Field]:
        ranks = {name: rank for rank, name in enumerate(self.first)}
        return iter(sorted(super().__iter__(), key=lambda field: ranks.get(field.short_name, len(ranks))))


class _ProjectFields(_InOrder):
    title = LineField(
        "Que voulez-vous acheter ?", [DataRequired("Dites en quelques mots ce que vous achetez."), at_most(200)]
    )
    family = tell_field("Nature de l’achat", PurchaseFamily, [InputRequired("Choisissez une nature.")])
    summary = WordsField("Présentation", [at_most(4000)])
    contact_name = LineField("Nom", [at_most(120)])
    contact_service = LineField("Service", [at_most(120)])
    contact_email = LineField(
        "Adresse électronique",
        [Optional(), Email("Cette adresse est mal formée : elle s’écrit comme nom@exemple.fr."), at_most(254)],
    )
    contact_phone = LineField("Téléphone", [at_most(30)])

    def _contact(self) -> dict[str, Any]:
        names = ("contact_name", "contact_service", "contact_email", "contact_phone")
        return {name: self[name].data or None for name in names}


class CreateForm(_ProjectFields):
    """A project in a few facts: enough to publish early."""

    first = ("title", "trade", "family", "planned", "confidence", "allotment", "summary")
    trade = pick_field("Métier", Trade, [InputRequired("Choisissez un métier.")], blank="Choisissez…")
    planned = PeriodField(
        "Quand pensez-vous lancer la consultation ?",
        [InputRequired("Indiquez une date, même lointaine : elle pourra changer.")],
        description=PERIOD_HINT,
    )
    confidence = tell_field("Cette date est…", Confidence, [InputRequired("Dites à quel point la date est sûre.")])
    allotment = RadioField(
        "Les lots",
        [InputRequired("Dites si les lots sont déjà définis.")],
        choices=[
            SelectChoice("later", "À définir plus tard : le projet paraîtra avec « allotissement à définir »"),
            SelectChoice("now", "Déjà définis, ou un seul lot : vous les décrirez à l’étape suivante"),
        ],
        description="Tôt vaut mieux que complet : un projet peut être publié sans lots.",
    )

    @property
    def project_facts(self) -> ProjectFacts:
        return ProjectFacts(
            title=self.title.data or "", family=self.family.data, summary=self.summary.data or None, **self._contact()
        )

    @property
    def lot_facts(self) -> LotFacts:
        return LotFacts(trade=self.trade.data, planned=self.planned.data, confidence=self.confidence.data)


def _reason_field() -> WordsField:
    return WordsField(
        "Pourquoi ce changement ?",
        [at_most(500)],
        description="Obligatoire si une date, un volume, un levier ou un lot change : "
        "ce motif paraît dans l’historique public, avec l’avant et l’après.",
    )


class ProjectForm(_ProjectFields, VersionedForm):
    """What all the lots of a project share."""

    first = ("title", "family", "summary", "procedure", "reply_days", "lots_per_candidate")
    procedure = pick_field("Procédure", Procedure, blank="Pas encore choisie")
    reply_days = WholeField(
        "Délai pour répondre",
        least=1,
        most=365,
        description="En jours, entre l’ouverture de la consultation et la remise des offres.",
    )
    lots_per_candidate = WholeField("Lots au plus par candidat", least=1, most=99, description="Article L2113-10.")
    reason = _reason_field()

    @property
    def facts(self) -> ProjectFacts:
        return ProjectFacts(
            title=self.title.data or "",
            family=self.family.data,
            summary=self.summary.data or None,
            procedure=self.procedure.data,
            reply_days=self.reply_days.data,
            lots_per_candidate=self.lots_per_candidate.data,
            **self._contact(),
        )


class _LotFields(_InOrder):
    """All the facts of a lot; fields are called as the lot's own attributes, so that two versions compare."""

    title = LineField(
        "Intitulé du lot",
        [at_most(200)],
        description="Ce qui le distingue des autres : « rive droite ».",
    )
    trade = pick_field("Métier", Trade, [InputRequired("Choisissez un métier.")], blank="Choisissez…")
    description = WordsField("Description", [at_most(4000)])
    cpv_code = LineField(
        "Code CPV", [at_most(200)], description="Le code, ou quelques mots : « 90919200 », « nettoyage de bureaux »."
    )

    planned = PeriodField(
        "Lancement de la consultation",
        [InputRequired("Indiquez une date, même lointaine : elle pourra changer.")],
        description=PERIOD_HINT,
    )
    confidence = tell_field("Cette date est…", Confidence, [InputRequired("Dites à quel point la date est sûre.")])
    execution = PeriodField("Début d’exécution", description="Même écriture : « 01/09/2027 », « septembre 2027 ».")
    duration_months = WholeField("Durée", least=1, most=600)
    renewals = WholeField("Reconductions", least=0, most=20)
    renewal_months = WholeField("Durée de chaque reconduction", least=1, most=600)
    replaced_contract = LineField("Marché remplacé", [at_most(120)], description="Sa référence : « Marché 2023-041 ».")
    replaced_ends_on = DayField("Échéance du marché remplacé", description="« 31/08/2027 ».")

    amount_low = EurosField("Montant bas")
    amount_high = EurosField("Montant haut")
    amount_band = pick_field(
        "Ou seulement une fourchette",
        AmountBand,
        blank="Pas encore estimé",
        description="Si aucun montant n’est saisi.",
    )
    technique = pick_field("Technique d’achat", Technique, blank="Pas encore choisie")
    execution_mode = pick_field("Mode d’exécution", ExecutionMode, blank="Pas encore choisi")
    framework_minimum = EurosField("Minimum garanti")
    framework_maximum = EurosField("Maximum")

    hours_wanted = HoursField("Heures d’insertion souhaitées", description="« 12 000 » ou « 970,50 ».")
    hours_per_year = RadioField(
        "Ces heures sont…",
        choices=[SelectChoice("oui", "par an"), SelectChoice("non", "au total")],
        default="non",
        coerce=lambda value: value if isinstance(value, bool) else value == "oui",
    )
    whole_territory = BooleanField("Toutes les communes de votre territoire")
    commune_codes = TicksField("Ou certaines communes")

    reserved_state = pick_field("Réserver le lot", LeverState, blank=_NOT_WEIGHED)
    reserved_reservation = pick_field("À qui", Reservation, blank="À préciser")
    reserved_reason = LineField("Pourquoi réserver, ou non", [at_most(500)])
    clause_state = pick_field("Clause d’insertion", LeverState, blank=_NOT_WEIGHED)
    clause_reason = LineField("Pourquoi cette clause, ou non", [at_most(500)])
    criterion_state = pick_field("Critère social", LeverState, blank=_NOT_WEIGHED)
    criterion_weight = percent_field("Poids du critère social")
    criterion_reason = LineField("Pourquoi ce critère, ou non", [at_most(500)])
    insertion_service_state = pick_field("Marché de services d’insertion", LeverState, blank=_NOT_WEIGHED)
    insertion_service_reason = LineField("Pourquoi ce marché, ou non", [at_most(500)])

    adapted_allotment = said_field("Avez-vous adapté ce lot à la taille des structures ?")
    adapted_allotment_reason = LineField("Comment, ou pourquoi pas", [at_most(300)])
    derogation = pick_field(
        "Dérogation aux conditions d’exécution sociales",
        DerogationGround,
        blank="Aucune",
        description="Au-dessus du seuil européen, un marché sans clause sociale dit pourquoi (L2112-2-1).",
    )
    derogation_reason = LineField("Motif de la dérogation", [at_most(500)])
    several_groupements_allowed = said_field("Une structure peut-elle répondre dans plusieurs groupements ?")
    alone_and_grouped_allowed = said_field("Peut-elle répondre seule et dans un groupement ?")
    essential_tasks = TasksField("Tâches essentielles", render_kw={"rows": 3})

    price_weight_percent = percent_field("Poids du prix dans la note")
    other_criteria = LineField("Autres critères", [at_most(300)], description="« organisation 35 %, parcours 25 % ».")
    advance_percent = percent_field("Avance")
    payment_rhythm = LineField("Rythme de paiement", [at_most(200)], description="« mensuel, à 30 jours ».")
    staff_to_take_over = WholeField("Personnes à reprendre", least=0, most=100_000)
    staff_note = LineField("À savoir sur la reprise", [at_most(200)], description="« 4,2 temps pleins ».")
    visit = LineField("Visite des lieux", [at_most(200)], description="« Obligatoire, trois dates ».")
    reason = _reason_field()

    def __init__(self, formdata: Any = _Auto, obj: Lot | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=obj, **(_lever_data(obj.facts) if obj else {}), **kwargs)
        self._offer_states(obj)
        if formdata is None and isinstance(g.get("posted_form"), _LotFields):
            self.commune_codes.choices = g.posted_form.commune_codes.choices

    def _offer_states(self, obj: Lot | None) -> None:
        """« Décidé » comes from a legal check: a form may only keep it."""
        decided = {choice.lever for choice in obj.facts.levers if choice.is_decided} if obj else set()
        for lever in set(Lever) - decided:
            field = self[f"{lever.value}_state"]
            field.choices = [choice for choice in field.choices if choice.value != LeverState.DECIDED]

    def offer_communes(self, around: Sequence[tuple[str, str]]) -> None:
        """The communes to tick, and those already ticked elsewhere."""
        known = {code for code, _ in around}
        others = [(code, code) for code in self.commune_codes.data or [] if code not in known]
        self.commune_codes.choices = [SelectChoice(code, name) for code, name in (*around, *others)]

    def facts(self, cpv_code: str | None) -> LotFacts:
        """The facts typed, with the CPV code that the words mean."""
        values = {name: _bare(self[name].data) for name in _PLAIN}
        whole = bool(self.whole_territory.data)
        return LotFacts(
            **values,
            cpv_code=cpv_code,
            hours_per_year=bool(self.hours_per_year.data),
            whole_territory=whole,
            commune_codes=() if whole else tuple(sorted(self.commune_codes.data or ())),
            levers=tuple(choice for lever in Lever if (choice := self._choice(lever)) is not None),
        )

    def _choice(self, lever: Lever) -> LeverChoice | None:
        state = self[f"{lever.value}_state"].data
        if state is None:
            return None
        return LeverChoice(
            lever,
            state,
            reservation=self._reservation() if lever is Lever.RESERVED else None,
            weight_percent=self.criterion_weight.data if lever is Lever.CRITERION else None,
            reason=self[f"{lever.value}_reason"].data or None,
        )

    def _reservation(self) -> Reservation | None:
        chosen: Reservation | None = self.reserved_reservation.data
        return None if chosen is Reservation.NONE else chosen


class LotForm(_LotFields, VersionedForm):
    """Changing a lot."""


class NewLotForm(_LotFields):
    """Adding a lot."""


class ButtonForm(VersionedForm):
    """A confirmation page: nothing but its button."""


class ReasonForm(VersionedForm):
    """A confirmation page that asks why."""

    reason = WordsField("Pourquoi ?", [at_most(500)])


class TenderForm(_InOrder, VersionedForm):
    """The consultation opens; once it runs, `reason` says why its address or date is mended."""

    tender_url = WebsiteField(
        "Adresse de la consultation",
        [DataRequired("Indiquez l’adresse de la consultation."), at_most(300)],
        description="Sur votre profil d’acheteur : « https://marches.exemple.fr/consultation/42 ».",
    )
    offers_due_on = DayField(
        "Date limite de remise des offres",
        [InputRequired("Indiquez jusqu’à quand les offres se remettent.")],
        description="« 12/05/2027 ».",
    )
    reason = WordsField("Pourquoi cette correction ?", [at_most(500)])


_PLAIN = (
    *("title", "trade", "description", "planned", "confidence", "execution", "duration_months", "renewals"),
    *("renewal_months", "replaced_contract", "replaced_ends_on", "amount_low", "amount_high", "amount_band"),
    *("framework_minimum", "framework_maximum", "technique", "execution_mode", "advance_percent", "payment_rhythm"),
    *("hours_wanted", "staff_to_take_over", "staff_note", "visit", "price_weight_percent", "other_criteria"),
    *(
        "derogation",
        "derogation_reason",
        "several_groupements_allowed",
        "alone_and_grouped_allowed",
        "essential_tasks",
        "adapted_allotment",
        "adapted_allotment_reason",
    ),
)
"""Fields whose value is the fact of the same name."""


def _bare(value: Any) -> Any:
    return None if value == "" else value


def _lever_data(facts: LotFacts) -> dict[str, Any]:
    """The levers of a lot as the fields of its form."""
    data: dict[str, Any] = {}
    for choice in facts.levers:
        data[f"{choice.lever.value}_state"] = choice.state
        data[f"{choice.lever.value}_reason"] = choice.reason
        if choice.lever is Lever.RESERVED:
            data["reserved_reservation"] = choice.reservation
        if choice.lever is Lever.CRITERION:
            data["criterion_weight"] = choice.weight_percent
    return data
