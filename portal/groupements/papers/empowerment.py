"""The habilitation that a member signs for the mandataire (R2142-23). The buyer reads it: it tells no share."""

from portal.groupements.papers.blocks import Block, blanks, facts, section, signatures, ticks, told
from portal.groupements.papers.dossier import Dossier, Partner
from portal.groupements.papers.paper import paper, purchase
from portal.kernel.errors import NotFound

_LEAD = (
    "Un membre du groupement habilite le mandataire à agir en son nom (R2142-23). À imprimer, compléter et signer, au "
    "plus tard à l’attribution du marché ; l’acheteur peut la demander dès la candidature."
)
_POWERS = (
    "signer et déposer la candidature au nom du membre ;",
    "signer et déposer l’offre, et la négocier si la procédure le prévoit ;",
    "représenter le membre auprès de l’acheteur et coordonner les prestations (R2142-24) ;",
    "signer le marché, s’il est attribué au groupement, et ses modifications.",
)


def empowered(dossier: Dossier) -> list[Partner]:
    """Those who have one to sign: every member but the mandataire, once there is one."""
    return [each for each in dossier.partners if dossier.mandataire and not each.facts.is_mandataire]


def empowerment_of(dossier: Dossier, member: str) -> bytes:
    """`member` by its public id. Raises NotFound when it has no habilitation to sign."""
    found = next((each for each in empowered(dossier) if each.facts.public_id == member), None)
    if found is None:
        raise NotFound
    title = f"Habilitation du mandataire par {found.name}"
    return paper(dossier, title, _LEAD, (_who(dossier, found), _given(dossier), _signed(found)), goes_out=True)


def _who(dossier: Dossier, partner: Partner) -> Block:
    return section(
        "Qui habilite qui",
        facts(
            [
                ("Le membre", f"{partner.called}, SIRET {partner.siret}"),
                ("Son adresse", partner.address),
                ("Le mandataire", dossier.mandataire_words),
                ("Le groupement", f"{dossier.name}, {dossier.form_words.lower()}"),
                *purchase(dossier),
                ("Ce que fait le membre", partner.does),
            ]
        ),
        blanks("La personne qui signe pour le membre (nom, prénom)", "Sa qualité"),
    )


def _given(dossier: Dossier) -> Block:
    lead = dossier.mandataire
    name = lead.name if lead else ""
    return section(
        "Ce que le membre habilite le mandataire à faire",
        told(f"Cochez ce que {name} pourra faire en votre nom."),
        ticks(_POWERS),
        blanks("Limites ou durée"),
    )


def _signed(partner: Partner) -> Block:
    return section("Signature", blanks("Fait à"), signatures([partner.called]))
