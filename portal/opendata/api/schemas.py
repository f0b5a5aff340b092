"""The shapes of the API's answers, as JSON Schema 2020-12: what the description tells and the tests hold it to."""

from typing import Any

from portal.opendata.api.vocabularies import LISTS, members
from portal.vocabulary import Listed

Schema = dict[str, Any]


def _object(description: str | None = None, /, **properties: Schema) -> Schema:
    """All its properties, always there; what is not known is null."""
    told: Schema = {"description": description} if description else {}
    return told | {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _of(kind: str, description: str | None = None, **more: Any) -> Schema:
    return {"type": kind} | ({"description": description} if description else {}) | more


def _maybe(kind: str, description: str | None = None, **more: Any) -> Schema:
    return _of(kind, description, **more) | {"type": [kind, "null"]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _ref_or_null(name: str) -> Schema:
    return {"anyOf": [_ref(name), {"type": "null"}]}


def _list(items: Schema, description: str | None = None) -> Schema:
    return _of("array", description, items=items)


def _code(name: str) -> Schema:
    vocabulary: type[Listed] = LISTS[name][0]
    codes = [member.value for member in members(vocabulary)]
    return _object(code=_of("string", enum=codes), label=_of("string", "Le même, en français."))


_DATE = _of("string", "Date civile, à Paris.", format="date")
_DATE_OR_NULL = _maybe("string", "Date civile, à Paris.", format="date")
_INSTANT = _of("string", "Instant, en temps universel.", format="date-time")
_URL = _of("string", format="uri")
_EUROS = _maybe("number", "Euros, hors taxes.", minimum=0)
_HOURS = _maybe("number", "Heures.", minimum=0)
_PERCENT = _maybe("integer", minimum=0, maximum=100)
_TEXT = _maybe("string")

_LOT_FACTS: dict[str, Schema] = {
    "number": _of("integer", "0 : l’ensemble, tant que l’allotissement n’est pas défini.", minimum=0),
    "title": _maybe("string", "Ce qui le distingue des autres lots."),
    "full_title": _of("string", "Précédé de l’objet du projet, comme dans la liste publique."),
    "description": _TEXT,
    "status": _of("string", "Où en est le lot, en français."),
    "trade": _code("trade"),
    "cpv": {
        "anyOf": [
            _object(
                code=_of("string", pattern="^[0-9]{8}$"),
                key=_maybe("string", "Chiffre-clé."),
                label=_TEXT,
            ),
            {"type": "null"},
        ]
    },
    "whole_territory": _of("boolean", "Toutes les communes du territoire de l’acheteur."),
    "communes": _list(_object(code=_of("string", "Code INSEE."), name=_of("string"))),
    "consultation_planned": _ref("Period"),
    "confidence": _code("confidence"),
    "execution_planned": _ref_or_null("Period"),
    "duration_months": _maybe("integer", minimum=1),
    "renewals": _maybe("integer", minimum=0),
    "renewal_months": _maybe("integer", minimum=1),
    "amount_band": _code("amount_band"),
    "amount_low_eur": _EUROS,
    "amount_high_eur": _EUROS,
    "framework_minimum_eur": _EUROS,
    "framework_maximum_eur": _EUROS,
    "insertion_hours": _HOURS,
    "insertion_hours_per_year": _maybe("boolean", "Ces heures sont par an ; sinon, sur toute la durée."),
    "technique": _code("technique"),
    "execution_mode": _code("execution_mode"),
    "advance_percent": _PERCENT,
    "payment": _TEXT,
    "staff_to_take_over": _maybe("integer", "Personnes à reprendre.", minimum=0),
    "staff_note": _TEXT,
    "visit": _TEXT,
    "price_weight_percent": _PERCENT,
    "other_criteria": _TEXT,
    "replaced_contract": _TEXT,
    "replaced_contract_ends_on": _DATE_OR_NULL,
    "alone_and_grouped_allowed": _maybe("boolean", "Répondre seul et en groupement (R2142-21)."),
    "several_groupements_allowed": _maybe("boolean", "Répondre dans plusieurs groupements (R2142-21)."),
    "essential_tasks": _list(_of("string"), "Tâches qu’un membre nommé du groupement exécute lui-même (R2142-27)."),
    "adapted_allotment": _maybe("boolean", "Allotissement adapté aux structures."),
    "adapted_allotment_reason": _TEXT,
    "derogation": _code("derogation"),
    "derogation_reason": _maybe("string", "Pourquoi aucune condition d’emploi, au-dessus des seuils (L2112-2-1)."),
    "levers": _list(_ref("Lever"), "Tous les leviers étudiés, y compris ceux qui sont écartés."),
    "social_considerations": _list(
        _code("social_consideration"), "Dans les termes des données essentielles (DECP), leviers envisagés compris."
    ),
    "award": _ref_or_null("Award"),
    "changed_at": _INSTANT,
    "page_url": _URL,
    "api_url": _URL,
}
for _name in ("amount_band", "technique", "execution_mode", "derogation"):
    _LOT_FACTS[_name] = {"anyOf": [_LOT_FACTS[_name], {"type": "null"}]}

_PROJECT_FACTS: dict[str, Schema] = {
    "reference": _of("string", "Son nom dans les adresses, pour toujours."),
    "number": _of("string"),
    "title": _of("string"),
    "summary": _TEXT,
    "state": _code("project_state"),
    "published_at": _INSTANT,
    "changed_at": _INSTANT,
    "buyer": _ref("Buyer"),
    "family": _code("family"),
    "procedure": {"anyOf": [_code("procedure"), {"type": "null"}]},
    "reply_days": _maybe("integer", "Jours pour répondre.", minimum=1),
    "lots_per_candidate": _maybe("integer", minimum=1),
    "allotment_defined": _of("boolean"),
    "contact": _object("Le service à qui parler.", service=_TEXT, email=_TEXT, phone=_TEXT),
    "questions_until": _DATE_OR_NULL,
    "consultation_url": _maybe("string", "Sur le profil d’acheteur.", format="uri"),
    "offers_due_on": _DATE_OR_NULL,
    "lots": _list(_ref("LotOfProject")),
    "page_url": _URL,
    "api_url": _URL,
    "ocds_url": _URL,
}


def _page(name: str, item: str) -> Schema:
    return _object(
        **{name: _list(_ref(item))},
        total=_of("integer", "Au plus 10 000.", minimum=0),
        total_is_capped=_of("boolean", "Il y en a davantage que « total »."),
        links=_object(self=_URL, next=_maybe("string", "La page suivante, ou rien.", format="uri")),
    )


def schemas() -> dict[str, Schema]:
    """By name, as the description's components hold them."""
    in_brief = _object(
        reference=_of("string"), title=_of("string"), state=_code("project_state"), buyer=_ref("Buyer"), api_url=_URL
    )
    return {
        "Problem": _problem(),
        "Period": _object(starts_on=_DATE, ends_on=_DATE, precision=_code("precision"), label=_of("string")),
        "Buyer": _object(siret=_of("string", pattern="^[0-9]{14}$"), name=_of("string"), page_url=_URL),
        "Lever": _lever(),
        "Award": _award(),
        "LotOfProject": _object(**_LOT_FACTS),
        "Lot": _object(project=in_brief, **_LOT_FACTS),
        "Project": _object(**_PROJECT_FACTS),
        "ProjectWithHistory": _object(**_PROJECT_FACTS, history=_list(_ref("Act"))),
        "Act": _act(),
        "Lots": _page("lots", "Lot"),
        "Projects": _page("projects", "Project"),
        "Meeting": _meeting(),
        "Meetings": _object(meetings=_list(_ref("Meeting"))),
        "Vocabularies": _vocabularies(),
    }


def _problem() -> Schema:
    told = _object(
        "Ce qui ne va pas (RFC 9457).",
        type=_of("string"),
        title=_of("string"),
        status=_of("integer"),
        detail=_of("string", "La même chose en français, et que faire."),
        parameter=_of("string", "Le paramètre fautif, s’il y en a un."),
    )
    return told | {"required": ["type", "title", "status", "detail"]}


def _lever() -> Schema:
    return _object(
        kind=_code("lever"),
        state=_code("lever_state"),
        words=_of("string"),
        reservation={"anyOf": [_code("reservation"), {"type": "null"}]},
        article=_maybe("string", "Article du code de la commande publique."),
        weight_percent=_PERCENT,
        reason=_TEXT,
    )


def _award() -> Schema:
    holder = _object(siret=_maybe("string"), name=_of("string"), is_mandataire=_of("boolean"))
    return _object(
        outcome=_code("outcome"), decided_on=_DATE, reason=_TEXT, promised_hours=_HOURS, holders=_list(holder)
    )


def _act() -> Schema:
    change = _object(
        lot_number=_maybe("integer", minimum=0),
        field=_of("string"),
        label=_of("string"),
        before=_TEXT,
        after=_TEXT,
    )
    return _object("Ce qui a été dit en une fois.", at=_INSTANT, by=_of("string"), reason=_TEXT, changes=_list(change))


def _meeting() -> Schema:
    return _object(
        id=_of("string"),
        title=_of("string"),
        text=_TEXT,
        starts_at=_INSTANT,
        ends_at=_INSTANT,
        place=_TEXT,
        url=_maybe("string", "Pour la suivre à distance, ou s’inscrire.", format="uri"),
        cancelled_at=_maybe("string", "Instant, en temps universel.", format="date-time"),
        cancel_reason=_TEXT,
        buyer=_ref("Buyer"),
        project_reference=_TEXT,
        page_url=_URL,
    )


def _vocabularies() -> Schema:
    entry = _object(
        code=_of("string"), label=_of("string"), word=_maybe("string", "À écrire dans une adresse, pour filtrer.")
    )
    vocabulary = _object(codes=_list(entry), parameter=_maybe("string", "Le paramètre qui filtre par cette liste."))
    return _object(vocabularies=_object(**dict.fromkeys(LISTS, vocabulary)))
