"""What each figure means: what is counted, what is left out, where the rule comes from. Pages set the typography."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.indicators.facts import Figure


@dataclass(frozen=True)
class Definition:
    title: str
    """As the heading of its page: « Heures d’insertion retenues »."""
    counted: str
    left_out: str
    unit: str
    source: str
    """The article, or the internal rule that stands for one."""
    secrecy: str | None = None

    @property
    def in_short(self) -> str:
        """The first sentence of what is counted."""
        return self.counted.split(". ", 1)[0].rstrip(".") + "."


_SMALL = (
    "Un effectif de 1 à 4 personnes n’est pas montré, ni celui qui permettrait de le retrouver par soustraction : "
    "l’ordre du tableau désigne lequel, jamais les nombres."
)
_SMALL_HOURS = (
    "Les heures d’une ligne qui ne concerne que 1 à 4 personnes ne sont pas montrées, ni celles d’une autre ligne qui "
    "permettraient de les retrouver : elles diraient ce que quelques personnes ont travaillé."
)


DEFINITIONS: Mapping[Figure, Definition] = {
    Figure.HOURS: Definition(
        title="Heures d’insertion retenues",
        counted=(
            "La somme des heures que le facilitateur a retenues dans les déclarations acceptées des mois de "
            "janvier à décembre, sur tous les marchés de l’acheteur."
        ),
        left_out=(
            "Les heures déclarées et non retenues : personne non éligible, période de prise en compte dépassée, "
            "formation au-delà de ce que le marché compte. Une déclaration rouverte en sort jusqu’à ce qu’elle "
            "soit acceptée de nouveau."
        ),
        unit="heures de travail et de formation",
        source=(
            "Condition d’exécution du marché : code de la commande publique, art. L2112-2. Règle interne : seules "
            "les heures retenues comptent."
        ),
        secrecy=_SMALL_HOURS,
    ),
    Figure.PEOPLE: Definition(
        title="Personnes, chacune comptée une fois",
        counted=(
            "Les personnes dont au moins une heure a été retenue dans l’année, chacune une seule fois, même si "
            "elle a travaillé sur plusieurs marchés ou pour plusieurs structures. L’âge est celui de l’entrée, le "
            "plus élevé s’il y en a eu plusieurs."
        ),
        left_out=(
            "Les personnes déclarées dont aucune heure n’a été retenue. Une même personne chez deux acheteurs "
            "compte chez chacun : ses parcours ne passent jamais de l’un à l’autre."
        ),
        unit="personnes",
        source=("Règle interne : une personne est reconnue par une empreinte, sans que son nom soit jamais conservé."),
        secrecy=_SMALL,
    ),
    Figure.EXITS: Definition(
        title="Sorties, par famille",
        counted=(
            "Une sortie clôt un parcours : une personne, sur un marché, chez une structure. Sortie dynamique : "
            "emploi durable (CDI, contrat de six mois et plus, fonction publique, création d’entreprise), emploi "
            "de transition (contrat de moins de six mois, contrat aidé) ou sortie positive (formation, embauche "
            "dans une autre structure d’insertion, retraite). Le taux divise les sorties dynamiques par toutes "
            "les sorties constatées."
        ),
        left_out=(
            "Les parcours en cours ; les sorties retirées du constat (décès, congé de longue durée, "
            "incarcération) ; les parcours dont aucune heure n’a jamais été retenue."
        ),
        unit="parcours clos dans l’année",
        source=(
            "Usage de l’insertion par l’activité économique, le contrat de six mois exactement comptant comme "
            "emploi durable (règle interne)."
        ),
        secrecy=_SMALL,
    ),
    Figure.STRUCTURES: Definition(
        title="Structures de l’ESS titulaires",
        counted=(
            "Les organisations différentes qui tenaient, seules ou dans un groupement, un marché de l’acheteur en "
            "cours au moins un jour de l’année, et qui, le jour de la notification, étaient une structure "
            "d’insertion, de travail adapté ou protégé, ou relèvent d’une famille de l’économie sociale et "
            "solidaire. Chacune compte une fois, dans la première catégorie qui lui convient."
        ),
        left_out=(
            "Les sous-traitants, et les membres partis avant l’année. L’agrément ESUS et les entreprises employant "
            "des personnes défavorisées sont d’autres indicateurs, qui recouvrent celui-ci et ne s’y ajoutent pas."
        ),
        unit="organisations (un SIRET)",
        source=(
            "Code du travail, art. L5132-4 et L5213-13 ; code de l’action sociale et des familles, art. L344-2 ; "
            "loi 2014-856, art. 1 ; SPASER : code de la commande publique, art. L2111-3."
        ),
    ),
    Figure.EUROS: Definition(
        title="Euros mandatés à ces structures",
        counted=(
            "Les paiements datés de l’année, sur les marchés de l’acheteur, à des organisations qui étaient une "
            "structure à la notification, ou relèvent de l’ESS. Les avoirs sont déduits. Le total mandaté sur les "
            "mêmes marchés est donné à côté."
        ),
        left_out=(
            "Les marchés dont les paiements n’ont pas été importés, les paiements aux sous-traitants par le "
            "titulaire, et les montants que les titulaires déclarent."
        ),
        unit="euros hors taxes",
        source="Comptabilité de l’acheteur, importée paiement par paiement ; SPASER : art. L2111-3.",
    ),
    Figure.LOTS: Definition(
        title="Lots réservés, par mandat",
        counted=(
            "Les lots dont la réservation était décidée quand leur consultation s’est ouverte, le jour de cette "
            "ouverture, par mandat de l’assemblée et jusqu’à la fin de l’année."
        ),
        left_out=(
            "Les réservations envisagées, les lots retirés avant la consultation, et les marchés réservés qui ne "
            "sont pas passés par la programmation. Un lot lancé puis sans suite compte."
        ),
        unit="lots",
        source="Code de la commande publique, art. L2113-12 à L2113-15.",
    ),
    Figure.CONTRACTS: Definition(
        title="Heures promises, heures retenues",
        counted=(
            "Pour chaque marché en cours dans l’année qui promet un nombre d’heures : ce qu’il promet pour toute "
            "sa durée, et ce qui en a été retenu depuis son début jusqu’au 31 décembre."
        ),
        left_out=(
            "Les autres engagements (part de la main-d’œuvre, heures par millier d’euros, actions), qui ne se "
            "convertissent pas en heures. Un marché qui n’est pas fini a encore du temps devant lui."
        ),
        unit="heures, depuis le début du marché",
        source="Engagement pris dans chaque marché (condition d’exécution, art. L2112-2).",
        secrecy=_SMALL_HOURS,
    ),
}
