"""Makes notices of rows and entries: one vocabulary for the CSV files, consolidated or not, and the official JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from portal.contracts.decp.cells import Cells, cleaned
from portal.contracts.decp.notices import Notice, Party, State, siret_of
from portal.intake import Format, RowRefused
from portal.kernel.french import format_date, typo
from portal.kernel.text import fold
from portal.vocabulary import (
    ConcessionSocialConsideration,
    ContractFamily,
    DecpGroupement,
    IdentifierType,
    Procedure,
    SocialConsideration,
)

_TOLD = (
    "uid",
    "acheteur_nom",
    "type",
    "nature",
    "objet",
    "codeCPV",
    "procedure",
    "montant",
    "dureeMois",
    "offresRecues",
    "typeGroupementOperateurs",
    "considerationsSociales",
    "datePublicationDonnees",
    "idModification",
    "montantModification",
    "dureeMoisModification",
    "dateNotificationModification",
    "dateNotificationModificationModification",
    "idTitulaireModification",
    "typeIdentifiantTitulaireModification",
)
CONSOLIDATED = Format(
    "un fichier DECP",
    ("id", "acheteur_id", "titulaire_id", "dateNotification"),
    (*_TOLD, "titulaire_nom", "titulaire_typeIdentifiant"),
)
"""One row per titulaire."""
_RANKS = ("1", "2", "3")
MINISTRY = Format(
    "un fichier DECP du ministère",
    ("id", "acheteur_id", "titulaire_id_1", "dateNotification"),
    (
        *_TOLD,
        "titulaire_id_2",
        "titulaire_id_3",
        *(f"titulaire_typeIdentifiant_{rank}" for rank in _RANKS),
        *(f"titulaire_denominationSociale_{rank}" for rank in _RANKS),
    ),
)
"""One row per contract, with up to three titulaires."""

_LONGEST_IDENTIFIER, _LONGEST_NAME = 60, 250
_LONGEST_NUMBER, _LONGEST_UID = 120, 160
_MOST_RANK_DIGITS = 9
_CONCESSION_MARKS = ("concession", "delegation")


def uid_of_row(values: Mapping[str, str]) -> str:
    """The contract that a row is of. Raises RowRefused."""
    cells = Cells(values)
    return _numbered(cells, _buyer_of_row(cells, values))[1]


def uid_of_entry(entry: Mapping[str, Any], family: ContractFamily) -> str:
    """The contract that an entry is. Raises RowRefused."""
    cells = Cells({name: str(entry[name]) for name in ("id", "uid") if _is_plain(entry.get(name))})
    return _numbered(cells, _buyer_of_entry(cells, entry, family))[1]


def notice_of_row(values: Mapping[str, str]) -> Notice:
    """What a row of either CSV format tells. Raises RowRefused."""
    cells = Cells(values)
    suffixes = ("",) if "titulaire_id" in values else tuple(f"_{rank}" for rank in _RANKS)
    named = ("titulaire_nom", "titulaire_denominationSociale")
    titulaires = [
        _party(
            cells,
            values.get(f"titulaire_id{suffix}", ""),
            values.get(f"titulaire_typeIdentifiant{suffix}", ""),
            next((values[f"{name}{suffix}"] for name in named if f"{name}{suffix}" in values), ""),
        )
        for suffix in suffixes
    ]
    nature = fold(values.get("nature", ""))
    family = ContractFamily.CONCESSION if nature.startswith(_CONCESSION_MARKS) else ContractFamily.MARKET
    told = _Told(cells, family, _buyer_of_row(cells, values), _present(titulaires))
    return _notice(told, json.dumps(values, sort_keys=True), _amendments(cells, _amended_row(values)))


_AMENDMENT_COLUMNS = {
    "montantModification": "montant",
    "dureeMoisModification": "dureeMois",
    "dateNotificationModification": "dateNotificationModification",
    "dateNotificationModificationModification": "dateNotificationModification",
}


def _amended_row(values: Mapping[str, str]) -> dict[str, Any]:
    """The amendment that a row of the ministry's file may tell, as an official file does."""
    told: dict[str, Any] = {
        ours: values[theirs] for theirs, ours in _AMENDMENT_COLUMNS.items() if cleaned(values.get(theirs, ""))
    }
    if cleaned(values.get("idTitulaireModification", "")):
        type_ = values.get("typeIdentifiantTitulaireModification", "")
        told["titulaires"] = [{"id": values["idTitulaireModification"], "typeIdentifiant": type_}]
    return {"modifications": [told | {"id": values.get("idModification", "")}]} if told else {}


