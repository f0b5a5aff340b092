"""Projects, their history, and the names of what they mention."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.contracts.models import Contract, ContractTitulaire
from portal.contracts.queries import bare, with_holders
from portal.directory.models import Commune, Cpv, Organisation
from portal.forecast import policies, renewals
from portal.forecast.listing.upkeep import communes_within, whole_places
from portal.forecast.models import Award, Lot, Project, PublicationMark, Renewal, Revision
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.text import fold
from portal.vocabulary import ProjectState

_MOST_CPV = 8
_MOST_COMMUNES = 600


@dataclass(frozen=True)
class Mark:
    """How many public changes there have been, and when the last one was."""

    counter: int
    changed_at: datetime | None


_MARK = select(PublicationMark.counter, PublicationMark.changed_at)


def publication_mark(session: Session) -> Mark:
    row = session.execute(_MARK).first()
    return Mark(*row) if row else Mark(0, None)


def visible(session: Session, actor: Actor, reference: str) -> Project:
    """A public project, or a draft of the buyer one acts for; NotFound otherwise."""
    project = session.scalar(_with_outcomes().where(Project.reference == reference))
    if project is None or not (project.is_public or policies.can_read_drafts(actor, project.buyer_id)):
        raise NotFound
    return project


def own(session: Session, actor: Actor, reference: str) -> Project:
    """A project of the buyer one acts for, whatever its state; NotFound otherwise."""
    project = session.scalar(_with_outcomes().where(Project.reference == reference))
    if project is None or not policies.can_read_drafts(actor, project.buyer_id):
        raise NotFound
    return project


def lot_of(project: Project, number: int) -> Lot:
    """A live lot by its number; NotFound otherwise."""
    lot = project.lot_numbered(number)
    if lot is None:
        raise NotFound
    return lot


@dataclass(frozen=True)
class OwnGroup:
    """Some projects of the buyer one acts for in one state, in order, and how many are in it."""

    projects: list[Project]
    total: int


def own_groups(
    session: Session, actor: Actor, most: int, *, state: ProjectState | None = None, page: int = 1
) -> dict[ProjectState, OwnGroup]:
    """The projects of the buyer one acts for, at most so many in each state, or a page of those in one state.

    The soonest planned first; those that ended, the last to end first.
    """
    ranked = _ranked(actor).subquery()
    wanted = select(ranked).where(ranked.c.rank.between((page - 1) * most + 1, page * most)).order_by(ranked.c.rank)
    rows = session.execute(wanted if state is None else wanted.where(ranked.c.state == state)).all()
    known = {
        project.id: project for project in session.scalars(whole().where(Project.id.in_([row.id for row in rows])))
    }
    groups: dict[ProjectState, OwnGroup] = {}
    for row in rows:
        groups.setdefault(row.state, OwnGroup([], row.total)).projects.append(known[row.id])
    return groups


def _ranked(actor: Actor) -> Select[Any]:
    live = (Lot.project_id == Project.id, Lot.ended_at.is_(None))
    planned = select(func.min(Lot.planned_on)).where(*live).scalar_subquery()
    soonest = case((Project.state.in_(_ENDED), None), else_=planned)
    rank = func.row_number().over(
        partition_by=Project.state, order_by=(soonest, Project.state_since.desc(), Project.id.desc())
    )
    total = func.count().over(partition_by=Project.state)
    columns = (Project.id, Project.state, rank.label("rank"), total.label("total"))
    return select(*columns).where(Project.buyer_id == actor.organisation_id)


_ENDED = (ProjectState.AWARDED, ProjectState.DROPPED)


def drafts_waiting(session: Session, actor: Actor) -> int:
    """How many drafts of the buyer one acts for are still to be published."""
    waiting = select(func.count()).where(Project.buyer_id == actor.organisation_id, Project.state == ProjectState.DRAFT)
    return session.scalar(waiting) or 0


@dataclass(frozen=True)
class Ending:
    """The first contracts of a buyer that come to their end and that nothing renews, and how many there are in all."""

    contracts: Sequence[Contract]
    total: int


def ending_contracts(session: Session, actor: Actor, today: date, most: int) -> Ending:
    """Those of the buyer one acts for, the first to end first."""
    ending = select(Contract).where(
        Contract.buyer_id == actor.organisation_id,
        Contract.ends_on.between(today, renewals.last_day(today)),
        ~_live_renewals().where(Renewal.contract_id == Contract.id).exists(),
    )
    total = session.scalar(select(func.count()).select_from(ending.subquery())) or 0
    first = with_holders(ending).order_by(Contract.ends_on, Contract.id).limit(most)
    return Ending(session.scalars(first).all() if total else [], total)


def renewal_of(session: Session, contract_id: int) -> Project | None:
    """The live project that renews a contract."""
    return session.scalar(_live_renewals().where(Renewal.contract_id == contract_id).limit(1))


def _live_renewals() -> Select[Project]:
    return select(Project).join(Renewal, Renewal.project_id == Project.id).where(Project.state != ProjectState.DROPPED)


def history(session: Session, project: Project) -> Sequence[Revision]:
    """The public history, latest first."""
    told = select(Revision).where(Revision.project_id == project.id)
    return session.scalars(told.order_by(Revision.id.desc())).all()


def names_for(session: Session, lots: Collection[Lot]) -> dict[str, str]:
    """The names of the communes and the labels of the CPV codes that these lots mention."""
    communes = {code for lot in lots for code in lot.commune_codes}
    cpv = {lot.cpv_code for lot in lots if lot.cpv_code}
    return names_of(session, communes, cpv)


def names_of(session: Session, communes: Collection[str], cpv: Collection[str]) -> dict[str, str]:
    named = select(Commune.code, Commune.name).where(Commune.code.in_(communes))
    labelled = select(Cpv.code, Cpv.code + "-" + Cpv.key + " " + Cpv.label).where(Cpv.code.in_(cpv))
    return dict(session.execute(named.union_all(labelled)).all())


def communes_around(session: Session, buyer: Organisation) -> list[tuple[str, str]]:
    """Pairs (code, name) among which a buyer chooses: its territory, else its department."""
    places = whole_places(buyer) or ((f"D{buyer.department_code}",) if buyer.department_code else ())
    within = communes_within(places)
    around = select(Commune.code, Commune.name).where(within).order_by(Commune.sort_name).limit(_MOST_COMMUNES)
    return list(session.execute(around).all())


def cpv_matching(session: Session, typed: str) -> Sequence[Cpv]:
    """The CPV codes that a text may mean: « 90919200 », « 90919200-4 », or words of the label."""
    digits = "".join(char for char in typed if char.isdigit())
    if len(digits) >= 8:
        code, key = digits[:8], digits[8:9]
        found = session.get(Cpv, code)
        return [found] if found and key in {"", found.key} else []
    wanted = fold(typed).split()
    if not wanted:
        return []
    every = session.scalars(select(Cpv).order_by(Cpv.code)).all()
    matching = [cpv for cpv in every if all(word in fold(cpv.label) for word in wanted)]
    exact = [cpv for cpv in matching if fold(cpv.label) == fold(typed)]
    return exact or matching[:_MOST_CPV]


def whole() -> Select[Project]:
    """Projects with all that their pages show, in a fixed number of statements."""
    return select(Project).options(
        joinedload(Project.buyer).selectinload(Organisation.served), selectinload(Project.all_lots)
    )


def _with_outcomes() -> Select[Project]:
    """With whom its lots were awarded to: two statements more, when there are any."""
    awarded = selectinload(Project.all_lots).joinedload(Lot.award).joinedload(Award.contract)
    return whole().options(
        awarded.selectinload(Contract.titulaires).joinedload(ContractTitulaire.organisation).options(*bare()),
        awarded.selectinload(Contract.followers),
    )
