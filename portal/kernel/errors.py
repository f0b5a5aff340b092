"""What goes wrong, said in French to the person who can mend it."""


class PortalError(Exception):
    """Anything the portal refuses; `sentence` is French and says what to do."""

    default_sentence = "L’opération n’a pas pu aboutir."

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or self.default_sentence
        super().__init__(self.sentence)


class RuleViolation(PortalError):
    """A rule of the regulation or of the portal forbids it: 422, on its field when there is one."""

    def __init__(self, sentence: str, field: str | None = None, article: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field
        self.article = article


class Refused(PortalError):
    """The actor sees the object but may not do this to it: 403."""

    default_sentence = "Vous n’avez pas le droit de faire cela."


class NotFound(PortalError):
    """The object does not exist, or not for this actor: 404."""

    default_sentence = "Cette page n’existe pas, ou vous n’y avez pas accès."


class Stale(PortalError):
    """Someone changed the object since the form was shown: 409. `current` is the object as it stands now."""

    default_sentence = "Quelqu’un a modifié ces informations entre-temps\u202f: comparez avant d’enregistrer."

    def __init__(self, sentence: str | None = None, *, current: object = None) -> None:
        super().__init__(sentence)
        self.current = current


class TooMany(PortalError):
    """Too many attempts: 429. `retry_after` is in seconds."""

    default_sentence = "Trop d’essais\u202f: patientez avant de recommencer."

    def __init__(self, retry_after: int, sentence: str | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unreadable(ValueError):
    """What was typed cannot be read; `sentence` is French and says how to write it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
