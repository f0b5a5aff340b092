"""What a buyer plans and with which social levers (domain.md § 0 bis, 1.1 to 1.5)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

from portal.vocabulary.base import Listed
from portal.vocabulary.decp import DecpGroupement, SocialConsideration
from portal.vocabulary.structures import OrganisationKind

_NARROW = "\u202f"


class Reservation(Listed):
    """Whom a contract or a lot is kept for (code de la commande publique, L2113-12 to L2113-15)."""

    NONE = "none", "Sans réservation"
    HANDICAP = "handicap", "Réservé au travail adapté"
    INSERTION = "insertion", "Réservé aux structures d’insertion"
    HANDICAP_INSERTION = "handicap_insertion", "Réservé insertion et handicap"
    PENITENTIAIRE = "penitentiaire", "Réservé au travail en détention"
    ESS = "ess", "Réservé à l’économie sociale et solidaire"

    @property
    def article(self) -> str | None:
        return _RESERVATION_ARTICLES.get(self)


_RESERVATION_ARTICLES: Mapping[Reservation, str] = MappingProxyType(
    {
        Reservation.HANDICAP: "L2113-12",
        Reservation.INSERTION: "L2113-13",
        Reservation.HANDICAP_INSERTION: "L2113-14",
        Reservation.PENITENTIAIRE: "L2113-13-1",
        Reservation.ESS: "L2113-15",
    }
)

_ADAPTED_WORK = frozenset({OrganisationKind.EA, OrganisationKind.EATT, OrganisationKind.ESAT})
_INSERTION = frozenset(
    {
        OrganisationKind.EI,
        OrganisationKind.AI,
        OrganisationKind.ACI,
        OrganisationKind.ETTI,
        OrganisationKind.EITI,
    }
)

ELIGIBLE_KINDS: Mapping[Reservation, frozenset[OrganisationKind]] = MappingProxyType(
    {
        Reservation.NONE: frozenset(OrganisationKind),
        Reservation.HANDICAP: _ADAPTED_WORK,
        Reservation.INSERTION: _INSERTION,
        Reservation.HANDICAP_INSERTION: _ADAPTED_WORK | _INSERTION,
        Reservation.PENITENTIAIRE: frozenset({OrganisationKind.SEP}),
        Reservation.ESS: frozenset(),
    }
)
"""Kinds that may answer as of right. For ESS no kind is enough: the organisation's `EssFamily` decides (L2113-15).
A GEIQ is neither SIAE nor adapted work: never eligible as of right."""


class Lever(Listed):
    """The four ways a contract can carry insertion."""

    RESERVED = "reserved", "Réservé"
    CLAUSE = "clause", "Clause d’insertion"
    CRITERION = "criterion", "Critère social"
    INSERTION_SERVICE = "insertion_service", "Marché de services d’insertion"

    @property
    def article(self) -> str | None:
        """The article of the lever itself; that of a reserved lot is told by its `Reservation`."""
        return _LEVER_ARTICLES.get(self)

    @property
    def consideration(self) -> SocialConsideration | None:
        """How DECP names it; None for a service of insertion, which is the contract's very object."""
        return _LEVER_CONSIDERATIONS.get(self)


_LEVER_ARTICLES: Mapping[Lever, str] = MappingProxyType(
    {Lever.CLAUSE: "L2112-2", Lever.CRITERION: "R2152-7", Lever.INSERTION_SERVICE: "R2123-1"}
)
_LEVER_CONSIDERATIONS: Mapping[Lever, SocialConsideration] = MappingProxyType(
    {
        Lever.RESERVED: SocialConsideration.RESERVED,
        Lever.CLAUSE: SocialConsideration.CLAUSE,
        Lever.CRITERION: SocialConsideration.CRITERION,
    }
)


class LeverState(Listed):
    ENVISAGED = "envisaged", "envisagé"
    DECIDED = "decided", "décidé"
    DISCARDED = "discarded", "écarté"


class ProjectState(Listed):
    """From the first draft to the award. A postponement is a revision, not a state."""

    DRAFT = "draft", "brouillon"
    IN_CHECK = "in_check", "en vérification"
    READY = "ready", "prêt à publier"
    SCHEDULED = "scheduled", "publication prévue"
    PUBLISHED = "published", "publié, en préparation"
    IN_TENDER = "in_tender", "consultation en cours"
    AWARDED = "awarded", "attribué"
    DROPPED = "dropped", "abandonné"


