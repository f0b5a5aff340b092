"""Files of DECP of any size, always the same: contracts as publishers tell them, odd ones among them."""

import csv
import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.world.numbers import siret_numbered

_BUYERS, _COMPANIES = 3_000, 60_000
_WORDS = (  # noqa: SIM905 — a text reads better
    "travaux de rénovation énergétique fourniture et pose de menuiseries entretien des espaces verts lot gros œuvre "
    "prestations de nettoyage des locaux marché à bons de commande mission de maîtrise d’œuvre pour la réhabilitation "
    "du groupe scolaire restauration collective achat de denrées collecte des déchets construction d’une crèche"
).split()
_NATURES = ("Marché", "Marché", "Marché", "Marché de partenariat", "Accord-cadre", "Marché subséquent")
_PROCEDURES = (
    "Procédure adaptée",
    "Appel d'offres ouvert",
    "Procédure avec négociation",
    "Marché passé sans publicité ni mise en concurrence préalable",
    "Marché négocié sans publicité ni mise en concurrence préalable",
)
_PRICES = ("Forfaitaire", "Unitaire", "Mixte", "Révisable", "Ferme et actualisable")
_GROUPEMENTS = ("Pas de groupement", "Pas de groupement", "Conjoint", "Solidaire", "CDL")
_CPV = ("45000000-7", "77310000-6", "90910000-9", "55520000-1", "71000000-8", "INX 28213700-5", "CDL")
_SOCIAL = (["Clause sociale"], ["Critère social"], ["Clause sociale", "Critère social"], ["Marché réservé"])
_NOTHING_SOCIAL = ["Pas de considération sociale"]
_COLUMNS = (  # noqa: SIM905 — as in a heading
    "uid id nature objet codeCPV procedure acheteur_id acheteur_nom titulaire_id titulaire_typeIdentifiant "
    "titulaire_nom montant dureeMois dateNotification datePublicationDonnees offresRecues formePrix "
    "typeGroupementOperateurs considerationsSociales lieuExecution_code source"
).split()
_EVERY_LINE = 64


def write_json(path: Path, size: int) -> None:
    """An official file of about `size` bytes: markets, then concessions."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"marches": {"marche": [')
        for rank, entry in enumerate(_entries()):
            if rank % _EVERY_LINE == 0 and file.tell() > size * 0.9:
                break
            file.write(f"{',' if rank else ''}\n{json.dumps(entry, ensure_ascii=False)}")
        file.write('\n], "contrat-concession": [')
        for rank, entry in enumerate(_concessions()):
            if rank % _EVERY_LINE == 0 and file.tell() > size:
                break
            file.write(f"{',' if rank else ''}\n{json.dumps(entry, ensure_ascii=False)}")
        file.write("\n]}}\n")


def write_csv(path: Path, size: int) -> None:
    """A consolidated file of about `size` bytes: a row per titulaire, and again for each amendment."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        for rank, entry in enumerate(_entries()):
            if rank % _EVERY_LINE == 0 and file.tell() > size:
                break
            writer.writerows(_rows(entry))


def _entries() -> Iterator[dict[str, Any]]:
    """Markets without end."""
    drawn = random.Random(4)
    while True:
        yield _odd(_market(drawn), drawn)


def _market(drawn: random.Random) -> dict[str, Any]:
    notified = date(2019, 1, 1) + timedelta(days=drawn.randrange(2_500))
    amount = round(10 ** drawn.uniform(4.6, 7), 2)
    titulaires = _titulaires(drawn, drawn.choices((1, 2, 3, 5), (80, 12, 5, 3))[0])
    entry: dict[str, Any] = {
        "id": f"{notified.year}{drawn.choice('MSTL')}{drawn.randrange(1_000_000):06}",
        "acheteur": {"id": siret_numbered(1 + int(_BUYERS * drawn.random() ** 3))},
        "nature": drawn.choice(_NATURES),
        "objet": " ".join(drawn.choices(_WORDS, k=drawn.randrange(6, 40))).capitalize(),
        "codeCPV": drawn.choice(_CPV),
        "techniques": {"technique": [drawn.choice(("Sans objet", "Accord-cadre"))]},
        "modalitesExecution": {"modaliteExecution": [drawn.choice(("Sans objet", "Bons de commande", "Tranches"))]},
        "marcheInnovant": False,
        "ccag": drawn.choice(("Travaux", "Fournitures courantes et services", "Pas de CCAG")),
        "offresRecues": drawn.randrange(9),
        "attributionAvance": drawn.random() < 0.3,
        "tauxAvance": 0.05,
        "typeGroupementOperateurs": drawn.choice(_GROUPEMENTS) if len(titulaires) > 1 else "Pas de groupement",
        "procedure": drawn.choice(_PROCEDURES),
        "lieuExecution": {"code": f"{drawn.randrange(1, 96):02}000", "typeCode": "Code postal"},
        "dureeMois": drawn.choice((12, 24, 36, 48, 6, 3)),
        "dateNotification": notified.isoformat(),
        "datePublicationDonnees": (notified + timedelta(days=40)).isoformat(),
        "montant": amount,
        "typesPrix": {"typePrix": ["Définitif révisable"]},
        "formePrix": drawn.choice(_PRICES),
        "origineUE": 0.6,
        "origineFrance": 0.4,
        "sousTraitanceDeclaree": False,
        "titulaires": titulaires,
        "considerationsSociales": {
            "considerationSociale": drawn.choice(_SOCIAL) if drawn.random() < 0.2 else _NOTHING_SOCIAL
        },
        "considerationsEnvironnementales": {"considerationEnvironnementale": ["Critère environnemental"]},
    }
    changes = drawn.choices((0, 1, 2, 4), (85, 9, 4, 2))[0]
    if changes:
        entry["modifications"] = [_amendment(drawn, rank, notified, amount) for rank in range(1, changes + 1)]
    return entry


