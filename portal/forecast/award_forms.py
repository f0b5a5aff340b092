"""What a buyer types when a lot's consultation ends."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask_wtf.form import _Auto
from wtforms import HiddenField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired, Length

from portal.contracts.facts import HeldBy
from portal.directory.forms import LineField, TicksField
from portal.forecast.facts import AwardFacts
from portal.forecast.models import Lot
from portal.forecast.wording import lever_title
from portal.vocabulary import DecpGroupement, Lever
from portal.web import VersionedForm
from portal.web.fields import DayField, EurosField, HoursField, WholeField


class ContractForm(VersionedForm):
    """The contract that an award makes, whoever holds it. Opened on the lot, which says part of it already."""

    number = LineField(
        "Numéro du marché",
        [DataRequired("Indiquez le numéro que vous donnez à ce marché."), Length(max=120)],
        description="Le vôtre : « 2026E014 ».",
    )
    notified_on = DayField(
        "Notifié le", [InputRequired("Indiquez le jour où le marché a été notifié.")], description="« 03/12/2026 »."
    )
    starts_on = DayField("Début d’exécution", description="S’il vient après la notification.")
    duration_months = WholeField("Durée ferme", least=1, most=600)
    amount = EurosField("Montant du marché", description="Hors taxes, sur toute la durée.")
    promised_hours = HoursField(
        "Heures d’insertion promises", description="En tout, sur la durée ferme. Vide si le marché n’en promet pas."
    )

    levers = TicksField("Ce que le marché porte", choices=[])

    def __init__(self, formdata: Any = _Auto, obj: Lot | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, **(_said_by(obj) if obj else {}), **kwargs)
        if obj is not None:
            live = [choice for choice in obj.facts.levers if choice.is_live]
            self.levers.choices = [SelectChoice(choice.lever.value, lever_title(choice)) for choice in live]

    def facts(
        self,
        *titulaires: HeldBy,
        groupement: DecpGroupement | None = None,
        mandataire_solidaire: bool | None = None,
    ) -> AwardFacts:
        return AwardFacts(
            number=self.number.data or "",
            notified_on=self.notified_on.data,
            starts_on=self.starts_on.data,
            duration_months=self.duration_months.data,
            amount=self.amount.data,
            promised_hours=self.promised_hours.data,
            titulaires=titulaires,
            groupement=groupement,
            mandataire_solidaire=mandataire_solidaire,
            levers=frozenset(Lever(code) for code in self.levers.data or ()),
        )


class AwardForm(ContractForm):
    """A contract with one titulaire, found by its SIRET; `name` lists one that the directory does not know."""

    siret = HiddenField()
    name = LineField("Nom de l’organisation", [Length(max=250)])


def hours_in_all(lot: Lot) -> Decimal | None:
    """What the lot wants over its whole duration, when it says so."""
    if lot.hours_wanted is None or not lot.hours_per_year:
        return lot.hours_wanted
    if lot.duration_months is None:
        return None
    return (lot.hours_wanted * lot.duration_months / 12).quantize(Decimal("0.01"))


def _said_by(lot: Lot) -> dict[str, Any]:
    return {
        "version": lot.version,
        "duration_months": lot.duration_months,
        "promised_hours": hours_in_all(lot),
        "starts_on": _start(lot),
        "levers": [choice.lever.value for choice in lot.facts.levers if choice.is_decided],
    }


def _start(lot: Lot) -> date | None:
    """The start announced, when it was announced to the day."""
    execution = lot.execution
    return execution.starts_on if execution and execution.starts_on == execution.ends_on else None
