"""What runs behind the pages: e-mails promised, scheduled jobs, and where they stand."""

from portal.vocabulary.base import Listed


class MessageState(Listed):
    """Where an e-mail stands. A failed attempt leaves it promised, with the time of the next one."""

    PROMISED = "promised", "à envoyer"
    LEASED = "leased", "en cours d’envoi"
    SENT = "sent", "envoyé"
    SPARED = "spared", "devenu sans objet"
    GIVEN_UP = "given_up", "abandonné"


class RunState(Listed):
    """Where one run of a scheduled job stands. A run that its process did not survive stays running."""

    RUNNING = "running", "en cours"
    DONE = "done", "terminée"
    FAILED = "failed", "en échec"


class MessageKind(Listed):
    """What an e-mail is about, for who watches over them."""

    SIGN_UP = "accounts.sign_up", "Confirmation d’inscription"
    RESET = "accounts.reset", "Nouveau mot de passe"
    SECURITY = "accounts.security", "Alerte de sécurité"
    INVITATION = "accounts.invitation", "Invitation dans une équipe"
    JOIN_ASKED = "accounts.join_asked", "Demande d’accès à traiter"
    JOIN_DECIDED = "accounts.join_decided", "Réponse à une demande d’accès"
    CLAIM_ASKED = "accounts.claim_asked", "Réclamation de fiche à traiter"
    CLAIM_DECIDED = "accounts.claim_decided", "Réponse à une réclamation"
    GROUPEMENT_INVITATION = "groupements.invitation", "Invitation à un groupement"
    GROUPEMENT_INVITATION_ANSWERED = "groupements.invitation_answered", "Réponse à une invitation à un groupement"
    GROUPEMENT_REQUEST = "groupements.request", "Demande à rejoindre un groupement"
    GROUPEMENT_REQUEST_ANSWERED = "groupements.request_answered", "Réponse à une demande à rejoindre"
    GROUPEMENT_AGREEMENT = "groupements.agreement", "Parts d’un groupement à accepter"
    GROUPEMENT_SEALED = "groupements.sealed", "Groupement scellé"
    GROUPEMENT_DEPARTURE = "groupements.departure", "Départ d’un groupement"
    GROUPEMENT_ENDED = "groupements.ended", "Fin d’un groupement"
    GROUPEMENT_INVITATION_ENDS = "groupements.invitation_ends", "Invitation à un groupement qui expire bientôt"
    GROUPEMENT_WORDS = "groupements.words", "Du nouveau dans la salle d’un groupement"
    GROUPEMENT_CHANGE_ASKED = "groupements.change_asked", "Changement de composition à autoriser"
    GROUPEMENT_CHANGE_DECIDED = "groupements.change_decided", "Réponse à un changement de composition"
    GROUPEMENT_NAMED = "groupements.named", "Ce que l’acheteur lit d’un groupement avant le dépôt"
    NUDGE = "desks.nudge", "Relance d’un réseau à son adhérent"
    CALIBRATION_SHARED = "calibration.shared", "Calibrage soumis aux réseaux et aux structures"
    CONTRACT_AMENDED = "contracts.amended", "Avenant enregistré"
    DECLARATION_DEPOSITED = "declarations.deposited", "Récépissé d’une déclaration"
    DECLARATION_ACCEPTED = "declarations.accepted", "Déclaration acceptée"
    DECLARATION_RETURNED = "declarations.returned", "Déclaration à corriger"
    DECLARATION_REOPENED = "declarations.reopened", "Déclaration rouverte"
    LINES_ENTRUSTED = "declarations.entrusted", "Lignes confiées à un employeur"
    DELEGATION_ENDED = "declarations.delegation_ended", "Lignes reprises à un employeur"
    PART_HANDED = "declarations.part_handed", "Part d’un mois remise"
    PART_REOPENED = "declarations.part_reopened", "Part d’un mois à corriger"
    REMINDERS = "reminders.due", "Rappel des déclarations attendues"
    CHECK_ASKED = "forecast.check_asked", "Leviers à contrôler"
    CHECK_DONE = "forecast.check_done", "Leviers contrôlés"
    REQUEST_FILED = "requests.filed", "Demande d’achat à traiter"
    REQUEST_ANSWERED = "requests.answered", "Réponse à une demande d’achat"
    ALERTS = "alerts.digest", "Alertes de programmation"
    QUESTION_ASKED = "sourcing.question_asked", "Question d’un fournisseur"
    QUESTION_CLOSED = "sourcing.question_closed", "Réponse à qui a posé une question"
    CAPACITY_DUE = "reminders.capacity", "Capacité à relire"
    STORY_AGREEMENT = "stories.agreement", "Accord demandé pour un exemple"


class JobName(Listed):
    """What a scheduled job does."""

    OUTBOX = "outbox", "Envoyer les courriels promis"
    MONTHS = "months", "Ouvrir les mois à déclarer"
    GROUPEMENTS = "groupements", "Clore les groupements des consultations closes"
    INVITATIONS = "invitations", "Rappeler les invitations à un groupement qui vont expirer"
    FORECAST = "forecast", "Relire la liste publique des lots"
    PUBLICATION = "publication", "Publier les projets dont la date est venue"
    ALERTS = "alerts", "Prévenir des nouveaux lots et des changements"
    CAPACITIES = "capacities", "Faire relire les capacités, deux fois par an"
    REMINDERS = "reminders", "Rappeler les déclarations attendues, les jours ouvrés"
    FILES = "files", "Effacer les fichiers que plus rien ne nomme"
    PURGE = "purge", "Effacer ce qui a fait son temps"
