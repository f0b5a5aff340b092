"""A change of composition as the rules read it: values, without database or clock."""

from dataclasses import dataclass

from portal.vocabulary import CompositionGround


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """An operator that is in no part of the groupement yet."""

    organisation_id: int
    siret: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """Who leaves, and who carries its part on: a newcomer in its place, or a member besides its own."""

    leaver: int
    """Organisations, as everywhere in the facts."""
    newcomer: Newcomer | None = None
    taker: int | None = None

    @property
    def heir(self) -> int | None:
        return self.newcomer.organisation_id if self.newcomer else self.taker


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a groupement asks of the buyer. Members by their public id, the newcomer by its SIRET."""

    member: str
    ground: CompositionGround
    explanation: str
    successor_siret: str | None = None
    taker: str | None = None
