"""Forms: each control with its label, its hint and its error, tied together; a summary that leads to each fault."""

import re
from typing import Any

import pytest
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # younger than its stubs
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import HiddenInput

from tests.look.pages import ensure_sound, rendered

PAGE = """{% from "components/form.html" import form_field, form_tokens, form_actions, error_summary %}
{{ error_summary(form) }}
<form method="post" novalidate>{{ form_tokens(form) }}
{% for field in form if field.name not in ("idempotency_token", "version") %}{{ form_field(field) }}{% endfor %}
{{ form_actions("Enregistrer", "/annuler") }}</form>"""
COMMUNES = [SelectChoice(str(n), f"Commune {n}") for n in range(10)]
TRADES = [SelectChoice("", "—"), SelectChoice("c", "Propreté")]
RESERVATIONS = [SelectChoice("n", "Aucune"), SelectChoice("i", "Insertion")]


class LotForm(Form):
    title = StringField("Intitulé du lot", [DataRequired("Donnez un intitulé au lot.")])


class ProjectForm(Form):
    idempotency_token = HiddenField(default="jeton")
    version = IntegerField(widget=HiddenInput(), default=3)
    title = StringField("Intitulé", [DataRequired("Donnez un intitulé.")], description="Ce que l’on lit d’abord.")
    need = TextAreaField("Besoin")
    trade = SelectField("Métier", [InputRequired("Choisissez un métier.")], choices=TRADES)
    places = SelectMultipleField("Communes", [DataRequired("Cochez une commune.")], choices=COMMUNES)
    reservation = RadioField("Réservation", [InputRequired("Choisissez.")], choices=RESERVATIONS)
    starts_on = DateField("Début", [InputRequired("Donnez une date.")])
    sheet = FileField("Pièce")
    secret = PasswordField("Mot de passe", render_kw={"autocomplete": "new-password"})
    agreed = BooleanField("J’ai relu", [DataRequired("Cochez cette case.")])
    first = FormField(LotForm, label="Premier lot")
    others = FieldList(FormField(LotForm, label="Autre lot"), min_entries=2)


def page(form: Form) -> str:
    return rendered(PAGE, form=form)


def faulty() -> ProjectForm:
    form = ProjectForm()
    assert not form.validate()
    form.form_errors.append("Un projet a au moins un lot.")
    return form


def attributes(html: str, control: str) -> str:
    match = re.search(rf'<(?:input|textarea|select)[^>]*id="{control}"[^>]*>', html)
    assert match, control
    return match.group()


def test_a_fresh_form_is_sound_and_has_no_summary() -> None:
    html = page(ProjectForm())
    ensure_sound(html)
    assert 'role="alert"' not in html
    assert "aria-invalid" not in html


def test_hidden_tokens_travel_once() -> None:
    html = page(ProjectForm())
    assert html.count('value="jeton"') == 1
    assert html.count('name="version"') == 1


def test_optional_fields_say_so() -> None:
    legends = re.findall(r"<(?:label|legend)[^>]*>([^<]*)<span class=\"optional\">facultatif", page(ProjectForm()))
    assert {words.strip() for words in legends} == {"Besoin", "Pièce", "Mot de passe"}


@pytest.mark.parametrize("control", ["title", "trade", "starts_on", "agreed", "first-title", "others-1-title"])
def test_an_error_is_tied_to_its_control_and_stands_above_it(control: str) -> None:
    html = page(faulty())
    ensure_sound(html)
    tag = attributes(html, control)
    assert 'aria-invalid="true"' in tag
    assert f"{control}-erreur" in tag
    assert html.index(f'id="{control}-erreur"') < html.index(tag)


def test_a_hint_and_an_error_are_both_read() -> None:
    assert 'aria-describedby="title-aide title-erreur"' in attributes(page(faulty()), "title")


@pytest.mark.parametrize("group", ["places", "reservation"])
def test_a_group_of_choices_is_a_fieldset_with_its_error(group: str) -> None:
    html = page(faulty())
    assert f'<fieldset class="field field-invalid" aria-describedby="{group}-erreur">' in html


def test_the_summary_leads_to_every_fault_nested_ones_included() -> None:
    html = page(faulty())
    summary = html.partition("<form")[0]
    assert 'role="alert"' in summary
    assert 'tabindex="-1"' in summary
    assert "Un projet a au moins un lot." in summary
    links = re.findall(r'href="#([^"]+)"', summary)
    assert links == [
        "title",
        "trade",
        "places-0",
        "reservation-0",
        "starts_on",
        "agreed",
        "first-title",
        "others-0-title",
        "others-1-title",
    ]


def test_choices_keep_what_was_chosen() -> None:
    form = ProjectForm(data={"places": ["2", "5"], "reservation": "i"})
    html = page(form)
    assert re.findall(r'name="places" value="(\d)" checked', html) == ["2", "5"]
    assert re.findall(r'name="reservation" value="(\w)" checked', html) == ["i"]


def test_words_typed_by_people_are_escaped() -> None:
    form = ProjectForm(data={"title": "<script>"})
    form.title.errors = ["<b>"]
    html = page(form)
    assert "<script>" not in html
    assert "&lt;b&gt;" in html


def test_a_password_is_never_sent_back() -> None:
    tag = attributes(page(ProjectForm(data={"secret": "perdu"})), "secret")
    assert 'value=""' in tag
    assert 'autocomplete="new-password"' in tag


@pytest.mark.parametrize(("arguments", "expected"), [({"width": "s"}, "control width-s"), ({"unit": "€ HT"}, "€ HT")])
def test_width_and_unit_are_offered(arguments: dict[str, Any], expected: str) -> None:
    source = '{% from "components/form.html" import form_field %}{{ form_field(field, **more) }}'
    assert expected in rendered(source, field=ProjectForm().title, more=arguments)
