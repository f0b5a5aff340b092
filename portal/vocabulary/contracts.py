"""Contracts once awarded: where they come from, who names whom, how a lot ended."""

from portal.vocabulary.base import Listed


class ContractFamily(Listed):
    MARKET = "market", "Marché"
    CONCESSION = "concession", "Concession"


class ContractSource(Listed):
    """Where the portal has a contract from."""

    AWARD = "award", "Attribution sur le portail"
    DECP = "decp", "Données essentielles (DECP)"


class LotOutcome(Listed):
    """How the consultation of a lot ended."""

    AWARDED = "awarded", "attribué"
    UNSUCCESSFUL = "unsuccessful", "sans suite"


class PenaltyOutcome(Listed):
    """What a person decided of a simulated penalty: the portal applies none."""

    NOTICE = "notice", "Mise en demeure envoyée"
    WAIVED = "waived", "Pénalité écartée"
    REDUCED = "reduced", "Pénalité réduite"
    CLAIMED = "claimed", "Pénalité réclamée"
