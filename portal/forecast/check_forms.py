"""What is typed when a lever is checked, a publication dated, and a buyer's settings changed."""

from datetime import datetime, time
from typing import Any

from flask_wtf.form import _Auto
from wtforms import BooleanField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from portal.directory.forms import WordsField
from portal.forecast.facts import LeverChoice
from portal.forecast.models import Lot
from portal.forecast.settings import Settings
from portal.kernel.clock import PARIS
from portal.vocabulary import Lever, LeverState, Reservation
from portal.web import VersionedForm
from portal.web.fields import DayField, WholeField, at_most, pick_field, tell_field

_HOURS = range(7, 20)


class CheckForm(VersionedForm):
    """One look at one lever. `version` is the lot's."""

    outcome = tell_field("Ce levier est…", LeverState, [InputRequired("Choisissez ce que devient ce levier.")])
    reservation = pick_field("À qui le lot est réservé", Reservation, blank="À préciser")
    reason = WordsField(
        "Pourquoi ?", [at_most(500)], description="Public : ce motif paraît à côté du levier, et dans l’historique."
    )

    def __init__(self, formdata: Any = _Auto, obj: Lot | None = None, *, lever: Lever, **kwargs: Any) -> None:
        choice = obj.facts.choice(lever) if obj else None
        super().__init__(formdata, obj=obj, **_data(choice), **kwargs)
        offered: Any = self.reservation.choices
        self.reservation.choices = [each for each in offered if each.value != Reservation.NONE]
        if lever is not Lever.RESERVED:
            del self.reservation

    @property
    def reserved_to(self) -> Reservation | None:
        return self.reservation.data if "reservation" in self else None


def _data(choice: LeverChoice | None) -> dict[str, Any]:
    if choice is None:
        return {}
    return {"outcome": choice.state, "reservation": choice.reservation, "reason": choice.reason}


class ScheduleForm(VersionedForm):
    """When a ready project is published by itself."""

    day = DayField("Le", [InputRequired("Indiquez un jour.")], description="« 15/01/2027 ».")
    hour = SelectField(
        "À",
        choices=[SelectChoice(hour, f"{hour} h") for hour in _HOURS],
        default=8,
        coerce=int,
        description="Heure de Paris.",
    )

    @property
    def instant(self) -> datetime:
        return datetime.combine(self.day.data, time(self.hour.data), tzinfo=PARIS)


class SettingsForm(VersionedForm):
    second_person_publishes = BooleanField("Une seconde personne publie")
    legal_checks_only = BooleanField("Seul le service juridique contrôle les leviers")
    price_weight_warning = WholeField(
        "Avertir quand le prix pèse plus de",
        [InputRequired("Indiquez un pourcentage.")],
        least=0,
        most=100,
        description="Tiré vers le bas, le prix empêche souvent le parcours des personnes.",
    )
    structures_to_reserve = WholeField(
        "Réserver paraît réaliste dès", [InputRequired("Indiquez un nombre.")], least=1, most=99
    )
    groupements_to_reserve = WholeField("Ou dès", [InputRequired("Indiquez un nombre.")], least=1, most=99)

    @property
    def settings(self) -> Settings:
        return Settings(
            second_person_publishes=bool(self.second_person_publishes.data),
            legal_checks_only=bool(self.legal_checks_only.data),
            price_weight_warning=self.price_weight_warning.data,
            structures_to_reserve=self.structures_to_reserve.data,
            groupements_to_reserve=self.groupements_to_reserve.data,
        )
