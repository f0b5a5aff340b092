"""Who does what: roles held in an organisation, and what each role permits."""

from collections.abc import Mapping
from types import MappingProxyType

from portal.vocabulary.base import Listed
from portal.vocabulary.structures import OrganisationKind


class Role(Listed):
    """What a person does in one organisation; one person may hold several."""

    STRUCTURE = "structure", "Structure"
    NETWORK = "network", "Tête de réseau"
    TITULAIRE = "titulaire", "Titulaire"
    PURCHASING = "purchasing", "Achats"
    LEGAL = "legal", "Juridique"
    PRESCRIPTEUR = "prescripteur", "Prescripteur"
    FACILITATEUR = "facilitateur", "Facilitateur"
    DIRECTION = "direction", "Direction, élus"
    ADMINISTRATOR = "administrator", "Administrateur du portail"
    MANAGER = "manager", "Gestionnaire des accès"


class Permission(Listed):
    """What a view may require; object policies then say on which objects."""

    ORGANISATION_EDIT = "organisation_edit", "Modifier la fiche de son organisation"
    MEMBERS_MANAGE = "members_manage", "Gérer les accès de son organisation"
    AFFILIATION_ASK = "affiliation_ask", "Demander l’adhésion à un réseau"
    AFFILIATION_DECIDE = "affiliation_decide", "Répondre aux demandes d’adhésion"
    CLAIM_DECIDE = "claim_decide", "Répondre aux réclamations de fiche"
    FORECAST_READ = "forecast_read", "Lire les brouillons de programmation"
    FORECAST_WRITE = "forecast_write", "Écrire la programmation"
    FORECAST_PUBLISH = "forecast_publish", "Publier la programmation"
    FORECAST_CHECK = "forecast_check", "Contrôler les leviers d’un lot"
    REQUEST_FILE = "request_file", "Déposer une demande d’achat"
    REQUEST_ANSWER = "request_answer", "Répondre aux demandes d’achat"
    CAPACITY_TELL = "capacity_tell", "Dire la capacité de sa structure"
    INTEREST_TELL = "interest_tell", "Dire son intérêt pour un lot"
    QUESTION_ASK = "question_ask", "Poser une question sur un projet"
    SUPPORT_WRITE = "support_write", "Noter un accompagnement"
    CONTRACT_READ = "contract_read", "Lire les marchés de son organisation"
    CONTRACT_WRITE = "contract_write", "Attribuer, et tenir les marchés"
    PENALTY_READ = "penalty_read", "Lire les pénalités simulées"
    PENALTY_DECIDE = "penalty_decide", "Décider des pénalités"
    GROUPEMENT_JOIN = "groupement_join", "Ouvrir ou rejoindre un groupement"
    COVERAGE_READ = "coverage_read", "Lire la couverture des lots par les capacités"
    OPINION_TELL = "opinion_tell", "Donner son avis sur le calibrage d’un lot"
    NETWORK_FOLLOW = "network_follow", "Suivre les structures de son réseau"
    DECLARATION_FILE = "declaration_file", "Déposer les déclarations"
    DECLARATION_CHECK = "declaration_check", "Vérifier les déclarations"
    RESULTS_READ = "results_read", "Lire l’année en cours et le détail des résultats"
    RESULTS_FREEZE = "results_freeze", "Arrêter les résultats d’une année"
    SUPERVISION = "supervision", "Superviser le portail"


_SUPPLIER = frozenset(
    {
        Permission.CONTRACT_READ,
        Permission.GROUPEMENT_JOIN,
        Permission.DECLARATION_FILE,
        Permission.INTEREST_TELL,
        Permission.QUESTION_ASK,
        Permission.COVERAGE_READ,
        Permission.OPINION_TELL,
    }
)
_BUYER = frozenset({Permission.CONTRACT_READ, Permission.RESULTS_READ, Permission.COVERAGE_READ})

PERMISSIONS_OF: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.STRUCTURE: frozenset({Permission.AFFILIATION_ASK, Permission.CAPACITY_TELL}) | _SUPPLIER,
        Role.NETWORK: frozenset(
            {
                Permission.AFFILIATION_DECIDE,
                Permission.CLAIM_DECIDE,
                Permission.GROUPEMENT_JOIN,
                Permission.QUESTION_ASK,
                Permission.SUPPORT_WRITE,
                Permission.COVERAGE_READ,
                Permission.OPINION_TELL,
                Permission.NETWORK_FOLLOW,
            }
        ),
        Role.TITULAIRE: _SUPPLIER,
        Role.PURCHASING: frozenset(
            {
                Permission.CLAIM_DECIDE,
                Permission.FORECAST_READ,
                Permission.FORECAST_WRITE,
                Permission.FORECAST_PUBLISH,
                Permission.FORECAST_CHECK,
                Permission.REQUEST_FILE,
                Permission.REQUEST_ANSWER,
                Permission.SUPPORT_WRITE,
                Permission.CONTRACT_WRITE,
                Permission.PENALTY_READ,
                Permission.PENALTY_DECIDE,
            }
        )
        | _BUYER,
        Role.LEGAL: frozenset(
            {
                Permission.FORECAST_READ,
                Permission.FORECAST_CHECK,
                Permission.PENALTY_READ,
                Permission.PENALTY_DECIDE,
            }
        )
        | _BUYER,
        Role.PRESCRIPTEUR: frozenset({Permission.FORECAST_READ, Permission.REQUEST_FILE}) | _BUYER,
        Role.FACILITATEUR: frozenset(
            {
                Permission.CLAIM_DECIDE,
                Permission.CONTRACT_READ,
                Permission.DECLARATION_CHECK,
                Permission.PENALTY_READ,
                Permission.SUPPORT_WRITE,
                Permission.COVERAGE_READ,
            }
        ),
        Role.DIRECTION: frozenset({Permission.FORECAST_READ, Permission.RESULTS_FREEZE, Permission.PENALTY_READ})
        | _BUYER,
        Role.ADMINISTRATOR: frozenset({Permission.SUPERVISION}),
        Role.MANAGER: frozenset({Permission.ORGANISATION_EDIT, Permission.MEMBERS_MANAGE}),
    }
)


def _roles_given_by(kind: OrganisationKind) -> frozenset[Role]:
    match kind:
        case OrganisationKind.BUYER:
            own = {Role.PURCHASING, Role.LEGAL, Role.PRESCRIPTEUR, Role.FACILITATEUR, Role.DIRECTION}
        case OrganisationKind.NETWORK:
            own = {Role.NETWORK}
        case OrganisationKind.FACILITATION:
            own = {Role.FACILITATEUR}
        case OrganisationKind.COMPANY:
            own = {Role.TITULAIRE}
        case _:
            own = {Role.STRUCTURE, Role.TITULAIRE}
    return frozenset(own | {Role.MANAGER})


ROLES_OF_KIND: Mapping[OrganisationKind, frozenset[Role]] = MappingProxyType(
    {kind: _roles_given_by(kind) for kind in OrganisationKind}
)
"""The roles that an organisation's manager may give. None gives ADMINISTRATOR: only the command line does."""

SECOND_FACTOR_ROLES: frozenset[Role] = frozenset(
    {Role.PURCHASING, Role.LEGAL, Role.PRESCRIPTEUR, Role.DIRECTION, Role.ADMINISTRATOR}
)
"""Roles that sign in with a second factor, always."""
