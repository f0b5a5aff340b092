"""What a structure types of its capacity, on one screen: shape and syntax only."""

from typing import Any, cast

from flask_wtf.form import _Auto
from wtforms import SelectField

from portal.directory.forms import LineField
from portal.directory.models import CapacityStatement
from portal.directory.services import CapacityFacts
from portal.vocabulary import CapacityBand, Trade
from portal.web import VersionedForm
from portal.web.fields import DayField, WholeField, at_most, pick_field, said_field

_MOST_PEOPLE = 10_000


class CapacityForm(VersionedForm):
    """Hours a year by trade, and the rest for all of them: see `KnownTradesForm`."""

    available_on = DayField(
        "À partir de quand",
        description="Laissez vide si vous pouvez commencer dès qu’on vous le demande.",
    )
    people = WholeField("Personnes en insertion ou en emploi adapté", least=0, most=_MOST_PEOPLE)
    can_lead = said_field(
        "Prête à être mandataire d’un groupement",
        unknown="Nous n’avons pas encore choisi",
        description="Le mandataire dépose l’offre et parle au nom de tous.",
    )
    note = LineField("Un mot à ceux qui vous lisent", [at_most(300)], description="Ce que les chiffres ne disent pas.")

    def __init__(self, formdata: Any = _Auto, obj: CapacityStatement | None = None, **kwargs: Any) -> None:
        super().__init__(formdata, obj=None, **(_told_by(obj) if obj else {"version": 0}), **kwargs)

    def band_field(self, trade: Trade) -> SelectField:
        return cast("SelectField", self[_name(trade)])

    @property
    def facts(self) -> CapacityFacts:
        bands = {trade: self.band_field(trade).data for trade in Trade}
        return CapacityFacts(
            bands={trade: band for trade, band in bands.items() if band},
            available_on=self.available_on.data,
            people=self.people.data,
            can_lead=self.can_lead.data,
            note=self.note.data or None,
        )


def _name(trade: Trade) -> str:
    return f"band_{trade.value}"


def _told_by(statement: CapacityStatement) -> dict[str, Any]:
    held = {_name(each.trade): each.band for each in statement.bands}
    told = ("version", "available_on", "people", "can_lead", "note")
    return held | {name: getattr(statement, name) for name in told}


_BANDS = {_name(trade): pick_field(trade.label, CapacityBand, blank="Pas indiqué") for trade in Trade}

KnownTradesForm: type[CapacityForm] = type("KnownTradesForm", (CapacityForm,), _BANDS)
"""With one menu of bands for each trade that the portal knows."""
