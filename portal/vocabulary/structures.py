"""Who the organisations are, what they offer and where (domain.md § 0 bis, 1.7, A7)."""

from collections.abc import Mapping
from types import MappingProxyType

from portal.vocabulary.base import Listed


class StructureKind(Listed):
    """Structures of insertion and of adapted or protected work, under the State's own codes."""

    EI = "EI", "Entreprise d’insertion"
    AI = "AI", "Association intermédiaire"
    ACI = "ACI", "Atelier et chantier d’insertion"
    ETTI = "ETTI", "Entreprise de travail temporaire d’insertion"
    EITI = "EITI", "Entreprise d’insertion par le travail indépendant"
    GEIQ = "GEIQ", "Groupement d’employeurs pour l’insertion et la qualification"
    EA = "EA", "Entreprise adaptée"
    EATT = "EATT", "Entreprise adaptée de travail temporaire"
    ESAT = "ESAT", "Établissement et service d’accompagnement par le travail"
    SEP = "SEP", "Produits et services réalisés en prison"


class OrganisationKind(Listed):
    """What an organisation is; it may be several things at once, each between two dates."""

    EI = "EI", StructureKind.EI.label
    AI = "AI", StructureKind.AI.label
    ACI = "ACI", StructureKind.ACI.label
    ETTI = "ETTI", StructureKind.ETTI.label
    EITI = "EITI", StructureKind.EITI.label
    GEIQ = "GEIQ", StructureKind.GEIQ.label
    EA = "EA", StructureKind.EA.label
    EATT = "EATT", StructureKind.EATT.label
    ESAT = "ESAT", StructureKind.ESAT.label
    SEP = "SEP", StructureKind.SEP.label
    BUYER = "buyer", "Acheteur public"
    NETWORK = "network", "Tête de réseau"
    FACILITATION = "facilitation", "Organisme de facilitation"
    COMPANY = "company", "Entreprise"

    @property
    def is_structure(self) -> bool:
        return self.value in set(StructureKind)


class ServiceType(Listed):
    """How a structure works for its customer, under the codes of the Marché de l’inclusion."""

    DISP = "DISP", "Mise à disposition, intérim"
    PREST = "PREST", "Prestation de service"
    BUILD = "BUILD", "Fabrication et commercialisation de biens"


class EssFamily(Listed):
    """Families of the social economy (loi 2014-856, art. 1)."""

    COOPERATIVE = "cooperative", "Coopérative"
    MUTUAL = "mutual", "Mutuelle"
    MUTUAL_INSURANCE = "mutual_insurance", "Société d’assurance mutuelle"
    FOUNDATION = "foundation", "Fondation"
    ASSOCIATION = "association", "Association"
    COMMERCIAL_COMPANY = "commercial_company", "Société commerciale de l’ESS"


class TerritoryScope(Listed):
    """How wide a territory served is; all but FRANCE come with an INSEE code (SIREN for an EPCI)."""

    FRANCE = "france", "France entière"
    REGION = "region", "Région"
    DEPARTMENT = "department", "Département"
    EPCI = "epci", "Intercommunalité"
    COMMUNE = "commune", "Commune"


class Network(Listed):
    """Networks of structures that the portal knows by name."""

    FEI = "fei", "Fédération des entreprises d’insertion"
    COORACE = "coorace", "Coorace"
    CHANTIER_ECOLE = "chantier_ecole", "Chantier École"
    COCAGNE = "cocagne", "Réseau Cocagne"
    ENVIE = "envie", "Envie"
    FAS = "fas", "Fédération des acteurs de la solidarité"
    CNLRQ = "cnlrq", "Comité national de liaison des régies de quartier"
    UNAI = "unai", "UNAI"
    TISSONS_LA_SOLIDARITE = "tissons_la_solidarite", "Tissons la solidarité"
    UNEA = "unea", "UNEA"
    UNAPEI = "unapei", "Unapei"
    HOSMOZ = "hosmoz", "Hosmoz"
    FFGEIQ = "ffgeiq", "Fédération française des Geiq"
    INAE = "inae", "INAÉ (Nouvelle-Aquitaine)"
    URSCOP = "urscop", "URSCOP"
    CRESS = "cress", "CRESS"


class OrganisationSource(Listed):
    """Where the facts of an organisation come from: a source refreshes only what it wrote itself."""

    MARCHE = "marche", "Marché de l’inclusion"
    FINESS = "finess", "FINESS"
    OWN = "own", "L’organisation elle-même"
    PORTAL = "portal", "Le portail"


class Trade(Listed):
    """The twenty groups of sectors of the Marché de l’inclusion, under short names."""

    CLEANING = "cleaning", "Propreté"
    GREEN_SPACES = "green_spaces", "Espaces verts"
    BUILDING = "building", "Bâtiment et travaux"
    CATERING = "catering", "Restauration"
    FOOD = "food", "Agroalimentaire"
    DIGITAL = "digital", "Numérique"
    CONSULTING = "consulting", "Conseil, formation"
    ADMINISTRATIVE = "administrative", "Accueil, administratif"
    COMMUNICATION = "communication", "Communication"
    RECYCLING = "recycling", "Collecte, réemploi"
    WASTE = "waste", "Déchets"
    LOGISTICS = "logistics", "Logistique"
    LAUNDRY = "laundry", "Linge"
    FURNISHING = "furnishing", "Mobilier, textile, artisanat"
    REPAIR = "repair", "Réparation"
    INDUSTRY = "industry", "Industrie, conditionnement"
    SECURITY = "security", "Sécurité, médiation"
    CULTURE = "culture", "Culture, tourisme"
    PERSONAL_SERVICES = "personal_services", "Services à la personne"
    HEALTH_SOCIAL = "health_social", "Médico-social"

    @property
    def sector_group(self) -> str:
        """The group's own name in the files of the Marché de l’inclusion."""
        return _SECTOR_GROUPS[self]


_SECTOR_GROUPS: Mapping[Trade, str] = MappingProxyType(
    {
        Trade.CLEANING: "Hygiène et Propreté",
        Trade.GREEN_SPACES: "Espaces verts & extérieurs",
        Trade.BUILDING: "Bâtiments et Travaux publics",
        Trade.CATERING: "Restauration",
        Trade.FOOD: "Agro-Alimentaire",
        Trade.DIGITAL: "Prestations informatiques",
        Trade.CONSULTING: "Prestations intellectuelles",
        Trade.ADMINISTRATIVE: "Assistance générale et administrative",
        Trade.COMMUNICATION: "Communication, Marketing",
        Trade.RECYCLING: "Recyclage, économie circulaire",
        Trade.WASTE: "Collecte & Traitement des déchets",
        Trade.LOGISTICS: "Déménagements, Livraisons & Transports",
        Trade.LAUNDRY: "Entretien du linge",
        Trade.FURNISHING: "Ameublement, déco, textile & Artisanat",
        Trade.REPAIR: "Réparations & Dépannages",
        Trade.INDUSTRY: "Sous-traitance industrielle",
        Trade.SECURITY: "Sécurité & Préventions",
        Trade.CULTURE: "Culture, Divertissement et Tourisme",
        Trade.PERSONAL_SERVICES: "Services à la personne",
        Trade.HEALTH_SOCIAL: "Medico-social",
    }
)
