"""Who is to know of a month: the declarant's own people, then those whom its delay concerns."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.accounts.models import Account, Membership
from portal.accounts.queries import in_force
from portal.contracts.models import ContractFollower, ContractTitulaire
from portal.declarations.models import Declaration, DelegatedPart
from portal.forecast.models import Award
from portal.groupements.models import Groupement, GroupementLot, Member
from portal.vocabulary import AccountState, GroupementState, MemberState, PartState, ReminderAudience, Role


@dataclass(frozen=True, slots=True)
class Concerned:
    """Someone who is to know of a month, in the capacity that concerns them first."""

    declaration_id: int
    account_id: int
    audience: ReminderAudience


def people_concerned(
    session: Session, declaration_ids: Collection[int], *, day: date, now: datetime, account_id: int | None = None
) -> list[Concerned]:
    """Each person in place at `now` who is to know of these months, once a month; an audience from its first step on.

    `account_id` narrows it to one person. One statement, whatever the number of months.
    """
    narrowed = [Declaration.id.in_(declaration_ids), Account.state == AccountState.ACTIVE, in_force(now)]
    if account_id is not None:
        narrowed.append(Account.id == account_id)
    everyone = union_all(*(_audience(audience, day).where(*narrowed) for audience in ReminderAudience))
    first: dict[tuple[int, int], ReminderAudience] = {}
    for rank, declaration_id, person in sorted(tuple(row) for row in session.execute(everyone)):
        first.setdefault((declaration_id, person), _IN_ORDER[rank])
    return [Concerned(*ids, audience) for ids, audience in first.items()]


def coordinated(session: Session, declaration_ids: Collection[int]) -> dict[int, str]:
    """The groupement, by its public id, that a network coordinates and that each of these months comes from."""
    months = select(Declaration.id, Groupement.public_id).where(Declaration.id.in_(declaration_ids))
    return {id_: public_id for id_, public_id in session.execute(_won_together(months))}  # noqa: C416 — a Row is no tuple


_IN_ORDER = tuple(ReminderAudience)
_Months = Select[int, int, int]
_Rows = TypeVar("_Rows", bound=Select[*tuple[Any, ...]])


def _audience(audience: ReminderAudience, day: date) -> _Months:
    """The people of the organisation concerned who hold the roles concerned, for the months that are old enough."""
    old_enough = Declaration.due_on <= day - timedelta(days=audience.first_step.offset_days)
    months = select(literal(_IN_ORDER.index(audience)), Declaration.id, Membership.account_id).where(old_enough)
    joined, organisation, roles = _PLACES[audience]
    return (
        joined(months.select_from(Declaration))
        .join(Membership, Membership.organisation_id == organisation)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.role.in_(roles))
    )


def _entrusted(months: _Months) -> _Months:
    """Months of which an employer has a part still to hand."""
    return months.join(DelegatedPart, DelegatedPart.declaration_id == Declaration.id).where(
        DelegatedPart.state == PartState.OPEN
    )


def _held_with_a_mandataire(months: _Months) -> _Months:
    """Months that a cotraitant declares: another live titulaire is the mandataire."""
    return months.join(ContractTitulaire, ContractTitulaire.contract_id == Declaration.contract_id).where(
        ContractTitulaire.is_mandataire,
        ContractTitulaire.left_on.is_(None),
        ContractTitulaire.organisation_id != Declaration.organisation_id,
    )


def _won_together(months: _Rows) -> _Rows:
    """Months of a contract that a groupement of the declarant's, coordinated by a network, won for one of its lots."""
    return (
        months.join(Award, Award.contract_id == Declaration.contract_id)
        .join(GroupementLot, GroupementLot.lot_id == Award.lot_id)
        .join(Groupement, Groupement.id == GroupementLot.groupement_id)
        .join(Member, Member.groupement_id == Groupement.id)
        .where(
            Groupement.state == GroupementState.AWARDED,
            Groupement.network_id.is_not(None),
            Member.organisation_id == Declaration.organisation_id,
            Member.state == MemberState.ACCEPTED,
        )
    )


def _followed(months: _Months) -> _Months:
    followed_now = (ContractFollower.contract_id == Declaration.contract_id) & ContractFollower.until.is_(None)
    return months.join(ContractFollower, followed_now)


def _all(months: _Months) -> _Months:
    return months


_SUPPLIERS = frozenset({Role.STRUCTURE, Role.TITULAIRE})
_Place = tuple[
    Callable[[_Months], _Months], InstrumentedAttribute[int] | InstrumentedAttribute[int | None], frozenset[Role]
]

_PLACES: Mapping[ReminderAudience, _Place] = {
    ReminderAudience.DECLARANT: (_all, Declaration.organisation_id, _SUPPLIERS),
    ReminderAudience.EMPLOYER: (_entrusted, DelegatedPart.employer_id, _SUPPLIERS),
    ReminderAudience.MANDATAIRE: (_held_with_a_mandataire, ContractTitulaire.organisation_id, _SUPPLIERS),
    ReminderAudience.NETWORK: (_won_together, Groupement.network_id, frozenset({Role.NETWORK})),
    ReminderAudience.FACILITATEUR: (_followed, ContractFollower.organisation_id, frozenset({Role.FACILITATEUR})),
}
"""Where each audience's people are found: through which tables, in which organisation, under which roles."""
