"""The enumerations of the DECP schema 2.0.3 (arrêté du 22/12/2022). Labels are the schema's exact words."""

from portal.vocabulary.base import Listed


class ContractNature(Listed):
    CONTRACT = "contract", "Marché"
    PARTNERSHIP = "partnership", "Marché de partenariat"
    DEFENCE = "defence", "Marché de défense ou de sécurité"


class Ccag(Listed):
    """General administrative terms a contract refers to."""

    WORKS = "works", "Travaux"
    PROJECT_MANAGEMENT = "project_management", "Maitrise d'œuvre"
    SUPPLIES_SERVICES = "supplies_services", "Fournitures courantes et services"
    INDUSTRIAL = "industrial", "Marchés industriels"
    INTELLECTUAL = "intellectual", "Prestations intellectuelles"
    IT = "it", "Techniques de l'information et de la communication"
    NONE = "none", "Pas de CCAG"


class DecpGroupement(Listed):
    """DECP does not know whether the mandataire of a conjoint is solidaire: see GroupementForm."""

    CONJOINT = "conjoint", "Conjoint"
    SOLIDAIRE = "solidaire", "Solidaire"
    NONE = "none", "Pas de groupement"


class PlaceCodeType(Listed):
    POSTAL_CODE = "postal_code", "Code postal"
    COMMUNE = "commune", "Code commune"
    ARRONDISSEMENT = "arrondissement", "Code arrondissement"
    CANTON = "canton", "Code canton"
    DEPARTMENT = "department", "Code département"
    REGION = "region", "Code région"
    COUNTRY = "country", "Code pays"


class PriceForm(Listed):
    UNIT = "unit", "Unitaire"
    FLAT = "flat", "Forfaitaire"
    MIXED = "mixed", "Mixte"


class Technique(Listed):
    FRAMEWORK = "framework", "Accord-cadre"
    DESIGN_CONTEST = "design_contest", "Concours"
    QUALIFICATION = "qualification", "Système de qualification"
    DYNAMIC_PURCHASING = "dynamic_purchasing", "Système d'acquisition dynamique"
    ELECTRONIC_CATALOGUE = "electronic_catalogue", "Catalogue électronique"
    ELECTRONIC_AUCTION = "electronic_auction", "Enchère électronique"
    NONE = "none", "Sans objet"


class ExecutionMode(Listed):
    TRANCHES = "tranches", "Tranches"
    PURCHASE_ORDERS = "purchase_orders", "Bons de commande"
    SUBSEQUENT_CONTRACTS = "subsequent_contracts", "Marchés subséquents"
    NONE = "none", "Sans objet"


class IdentifierType(Listed):
    """What identifies a titulaire or a subcontractor."""

    SIRET = "siret", "SIRET"
    VAT = "vat", "TVA"
    TAHITI = "tahiti", "TAHITI"
    RIDET = "ridet", "RIDET"
    FRWF = "frwf", "FRWF"
    IREP = "irep", "IREP"
    OUTSIDE_EU = "outside_eu", "HORS-UE"


class PriceVariation(Listed):
    FIRM = "firm", "Ferme"
    UPDATABLE = "updatable", "Actualisable"
    REVISABLE = "revisable", "Révisable"


class PriceType(Listed):
    FIRM = "firm", "Définitif ferme"
    UPDATABLE = "updatable", "Définitif actualisable"
    REVISABLE = "revisable", "Définitif révisable"
    PROVISIONAL = "provisional", "Provisoire"


class SocialConsideration(Listed):
    CLAUSE = "clause", "Clause sociale"
    CRITERION = "criterion", "Critère social"
    RESERVED = "reserved", "Marché réservé"
    NONE = "none", "Pas de considération sociale"


class EnvironmentalConsideration(Listed):
    CLAUSE = "clause", "Clause environnementale"
    CRITERION = "criterion", "Critère environnemental"
    NONE = "none", "Pas de considération environnementale"


class ConcessionNature(Listed):
    WORKS = "works", "Concession de travaux"
    SERVICE = "service", "Concession de service"
    PUBLIC_SERVICE = "public_service", "Concession de service public"
    DELEGATION = "delegation", "Délégation de service public"


class ConcessionProcedure(Listed):
    NEGOTIATED_OPEN = "negotiated_open", "Procédure négociée ouverte"
    NOT_NEGOTIATED_OPEN = "not_negotiated_open", "Procédure non négociée ouverte"
    NEGOTIATED_RESTRICTED = "negotiated_restricted", "Procédure négociée restreinte"
    NOT_NEGOTIATED_RESTRICTED = "not_negotiated_restricted", "Procédure non négociée restreinte"


class ConcessionSocialConsideration(Listed):
    CLAUSE = "clause", "Clause sociale"
    CRITERION = "criterion", "Critère social"
    RESERVED = "reserved", "Concession réservée"
    NONE = "none", "Pas de considération sociale"