def _buyer_of_row(cells: Cells, values: Mapping[str, str]) -> Party:
    return _party(cells, values.get("acheteur_id", ""), "", values.get("acheteur_nom", ""))


def notice_of_entry(entry: Mapping[str, Any], family: ContractFamily) -> Notice:
    """What a « marché » or a « contrat de concession » of an official file tells. Raises RowRefused."""
    concession = family is ContractFamily.CONCESSION
    values = {name: str(value) for name, value in entry.items() if _is_plain(value)}
    renamed = _NAMES_OF_CONCESSIONS if concession else {}
    values |= {ours: values[theirs] for theirs, ours in renamed.items() if theirs in values}
    considerations = entry.get("considerationsSociales")
    values["considerationsSociales"] = " ; ".join(map(str, members(considerations, "considerationSociale")))
    cells = Cells(values)
    buyer = _buyer_of_entry(cells, entry, family)
    told = _Told(cells, family, buyer, _parties(cells, entry, "concessionnaire" if concession else "titulaire"))
    return _notice(told, json.dumps(entry, sort_keys=True), _amendments(cells, entry))


def _buyer_of_entry(cells: Cells, entry: Mapping[str, Any], family: ContractFamily) -> Party:
    name = "autoriteConcedante" if family is ContractFamily.CONCESSION else "acheteur"
    buyer = _first(members(entry.get(name), ""))
    return _party(cells, _plain(buyer, "id"), "", _plain(buyer, "nom"))


_NAMES_OF_CONCESSIONS = {"valeurGlobale": "montant", "dateSignature": "dateNotification"}
_NAMES_OF_AMENDMENTS = {
    "valeurGlobale": "montant",
    "dateSignatureModification": "dateNotificationModification",
}


def members(value: Any, name: str) -> list[Any]:
    """The items of a list, however the publisher nests it: [{name: x}], {name: [x]}, {name: x}, [x], x."""
    if isinstance(value, Mapping) and name in value:
        value = value[name]
    items = value if isinstance(value, list) else [] if value is None else [value]
    return [item[name] if isinstance(item, Mapping) and name in item else item for item in items]


@dataclass(frozen=True)
class _Told:
    cells: Cells
    family: ContractFamily
    buyer: Party
    titulaires: tuple[Party, ...]


def _notice(told: _Told, written: str, amendments: Iterable[State] = ()) -> Notice:
    cells = told.cells
    number, uid = _numbered(cells, told.buyer)
    notified_on = cells.day("dateNotification")
    if notified_on is None:
        raise RowRefused("La date de notification manque, ou n’est pas lisible.")
    own = State(notified_on, 0, cells.amount("montant"), cells.months("dureeMois"), told.titulaires)
    facts = _facts(cells)
    _tell_parties(told)
    later = [_after(own, state, cells) for state in amendments]
    return Notice(
        uid=uid,
        number=number,
        family=told.family,
        buyer=told.buyer,
        states=(own, *later),
        facts=facts,
        remarks=tuple(typo(remark) for remark in cells.remarks),
        written=written,
    )


def _numbered(cells: Cells, buyer: Party) -> tuple[str, str]:
    """The number of a contract at its buyer's, and its number among all."""
    number = cells.text("id", _LONGEST_NUMBER + 1)
    if number is None or len(number) > _LONGEST_NUMBER:
        raise RowRefused("Le numéro du marché manque." if number is None else "Le numéro du marché est trop long.")
    uid = cells.text("uid", _LONGEST_UID + 1) or f"{buyer.identifier or fold(buyer.name)}{number}"
    if not (buyer.identifier or buyer.name):
        raise RowRefused("L’acheteur manque : ni identifiant, ni nom.")
    if len(uid) > _LONGEST_UID:
        raise RowRefused("L’identifiant unique du marché est trop long.")
    return number, uid


def _tell_parties(told: _Told) -> None:
    if told.buyer.siret is None:
        told.cells.remarks.append(f"Acheteur « {_shown(told.buyer)} » : identifiant à vérifier.")
    if not told.titulaires:
        told.cells.remarks.append("Aucun titulaire n’est nommé.")
    for party in told.titulaires:
        if party.siret is None:
            told.cells.remarks.append(f"Titulaire « {_shown(party)} » : identifiant à vérifier.")


