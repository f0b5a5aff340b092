"""Programmes as buyers keep them: APProch's columns with visibly invented contents, and a table of one's own."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

APPROCH = (
    *("code", "libelle", "description", "statut", "siren_de_l_entite_acheteuse", "categorie_d_achat", "code_s_cpv"),
    *("montant_estime_du_marche", "date_previsionnelle_de_publication", "date_cible_de_remise_des_offres"),
    *("type_de_procedure", "duree_previsionnelle_du_marche", "departement_s_d_execution_du_marche"),
    "lien_vers_la_consultation",
)
AMOUNTS = ("40k - 100k€", "100k - 500k€", "1M - 5M€", "< 40k€", "")


def project(number: int, **said: Any) -> dict[str, Any]:
    """A row of APProch; `siren` loses its noughts there, as in the real file."""
    return {
        "code": number,
        "libelle": f"Projet inventé {number}",
        "description": f"Besoin imaginaire numéro {number}.",
        "statut": "À venir",
        "siren_de_l_entite_acheteuse": "",
        "categorie_d_achat": "Services",
        "code_s_cpv": "90919200",
        "montant_estime_du_marche": AMOUNTS[number % len(AMOUNTS)],
        "date_previsionnelle_de_publication": f"2027-{number % 12 + 1:02}-15",
        "date_cible_de_remise_des_offres": "",
        "type_de_procedure": "Procédure adaptée",
        "duree_previsionnelle_du_marche": 12 + number % 36,
        "departement_s_d_execution_du_marche": "33" if number % 2 else "tous",
        "lien_vers_la_consultation": "",
    } | said


def as_csv(rows: Iterable[Mapping[str, Any]], separator: str = ";") -> bytes:
    listed = list(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(listed[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Sequence[Mapping[str, Any]], above: Sequence[str] = ()) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Programme")
    for at, words in enumerate(above):
        sheet.write(at, 0, words)
    sheet.write_row(len(above), 0, list(rows[0]))
    for at, row in enumerate(rows, len(above) + 1):
        sheet.write_row(at, 0, list(row.values()))
    book.close()
    return file.getvalue()
