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


class DocumentKind(Listed):
    """What a member brings for a candidacy: proofs that a buyer may ask of each (R2143-3 and following)."""

    SWORN_STATEMENT = "sworn_statement", "Déclaration sur l’honneur (R2143-3)"
    EMPOWERMENT = "empowerment", "Habilitation du mandataire, signée (R2142-23)"
    SOCIAL_CERTIFICATE = "social_certificate", "Attestation de vigilance (Urssaf)"
    TAX_CERTIFICATE = "tax_certificate", "Attestation de régularité fiscale"
    REGISTRATION = "registration", "Extrait d’immatriculation, ou récépissé de l’association"
    STRUCTURE_AGREEMENT = "structure_agreement", "Convention ou agrément de la structure"
    INSURANCE = "insurance", "Attestation d’assurance"
    REFERENCES = "references", "Références et moyens"
    OTHER = "other", "Autre pièce"


class CompositionGround(Listed):
    """Why the composition may change between the filing and the signature (R2142-26)."""

    RESTRUCTURING = "restructuring", "Restructuration d’une entreprise membre (rachat, fusion, acquisition)"
    FAILURE = "failure", "Défaillance d’un membre qui n’est pas de son fait"
