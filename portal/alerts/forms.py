"""What people type about their alerts: shape and syntax only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import RadioField, SelectField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, InputRequired

from portal.accounts.sessions import Belonging
from portal.alerts.rules import DEFAULTS, SEARCH_FREQUENCIES, kinds_for
from portal.directory.forms import LineField
from portal.vocabulary import AlertKind, Frequency
from portal.web import SafeForm, VersionedForm
from portal.web.fields import at_most

Preferences = Mapping[tuple[int, AlertKind], Frequency]


def _name_field() -> LineField:
    return LineField(
        "Nom de la recherche",
        [DataRequired("Donnez un nom à cette recherche : il sera l’objet de ses courriels."), at_most(120)],
        description="Vous la retrouverez sous ce nom dans vos alertes, et dans l’objet des courriels.",
    )


def _frequency_field() -> RadioField:
    return RadioField(
        "Quand recevoir ces courriels",
        [InputRequired("Choisissez quand recevoir ces courriels.")],
        choices=[SelectChoice(each.value, each.label[:1].upper() + each.label[1:]) for each in SEARCH_FREQUENCIES],
        coerce=_frequency,
        default=Frequency.DAILY.value,
        validate_choice=True,
    )


def _frequency(value: Any) -> str:
    """The code, whether a member or what was typed."""
    return value.value if isinstance(value, Frequency) else str(value)


class SearchForm(SafeForm):
    name = _name_field()
    frequency = _frequency_field()

    @property
    def chosen(self) -> Frequency:
        return Frequency(self.frequency.data)


class EditSearchForm(VersionedForm):
    name = _name_field()
    frequency = _frequency_field()

    @property
    def chosen(self) -> Frequency:
        return Frequency(self.frequency.data)


class PreferencesForm(SafeForm):
    """One menu for each type of alert, for each organisation that the person may act for."""

    def fields_of(self, siret: str) -> list[SelectField]:
        return [self[name] for kind in AlertKind if (name := _field(siret, kind)) in self]

    def chosen_for(self, siret: str) -> dict[AlertKind, Frequency]:
        names = {kind: _field(siret, kind) for kind in AlertKind}
        return {kind: Frequency(self[name].data) for kind, name in names.items() if name in self}


def preferences_form(belongings: Iterable[Belonging], known: Preferences) -> PreferencesForm:
    """For the organisations one may act for, with what was chosen so far."""
    fields = {
        _field(each.siret, kind): _preference(kind, known.get((each.organisation_id, kind), DEFAULTS[kind]))
        for each in belongings
        for kind in kinds_for(each.roles)
    }
    made: type[PreferencesForm] = type("PreferencesForm", (PreferencesForm,), fields)
    return made()


def _field(siret: str, kind: AlertKind) -> str:
    return f"pour_{siret}_{kind.value}"


def _preference(kind: AlertKind, chosen: Frequency) -> SelectField:
    choices = _choices(kind)
    codes = [choice.value for choice in choices]
    default = chosen.value if chosen.value in codes else codes[0]
    return SelectField(kind.label, choices=choices, coerce=_frequency, default=default)


def _choices(kind: AlertKind) -> Sequence[SelectChoice]:
    if kind is AlertKind.NEW_LOTS:
        by_search = SelectChoice(DEFAULTS[kind].value, "au rythme choisi pour chaque recherche")
        return [by_search, SelectChoice(Frequency.NEVER.value, Frequency.NEVER.label)]
    if kind in _RARE:
        rarely = SelectChoice(DEFAULTS[kind].value, _RARE[kind])
        return [rarely, SelectChoice(Frequency.NEVER.value, Frequency.NEVER.label)]
    return [SelectChoice(each.value, each.label) for each in Frequency]


_RARE = {
    AlertKind.CAPACITIES: "deux fois par an",
    AlertKind.NUDGES: "quand un réseau vous relance, une fois par semaine et par sujet au plus",
    AlertKind.CALIBRATIONS: "quand un acheteur demande des avis, une fois par demande",
}
"""What leaves at its own time: taken, or not."""
