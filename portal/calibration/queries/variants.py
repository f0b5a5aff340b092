"""Variants of lots, what is said of them, what was kept. Rows out, nothing decided."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from portal.calibration.models import Choice, Opinion, Variant
from portal.contracts.queries import bare
from portal.directory.models import Affiliation, Organisation
from portal.directory.queries import being
from portal.directory.queries.affiliations import accepted
from portal.forecast import queries as forecast
from portal.forecast.models import Lot, Project
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.vocabulary import OpinionVerdict, OrganisationKind

_MOST_OPINIONS = 400
"""Read of one lot; beyond, the counts tell enough."""

_OPEN: ColumnElement[bool] = Variant.shared_at.is_not(None) & Variant.withdrawn_at.is_(None)


def own_lot(session: Session, actor: Actor, reference: str, number: int) -> Lot:
    """A lot of the buyer one acts for, one that was replaced since included; NotFound otherwise."""
    return _with_project(forecast.own(session, actor, reference), number)


def public_lot(session: Session, actor: Actor, reference: str, number: int) -> Lot:
    """A lot of a public project, one that was replaced since included; NotFound otherwise, its own buyer included."""
    project = forecast.visible(session, actor, reference)
    if not project.is_public:
        raise NotFound
    return _with_project(project, number)


def _with_project(project: Project, number: int) -> Lot:
    """A lot with its project at hand, once the session is over too."""
    found = next((lot for lot in project.all_lots if lot.number == number), None)
    if found is None:
        raise NotFound
    set_committed_value(found, "project", project)
    return found


def variants_of(session: Session, lot_id: int) -> Sequence[Variant]:
    """Those that live, shared or not, the first saved first."""
    live = (Variant.lot_id == lot_id, Variant.withdrawn_at.is_(None))
    return session.scalars(select(Variant).where(*live).order_by(Variant.id)).all()


def shared_of(session: Session, lot_id: int) -> Sequence[Variant]:
    """Those that all read: shared and not withdrawn, or kept."""
    kept = select(Choice.variant_id).where(Choice.lot_id == lot_id, Choice.variant_id.is_not(None))
    read = select(Variant).where(Variant.lot_id == lot_id, or_(_OPEN, Variant.id.in_(kept)))
    return session.scalars(read.order_by(Variant.id)).all()


def withdrawn_of(session: Session, lot_id: int) -> Sequence[Variant]:
    """Those that were shared once, for whoever looks for what it read."""
    gone = select(Variant).where(Variant.lot_id == lot_id, Variant.withdrawn_at.is_not(None))
    return session.scalars(gone.order_by(Variant.id)).all()


def variant_of(session: Session, lot: Lot, public_id: str) -> Variant:
    """Raises NotFound."""
    found = session.scalar(select(Variant).where(Variant.lot_id == lot.id, Variant.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def open_variant(session: Session, lot: Lot, public_id: str) -> Variant:
    """One that all read; NotFound otherwise."""
    found = variant_of(session, lot, public_id)
    if found.shared_at is None:
        raise NotFound
    return found


def opinion_of(session: Session, variant_id: int, organisation_id: int | None) -> Opinion | None:
    own = (Opinion.variant_id == variant_id, Opinion.organisation_id == organisation_id)
    return session.scalar(select(Opinion).where(*own))


def own_opinions(session: Session, lot_id: int, organisation_id: int | None) -> Mapping[int, Opinion]:
    """What an organisation says of each variant of a lot, for its own people."""
    own = (Variant.lot_id == lot_id, Opinion.organisation_id == organisation_id)
    said = select(Opinion).join(Variant, Variant.id == Opinion.variant_id).where(*own)
    return {each.variant_id: each for each in session.scalars(said)}


def verdicts_of(session: Session, lot_id: int) -> Mapping[int, Mapping[OpinionVerdict, int]]:
    """How many said what of each variant of a lot."""
    counted = select(Opinion.variant_id, Opinion.verdict, func.count()).join(Variant, Variant.id == Opinion.variant_id)
    counts: dict[int, dict[OpinionVerdict, int]] = defaultdict(dict)
    grouped = counted.where(Variant.lot_id == lot_id).group_by(Opinion.variant_id, Opinion.verdict)
    for variant_id, verdict, count in session.execute(grouped):
        counts[variant_id][verdict] = count
    return counts


def opinions_for_buyer(session: Session, lot_id: int) -> Mapping[int, Sequence[Opinion]]:
    """By variant, named or not: whose name is not to be read is told by `is_named`."""
    return _by_variant(session, _said(lot_id))


def opinions_of_networks(session: Session, lot_id: int, day: date) -> Mapping[int, Sequence[Opinion]]:
    """By variant, what all read: the word of the networks, always with their name."""
    return _by_variant(session, _said(lot_id).where(Opinion.is_named, being([OrganisationKind.NETWORK], day)))


def _said(lot_id: int) -> Select[Opinion]:
    """Never by date nor by number: an order would tell who came when."""
    said = select(Opinion).join(Variant, Variant.id == Opinion.variant_id).where(Variant.lot_id == lot_id)
    named = said.join(Opinion.organisation).options(contains_eager(Opinion.organisation).options(*bare()))
    name = case((Opinion.is_named, Organisation.sort_name), else_="")
    return named.order_by(Opinion.is_named.desc(), Opinion.verdict, name, Opinion.text).limit(_MOST_OPINIONS)


def _by_variant(session: Session, said: Select[Opinion]) -> Mapping[int, Sequence[Opinion]]:
    found: dict[int, list[Opinion]] = defaultdict(list)
    for opinion in session.scalars(said):
        found[opinion.variant_id].append(opinion)
    return found


def choice_of(session: Session, lot_id: int) -> Choice | None:
    """What holds of a lot."""
    latest = select(Choice).where(Choice.lot_id == lot_id).order_by(Choice.id.desc()).limit(1)
    return session.scalar(latest.options(joinedload(Choice.variant)))


def choices_of(session: Session, project: Project) -> Sequence[Choice]:
    """What holds of each lot of a project, those replaced since included, in their order."""
    lots = {lot.id: lot.number for lot in project.all_lots}
    latest = select(func.max(Choice.id)).where(Choice.lot_id.in_(lots)).group_by(Choice.lot_id)
    held = select(Choice).where(Choice.id.in_(latest)).options(joinedload(Choice.variant))
    return sorted(session.scalars(held), key=lambda each: lots[each.lot_id])


def is_kept(session: Session, variant_id: int) -> bool:
    """Whether it was kept once, were it no longer."""
    return bool(session.scalar(select(exists().where(Choice.variant_id == variant_id))))


@dataclass(frozen=True)
class LotState:
    """How far the sizing of one lot is."""

    saved: int = 0
    shared: int = 0
    opinions: int = 0


def states_of(session: Session, lot_ids: Collection[int]) -> Mapping[int, LotState]:
    """One statement; a lot without variant has no entry."""
    live = (Variant.lot_id.in_(lot_ids), Variant.withdrawn_at.is_(None))
    shared = case((Variant.shared_at.is_not(None), Variant.id))
    counts = (func.count(Variant.id.distinct()), func.count(shared.distinct()), func.count(Opinion.id))
    told = select(Variant.lot_id, *counts).outerjoin(Opinion, Opinion.variant_id == Variant.id)
    rows = session.execute(told.where(*live).group_by(Variant.lot_id))
    return {lot_id: LotState(*counted) for lot_id, *counted in rows}


def networks_of(session: Session, structure_ids: Collection[int]) -> Sequence[int]:
    """The networks that count one of these structures among their members."""
    member = select(Affiliation.network_id).where(Affiliation.structure_id.in_(structure_ids), accepted())
    return session.scalars(member.distinct().order_by(Affiliation.network_id)).all()
