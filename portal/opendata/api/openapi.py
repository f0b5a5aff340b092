"""The one description of the API, OpenAPI 3.1: the tests compare it with the routes and with what they answer."""

from typing import Any

from portal.forecast.listing.selection import Facet, Order
from portal.kernel.french import typo
from portal.opendata.addresses import absolute, settings
from portal.opendata.api.parameters import LONGEST_CURSOR, LONGEST_TEXT, MOST, MOST_VALUES, USUAL
from portal.opendata.api.schemas import Schema, schemas
from portal.opendata.api.vocabularies import words_of

VERSION = "1.0.0"

_TAGS = {
    "Programmation": "Les achats à venir : projets, lots, historique.",
    "Référence": "De quoi lire les codes, et cette description.",
}


def description() -> dict[str, Any]:
    told: dict[str, Any] = _typeset(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Amont : la programmation des achats",
                "version": VERSION,
                "summary": "Lecture seule, sans compte ni clef.",
                "description": _ABOUT,
                "license": {"name": "Licence des données", "url": settings().open_data_licence},
            },
            "externalDocs": {"description": "Guide en français", "url": absolute("opendata.guide")},
            "servers": [{"url": settings().base_url}],
            "security": [],
            "tags": [{"name": name, "description": told} for name, told in _TAGS.items()],
            "paths": _paths(),
            "components": {"schemas": schemas(), "responses": _RESPONSES},
        }
    )
    return told


_ABOUT = (
    "Chaque réponse porte un ETag : redemandez avec « If-None-Match », et recevez 304 si rien n’a changé. "
    "Les listes se parcourent par « links.next » : une publication entre deux pages ne cache ni ne répète rien. "
    "Dates civiles à Paris ; instants en temps universel ; montants en euros hors taxes. "
    "Une date annoncée est prévisionnelle et n’engage pas l’acheteur."
)


def _paths() -> dict[str, Any]:
    reference = _in_path("reference", {"type": "string", "minLength": 1, "maxLength": 90}, "La référence du projet.")
    number = _in_path("number", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}, "0 : l’ensemble.")
    return {
        "/api/v1/projects": _get(
            "projects", "Projets à venir, avec leurs lots, par ordre de création", "Projects", [*_filters(), *_paging()]
        ),
        "/api/v1/projects/{reference}": _get(
            "project", "Un projet publié, et toute son histoire", "ProjectWithHistory", [reference], missing=True
        ),
        "/api/v1/lots": _get(
            "lots", "Lots à venir, comme dans la liste publique", "Lots", [*_filters(), _order(), *_paging()]
        ),
        "/api/v1/lots/{reference}/{number}": _get(
            "lot", "Un lot d’un projet publié", "Lot", [reference, number], missing=True
        ),
        "/api/v1/meetings": _get(
            "meetings", "Rencontres publiques à venir, à partir de ce jour, au plus 500", "Meetings", []
        ),
        "/api/v1/vocabularies": _get("vocabularies", "Chaque code et son libellé", "Vocabularies", [], tag="Référence"),
        "/api/v1/openapi.json": _get("openapi", "Cette description", None, [], tag="Référence"),
    }


def _get(
    name: str,
    summary: str,
    schema: str | None,
    parameters: list[Schema],
    *,
    missing: bool = False,
    tag: str = "Programmation",
) -> dict[str, Any]:
    shape: Schema = {"$ref": f"#/components/schemas/{schema}"} if schema else {"type": "object"}
    answers = {
        "200": {
            "description": "La réponse.",
            "headers": {"ETag": {"description": "À rendre avec If-None-Match.", "schema": {"type": "string"}}},
            "content": {"application/json": {"schema": shape}},
        },
        "304": {"description": "Rien n’a changé depuis la copie que vous avez."},
        "400": {"$ref": "#/components/responses/BadParameter"},
    }
    if missing:
        answers["404"] = {"$ref": "#/components/responses/Missing"}
    told = {"operationId": name, "summary": summary, "tags": [tag], "parameters": parameters, "responses": answers}
    return {"get": told}


def _problem(told: str) -> dict[str, Any]:
    shape = {"$ref": "#/components/schemas/Problem"}
    return {"description": told, "content": {"application/problem+json": {"schema": shape}}}


_RESPONSES = {
    "BadParameter": _problem("Un paramètre est inconnu, répété ou illisible."),
    "Missing": _problem("Rien de publié à cette adresse."),
}


def _filters() -> list[Schema]:
    facets = [_facet(facet) for facet in Facet]
    text = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, "pattern": "^[^\\x00-\\x1f\\x7f]*$"}
    return [_in_query("q", text, "Des mots cherchés dans les projets et les lots."), *facets]


def _facet(facet: Facet) -> Schema:
    values = {"type": "array", "maxItems": MOST_VALUES, "items": _SHAPES.get(facet) or {"enum": words_of(facet)}}
    told = _TOLD.get(facet, f"{facet.title} : l’une de ces valeurs au moins.")
    return _in_query(facet.word, values, told) | {"style": "form", "explode": True}


_TOLD = {
    Facet.COMMUNE: "Commune où le lot s’exécute : son code INSEE.",
    Facet.PERIOD: "Quand la consultation est prévue : une année ou un trimestre.",
    Facet.BUYER: "Acheteur : les quatorze chiffres de son SIRET.",
}
_SHAPES: dict[Facet, Schema] = {
    Facet.COMMUNE: {"type": "string", "pattern": "^[0-9][0-9AB][0-9]{3}$", "examples": ["33063"]},
    Facet.PERIOD: {"type": "string", "pattern": "^20[0-9]{2}(-T[1-4])?$", "examples": ["2027", "2027-T2"]},
    Facet.BUYER: {"type": "string", "pattern": "^[0-9]{14}$"},
}


def _order() -> Schema:
    return _in_query(
        "tri",
        {"type": "string", "enum": [order.word for order in Order], "default": Order.DATE.word},
        "Dans quel ordre.",
    )


def _paging() -> list[Schema]:
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    after = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": LONGEST_CURSOR}
    return [
        _in_query("limit", limit, "Combien par page."),
        _in_query("after", after, "Curseur opaque, tel que « links.next » le donne."),
    ]


def _in_query(name: str, schema: Schema, told: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "description": told, "schema": schema}


def _in_path(name: str, schema: Schema, told: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "description": told, "schema": schema}


def _typeset(told: Any) -> Any:
    """With French typography in all that people read."""
    if isinstance(told, list):
        return [_typeset(each) for each in told]
    if not isinstance(told, dict):
        return told
    return {
        key: typo(value) if key in {"description", "summary"} and isinstance(value, str) else _typeset(value)
        for key, value in told.items()
    }
