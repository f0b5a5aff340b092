"""Two people edit the same thing: the second keeps what they changed, and what the first one changed."""

from types import SimpleNamespace

from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # absent from the stubs

from portal.web.forms import VersionedForm


class LotForm(VersionedForm):
    title = StringField("Intitulé")
    visit = StringField("Visite")
    communes = SelectMultipleField("Communes", choices=[SelectChoice("1", "Belleroche"), SelectChoice("2", "Vernois")])
    yearly = BooleanField("Par an")


def shown(app: Flask, saved: SimpleNamespace) -> MultiDict[str, str]:
    """What a browser would post of the page, untouched."""
    with app.test_request_context("/"):
        form = LotForm(obj=saved)
        return MultiDict(
            [
                ("title", saved.title),
                ("visit", saved.visit),
                *(("communes", code) for code in saved.communes),
                *([("yearly", "y")] if saved.yearly else []),
                ("version", str(saved.version)),
                ("as_shown", form.as_shown.data or ""),
            ]
        )


def conflict(app: Flask, posted: MultiDict[str, str], saved: SimpleNamespace) -> tuple[MultiDict[str, str], list[str]]:
    with app.test_request_context("/", method="POST", data=posted):
        form, current = LotForm(), LotForm(formdata=None, obj=saved)
        merged = MultiDict(form.merged_onto(current))
        return merged, [label for label, *_ in form.differing_from(current)]


def test_each_keeps_what_they_changed(app: Flask) -> None:
    first = SimpleNamespace(title="Écoles", visit="libre", communes=["1"], yearly=True, version=1)
    posted = shown(app, first)
    posted["title"] = "Écoles et crèches"
    saved = SimpleNamespace(title="Écoles", visit="obligatoire", communes=["1", "2"], yearly=False, version=2)

    merged, differing = conflict(app, posted, saved)

    assert merged["title"] == "Écoles et crèches"
    assert merged["visit"] == "obligatoire"
    assert merged.getlist("communes") == ["1", "2"]
    assert "yearly" not in merged
    assert merged["version"] == "2"
    assert differing == ["Intitulé", "Visite", "Communes", "Par an"]


def test_what_both_changed_is_as_the_second_typed_it(app: Flask) -> None:
    posted = shown(app, SimpleNamespace(title="Écoles", visit="libre", communes=["1"], yearly=True, version=1))
    posted.setlist("communes", ["2"])
    del posted["yearly"]
    saved = SimpleNamespace(title="Écoles", visit="libre", communes=[], yearly=True, version=2)
    merged, _ = conflict(app, posted, saved)
    assert merged.getlist("communes") == ["2"]
    assert "yearly" not in merged


def test_a_second_conflict_starts_from_the_version_of_the_first(app: Flask) -> None:
    posted = shown(app, SimpleNamespace(title="Écoles", visit="libre", communes=[], yearly=False, version=1))
    posted["title"] = "Crèches"
    merged, _ = conflict(
        app, posted, SimpleNamespace(title="Écoles", visit="sur place", communes=[], yearly=False, version=2)
    )
    again, _ = conflict(
        app, merged, SimpleNamespace(title="Écoles", visit="libre", communes=[], yearly=False, version=3)
    )
    assert (again["title"], again["visit"], again["version"]) == ("Crèches", "libre", "3")
