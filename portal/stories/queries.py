"""Stories out of the database: for anyone, for their buyer, for who is named in them; and their figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from portal.contracts.models import Contract, ContractTitulaire
from portal.contracts.queries import bare
from portal.declarations import queries as declarations
from portal.declarations.models import Delta
from portal.forecast.models import Award, Lot, Project
from portal.indicators.queries.scope import LEDGER, PERSON
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.paging import last_page, page_within
from portal.stories import policies
from portal.stories.models import StoryAgreement, SuccessStory
from portal.stories.rules import Figures
from portal.vocabulary import ExitFamily, ExitKind, StoryState, Trade

PAGE = 20


def public(session: Session, public_id: str) -> SuccessStory:
    """A published story; NotFound otherwise."""
    story = session.scalar(_whole().where(SuccessStory.public_id == public_id))
    if story is None or story.state is not StoryState.PUBLISHED:
        raise NotFound
    return story


def own(session: Session, actor: Actor, public_id: str) -> SuccessStory:
    """A story of the buyer one writes for; NotFound otherwise."""
    story = session.scalar(_whole().where(SuccessStory.public_id == public_id))
    if story is None or not policies.can_write(actor, story.buyer_id):
        raise NotFound
    return story


def named_in(session: Session, actor: Actor, public_id: str) -> tuple[SuccessStory, StoryAgreement]:
    """A story that one's organisation was asked to agree to; NotFound otherwise."""
    story = session.scalar(_whole().where(SuccessStory.public_id == public_id))
    agreement = policies.agreement_of(actor, story) if story else None
    if story is None or agreement is None or story.state is StoryState.WITHDRAWN:
        raise NotFound
    return story, agreement


def of_contract(session: Session, contract_id: int) -> SuccessStory | None:
    return session.scalar(_light().where(SuccessStory.contract_id == contract_id))


def own_stories(session: Session, actor: Actor) -> Sequence[SuccessStory]:
    """Those of the buyer one acts for, the last saved first."""
    mine = _light().where(SuccessStory.buyer_id == actor.organisation_id)
    return session.scalars(mine.order_by(SuccessStory.saved_at.desc(), SuccessStory.id)).all()


@dataclass(frozen=True)
class Published:
    """A page of the public list, and how many stories each trade has."""

    stories: Sequence[SuccessStory]
    total: int
    page: int
    last_page: int
    trades: Sequence[tuple[Trade, int]]


def published(session: Session, trade: Trade | None, page: int) -> Published:
    counted = select(SuccessStory.trade, func.count()).where(_IS_PUBLIC).group_by(SuccessStory.trade)
    by_trade = dict(session.execute(counted).all())
    total = by_trade.get(trade, 0) if trade else sum(by_trade.values())
    page = page_within(page, total, PAGE)
    wanted = _light().where(_IS_PUBLIC, *([SuccessStory.trade == trade] if trade else []))
    ordered = wanted.order_by(SuccessStory.published_at.desc(), SuccessStory.id).offset((page - 1) * PAGE).limit(PAGE)
    trades = [(each, by_trade[each]) for each in Trade if each in by_trade]
    return Published(session.scalars(ordered).all(), total, page, last_page(total, PAGE), trades)


def of_trade(session: Session, trade: Trade, buyer_id: int | None, most: int) -> Sequence[SuccessStory]:
    """The public stories of a trade: the buyer's own first, then the last published."""
    others = case((SuccessStory.buyer_id == buyer_id, 0), else_=1)
    wanted = _light().where(_IS_PUBLIC, SuccessStory.trade == trade)
    return session.scalars(wanted.order_by(others, SuccessStory.published_at.desc(), SuccessStory.id).limit(most)).all()


def public_lot(session: Session, contract_id: int) -> tuple[str, int] | None:
    """The public lot that the contract came from: the reference of its project, and its number."""
    came = (
        select(Project.reference, Lot.number)
        .join(Lot, Lot.project_id == Project.id)
        .join(Award, Award.lot_id == Lot.id)
    )
    row = session.execute(came.where(Award.contract_id == contract_id, Project.published_at.is_not(None))).first()
    return (row[0], row[1]) if row else None


def figures_of(session: Session, contract: Contract, today: date) -> Figures:
    """From the ledger of accepted months, all years together: two statements, and those of the promise."""
    retained = func.sum(Delta.hours_retained * Delta.sign)
    mine = Delta.contract_id == contract.id
    each_person = select(PERSON, retained).select_from(LEDGER).where(mine).group_by(PERSON)
    hours = {person: told for person, told in session.execute(each_person) if told > 0}
    exits = _last_exits(session, contract.id)
    families = [exits[person].family for person in hours if person in exits]
    promised = declarations.promised_of(session, [contract], today)[contract.id]
    return Figures(
        hours=sum(hours.values(), Decimal(0)),
        promised=promised,
        people=len(hours),
        dynamic=sum(family.is_dynamic for family in families),
        other=families.count(ExitFamily.OTHER),
        withdrawn=families.count(ExitFamily.WITHDRAWN),
    )


def _last_exits(session: Session, contract_id: int) -> dict[int, ExitKind]:
    """The last exit of each person, as it stands."""
    told = (
        select(PERSON, Delta.month, Delta.exit_kind)
        .select_from(LEDGER)
        .where(Delta.contract_id == contract_id, Delta.exit_kind.is_not(None))
        .group_by(PERSON, Delta.month, Delta.exit_kind)
        .having(func.sum(Delta.sign) > 0)
        .order_by(Delta.month)
    )
    return {person: kind for person, _, kind in session.execute(told) if kind is not None}


_IS_PUBLIC = SuccessStory.state == StoryState.PUBLISHED


def _light() -> Select[SuccessStory]:
    """With what a line shows: its buyer and its contract."""
    return select(SuccessStory).options(
        joinedload(SuccessStory.buyer).options(*bare()), joinedload(SuccessStory.contract)
    )


def _whole() -> Select[SuccessStory]:
    """With who holds its contract and who was asked."""
    titulaires = joinedload(SuccessStory.contract).selectinload(Contract.titulaires)
    return _light().options(
        titulaires.joinedload(ContractTitulaire.organisation).options(*bare()),
        joinedload(SuccessStory.contract).selectinload(Contract.commitments),
        selectinload(SuccessStory.agreements).joinedload(StoryAgreement.organisation).options(*bare()),
    )
