"""What a heading tells, before the buyer says so: the columns of APProch (domain.md § 3.2), and the words in use."""

from collections.abc import Mapping, Sequence

from portal.kernel.text import fold, slug
from portal.vocabulary import ProgrammeField

_SPELT: Mapping[ProgrammeField, tuple[str, ...]] = {
    ProgrammeField.REFERENCE: (
        *("code", "reference", "ref", "reference projet", "reference du projet", "numero", "n°", "no", "identifiant"),
        *("id", "numero de projet", "numero du projet", "code projet", "reference interne", "reference acheteur"),
        "reference chez vous",
    ),
    ProgrammeField.TITLE: (
        *("libelle", "intitule", "objet", "titre", "intitule du projet", "objet du marche", "libelle du projet"),
        *("intitule du marche", "projet", "designation", "nom du projet", "objet de l’achat", "projet d’achat"),
        *("intitule du projet d’achat", "libelle du projet d’achat"),
    ),
    ProgrammeField.SUMMARY: (
        *("description", "presentation", "commentaire", "commentaires", "resume", "precisions", "besoin"),
        "description du besoin",
    ),
    ProgrammeField.FAMILY: (
        *("categorie_d_achat", "categorie", "nature", "nature de l’achat", "type d’achat", "type de marche"),
        "travaux, fournitures ou services",
    ),
    ProgrammeField.TRADE: ("metier", "secteur", "secteur d’activite", "famille d’achat", "segment", "domaine"),
    ProgrammeField.CPV: ("code_s_cpv", "cpv", "code cpv", "codes cpv", "cpv principal", "code cpv principal"),
    ProgrammeField.AMOUNT: (
        *("montant_estime_du_marche", "montant", "montant estime", "montant estime ht", "estimation", "budget"),
        *("estimation ht", "montant ht", "montant previsionnel", "tranche de montant", "montant estimatif"),
    ),
    ProgrammeField.PUBLISHED_ON: (
        *("date_previsionnelle_de_publication", "date de publication", "date prevue de la consultation"),
        *("date de lancement", "lancement", "date previsionnelle de lancement", "date de consultation", "publication"),
        *("date prevue", "date previsionnelle", "lancement prevu", "echeance", "date de publication previsionnelle"),
    ),
    ProgrammeField.OFFERS_ON: (
        *(
            "date_cible_de_remise_des_offres",
            "remise des offres",
            "date de remise des offres",
            "date limite des offres",
        ),
        *("date limite de remise des offres", "date prevue de remise des offres"),
    ),
    ProgrammeField.PROCEDURE: ("type_de_procedure", "procedure", "procedure envisagee", "type de consultation"),
    ProgrammeField.DURATION: (
        *("duree_previsionnelle_du_marche", "duree", "duree du marche", "duree (mois)", "duree en mois"),
        *("duree, en mois", "duree previsionnelle"),
    ),
    ProgrammeField.PLACE: (
        *(
            "departement_s_d_execution_du_marche",
            "lieu",
            "lieu d’execution",
            "lieux d’execution",
            "commune",
            "communes",
        ),
        *("departement", "departements", "territoire", "communes ou departements d’execution"),
    ),
    ProgrammeField.URL: (
        *("lien_vers_la_consultation", "lien", "url", "adresse de la consultation", "lien de la consultation"),
        "profil d’acheteur",
    ),
    ProgrammeField.STATE: ("statut", "etat", "avancement", "etape"),
    ProgrammeField.SOCIAL: (
        *("consideration sociale", "considerations sociales", "clause sociale", "clause d’insertion", "insertion"),
        *("levier social", "clauses sociales", "considerations_sociales"),
    ),
    ProgrammeField.HOURS: ("heures d’insertion", "heures", "nombre d’heures d’insertion", "volume d’heures"),
    ProgrammeField.LOT_NUMBER: ("lot", "numero du lot", "numero de lot", "n° lot", "no lot", "n° de lot", "lot n°"),
    ProgrammeField.LOT_TITLE: ("intitule du lot", "libelle du lot", "objet du lot", "nom du lot"),
    ProgrammeField.SERVICE: (
        *("service", "direction", "service acheteur", "service qui achete", "service prescripteur", "pole"),
        "direction prescriptrice",
    ),
    ProgrammeField.BUYER: (
        *("siren_de_l_entite_acheteuse", "siren", "siret", "siren acheteur", "siret acheteur", "siren de l’acheteur"),
    ),
}

_BY_SPELLING: Mapping[str, ProgrammeField] = {
    slug(spelling): field for field, spellings in _SPELT.items() for spelling in spellings
}

LONGEST = 200


def remembered_as(heading: str) -> str:
    """How a heading is kept: whatever the case, the accents and the spaces."""
    return fold(heading)[:LONGEST]


def proposed(headings: Sequence[str], remembered: Mapping[str, ProgrammeField]) -> list[ProgrammeField]:
    """The meaning of each column: what the buyer said of it before, else what its words say; each meaning once."""
    fields = [_known(heading, remembered) for heading in headings]
    return [ProgrammeField.IGNORED if field in fields[:place] else field for place, field in enumerate(fields)]


def known_count(headings: Sequence[str], remembered: Mapping[str, ProgrammeField]) -> int:
    """How many of these cells read like headings."""
    return len(set(proposed(headings, remembered)) - {ProgrammeField.IGNORED})


def _known(heading: str, remembered: Mapping[str, ProgrammeField]) -> ProgrammeField:
    said = remembered.get(remembered_as(heading))
    return said or _BY_SPELLING.get(slug(heading), ProgrammeField.IGNORED)
