"""What the page of a lot's coverage shows, and to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from portal.calibration import policies, queries
from portal.calibration.cover import cover, eligible, read_by
from portal.calibration.facts import Cover, Need, PlaceCover, Structure
from portal.calibration.neighbours import MOST_PLACES, together
from portal.calibration.views import coverage_words as words
from portal.calibration.views.coverage_picture import Level, Picture, picture_of
from portal.directory.models import Organisation
from portal.forecast.models import Lot
from portal.kernel.actor import Actor
from portal.kernel.french import typo
from portal.vocabulary import Permission

_MOST_MEMBERS = 30


@dataclass(frozen=True)
class CoveragePage:
    """One lot: its total, each commune or group of communes, one's own share, one's own members."""

    need: Need
    cover: Cover
    by_place: Sequence[PlaceCover]
    own: Structure | None
    capacity_of: str | None
    """The SIRET under which the reader may tell a capacity that is missing; None: nothing is, or it may not."""
    members: Sequence[Structure] | None
    """Of the reader's network; None for who leads none."""

    @property
    def is_grouped(self) -> bool:
        return len(self.by_place) < len(self.need.places)

    @cached_property
    def shown(self) -> Sequence[PlaceCover]:
        """The most populated when there are too many for a page."""
        if len(self.by_place) <= MOST_PLACES:
            return self.by_place
        return sorted(self.by_place, key=lambda each: -each.place.population)[:MOST_PLACES]

    @property
    def left_out(self) -> int:
        return len(self.by_place) - len(self.shown)

    @cached_property
    def picture(self) -> Picture | None:
        return picture_of(self.shown)

    @property
    def described(self) -> str:
        """The picture in one sentence."""
        levels = self.picture.levels if self.picture else []
        return typo(" ; ".join(f"{count} : {level.words}" for level, count in levels) + ".")

    @property
    def rows(self) -> list[list[str]]:
        return [
            [f"{number}. {each.place.name}", words.hours(each.wanted), str(each.structures), typo(Level.of(each).words)]
            for number, each in enumerate(self.shown, 1)
        ]

    @property
    def own_words(self) -> str | None:
        return words.own(self.own, len(self.need.places)) if self.own and self.own.told else None

    @cached_property
    def giving(self) -> Sequence[Structure]:
        """The members who have hours left, the most first."""
        free = [each for each in self.members or () if each.hours > 0]
        return sorted(free, key=lambda each: (-each.hours, each.organisation_id))

    @property
    def member_rows(self) -> list[list[str]]:
        return [words.member(each, len(self.need.places)) for each in self.giving[:_MOST_MEMBERS]]

    @property
    def others_words(self) -> str | None:
        """The members that the table leaves out."""
        return words.others(self.members or (), len(self.giving) - _MOST_MEMBERS)


def read_page(session: Session, lot: Lot, actor: Actor, today: date) -> CoveragePage:
    needs = queries.needs_of(session, [lot])
    need = needs[lot.id]
    structures = queries.structures_for(session, needs, today)[lot.id]
    own = queries.own_share(session, lot, actor.organisation_id, today)
    network_id = policies.network_of(actor)
    members = queries.members_for(session, needs, network_id, today)[lot.id] if network_id is not None else None
    grouped, served = together(need, structures)
    named = frozenset(each.organisation_id for each in members or ())
    whole = read_by(cover(need, structures), need, structures, named)
    by_place = whole.by_place if grouped is need else cover(grouped, served).by_place
    return CoveragePage(
        need=need,
        cover=whole,
        by_place=by_place,
        own=own,
        capacity_of=_siret(session, own) if actor.may(Permission.CAPACITY_TELL) else None,
        members=None if members is None else eligible(need, members),
    )


def _siret(session: Session, own: Structure | None) -> str | None:
    if own is None or own.told:
        return None
    return session.get_one(Organisation, own.organisation_id).siret
