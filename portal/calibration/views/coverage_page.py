"""What the page of a lot's coverage shows, and to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from portal.calibration import queries
from portal.calibration.cover import cover, eligible
from portal.calibration.facts import Cover, Need, PlaceCover, Structure
from portal.calibration.neighbours import MOST_PLACES, together
from portal.calibration.views import coverage_words as words
from portal.calibration.views.coverage_picture import Level, Picture, picture_of
from portal.directory.models import Organisation
from portal.forecast.models import Lot
from portal.kernel.actor import Actor
from portal.kernel.french import plural, typo
from portal.kernel.hours import format_hours
from portal.vocabulary import Permission, Role


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
        """To the hour: it is the reader's own."""
        if self.own is None or not self.own.told:
            return None
        left = f"Il vous reste {format_hours(self.own.hours)} par an dans ce métier"
        promised = f", une fois retirées les {format_hours(self.own.engaged)} déjà promises ailleurs"
        served = plural(len(self.own.communes), "commune")
        return typo(
            f"{left}{promised if self.own.engaged else ''}. Vous desservez {served} sur {len(self.need.places)}."
        )

    @property
    def member_rows(self) -> list[list[str]]:
        return [
            [
                each.name,
                format_hours(each.hours) if each.told else "non dites",
                f"{len(each.communes)} sur {len(self.need.places)}",
                "oui" if each.can_lead else "non",
            ]
            for each in sorted(self.members or (), key=lambda each: (-each.hours, each.organisation_id))
        ]


def read_page(session: Session, lot: Lot, actor: Actor, today: date) -> CoveragePage:
    needs = queries.needs_of(session, [lot])
    need = needs[lot.id]
    structures = queries.structures_for(session, needs, today)[lot.id]
    grouped, served = together(need, structures)
    whole = cover(need, structures)
    by_place = whole.by_place if grouped is need else cover(grouped, served).by_place
    own = queries.own_share(session, lot, actor.organisation_id, today)
    leads = Role.NETWORK in actor.roles and actor.organisation_id is not None
    members = queries.members_for(session, needs, actor.organisation_id or 0, today)[lot.id] if leads else None
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
