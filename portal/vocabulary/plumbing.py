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
    REMINDERS = "reminders.due", "Rappel des déclarations attendues"
