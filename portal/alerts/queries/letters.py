"""What a message may still tell when it leaves: rows, in a fixed number of statements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.accounts.models import Account
from portal.alerts.models import Alert, Follow, SavedSearch
from portal.alerts.queries.conditions import belongs, prefers_never
from portal.directory.models import Organisation
from portal.forecast.models import Listing, Lot, Project, Revision
from portal.vocabulary import AlertKind

_OWNER = (Alert.account_id, Alert.organisation_id)


def gathered(session: Session, key: str, now: datetime) -> Sequence[Alert]:
    """What a message was to tell and that its person still wants, as long as they belong to the organisation."""
    wanted = (Alert.message_key == key, belongs(_OWNER, now), ~prefers_never(Alert.kind, _OWNER))
    return session.scalars(select(Alert).where(*wanted).order_by(Alert.id)).all()


def person(session: Session, account_id: int, organisation_id: int) -> tuple[Account, Organisation]:
    return session.get_one(Account, account_id), session.get_one(Organisation, organisation_id)


def still_followed(session: Session, account_id: int, organisation_id: int) -> set[int]:
    """The projects that a person follows for an organisation."""
    live = (Follow.account_id == account_id, Follow.organisation_id == organisation_id, Follow.until.is_(None))
    return set(session.scalars(select(Follow.project_id).where(*live)))


def live_searches(session: Session, search_ids: Collection[int]) -> Sequence[SavedSearch]:
    live = select(SavedSearch).where(SavedSearch.id.in_(search_ids), SavedSearch.ended_at.is_(None))
    return session.scalars(live.order_by(SavedSearch.id)).all()


def first_change(session: Session, lot_ids: Collection[int]) -> datetime | None:
    """Of the listed lots among these, when the one that changed longest ago did; None when none is listed."""
    return session.scalar(select(func.min(Listing.changed_at)).where(Listing.lot_id.in_(lot_ids)))


def projects(session: Session, project_ids: Collection[int]) -> Mapping[int, Project]:
    """Public projects with their buyers."""
    public = (Project.id.in_(project_ids), Project.published_at.is_not(None))
    found = select(Project).options(joinedload(Project.buyer)).where(*public)
    return {project.id: project for project in session.scalars(found)}


def acts(session: Session, revision_ids: Collection[int]) -> Sequence[Revision]:
    """All that was told at the same instant, of the same projects, as these revisions: in order."""
    named = aliased(Revision)
    together = and_(named.project_id == Revision.project_id, named.at == Revision.at)
    told = select(Revision).where(select(named.id).where(together, named.id.in_(revision_ids)).exists())
    return session.scalars(told.order_by(Revision.id)).all()


def lot_numbers(session: Session, project_ids: Collection[int]) -> Mapping[int, int]:
    """The number of each lot of the projects that have, or had, several."""
    several = select(Lot.project_id).where(Lot.project_id.in_(project_ids)).group_by(Lot.project_id)
    several = several.having(func.count() > 1)
    numbered = select(Lot.id, Lot.number).where(Lot.project_id.in_(several))
    return {lot_id: number for lot_id, number in session.execute(numbered)}  # noqa: C416 — a Row is no tuple


def of_kind(alerts: Collection[Alert], kind: AlertKind) -> list[Alert]:
    return [alert for alert in alerts if alert.kind is kind]
