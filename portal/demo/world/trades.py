"""Which trades each kind of organisation practises, how, and what it says of itself."""

from collections.abc import Mapping
from random import Random
from types import MappingProxyType

from portal.demo.world.draws import chosen
from portal.kernel.french import typo
from portal.vocabulary import OrganisationKind, ServiceType, Trade

_T = Trade
_K = OrganisationKind

_PRACTISED: Mapping[OrganisationKind, Mapping[Trade, float]] = MappingProxyType(
    {
        _K.EI: {
            _T.CLEANING: 18,
            _T.BUILDING: 20,
            _T.GREEN_SPACES: 12,
            _T.RECYCLING: 12,
            _T.CATERING: 9,
            _T.LOGISTICS: 8,
        }
        | {
            _T.DIGITAL: 5,
            _T.LAUNDRY: 4,
            _T.REPAIR: 5,
            _T.INDUSTRY: 4,
            _T.WASTE: 4,
            _T.COMMUNICATION: 2,
            _T.SECURITY: 2,
        },
        _K.ACI: {_T.GREEN_SPACES: 24, _T.BUILDING: 14, _T.RECYCLING: 14, _T.FOOD: 12, _T.CATERING: 9, _T.REPAIR: 6}
        | {_T.FURNISHING: 6, _T.CLEANING: 6, _T.LAUNDRY: 4, _T.LOGISTICS: 4, _T.WASTE: 4, _T.CULTURE: 3},
        _K.AI: {_T.CLEANING: 30, _T.PERSONAL_SERVICES: 25, _T.GREEN_SPACES: 18, _T.BUILDING: 8, _T.LOGISTICS: 7}
        | {_T.ADMINISTRATIVE: 6, _T.CATERING: 6},
        _K.ETTI: {
            _T.BUILDING: 36,
            _T.LOGISTICS: 24,
            _T.CLEANING: 16,
            _T.INDUSTRY: 12,
            _T.GREEN_SPACES: 8,
            _T.CATERING: 4,
        },
        _K.EITI: {_T.LOGISTICS: 40, _T.BUILDING: 30, _T.DIGITAL: 30},
        _K.GEIQ: {_T.BUILDING: 40, _T.CLEANING: 15, _T.LOGISTICS: 15, _T.INDUSTRY: 10, _T.GREEN_SPACES: 10}
        | {_T.HEALTH_SOCIAL: 10},
        _K.EA: {_T.DIGITAL: 14, _T.GREEN_SPACES: 14, _T.INDUSTRY: 14, _T.CLEANING: 12, _T.ADMINISTRATIVE: 10}
        | {_T.COMMUNICATION: 8, _T.LOGISTICS: 8, _T.RECYCLING: 8, _T.CONSULTING: 4, _T.LAUNDRY: 5, _T.CATERING: 3},
        _K.EATT: {_T.ADMINISTRATIVE: 40, _T.DIGITAL: 30, _T.LOGISTICS: 30},
        _K.ESAT: {_T.GREEN_SPACES: 22, _T.INDUSTRY: 18, _T.LAUNDRY: 16, _T.CATERING: 14, _T.CLEANING: 10, _T.FOOD: 6}
        | {_T.FURNISHING: 5, _T.RECYCLING: 5, _T.COMMUNICATION: 4},
        _K.SEP: {_T.INDUSTRY: 50, _T.DIGITAL: 20, _T.FURNISHING: 20, _T.LAUNDRY: 10},
        _K.COMPANY: {_T.BUILDING: 44, _T.CLEANING: 16, _T.GREEN_SPACES: 10, _T.CATERING: 8, _T.DIGITAL: 8}
        | {_T.LOGISTICS: 7, _T.CONSULTING: 7},
    }
)
_LENDING = frozenset({_K.AI, _K.ETTI, _K.GEIQ, _K.EATT})
"""Kinds that put people at the disposal of others."""
_MADE = frozenset({_T.FOOD, _T.FURNISHING, _T.INDUSTRY})
"""Trades where something is made and sold."""

