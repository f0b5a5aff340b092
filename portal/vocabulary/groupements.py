"""Who answers together: groupements and their members (model.md, states)."""

from portal.vocabulary.base import Listed


class GroupementState(Listed):
    """COMPLETE is derived from the checklist; DISSOLVED happens before filing only."""

    FORMING = "forming", "en formation"
    COMPLETE = "complete", "complet"
    SEALED = "sealed", "scellé"
    FILED = "filed", "candidature déposée"
    AWARDED = "awarded", "attribué"
    NOT_RETAINED = "not_retained", "non retenu"
    DISSOLVED = "dissolved", "dissous"


class MemberState(Listed):
    """A new agreement sends ACCEPTED back to JOINED."""

    INVITED = "invited", "invité"
    ASKING = "asking", "demande à rejoindre"
    JOINED = "joined", "membre"
    ACCEPTED = "accepted", "part acceptée"
    DECLINED = "declined", "a décliné"
    WITHDRAWN = "withdrawn", "retirée avant réponse"
    LEFT = "left", "a quitté le groupement"
    EXPIRED = "expired", "invitation expirée"


class MemberRole(Listed):
    """Exactly one active member is the mandataire (R2142-24)."""

    MANDATAIRE = "mandataire", "Mandataire"
    COTRAITANT = "cotraitant", "Cotraitant"