class PlannedPrecision(Listed):
    """How precisely a planned date is known."""

    DAY = "day", "Jour"
    MONTH = "month", "Mois"
    QUARTER = "quarter", "Trimestre"
    YEAR = "year", "Année"


class Confidence(Listed):
    """How sure the buyer is of a planned date."""

    FIRM = "firm", "ferme"
    PROBABLE = "probable", "probable"
    TO_CONFIRM = "to_confirm", "à confirmer"


class AmountBand(Listed):
    """Bands of estimated amount before tax: the lower bound is inside, the upper one outside."""

    UNDER_40K = "under_40k", f"moins de 40{_NARROW}000{_NARROW}€"
    FROM_40K = "from_40k", f"40{_NARROW}000 à 90{_NARROW}000{_NARROW}€"
    FROM_90K = "from_90k", f"90{_NARROW}000 à 216{_NARROW}000{_NARROW}€"
    FROM_216K = "from_216k", f"216{_NARROW}000 à 500{_NARROW}000{_NARROW}€"
    FROM_500K = "from_500k", f"500{_NARROW}000{_NARROW}€ à 1{_NARROW}M€"
    FROM_1M = "from_1m", f"1{_NARROW}M€ et plus"

    @property
    def low(self) -> int:
        """Lower bound in euros, inside the band."""
        return _AMOUNT_BOUNDS[self][0]

    @property
    def high(self) -> int | None:
        """Upper bound in euros, outside the band; None when there is none."""
        return _AMOUNT_BOUNDS[self][1]

    @classmethod
    def of(cls, cents: int) -> Self:
        """The band of an amount in cents, which may not be negative."""
        if cents < 0:
            raise ValueError(f"negative amount: {cents} cents")
        return next(band for band in reversed(cls) if band.low * 100 <= cents)


_AMOUNT_BOUNDS: Mapping[AmountBand, tuple[int, int | None]] = MappingProxyType(
    {
        AmountBand.UNDER_40K: (0, 40_000),
        AmountBand.FROM_40K: (40_000, 90_000),
        AmountBand.FROM_90K: (90_000, 216_000),
        AmountBand.FROM_216K: (216_000, 500_000),
        AmountBand.FROM_500K: (500_000, 1_000_000),
        AmountBand.FROM_1M: (1_000_000, None),
    }
)


class Procedure(Listed):
    """How a contract is awarded: one list for the forecast and for DECP, whose exact words these are."""

    ADAPTED = "adapted", "Procédure adaptée"
    OPEN = "open", "Appel d'offres ouvert"
    RESTRICTED = "restricted", "Appel d'offres restreint"
    NEGOTIATED = "negotiated", "Procédure avec négociation"
    WITHOUT_PUBLICITY = "without_publicity", "Marché passé sans publicité ni mise en concurrence préalable"
    COMPETITIVE_DIALOGUE = "competitive_dialogue", "Dialogue compétitif"


class PurchaseFamily(Listed):
    WORKS = "works", "Travaux"
    SUPPLIES = "supplies", "Fournitures"
    SERVICES = "services", "Services"


class GroupementForm(Listed):
    """The three forms of the DC1 (R2142-20, R2142-24)."""

    CONJOINT = "conjoint", "Conjoint, mandataire non solidaire"
    CONJOINT_MANDATAIRE_SOLIDAIRE = "conjoint_mandataire_solidaire", "Conjoint, mandataire solidaire"
    SOLIDAIRE = "solidaire", "Solidaire"

    @property
    def decp(self) -> DecpGroupement:
        """The word DECP has for it: whether the mandataire is solidaire is lost."""
        return DecpGroupement.SOLIDAIRE if self is GroupementForm.SOLIDAIRE else DecpGroupement.CONJOINT


class CommitmentKind(Listed):
    """What a titulaire commits to. Actions are never turned into hours."""

    FIXED_HOURS = "fixed_hours", "Heures d’insertion"
    LABOUR_SHARE = "labour_share", "Part des heures de main-d’œuvre"
    HOURS_PER_K = "hours_per_k", "Heures par millier d’euros commandé"
    ACTIONS = "actions", "Actions (stage, immersion, parrainage)"


class ActionKind(Listed):
    """Actions a commitment may ask for, counted one by one."""

    INTERNSHIP = "internship", "Stage"
    IMMERSION = "immersion", "Immersion"
    SPONSORSHIP = "sponsorship", "Parrainage"
