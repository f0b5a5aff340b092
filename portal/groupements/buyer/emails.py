"""The mail that tells members what the buyer reads of them from now on."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal import outbox
from portal.groupements import queries
from portal.groupements.buyer.rules import PREPARING
from portal.groupements.services.telling import everyone
from portal.outbox import Mail, Spared
from portal.vocabulary import MessageKind


def register() -> None:
    outbox.register(MessageKind.GROUPEMENT_NAMED, named)


def named(session: Session, ids: Mapping[str, int | str], now: datetime) -> Mail | Spared:
    groupement = queries.by_id(session, int(ids["groupement"]))
    if groupement.state not in PREPARING or groupement.named_to_buyer != bool(ids["named"]):
        return Spared("ce n’est plus d’actualité")
    people = queries.people_of(session, [int(ids["organisation"])], now)
    inside = ids["organisation"] in everyone(groupement)
    if not inside or ids["account"] not in {account.id for _, account in people}:
        return Spared("la personne n’agit plus pour un membre de ce groupement")
    return outbox.mail_from_template("groupements/buyer/emails/named", {"groupement": groupement})
