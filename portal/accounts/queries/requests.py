"""What people ask of organisations, and who may answer."""

from datetime import date, datetime

from sqlalchemy import Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts import rules
from portal.accounts.models import Account, Claim, JoinRequest, Membership
from portal.accounts.queries.teams import in_force
from portal.directory import queries as directory
from portal.directory.models import Affiliation
from portal.directory.queries.affiliations import accepted
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.vocabulary import AccountState, Permission, Role


def pending_join_requests(session: Session, organisation_id: int) -> list[JoinRequest]:
    return list(
        session.scalars(
            select(JoinRequest)
            .options(joinedload(JoinRequest.account))
            .where(JoinRequest.organisation_id == organisation_id, JoinRequest.outcome.is_(None))
            .order_by(JoinRequest.asked_at, JoinRequest.id)
        )
    )


def count_pending_join_requests(session: Session, organisation_id: int) -> int:
    pending = (JoinRequest.organisation_id == organisation_id, JoinRequest.outcome.is_(None))
    return session.scalar(select(func.count()).select_from(JoinRequest).where(*pending)) or 0


def join_request(session: Session, organisation_id: int, public_id: str) -> JoinRequest:
    """With whoever answered it, if anyone has. Raises NotFound for another organisation's."""
    found = session.scalar(
        select(JoinRequest)
        .options(joinedload(JoinRequest.account), joinedload(JoinRequest.organisation), joinedload(JoinRequest.decider))
        .where(JoinRequest.public_id == public_id, JoinRequest.organisation_id == organisation_id)
    )
    if found is None:
        raise NotFound
    return found


def requests_of(session: Session, account_id: int) -> list[JoinRequest | Claim]:
    """What the person asked and nobody has answered yet."""
    joins = select(JoinRequest).options(joinedload(JoinRequest.organisation))
    claims = select(Claim).options(joinedload(Claim.organisation))
    return [
        *session.scalars(joins.where(JoinRequest.account_id == account_id, JoinRequest.outcome.is_(None))),
        *session.scalars(claims.where(Claim.account_id == account_id, Claim.outcome.is_(None))),
    ]


def pending_request(session: Session, account_id: int, organisation_id: int) -> JoinRequest | Claim | None:
    """What one person has asked of one organisation, to join it or to take charge of it, and waits an answer to."""
    asked = (each for each in requests_of(session, account_id) if each.organisation_id == organisation_id)
    return next(asked, None)


def visible_claims(actor: Actor, today: date) -> Select[Claim]:
    """The claims that the actor may decide: never their own; a network head's, on the structures it has accepted."""
    claims = select(Claim).where(Claim.account_id != actor.account_id)
    if not actor.may(Permission.CLAIM_DECIDE):
        return claims.where(false())
    if Role.PURCHASING in actor.roles:
        return claims
    claims = claims.join(Claim.organisation).where(~directory.being(rules.TRUSTED_KINDS, today))
    if Role.FACILITATEUR in actor.roles:
        return claims
    return claims.where(Claim.organisation_id.in_(structures_of(actor.organisation_id)))


def structures_of(network_id: int | None) -> Select[int]:
    """The structures whose affiliation a network has accepted and which has not ended."""
    return select(Affiliation.structure_id).where(Affiliation.network_id == network_id, accepted())


def networks_of(structure_id: int) -> Select[int]:
    """The networks that have accepted a structure."""
    return select(Affiliation.network_id).where(Affiliation.structure_id == structure_id, accepted())


def pending_claims(session: Session, actor: Actor, today: date) -> list[Claim]:
    return list(
        session.scalars(
            visible_claims(actor, today)
            .options(joinedload(Claim.account), joinedload(Claim.organisation))
            .where(Claim.outcome.is_(None))
            .order_by(Claim.asked_at, Claim.id)
        )
    )


def count_pending_claims(session: Session, actor: Actor, today: date) -> int:
    pending = visible_claims(actor, today).where(Claim.outcome.is_(None)).subquery()
    return session.scalar(select(func.count()).select_from(pending)) or 0


def claim(session: Session, actor: Actor, public_id: str, today: date) -> Claim:
    """With whoever answered it, if anyone has. Raises NotFound for a claim that the actor does not see."""
    found: Claim | None = session.scalar(
        visible_claims(actor, today)
        .options(joinedload(Claim.account), joinedload(Claim.organisation), joinedload(Claim.decider))
        .where(Claim.public_id == public_id)
    )
    if found is None:
        raise NotFound
    return found


def pending_claims_on(session: Session, organisation_id: int) -> list[Claim]:
    return list(
        session.scalars(
            select(Claim).where(Claim.organisation_id == organisation_id, Claim.outcome.is_(None)).order_by(Claim.id)
        )
    )


def deciders_of(session: Session, claimed: Claim, roles: frozenset[Role], now: datetime) -> list[Account]:
    """Whoever may hold one of `roles` where it lets them decide on a claim, but for the person who claims."""
    anywhere = Membership.role.in_(roles & {Role.PURCHASING, Role.FACILITATEUR})
    in_network = and_(
        Membership.role == Role.NETWORK, Membership.organisation_id.in_(networks_of(claimed.organisation_id))
    )
    deciding = or_(anywhere, in_network) if Role.NETWORK in roles else anywhere
    holders = select(Membership.account_id).where(deciding, in_force(now))
    return list(
        session.scalars(
            select(Account)
            .where(Account.id.in_(holders), Account.id != claimed.account_id, Account.state == AccountState.ACTIVE)
            .order_by(Account.id)
        )
    )