_WHO = {
    _K.EI: "Entreprise d’insertion qui emploie {n} salariés, dont plus de la moitié en parcours",
    _K.ACI: "Atelier et chantier d’insertion de {n} salariés en parcours, encadrés par une équipe technique permanente",
    _K.AI: "Association intermédiaire qui met {n} personnes à disposition chaque mois",
    _K.ETTI: "Entreprise de travail temporaire d’insertion, {n} intérimaires accompagnés dans l’année",
    _K.EITI: "Accompagne {n} travailleurs indépendants",
    _K.GEIQ: "Groupement d’employeurs, {n} alternants formés chaque année",
    _K.EA: "Entreprise adaptée de {n} salariés, en majorité reconnus travailleurs handicapés",
    _K.EATT: "Travail temporaire adapté, {n} intérimaires suivis dans l’année",
    _K.ESAT: "Établissement qui accompagne {n} travailleurs en situation de handicap",
    _K.SEP: "Ateliers de {n} postes, sous contrat d’emploi pénitentiaire",
    _K.COMPANY: "Entreprise de {n} salariés, déjà titulaire de marchés à clause d’insertion",
}
_WHAT = {
    _T.CLEANING: "Écoles, bureaux, logements : équipes régulières et matériel renouvelé.",
    _T.GREEN_SPACES: "Tonte haute, taille douce, fauche tardive : sans pesticide depuis dix ans.",
    _T.BUILDING: "Second œuvre, peinture et petits travaux, sur chantier occupé comme en neuf.",
    _T.CATERING: "Repas, buffets et plateaux, préparés ici avec des produits d’ici.",
    _T.FOOD: "Légumes de saison, bruts ou transformés, livrés deux fois par semaine.",
    _T.DIGITAL: "Assistance, saisie, tests et reconditionnement, avec une équipe formée en continu.",
    _T.CONSULTING: "Formation, médiation et écriture claire, au plus près des personnes.",
    _T.ADMINISTRATIVE: "Accueil, secrétariat et archivage, sur place ou à distance.",
    _T.COMMUNICATION: "Impression, signalétique et façonnage, en petites et moyennes séries.",
    _T.RECYCLING: "Collecte, tri, remise en état et vente solidaire.",
    _T.WASTE: "Collecte à pied, à vélo ou en petit camion, tri dès le ramassage.",
    _T.LOGISTICS: "Déménagements, navettes et derniers kilomètres.",
    _T.LAUNDRY: "Linge plat et vêtements, traçabilité pièce par pièce.",
    _T.FURNISHING: "Mobilier, couture et bois, de la réparation à la pièce unique.",
    _T.REPAIR: "Vélos, outils, petit électroménager : on répare, on apprend à réparer.",
    _T.INDUSTRY: "Conditionnement, montage et contrôle, en petites et grandes séries.",
    _T.SECURITY: "Présence, écoute et médiation dans l’espace public.",
    _T.CULTURE: "Reliure, régie et accueil du public.",
    _T.PERSONAL_SERVICES: "Ménage, jardin et petits travaux chez les particuliers et les collectivités.",
    _T.HEALTH_SOCIAL: "Remplacements et renforts dans les établissements.",
}


_NAF_OF_KIND = {
    _K.BUYER: "8411Z",
    _K.NETWORK: "9499Z",
    _K.FACILITATION: "8413Z",
    _K.ETTI: "7820Z",
    _K.EATT: "7820Z",
    _K.AI: "7830Z",
    _K.ESAT: "8810C",
}
_NAF_OF_TRADE = {
    _T.CLEANING: "8121Z",
    _T.GREEN_SPACES: "8130Z",
    _T.BUILDING: "4334Z",
    _T.CATERING: "5621Z",
    _T.FOOD: "0113Z",
    _T.DIGITAL: "6202A",
    _T.CONSULTING: "7022Z",
    _T.ADMINISTRATIVE: "8211Z",
    _T.COMMUNICATION: "1812Z",
    _T.RECYCLING: "3832Z",
    _T.WASTE: "3811Z",
    _T.LOGISTICS: "4941B",
    _T.LAUNDRY: "9601A",
    _T.FURNISHING: "3109B",
    _T.REPAIR: "9529Z",
    _T.INDUSTRY: "8292Z",
    _T.SECURITY: "8899B",
    _T.CULTURE: "9001Z",
    _T.PERSONAL_SERVICES: "8810A",
    _T.HEALTH_SOCIAL: "8899B",
}


def naf_of(kind: OrganisationKind, main_trade: Trade | None) -> str:
    """The APE code that INSEE would give."""
    return _NAF_OF_KIND.get(kind) or (_NAF_OF_TRADE[main_trade] if main_trade else "9499Z")


def offers_of(random: Random, kind: OrganisationKind) -> list[tuple[Trade, ServiceType]]:
    """One to three trades, the main one first."""
    wanted = random.choices((1, 2, 3), (45, 40, 15))[0]
    found: list[Trade] = []
    while len(found) < min(wanted, len(_PRACTISED[kind])):
        trade = chosen(random, _PRACTISED[kind])
        if trade not in found:
            found.append(trade)
    return [(trade, service_of(random, kind, trade)) for trade in found]


def service_of(random: Random, kind: OrganisationKind, trade: Trade) -> ServiceType:
    if kind in _LENDING:
        return ServiceType.DISP
    if trade in _MADE and random.random() < 0.7:
        return ServiceType.BUILD
    return ServiceType.PREST


def description_of(random: Random, kind: OrganisationKind, trade: Trade) -> str:
    """Two sentences, in the structure's own words."""
    return typo(f"{_WHO[kind].format(n=random.randint(9, 85))}. {_WHAT[trade]}")
