"""Which lots and projects a page of the API holds: a fixed number of statements, whatever the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.forecast.listing.conditions import holding, parameters_of
from portal.forecast.listing.matching import cursor_at, matching
from portal.forecast.listing.selection import Selection
from portal.forecast.models import Listing, Lot, Project, Revision, lot_search
from portal.kernel.errors import NotFound
from portal.opendata.api.parameters import Asked, lot_place, rank_place
from portal.opendata.records import LotRecord, records_of

MOST_COUNTED = 10_000
"""Beyond, a total costs more than it tells."""


@dataclass(frozen=True)
class Total:
    count: int
    is_capped: bool

    @classmethod
    def of(cls, counted: int) -> "Total":
        return cls(min(counted, MOST_COUNTED), counted > MOST_COUNTED)


@dataclass(frozen=True)
class LotsPage:
    lots: Sequence[LotRecord]
    total: Total
    next_place: str | None


@dataclass(frozen=True)
class ProjectsPage:
    projects: Sequence[Sequence[LotRecord]]
    """The lots of each, in order; never empty."""
    total: Total
    next_place: str | None


def lots_page(session: Session, asked: Asked) -> LotsPage:
    selection = asked.selection
    ids = matching(session, selection, after=asked.lot_cursor(), most=asked.limit + 1)
    shown = ids[: asked.limit]
    cursor = cursor_at(session, selection.order, shown[-1]) if len(ids) > len(shown) else None
    total = _counted(session, selection, select(Listing.lot_id))
    place = lot_place(selection, cursor) if cursor else None
    return LotsPage(records_of(session, shown), total, place)


def projects_page(session: Session, asked: Asked) -> ProjectsPage:
    """The projects that have a lot of the selection, with all their lots."""
    wanted = _selected(select(Listing.project_id).distinct(), asked.selection)
    here = wanted.where(Listing.project_id > asked.rank()).order_by(Listing.project_id).limit(asked.limit + 1)
    ids = session.scalars(here, parameters_of(asked.selection)).all()
    shown = ids[: asked.limit]
    total = _counted(session, asked.selection, select(Listing.project_id).distinct())
    place = rank_place(shown[-1]) if len(ids) > len(shown) else None
    return ProjectsPage(lots_of_projects(session, shown), total, place)


def lots_of_projects(session: Session, project_ids: Sequence[int]) -> list[list[LotRecord]]:
    """The live lots of each of these public projects, in the order given."""
    live = select(Lot.id).where(Lot.project_id.in_(project_ids), Lot.ended_at.is_(None))
    by_project: dict[int, list[LotRecord]] = {}
    for record in records_of(session, session.scalars(live.order_by(Lot.number)).all()):
        by_project.setdefault(record.project_id, []).append(record)
    return [by_project[project_id] for project_id in project_ids if project_id in by_project]


def public_project_id(session: Session, reference: str) -> int:
    """Raises NotFound for a draft too, whoever asks."""
    found = session.scalar(select(Project.id).where(Project.reference == reference, Project.published_at.is_not(None)))
    if found is None:
        raise NotFound("Aucun projet publié ne porte cette référence.")
    return found


def histories_of(session: Session, project_ids: Sequence[int]) -> dict[int, list[tuple[Revision, int | None]]]:
    """The public history of each project from its beginning, each line with the number of its lot."""
    told = (
        select(Revision, Lot.number)
        .outerjoin(Lot, Lot.id == Revision.lot_id)
        .where(Revision.project_id.in_(project_ids))
        .order_by(Revision.project_id, Revision.id)
    )
    histories: dict[int, list[tuple[Revision, int | None]]] = {project_id: [] for project_id in project_ids}
    for revision, number in session.execute(told).all():
        histories[revision.project_id].append((revision, number))
    return histories


def published_ids(session: Session, after: int, most: int) -> Sequence[int]:
    """The projects that were ever public, in the order they were created in."""
    public = select(Project.id).where(Project.published_at.is_not(None), Project.id > after)
    return session.scalars(public.order_by(Project.id).limit(most)).all()


def _counted(session: Session, selection: Selection, columns: Select[int]) -> Total:
    counted = _selected(columns, selection).limit(MOST_COUNTED + 1).subquery()
    return Total.of(session.scalar(select(func.count()).select_from(counted), parameters_of(selection)) or 0)


def _selected(columns: Select[int], selection: Selection) -> Select[int]:
    wanted = columns.where(*(holding(facet) for facet in selection.chosen))
    asked = lot_search.asked(selection.text)
    return wanted if asked is None else wanted.where(lot_search.holding(asked))
