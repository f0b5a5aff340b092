"""What happens before a consultation: requests, checks, capacities, interest, questions, support, alerts, stories."""

from collections.abc import Mapping
from types import MappingProxyType

from portal.vocabulary.base import Listed

_NARROW = "\u202f"


class RequestState(Listed):
    """A purchase request, from the first words of a department to the project it becomes."""

    DRAFT = "draft", "brouillon"
    FILED = "filed", "déposée"
    RETURNED = "returned", "à compléter"
    TAKEN = "taken", "reprise dans la programmation"
    DECLINED = "declined", "sans suite"
    WITHDRAWN = "withdrawn", "retirée"


class DerogationGround(Listed):
    """Why a contract at or above the European thresholds has no condition about employment (L2112-2-1, L3114-2-1)."""

    READY_MADE = "ready_made", "Le besoin est satisfait par une solution immédiatement disponible"
    NO_LINK = "no_link", "Aucun lien suffisant avec l’objet du marché"
    COMPETITION = (
        "competition",
        "La concurrence serait restreinte, ou l’exécution trop difficile ou trop chère",
    )
    SHORT_WORKS = "short_works", "Marché de travaux de moins de six mois"


class CapacityBand(Listed):
    """Hours of work that a structure could give in a year, in one trade: the lower bound is inside."""

    UNDER_500 = "under_500", f"moins de 500{_NARROW}h par an"
    FROM_500 = "from_500", f"500 à 1{_NARROW}500{_NARROW}h par an"
    FROM_1500 = "from_1500", f"1{_NARROW}500 à 3{_NARROW}500{_NARROW}h par an"
    FROM_3500 = "from_3500", f"3{_NARROW}500 à 7{_NARROW}000{_NARROW}h par an"
    FROM_7000 = "from_7000", f"7{_NARROW}000 à 15{_NARROW}000{_NARROW}h par an"
    FROM_15000 = "from_15000", f"15{_NARROW}000{_NARROW}h par an et plus"

    @property
    def low(self) -> int:
        """Hours a year, inside the band: what may be counted on."""
        return _HOURS[self][0]

    @property
    def high(self) -> int | None:
        """Hours a year, outside the band; None when there is no upper bound."""
        return _HOURS[self][1]


_HOURS: Mapping[CapacityBand, tuple[int, int | None]] = MappingProxyType(
    {
        CapacityBand.UNDER_500: (0, 500),
        CapacityBand.FROM_500: (500, 1_500),
        CapacityBand.FROM_1500: (1_500, 3_500),
        CapacityBand.FROM_3500: (3_500, 7_000),
        CapacityBand.FROM_7000: (7_000, 15_000),
        CapacityBand.FROM_15000: (15_000, None),
    }
)


class InterestKind(Listed):
    """What an organisation says of a lot; its latest word wins."""

    ALONE = "alone", "prête à répondre seule"
    MANDATAIRE = "mandataire", "prête à porter un groupement"
    MEMBER = "member", "prête à rejoindre un groupement"
    LOOKING_FOR_PARTNERS = "looking_for_partners", "cherche des partenaires"
    NOT_INTERESTED = "not_interested", "pas intéressée"

    @property
    def is_live(self) -> bool:
        return self is not InterestKind.NOT_INTERESTED


class DisinterestReason(Listed):
    """Why a lot does not interest: what a buyer may still change."""

    TOO_BIG = "too_big", "Trop grand pour nous"
    TOO_SMALL = "too_small", "Trop petit pour nous"
    TRADE = "trade", "Pas notre métier"
    PLACE = "place", "Trop loin"
    TIMING = "timing", "Pas à ces dates"
    TERMS = "terms", "Conditions trop lourdes"
    STAFF = "staff", "Reprise de personnel impossible"
    NOT_ELIGIBLE = "not_eligible", "Nous ne pouvons pas répondre à ce lot réservé"
    OTHER = "other", "Autre raison"


class QuestionState(Listed):
    WAITING = "waiting", "en attente de réponse"
    ANSWERED = "answered", "répondue"
    SET_ASIDE = "set_aside", "écartée"


class ExchangeKind(Listed):
    """How something was told to one supplier outside the public page: kept for equal treatment (L3)."""

    MEETING = "meeting", "Rendez-vous"
    CALL = "call", "Appel"
    MAIL = "mail", "Courriel"
    VISIT = "visit", "Visite"
    OTHER = "other", "Autre échange"


class SupportKind(Listed):
    """What a support action (accompagnement) brings to a structure."""

    TRAINING = "training", "Formation"
    STRUCTURING = "structuring", "Structuration"
    INTELLECTUAL_SERVICES = "intellectual_services", "Appui d’opérateurs de prestations intellectuelles"
    PARTNERS = "partners", "Mise en relation"
    OTHER = "other", "Autre appui"


class StoryState(Listed):
    DRAFT = "draft", "brouillon"
    PUBLISHED = "published", "publié"
    WITHDRAWN = "withdrawn", "retiré"


class AlertKind(Listed):
    """What a person may be told of, and may stop, type by type."""

    NEW_LOTS = "new_lots", "Lots qui répondent à vos recherches enregistrées"
    CHANGES = "changes", "Changements des projets que vous suivez"
    ANSWERS = "answers", "Réponses aux questions sur les projets que vous suivez"
    MEETINGS = "meetings", "Rencontres et réunions publiques"
    CAPACITIES = "capacities", "Relecture de la capacité de votre structure"
    NUDGES = "nudges", "Relances de vos réseaux"
    CALIBRATIONS = "calibrations", "Avis demandés sur le découpage des lots de votre métier, chez vous"


class Frequency(Listed):
    """How often what is new is gathered into one message."""

    AT_ONCE = "at_once", "dès que c’est publié"
    DAILY = "daily", "une fois par jour, le matin"
    WEEKLY = "weekly", "une fois par semaine, le lundi matin"
    NEVER = "never", "jamais"


class ProgrammeField(Listed):
    """What a column of a buyer's programme may tell."""

    REFERENCE = "reference", "Référence chez vous"
    TITLE = "title", "Intitulé du projet"
    SUMMARY = "summary", "Présentation"
    FAMILY = "family", "Travaux, fournitures ou services"
    TRADE = "trade", "Métier"
    CPV = "cpv", "Code CPV"
    AMOUNT = "amount", "Montant estimé"
    PUBLISHED_ON = "published_on", "Date prévue de la consultation"
    OFFERS_ON = "offers_on", "Date prévue de remise des offres"
    PROCEDURE = "procedure", "Procédure"
    DURATION = "duration", "Durée, en mois"
    PLACE = "place", "Communes ou départements d’exécution"
    URL = "url", "Adresse de la consultation"
    STATE = "state", "Statut"
    SOCIAL = "social", "Considération sociale"
    HOURS = "hours", "Heures d’insertion"
    LOT_NUMBER = "lot_number", "Numéro du lot"
    LOT_TITLE = "lot_title", "Intitulé du lot"
    SERVICE = "service", "Service qui achète"
    BUYER = "buyer", "SIREN de l’acheteur"
    IGNORED = "ignored", "Ne pas reprendre"


class OpinionVerdict(Listed):
    """What a network or a structure says of the size of a lot, or of another way to cut it."""

    FITS = "fits", "à notre taille"
    TOO_BIG = "too_big", "trop grand"
    TOO_SMALL = "too_small", "trop petit"
    OTHER_SPLIT = "other_split", "autre découpage"