def _titulaires(drawn: random.Random, count: int) -> list[dict[str, Any]]:
    ranks = (1 + _BUYERS + int(_COMPANIES * drawn.random() ** 2) for _ in range(count))
    return [{"titulaire": {"id": siret_numbered(rank), "typeIdentifiant": "SIRET"}} for rank in ranks]


def _amendment(drawn: random.Random, rank: int, notified: date, amount: float) -> dict[str, Any]:
    on = notified + timedelta(days=rank * drawn.randrange(30, 200))
    told: dict[str, Any] = {"id": rank, "dateNotificationModification": on.isoformat()}
    if drawn.random() < 0.8:
        told["montant"] = round(amount * drawn.uniform(1, 1.3), 2)
    if drawn.random() < 0.3:
        told["dureeMois"] = drawn.randrange(12, 60)
    if drawn.random() < 0.1:
        told["titulaires"] = _titulaires(drawn, 1)
    return {"modification": told}


def _odd(entry: dict[str, Any], drawn: random.Random) -> dict[str, Any]:
    """One in twenty holds what the schema forbids, and one in three hundred cannot be kept."""
    if drawn.random() < 0.05:
        odd: dict[str, Any] = {
            "dureeMois": "NC",
            "montant": f"{entry['montant']:,.2f} €".replace(",", " ").replace(".", ","),
            "dateNotification": f"{entry['dateNotification']}T00:00:00+02:00",
            "offresRecues": "INX",
            "titulaires": [{"titulaire": {"id": "00001", "typeIdentifiant": "SIRET"}}],
            "procedure": "CDL",
        }
        name = drawn.choice(list(odd))
        entry[name] = odd[name]
    if drawn.random() < 1 / 300:
        entry[drawn.choice(("id", "dateNotification"))] = drawn.choice(("", "CDL"))
    return entry


def _concessions() -> Iterator[dict[str, Any]]:
    drawn = random.Random(5)
    while True:
        market = _market(drawn)
        yield {
            "id": f"DSP{market['id']}",
            "autoriteConcedante": market["acheteur"],
            "nature": "Délégation de service public",
            "objet": market["objet"],
            "procedure": "Procédure négociée ouverte",
            "lieuExecution": market["lieuExecution"],
            "dureeMois": market["dureeMois"],
            "dateSignature": market["dateNotification"],
            "datePublicationDonnees": market["datePublicationDonnees"],
            "valeurGlobale": market["montant"],
            "concessionnaires": [{"concessionnaire": each["titulaire"]} for each in market["titulaires"]],
            "considerationsSociales": market["considerationsSociales"],
        }


def _rows(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of the consolidated file that this market takes."""
    buyer = entry["acheteur"]["id"]
    plain = {name: value for name, value in entry.items() if name in _COLUMNS and not isinstance(value, dict | list)}
    plain |= {
        "uid": f"{buyer}{entry['id']}" if entry["id"] else "",
        "acheteur_id": buyer,
        "acheteur_nom": f"Commune n° {buyer[:9]}",
        "considerationsSociales": ", ".join(entry["considerationsSociales"]["considerationSociale"]),
        "lieuExecution_code": entry["lieuExecution"]["code"],
        "source": "bench",
    }
    states = [{}, *(change["modification"] for change in entry.get("modifications", []))]
    for state in states:
        told = {name: state[name] for name in ("montant", "dureeMois") if name in state}
        if state:
            told["dateNotification"] = state["dateNotificationModification"]
        for held in entry["titulaires"]:
            named = held["titulaire"]
            yield (
                plain
                | told
                | {
                    "titulaire_id": named["id"],
                    "titulaire_typeIdentifiant": named["typeIdentifiant"],
                    "titulaire_nom": f"Entreprise {named['id'][:9]}",
                }
            )
