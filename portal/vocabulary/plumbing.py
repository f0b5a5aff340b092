"""States of what runs behind the pages: e-mails promised, scheduled jobs."""

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
