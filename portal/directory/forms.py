"""What people type about their organisation: shape and syntax only."""

import re
from collections.abc import Sequence

from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Email, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.vocabulary import EssFamily, ServiceType, Trade
from portal.web import SafeForm, VersionedForm

Choices = Sequence[tuple[str, str]]


def choices_of(pairs: Choices) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


class LineField(StringField):
    """One line, without surrounding spaces or control characters."""

    data: str | None

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", valuelist[0]).split())


class WordsField(TextAreaField):
    """Several lines, without surrounding spaces or control characters."""

    data: str | None

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", " ", valuelist[0].replace("\r\n", "\n")).strip()


class TicksField(SelectMultipleField):
    """Several values to tick."""

    data: list[str]
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class WebsiteField(LineField):
    """A web address; « https:// » is added when it was left out."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data and "://" not in self.data:
            self.data = f"https://{self.data}"

    def pre_validate(self, form: object) -> None:
        if self.data and not re.fullmatch(r"https?://[^\s/.]+(\.[^\s/.]+)+(/\S*)?", self.data):
            raise ValidationError("Cette adresse est mal formée : elle s’écrit comme www.exemple.fr.")


class OrganisationForm(VersionedForm):
    """What an organisation says of itself; fields are called as its properties, so that two versions compare."""

    usual_name = LineField("Nom d’usage", [Length(max=250, message="Restez en dessous de 250 caractères.")])
    description = WordsField("Présentation", [Length(max=2000, message="Restez en dessous de 2 000 caractères.")])
    contact_email = LineField(
        "Adresse électronique de contact",
        [
            Optional(),
            Email("Cette adresse est mal formée : elle s’écrit comme nom@exemple.fr."),
            Length(max=254, message="Restez en dessous de 254 caractères."),
        ],
    )
    contact_phone = LineField("Téléphone", [Length(max=30, message="Restez en dessous de 30 caractères.")])
    website = WebsiteField("Site internet", [Length(max=250, message="Restez en dessous de 250 caractères.")])
    ess_family = SelectField(
        "Famille de l’économie sociale et solidaire",
        [Optional()],
        choices=choices_of([("", "À compléter"), *EssFamily.choices()]),
        coerce=lambda value: str(value or ""),
    )
    trades = TicksField(
        "Métiers",
        choices=choices_of(
            [
                (f"{trade}:{service}", f"{trade.label} ({service.label.lower()})")
                for trade in Trade
                for service in ServiceType
            ]
        ),
    )
    everywhere = BooleanField("France entière")
    regions = TicksField("Régions")
    departments = LineField("Départements", [Length(max=400, message="Restez en dessous de 400 caractères.")])
    epcis = TicksField("Intercommunalités")
    communes = WordsField("Communes", [Length(max=4000, message="Restez en dessous de 4 000 caractères.")])


def organisation_form(regions: Choices, epcis: Choices) -> type[OrganisationForm]:
    """The form with the regions and intercommunalities that the portal knows."""

    fields = {
        "regions": TicksField("Régions", choices=choices_of(regions)),
        "epcis": TicksField("Intercommunalités", choices=choices_of(epcis)),
    }
    return type("KnownTerritoriesForm", (OrganisationForm,), fields)


class AskForm(SafeForm):
    """Which network a structure asks to join."""

    network = SelectField("Réseau", [DataRequired("Choisissez un réseau de la liste.")])


class AnswerForm(SafeForm):
    """One button, and nothing to type."""


class EndForm(SafeForm):
    """`reason` is asked of a network that declines, and left aside otherwise."""

    reason = WordsField("Pourquoi", [Length(max=2000, message="Restez en dessous de 2 000 caractères.")])
