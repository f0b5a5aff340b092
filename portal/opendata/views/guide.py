"""The page that tells re-users what there is to take, and how: made from the description that programs read."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.kernel.french import typo
from portal.opendata.addresses import absolute, settings
from portal.opendata.api.openapi import description
from portal.opendata.api.parameters import MOST, USUAL
from portal.opendata.views.blueprint import pages
from portal.web import public, render

_LICENCES = {
    "https://www.etalab.gouv.fr/licence-ouverte-open-licence/": "Licence Ouverte 2.0",
    "https://opendatacommons.org/licenses/odbl/1-0/": "ODbL 1.0",
}


@dataclass(frozen=True)
class Example:
    """Something that one may want, and the address that gives it."""

    wanted: str
    url: str


@pages.get("/api")
@public
def guide() -> ResponseReturnValue:
    told = description()
    return render(
        "opendata/guide.html",
        examples=_examples(),
        operations=[_operation(path, operations["get"]) for path, operations in told["paths"].items()],
        parameters=told["paths"]["/api/v1/lots"]["get"]["parameters"],
        values=_values,
        licence=_LICENCES.get(settings().open_data_licence, settings().open_data_licence),
        licence_url=settings().open_data_licence,
        lots_url=absolute("api.lots"),
        usual=USUAL,
        most=MOST,
    )


def _examples() -> list[Example]:
    return [
        Example("Les lots réservés, le plus tôt d’abord", url_for("api.lots", levier="reserve")),
        Example("La propreté et les espaces verts en 2027", url_for("api.lots", metier=_TRADES, periode="2027")),
        Example("Les derniers changements", url_for("api.lots", tri="changement", limit=50)),
        Example("Les projets qui parlent d’écoles, avec tous leurs lots", url_for("api.projects", q="écoles")),
        Example("Les rencontres publiques à venir", url_for("api.meetings")),
        Example("Tous les codes et leurs libellés", url_for("api.vocabularies")),
        Example("Tous les projets et leur histoire, en OCDS", url_for("api.ocds")),
    ]


_TRADES = ["proprete", "espaces-verts"]


def _operation(path: str, operation: dict[str, Any]) -> tuple[str, str]:
    return path, operation["summary"]


def _values(schema: dict[str, Any]) -> str | None:
    """« proprete, espaces-verts… », « 1 à 100 », « par exemple 33063 »."""
    shape = schema.get("items", schema)
    if "enum" in shape:
        return ", ".join(shape["enum"])
    if "examples" in shape:
        return typo(f"par exemple {' ou '.join(shape['examples'])}")
    return f"{shape['minimum']} à {shape['maximum']}" if "maximum" in shape else None