def _shown(party: Party) -> str:
    return " ".join(filter(None, (party.identifier, party.name)))


def _after(own: State, state: State, cells: Cells) -> State:
    """An amendment comes after the contract it amends, whatever its date says."""
    for party in state.titulaires:
        if party.siret is None:
            cells.remarks.append(f"Titulaire « {_shown(party)} » : identifiant à vérifier.")
    if state.on >= own.on:
        return state
    cells.remarks.append(
        f"Modification n° {state.rank} datée du {format_date(state.on)}, avant la notification : "
        "elle est gardée, sans sa date."
    )
    return State(own.on, state.rank, state.amount, state.months, state.titulaires)


def _amendments(cells: Cells, entry: Mapping[str, Any]) -> Iterator[State]:
    for place, change in enumerate(members(entry.get("modifications"), "modification"), 1):
        if not isinstance(change, Mapping):
            continue
        values = {name: str(value) for name, value in change.items() if _is_plain(value)}
        values |= {ours: values[theirs] for theirs, ours in _NAMES_OF_AMENDMENTS.items() if theirs in values}
        told = Cells(values)
        on = told.day("dateNotificationModification") or told.day("datePublicationDonneesModification")
        number = values.get("id", "")
        rank = int(number) if number.isdecimal() and len(number) <= _MOST_RANK_DIGITS else place
        if on is None:
            told.remarks.append(f"Modification n° {rank} sans date lisible : elle n’est pas gardée.")
        else:
            yield State(on, rank, told.amount("montant"), told.months("dureeMois"), _parties(told, change, "titulaire"))
        cells.remarks.extend(told.remarks)


def _facts(cells: Cells) -> dict[str, Any]:
    """Attributes of `Contract` that are told; what is not told is not there."""
    procedure = cells.text("procedure", 200)
    read = _of_words(Procedure, procedure)
    facts: dict[str, Any] = {
        "object": cells.text("objet", 4_000),
        "works": cells.text("type", 40),
        "nature": cells.text("nature", 120),
        "cpv_code": cells.cpv("codeCPV"),
        "procedure": procedure and (read, None if read else procedure),
        "groupement": _of_words(DecpGroupement, cells.text("typeGroupementOperateurs", 60)),
        "offers_received": cells.offers("offresRecues"),
        "published_on": cells.day("datePublicationDonnees"),
        "considerations": _considerations(cells),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _considerations(cells: Cells) -> frozenset[SocialConsideration] | None:
    """Which social considerations are named; None when none is, not even their absence."""
    written = cells.text("considerationsSociales", 500)
    named = _named_in(fold(written or ""))
    if written and not named:
        cells.remarks.append(f"Considérations sociales « {written[:80]} » : non reconnues.")
    return named or None


@lru_cache(maxsize=1_024)
def _named_in(folded: str) -> frozenset[SocialConsideration]:
    return frozenset(
        SocialConsideration(consideration.value)
        for vocabulary in (SocialConsideration, ConcessionSocialConsideration)
        for consideration in vocabulary
        if fold(consideration.label) in folded
    )


@lru_cache(maxsize=1_024)
def _of_words(vocabulary: type[Any], words: str | None) -> Any:
    wanted = fold(words or "")
    return next((member for member in vocabulary if fold(member.label) == wanted), None)


def _party(cells: Cells, identifier: str, type_: str, name: str) -> Party:
    named = Cells({"identifiant": identifier, "nom": name})
    read = named.text("identifiant", _LONGEST_IDENTIFIER) or ""
    cells.remarks.extend(named.remarks)
    siret = siret_of(read)
    type_read = _of_words(IdentifierType, cleaned(type_)) or (IdentifierType.SIRET if siret else None)
    return Party(siret or read, named.text("nom", _LONGEST_NAME) or "", type_read)


def _parties(cells: Cells, entry: Mapping[str, Any], name: str) -> tuple[Party, ...]:
    items = members(entry.get(f"{name}s"), name)
    return _present(
        _party(cells, _plain(item, "id"), _plain(item, "typeIdentifiant"), _plain(item, "denominationSociale"))
        for item in items
    )


def _present(parties: Iterable[Party]) -> tuple[Party, ...]:
    return tuple(party for party in parties if party.identifier or party.name)


def _plain(item: Any, name: str) -> str:
    value = item.get(name) if isinstance(item, Mapping) else None
    return str(value) if _is_plain(value) else ""


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _first(items: list[Any]) -> Any:
    return items[0] if items else None
