"""The people a contract brings to work: who, how, and towards what (domain.md § 2.2 to 2.6)."""

from collections.abc import Mapping
from types import MappingProxyType

from portal.vocabulary.base import Listed


class Public(Listed):
    """Criteria that make a person eligible, under the codes of the State's list."""

    RSA = "RSA", "Bénéficiaire du RSA"
    ASS = "ASS", "Allocataire de l’ASS"
    AAH = "AAH", "Allocataire de l’AAH"
    DETLD = "DETLD", "Demandeur d’emploi de très longue durée (plus de 24 mois)"
    DELD = "DELD", "Demandeur d’emploi de longue durée (12 à 24 mois)"
    CAP_BEP = "CAP_BEP", "Niveau d’étude 3 (CAP, BEP) ou moins"
    SENIOR = "SENIOR", "Senior (plus de 50 ans)"
    JEUNE = "JEUNE", "Jeune (moins de 26 ans)"
    ASE = "ASE", "Sortant de l’aide sociale à l’enfance"
    TH = "TH", "Travailleur handicapé"
    PI = "PI", "Parent isolé"
    SANS_HEBERGEMENT = "SANS_HEBERGEMENT", "Personne sans hébergement, hébergée ou ayant un parcours de rue"
    REFUGIE = "REFUGIE", "Réfugié, bénéficiaire d’une protection ou demandeur d’asile"
    ZRR = "ZRR", "Résident d’une zone de revitalisation rurale"
    QPV = "QPV", "Résident d’un quartier prioritaire de la ville"
    DETENTION = "DETENTION", "Sortant de détention ou sous main de justice"
    FLE = "FLE", "Français inférieur au niveau A1"
    MOBILITE = "MOBILITE", "Difficulté de mobilité"

    @property
    def proof(self) -> str:
        """The document that proves it."""
        return _PROOFS[self]

    @property
    def level(self) -> int:
        """Level of the criterion for the IAE: one of level 1 is enough, level 2 must add up."""
        return 1 if self in _LEVEL_ONE else 2

    @property
    def is_sensitive(self) -> bool:
        """Health or justice (RGPD, art. 9 and 10): never shown to a buyer nor to a titulaire."""
        return self in _SENSITIVE


_LEVEL_ONE = frozenset({Public.RSA, Public.ASS, Public.AAH, Public.DETLD})
_SENSITIVE = frozenset({Public.AAH, Public.TH, Public.DETENTION})
_PROOFS: Mapping[Public, str] = MappingProxyType(
    {
        Public.RSA: "Attestation RSA",
        Public.ASS: "Attestation ASS",
        Public.AAH: "Attestation AAH",
        Public.DETLD: "Attestation France Travail",
        Public.DELD: "Attestation France Travail",
        Public.CAP_BEP: "Diplôme ou attestation sur l’honneur",
        Public.SENIOR: "Pièce d’identité",
        Public.JEUNE: "Pièce d’identité",
        Public.ASE: "Attestation ASE",
        Public.TH: "Attestation de reconnaissance",
        Public.PI: "Attestation CAF",
        Public.SANS_HEBERGEMENT: "Certificat de domiciliation",
        Public.REFUGIE: "Titre de séjour ou autorisation de travail",
        Public.ZRR: "Justificatif de domicile",
        Public.QPV: "Justificatif de domicile",
        Public.DETENTION: "Billet de sortie ou attestation du juge de l’application des peines",
        Public.FLE: "Évaluation du français",
        Public.MOBILITE: "Diagnostic mobilité",
    }
)


class EligibilityState(Listed):
    TO_CONFIRM = "to_confirm", "à confirmer"
    PRESUMED = "presumed", "présumée"
    CONFIRMED = "confirmed", "confirmée"
    REFUSED = "refused", "non retenue"


class PathPrescripteur(Listed):
    """Who sent the person: not to be taken for the buyer's own prescripteur, which is a `Role`."""

    FRANCE_TRAVAIL = "france_travail", "France Travail"
    MISSION_LOCALE = "mission_locale", "Mission locale"
    CAP_EMPLOI = "cap_emploi", "Cap emploi"
    PLIE = "plie", "PLIE"
    DEPARTMENT = "department", "Département"
    CCAS = "ccas", "CCAS"
    SPIP = "spip", "SPIP"
    OTHER = "other", "Autre"


class HiringMode(Listed):
    DIRECT_HIRE = "direct_hire", "Embauche directe"
    MISE_A_DISPOSITION = "mise_a_disposition", "Mise à disposition"
    SUBCONTRACTING = "subcontracting", "Sous-traitance à une structure d’insertion"
    COTRAITANCE = "cotraitance", "Cotraitance avec une structure d’insertion"


