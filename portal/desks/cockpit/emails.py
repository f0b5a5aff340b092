"""A network's message to one of its members, composed when it leaves: if it is still true, to who is still there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal import outbox
from portal.accounts.models import Account
from portal.accounts.queries import structures_of
from portal.alerts import stops
from portal.alerts.stops import Stop
from portal.contracts.models import Contract
from portal.declarations.models import Declaration
from portal.desks.cockpit import nudges
from portal.desks.models import Nudge
from portal.directory import queries as directory
from portal.directory.models import Organisation
from portal.directory.rules import capacity_due_on
from portal.forecast import wording
from portal.forecast.listing.rows import lot_title
from portal.forecast.models import Lot
from portal.groupements import queries as groupements
from portal.groupements import translation
from portal.groupements.models import Groupement, Member
from portal.kernel import clock
from portal.outbox import Mail, Spared
from portal.vocabulary import AlertKind, DeclarationState, GroupementState, MemberState, MessageKind, NudgeSubject

_LEFT = Spared("la structure n’est plus dans ce réseau")
_DEPARTED = Spared("la personne ne parle plus pour cette structure, ou ne veut pas de ces messages")
_DONE = Spared("la structure a fait ce que son réseau lui demandait")
_LISTED = 12


@dataclass(frozen=True)
class Asked:
    """What the message shows: lines to read, the path of its button, and what its first sentence names."""

    path: str
    rows: list[tuple[str, str]]
    name: str = ""


def register() -> None:
    """Tell the outbox how this message is composed."""
    outbox.register(MessageKind.NUDGE, nudge)


def nudge(session: Session, ids: Mapping[str, int | str], now: datetime) -> Mail | Spared:
    sent = session.get_one(Nudge, int(ids["nudge"]))
    network_id, structure_id = int(ids["network"]), sent.structure_id
    if structure_id not in set(session.scalars(structures_of(network_id))):
        return _LEFT
    people = nudges.people_of(session, [structure_id], now)
    account = next((account for _, account in people if account.id == ids["account"]), None)
    if account is None:
        return _DEPARTED
    network, structure = session.get_one(Organisation, network_id), session.get_one(Organisation, structure_id)
    asked = _ASKED[sent.subject](session, network, structure, sent.about, now)
    return _mail(sent, asked, network, structure, account) if asked else _DONE


def _mail(sent: Nudge, asked: Asked, network: Organisation, structure: Organisation, account: Account) -> Mail:
    stop = stops.address(Stop(account.public_id, structure.siret, AlertKind.NUDGES))
    context: dict[str, Any] = {
        "subject": sent.subject,
        "asked": asked,
        "network": network,
        "structure": structure,
        "by": sent.by_label,
        "stop_url": stop,
    }
    return replace(outbox.mail_from_template("desks/cockpit/emails/nudge", context), unsubscribe_url=stop)


def _capacity(
    session: Session, _network: Organisation, structure: Organisation, _about: int, now: datetime
) -> Asked | None:
    told = directory.capacity_of(session, structure)
    if told is not None and capacity_due_on(told.confirmed_on) > clock.paris_date(now):
        return None
    rows = [(each.trade.label, each.band.label) for each in told.bands] if told else []
    return Asked(f"/annuaire/{structure.siret}/capacite", rows)


def _invitation(
    session: Session, network: Organisation, structure: Organisation, _about: int, now: datetime
) -> Asked | None:
    """Those of groupements that this network coordinates, and no other."""
    invited = select(Member.groupement_id).where(
        Member.organisation_id == structure.id, Member.state == MemberState.INVITED
    )
    own = (Groupement.network_id == network.id, Groupement.state == GroupementState.FORMING)
    found = session.scalars(groupements.whole().where(Groupement.id.in_(invited), *own).order_by(Groupement.id)).all()
    live = [each for each in found if _waits(each, structure, now)]
    rows = [(each.name, _title(each.lots[0]) if each.lots else each.project.title) for each in live]
    path = f"/groupements/{live[0].public_id}" if len(live) == 1 else "/groupements"
    return Asked(path, rows[:_LISTED]) if live else None


def _waits(groupement: Groupement, structure: Organisation, now: datetime) -> bool:
    own = (each for each in groupement.members if each.organisation_id == structure.id)
    return any(translation.state_of(each, now) is MemberState.INVITED for each in own)


def _late_months(
    session: Session, _network: Organisation, structure: Organisation, _about: int, now: datetime
) -> Asked | None:
    late = (
        select(Declaration)
        .where(
            Declaration.organisation_id == structure.id,
            Declaration.state.in_(DeclarationState.awaited()),
            Declaration.due_on < clock.paris_date(now),
        )
        .options(joinedload(Declaration.contract).lazyload(Contract.buyer))
        .order_by(Declaration.due_on, Declaration.id)
    )
    months = session.scalars(late).all()
    rows = [(each.month.label, each.contract.object) for each in months]
    path = f"/declarations/{months[0].reference}" if len(months) == 1 else "/declarations"
    return Asked(path, rows[:_LISTED]) if months else None


def _lot(session: Session, _network: Organisation, _structure: Organisation, about: int, now: datetime) -> Asked | None:
    lot = session.get(Lot, about)
    if lot is None or not lot.project.is_public or not translation.is_open(lot):
        return None
    rows = [("Acheteur", lot.project.buyer.shown_name), ("Métier", lot.trade.label)]
    rows += [("Consultation prévue", lot.planned.label)]
    hours = wording.hours_told(lot.hours_wanted or None, per_year=lot.hours_per_year)
    rows += [("Heures souhaitées", hours)] if hours else []
    path = f"/programmation/{lot.project.reference}" + (f"/lot-{lot.number}" if lot.number else "")
    return Asked(path, rows, _title(lot))


def _title(lot: Lot) -> str:
    whole = lot.is_whole or not lot.title
    return lot.project.title if whole else lot_title(lot.project.title, lot.number, lot.title)


Ask = Callable[[Session, Organisation, Organisation, int, datetime], Asked | None]
"""What is still to be asked, if anything is."""

_ASKED: Mapping[NudgeSubject, Ask] = {
    NudgeSubject.CAPACITY: _capacity,
    NudgeSubject.INVITATION: _invitation,
    NudgeSubject.LATE_MONTHS: _late_months,
    NudgeSubject.LOT: _lot,
}
