"""The mails of this room, composed when they leave: only to who may still read them, only if they are still true."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal import outbox
from portal.directory.models import Organisation
from portal.forecast.listing.rows import lot_title
from portal.groupements import queries, rules
from portal.groupements.facts import ACTIVE
from portal.groupements.models import Groupement, Member, Word
from portal.groupements.services import telling
from portal.outbox import Mail, Spared
from portal.vocabulary import GroupementState, MemberState, MessageKind

Ids = Mapping[str, int | str]
_DEPARTED = Spared("la personne ne parle plus pour cette organisation")
_OVER = Spared("ce n’est plus d’actualité")


def register() -> None:
    """Tell the outbox how each of this room's mails is composed."""
    outbox.register(telling.INVITATION, invitation)
    outbox.register(telling.INVITATION_ANSWERED, invitation_answered)
    outbox.register(telling.REQUEST, request)
    outbox.register(telling.REQUEST_ANSWERED, request_answered)
    outbox.register(telling.AGREEMENT, agreement)
    outbox.register(telling.SEALED, sealed)
    outbox.register(telling.DEPARTURE, departure)
    outbox.register(telling.ENDED, ended)
    outbox.register(MessageKind.GROUPEMENT_INVITATION_ENDS, invitation_ends)
    outbox.register(MessageKind.GROUPEMENT_WORDS, words)


def invitation(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To the invited organisation's people; or, when it has none, to the address that the directory makes public.

    There, what the inviter typed is left out: anyone may read that address.
    """
    groupement, member = _both(session, ids)
    if member.state is not MemberState.INVITED or rules.has_expired(member.expires_at, now):
        return _OVER
    if groupement.state is not GroupementState.FORMING:
        return _OVER
    if "account" not in ids:
        return _mail("invitation_contact", groupement, member=member)
    if not _speaks(session, ids, now):
        return _DEPARTED
    return _mail("invitation", groupement, member=member)


def invitation_answered(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    groupement, member = _both(session, ids)
    answers = ACTIVE | {MemberState.DECLINED}
    if member.state not in answers:
        return _OVER
    return _if_leads(session, ids, groupement, now) or _mail("invitation_answered", groupement, member=member)


def request(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    groupement, member = _both(session, ids)
    if member.state is not MemberState.ASKING:
        return _OVER
    return _if_leads(session, ids, groupement, now) or _mail("request", groupement, member=member)


def request_answered(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    groupement, member = _both(session, ids)
    answers = ACTIVE | {MemberState.DECLINED}
    if member.state not in answers:
        return _OVER
    return _mail("request_answered", groupement, member=member) if _speaks(session, ids, now) else _DEPARTED


def agreement(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """To each member that has not accepted yet; the parts stay on the portal."""
    groupement = queries.by_id(session, int(ids["groupement"]))
    member = _membership(groupement, ids)
    if groupement.asked_number != ids["number"] or member is None or member.state is not MemberState.JOINED:
        return _OVER
    if not _speaks(session, ids, now):
        return _DEPARTED
    return _mail("agreement", groupement, member=member)


def sealed(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    groupement = queries.by_id(session, int(ids["groupement"]))
    if groupement.state not in rules.SEATED:
        return _OVER
    if not _is_of(session, ids, groupement, now):
        return _DEPARTED
    return _mail("sealed", groupement, seal=queries.latest_seal(session, groupement))


def departure(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """A member has left, and whoever leads is told; or the groupement goes on without it, and it is told."""
    groupement, member = _both(session, ids)
    if member.state is not MemberState.LEFT:
        return _OVER
    if not ids["by_itself"]:
        return (
            _mail("departure", groupement, member=member, by_itself=False) if _speaks(session, ids, now) else _DEPARTED
        )
    told = _mail("departure", groupement, member=member, by_itself=True)
    return _if_leads(session, ids, groupement, now) or told


def ended(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """Awarded, not retained or dissolved: to all those it concerned."""
    groupement = queries.by_id(session, int(ids["groupement"]))
    if groupement.state != ids["state"]:
        return _OVER
    if not _speaks(session, ids, now):
        return _DEPARTED
    won = [lot for lot in groupement.lots if lot.award and lot.award.contract_id]
    return _mail("ended", groupement, won=len(won))


def invitation_ends(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """Once, a few days before the end; never after an answer."""
    groupement, member = _both(session, ids)
    if not queries.is_awaited(groupement, member, now):
        return _OVER
    return _mail("invitation_ends", groupement, member=member) if _speaks(session, ids, now) else _DEPARTED


def words(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """Something was written in the room: who wrote, never what."""
    groupement = queries.by_id(session, int(ids["groupement"]))
    if groupement.state not in queries.RUNNING:
        return _OVER
    if not _is_of(session, ids, groupement, now):
        return _DEPARTED
    return _mail("words", groupement, word=session.get_one(Word, int(ids["word"])))


def _both(session: Session, ids: Ids) -> tuple[Groupement, Member]:
    groupement = queries.by_id(session, int(ids["groupement"]))
    return groupement, next(member for member in groupement.members if member.id == ids["member"])


def _membership(groupement: Groupement, ids: Ids) -> Member | None:
    return next((each for each in groupement.members if each.organisation_id == ids["organisation"]), None)


def _speaks(session: Session, ids: Ids, now: datetime) -> bool:
    """Whether the person still speaks for the organisation that the mail was promised to."""
    people = queries.people_of(session, [int(ids["organisation"])], now)
    return ids["account"] in {account.id for _, account in people}


def _is_of(session: Session, ids: Ids, groupement: Groupement, now: datetime) -> bool:
    inside = {*telling.everyone(groupement)}
    return ids["organisation"] in inside and _speaks(session, ids, now)


def _if_leads(session: Session, ids: Ids, groupement: Groupement, now: datetime) -> Spared | None:
    """None for someone who still holds the pen, in a groupement that still runs."""
    if groupement.state not in queries.RUNNING:
        return _OVER
    leads = ids["organisation"] in telling.leaders(groupement) and _speaks(session, ids, now)
    return None if leads else _DEPARTED


def _mail(kind: str, groupement: Groupement, **context: Any) -> Mail:
    told = {"groupement": groupement, "lot": _lot(groupement), "lead": _lead(groupement)}
    return outbox.mail_from_template(f"groupements/emails/{kind}", {**told, **context})


def _lot(groupement: Groupement) -> str:
    """The lots, as one reads them: « Nettoyage des écoles — lot 3, rive droite »."""
    lots, title = groupement.lots, groupement.project.title
    if len(lots) != 1:
        return f"{title} — {len(lots)} lots"
    only = lots[0]
    return title if only.is_whole or not only.title else lot_title(title, only.number, only.title)


def _lead(groupement: Groupement) -> Organisation:
    """Who writes: the network that coordinates, else the mandataire."""
    leaders = telling.leaders(groupement)
    member = next((each for each in groupement.members if each.organisation_id in leaders), None)
    return groupement.network or (member.organisation if member else groupement.opened_by)
