"""The mails of a change of composition, composed when they leave: no part, no task, nor the words of the request."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.queries import accounts_holding
from portal.groupements import queries as groupements
from portal.groupements.changes.queries import change_by_id
from portal.groupements.models import CompositionChange, Groupement
from portal.outbox import Mail, Spared
from portal.vocabulary import GroupementState, MessageKind, Role

Ids = Mapping[str, int | str]
_DEPARTED = Spared("la personne n’agit plus pour cette organisation")
_OVER = Spared("ce n’est plus d’actualité")


def register() -> None:
    """Tell the outbox how each of these mails is composed."""
    outbox.register(MessageKind.GROUPEMENT_CHANGE_ASKED, change_asked)
    outbox.register(MessageKind.GROUPEMENT_CHANGE_DECIDED, change_decided)


def change_asked(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To the buyer's purchasing people, who answer; and to the members, in whose name it is asked."""
    groupement, change = _both(session, ids)
    if change.decided_at is not None or groupement.state is not GroupementState.FILED:
        return _OVER
    to_buyer = "organisation" not in ids
    if not (_purchases(session, ids, groupement, now) if to_buyer else _speaks(session, ids, now)):
        return _DEPARTED
    return _mail("asked", groupement, change, to_buyer=to_buyer)


def change_decided(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To those who were inside: the leaver, and those who are asked to accept anew."""
    groupement, change = _both(session, ids)
    if not _speaks(session, ids, now):
        return _DEPARTED
    return _mail("decided", groupement, change, leaves=change.member.organisation_id == ids["organisation"])


def _both(session: Session, ids: Ids) -> tuple[Groupement, CompositionChange]:
    return groupements.by_id(session, int(ids["groupement"])), change_by_id(session, int(ids["change"]))


def _purchases(session: Session, ids: Ids, groupement: Groupement, now: datetime) -> bool:
    people = accounts_holding(session, groupement.project.buyer_id, Role.PURCHASING, now)
    return ids["account"] in {each.id for each in people}


def _speaks(session: Session, ids: Ids, now: datetime) -> bool:
    people = groupements.people_of(session, [int(ids["organisation"])], now)
    return ids["account"] in {account.id for _, account in people}


def _mail(name: str, groupement: Groupement, change: CompositionChange, **context: object) -> Mail:
    heir = change.successor or (change.taker.organisation if change.taker else None)
    told = {"groupement": groupement, "change": change, "leaver": change.member.organisation, "heir": heir}
    return outbox.mail_from_template(f"groupements/changes/emails/{name}", {**told, **context})
