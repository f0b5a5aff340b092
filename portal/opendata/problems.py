"""What a re-user asked that cannot be answered."""

from portal.kernel.errors import PortalError


class BadParameter(PortalError):
    """A parameter of the address is unknown, repeated or unreadable: 400, with its name."""

    def __init__(self, parameter: str, sentence: str) -> None:
        super().__init__(sentence)
        self.parameter = parameter
