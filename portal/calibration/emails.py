"""The mail of this room, composed when it leaves: only to who still speaks, only if opinions are still asked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts.models import Account
from portal.alerts import stops
from portal.alerts.queries import preferences_of
from portal.alerts.stops import Stop
from portal.calibration import rules, wording
from portal.calibration.models import Variant
from portal.calibration.queries import variants as queries
from portal.calibration.services.base import is_live
from portal.directory.models import Organisation
from portal.forecast.models import Lot
from portal.groupements.queries import people_of
from portal.outbox import Mail, Spared
from portal.vocabulary import AlertKind, Frequency, MessageKind

Ids = Mapping[str, int | str]

_DEPARTED = Spared("la personne ne parle plus pour cette organisation")
_STOPPED = Spared("la personne ne veut plus de ces demandes d’avis")
_OVER = Spared("plus aucun avis n’est attendu sur ce lot")


def register() -> None:
    """Tell the outbox how this room's mail is composed."""
    outbox.register(MessageKind.CALIBRATION_SHARED, shared)


def shared(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To those whose trade and territory match the lot, and to their networks."""
    lot, organisation = session.get_one(Lot, int(ids["lot"])), session.get_one(Organisation, int(ids["organisation"]))
    variants = [each for each in queries.variants_of(session, lot.id) if each.shared_at is not None]
    if not variants or not rules.asks_opinions(lot.project.state, is_live=is_live(lot)):
        return _OVER
    people = {account.id: account for _, account in people_of(session, [organisation.id], now)}
    if int(ids["account"]) not in people:
        return _DEPARTED
    chosen = preferences_of(session, int(ids["account"]), [organisation.id])
    if chosen.get((organisation.id, AlertKind.CALIBRATIONS)) is Frequency.NEVER:
        return _STOPPED
    return _mail(lot, variants, organisation, people[int(ids["account"])])


def _mail(lot: Lot, variants: list[Variant], organisation: Organisation, account: Account) -> Mail:
    stop = stops.address(Stop(account.public_id, organisation.siret, AlertKind.CALIBRATIONS))
    told = {
        "lot": wording.lot_title_of(lot),
        "buyer": lot.project.buyer.shown_name,
        "variants": [wording.variant_words(each) for each in variants],
        "organisation": organisation.shown_name,
        "path": f"/programmation/{lot.project.reference}/lot-{lot.number}/calibrage",
        "stop": stop,
    }
    return replace(outbox.mail_from_template("calibration/emails/calibration_shared", told), unsubscribe_url=stop)
