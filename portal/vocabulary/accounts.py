"""States of accounts, and of what people ask of an organisation."""

from portal.vocabulary.base import Listed


class AccountState(Listed):
    """Whether a person may sign in. A closed account stays, without access, because the journal points at it."""

    ACTIVE = "active", "ouvert"
    CLOSED = "closed", "fermé"


class RequestOutcome(Listed):
    """How a request to join or to take charge of an organisation ended."""

    ACCEPTED = "accepted", "acceptée"
    DECLINED = "declined", "refusée"
    SUPERSEDED = "superseded", "devenue sans objet"
    WITHDRAWN = "withdrawn", "retirée"