class ContractType(Listed):
    """The person's employment contract."""

    CDI = "cdi", "CDI"
    CDI_INCLUSION = "cdi_inclusion", "CDI inclusion"
    CDD = "cdd", "CDD"
    CDD_USAGE = "cdd_usage", "CDD d’usage"
    CDDI = "cddi", "CDD d’insertion"
    CDD_TREMPLIN = "cdd_tremplin", "CDD Tremplin"
    PROFESSIONNALISATION = "professionnalisation", "Contrat de professionnalisation"
    APPRENTICESHIP = "apprenticeship", "Apprentissage"
    INTERIM = "interim", "Mission d’intérim"
    ETTI_MISSION = "etti_mission", "Mission ETTI"
    AI_MISE_A_DISPOSITION = "ai_mise_a_disposition", "Contrat de mise à disposition (AI)"
    BUSINESS_CREATION = "business_creation", "Création d’entreprise (EITI)"
    OTHER = "other", "Autre contrat"


class ExitFamily(Listed):
    DURABLE = "durable", "Emploi durable"
    TRANSITION = "transition", "Emploi de transition"
    POSITIVE = "positive", "Sortie positive"
    OTHER = "other", "Autre sortie"
    WITHDRAWN = "withdrawn", "Retirée des sorties constatées"

    @property
    def is_dynamic(self) -> bool:
        """« Sortie dynamique » = durable + transition + positive: never to be called « positive » alone."""
        return self in {ExitFamily.DURABLE, ExitFamily.TRANSITION, ExitFamily.POSITIVE}


class ExitKind(Listed):
    """How a path ended. A fixed-term contract of exactly six months is durable employment."""

    CDI = "cdi", "CDI"
    CDD_LONG = "cdd_long", "CDD ou mission de 6 mois et plus"
    PUBLIC_SERVICE = "public_service", "Titularisation ou stage dans la fonction publique"
    BUSINESS = "business", "Création ou reprise d’entreprise"
    CDD_SHORT = "cdd_short", "CDD ou mission de moins de 6 mois"
    AIDED_CONTRACT = "aided_contract", "Contrat aidé chez un employeur de droit commun"
    TRAINING = "training", "Formation préqualifiante ou qualifiante"
    OTHER_STRUCTURE = "other_structure", "Embauche dans une autre structure d’insertion"
    RETIREMENT = "retirement", "Retraite"
    UNEMPLOYMENT = "unemployment", "Chômage"
    INACTIVITY = "inactivity", "Inactivité"
    BREACH = "breach", "Rupture"
    UNKNOWN = "unknown", "Situation inconnue"
    DEATH = "death", "Décès"
    LONG_LEAVE = "long_leave", "Congé de longue durée"
    IMPRISONMENT = "imprisonment", "Incarcération"

    @property
    def family(self) -> ExitFamily:
        return _EXIT_FAMILIES[self]


_EXIT_FAMILIES: Mapping[ExitKind, ExitFamily] = MappingProxyType(
    {
        ExitKind.CDI: ExitFamily.DURABLE,
        ExitKind.CDD_LONG: ExitFamily.DURABLE,
        ExitKind.PUBLIC_SERVICE: ExitFamily.DURABLE,
        ExitKind.BUSINESS: ExitFamily.DURABLE,
        ExitKind.CDD_SHORT: ExitFamily.TRANSITION,
        ExitKind.AIDED_CONTRACT: ExitFamily.TRANSITION,
        ExitKind.TRAINING: ExitFamily.POSITIVE,
        ExitKind.OTHER_STRUCTURE: ExitFamily.POSITIVE,
        ExitKind.RETIREMENT: ExitFamily.POSITIVE,
        ExitKind.UNEMPLOYMENT: ExitFamily.OTHER,
        ExitKind.INACTIVITY: ExitFamily.OTHER,
        ExitKind.BREACH: ExitFamily.OTHER,
        ExitKind.UNKNOWN: ExitFamily.OTHER,
        ExitKind.DEATH: ExitFamily.WITHDRAWN,
        ExitKind.LONG_LEAVE: ExitFamily.WITHDRAWN,
        ExitKind.IMPRISONMENT: ExitFamily.WITHDRAWN,
    }
)


class Sex(Listed):
    WOMAN = "woman", "Femme"
    MAN = "man", "Homme"


class AgeBand(Listed):
    UNDER_26 = "under_26", "moins de 26 ans"
    FROM_26 = "from_26", "26 à 40 ans"
    FROM_41 = "from_41", "41 à 50 ans"
    FROM_51 = "from_51", "51 ans et plus"


class EducationLevel(Listed):
    NO_DIPLOMA = "no_diploma", "Sans diplôme"
    CAP_BEP = "cap_bep", "CAP, BEP"
    BAC = "bac", "Bac"
    ABOVE_BAC = "above_bac", "Au-delà du bac"


class LikenessAnswer(Listed):
    """Whether two persons who look alike are one."""

    SAME = "same", "La même personne"
    DIFFERENT = "different", "Deux personnes"


class StepKind(Listed):
    """What marks a path between its entry and its exit, and after it."""

    INTERVIEW = "interview", "Entretien de suivi"
    TRAINING = "training", "Formation suivie"
    QUALIFICATION = "qualification", "Diplôme, titre ou habilitation obtenu"
    IMMERSION = "immersion", "Immersion en entreprise"
    RENEWAL = "renewal", "Contrat renouvelé ou allongé"
    DIFFICULTY = "difficulty", "Difficulté signalée"
    SIX_MONTHS = "six_months", "Situation six mois après la sortie"
