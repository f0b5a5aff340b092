"""A draft of the convention between members: what the portal knows, and what they must still agree on."""

from portal.groupements.papers.blocks import Block, blanks, facts, items, section, signatures, told
from portal.groupements.papers.dossier import TO_FILL, Dossier
from portal.groupements.papers.paper import paper, purchase, shares, tasks
from portal.vocabulary import GroupementForm

_LEAD = (
    "Projet à relire, à compléter et à faire relire par un conseil : il reprend ce que les membres ont réparti sur le "
    "portail, et laisse en blanc ce qu’ils doivent encore décider. Il ne vaut rien tant qu’il n’est pas signé."
)
_POWERS = (
    "représenter les membres auprès de l’acheteur, de la candidature à la fin du marché, dans la limite de ce que "
    "chacun lui a habilité à faire (R2142-23, R2142-24) ;",
    "signer et déposer la candidature et l’offre au nom de tous, si chaque membre l’y a habilité par écrit ;",
    "coordonner les prestations, et tenir chacun au courant de ce que l’acheteur écrit ou décide ;",
    "transmettre à l’acheteur les demandes de paiement, et déposer les heures d’insertion déclarées par les membres.",
)
_PAID = {
    GroupementForm.SOLIDAIRE: "Sauf si le marché prévoit autre chose, l’acheteur paie sur un compte unique, puis les "
    "membres se répartissent ce qui leur revient selon l’article 5.",
}
_EACH_PAID = (
    "Sauf si le marché prévoit autre chose, l’acheteur paie chaque membre sur son propre compte, pour ce qu’il a fait."
)


def convention_of(dossier: Dossier) -> bytes:
    title = f"Projet de convention, à relire : {dossier.name}"
    sections = (
        section("Article 1. Les membres", told(_members(dossier))),
        section(
            "Article 2. L’objet", told("Les membres répondent ensemble à ce marché public."), facts(purchase(dossier))
        ),
        section(
            "Article 3. La forme du groupement", told(f"Forme : {dossier.form_words}."), told(dossier.engaged_words)
        ),
        _mandataire(dossier),
        _parts(dossier),
        _tasks(dossier),
        _payment(dossier),
        *_LEFT_TO_DECIDE,
        section("Signatures", signatures(each.called for each in dossier.partners)) if dossier.partners else None,
    )
    return paper(dossier, title, _LEAD, sections)


def _members(dossier: Dossier) -> str:
    named = (
        f"{each.called}, SIRET {each.siret}" + (f", {each.address}" if each.address else "")
        for each in dossier.partners
    )
    return "\n".join(named) or f"Aucun membre pour l’instant : {TO_FILL}."


def _mandataire(dossier: Dossier) -> Block:
    return section(
        "Article 4. Le mandataire et ses pouvoirs",
        told(f"Mandataire : {dossier.mandataire_words}. Il est chargé de :"),
        items(_POWERS),
        told("Il ne change seul ni les parts, ni les prix, ni le marché : chaque membre concerné donne son accord."),
        blanks(
            "Ce qu’il ne peut faire sans l’accord de tous", "Ce que vaut son travail de coordination, et qui le paie"
        ),
    )


def _parts(dossier: Dossier) -> Block:
    indicative = dossier.facts.by_orders and dossier.facts.form is not GroupementForm.SOLIDAIRE
    return section(
        "Article 5. Les parts et les tâches de chacun",
        told("Marché à bons de commande : les parts sont indicatives.") if indicative else None,
        shares(dossier) if dossier.partners else told(f"Parts : {TO_FILL}."),
        blanks("Comment les parts sont revues si le besoin change"),
    )


def _tasks(dossier: Dossier) -> Block:
    """R2142-27: the buyer wants some tasks done by the member that was named for them."""
    found = tasks(dossier, TO_FILL)
    none = "L’acheteur n’a dit essentielle aucune tâche de ces lots."
    words = "Le membre nommé les fait lui-même, sans les confier à d’autres (R2142-27)." if found else none
    return section("Article 6. Les tâches essentielles", told(words), found)


def _payment(dossier: Dossier) -> Block:
    form = dossier.facts.form
    return section(
        "Article 7. Les paiements",
        told(_PAID.get(form, _EACH_PAID) if form else f"La forme n’est pas choisie : {TO_FILL}."),
        told("Les montants de l’article 5 sont hors taxes."),
        blanks(
            "Comptes bancaires",
            "Délai pour transmettre les factures",
            "Avance, retenues et pénalités : qui les supporte",
        ),
    )


_LEFT_TO_DECIDE = (
    section(
        "Article 8. Les heures d’insertion et le suivi",
        told(
            "Chaque membre remet ses heures du mois au mandataire trois jours ouvrés avant l’échéance ; le mandataire "
            "dépose la déclaration, en nommant ceux qui manquent."
        ),
        blanks("Interlocuteur de chaque membre", "Réunions de suivi"),
    ),
    section(
        "Article 9. Entrer, partir, être défaillant",
        told(
            "Entre le dépôt de la candidature et la signature du marché, la composition ne change pas, sauf cas prévus "
            "et avec l’autorisation de l’acheteur (R2142-26)."
        ),
        blanks(
            "Préavis de départ",
            "Qui reprend la part d’un membre qui part ou qui est défaillant",
            "Défaillance du mandataire",
        ),
    ),
    section(
        "Article 10. Responsabilités, assurances, confidentialité",
        blanks("Assurances de chaque membre", "Dommages entre membres", "Ce qui reste confidentiel, et jusqu’à quand"),
    ),
    section(
        "Article 11. La durée",
        told(
            "La convention cesse si le marché n’est pas attribué au groupement ; sinon, quand il est exécuté et payé."
        ),
        blanks("Date d’effet", "Autres causes de fin"),
    ),
    section(
        "Article 12. Les différends",
        blanks("Qui essaie d’abord de rapprocher les membres (médiation, réseau)", "Tribunal compétent ensuite"),
    ),
)
