"""Who belongs to an organisation: roles given, changed and ended, always with a date; invitations.

Each act locks the organisation's row first, so that two managers never take the last management away together.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal import journal, outbox
from portal.accounts import policies, queries, rules
from portal.accounts.models import Account, Invitation, Membership
from portal.accounts.services import links
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation, Stale
from portal.vocabulary import Role

INVITATION = "accounts.invitation"


def locked(session: Session, organisation_id: int) -> Organisation:
    """The organisation, whose team nobody else changes before this transaction ends. Raises NotFound."""
    found = session.get(Organisation, organisation_id, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def grant(
    session: Session,
    account: Account,
    organisation: Organisation,
    roles: Collection[Role],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Give roles, to whoever may receive them: the caller has checked. A role about to end no longer does."""
    held = {each.role: each for each in queries.memberships_between(session, account.id, organisation.id, now)}
    for role in sorted(roles):
        if role in held:
            held[role].until = None
        else:
            session.add(_membership(account.id, organisation.id, role, actor=actor, now=now))
    session.flush()
    _record(session, "membership.started", account, actor=actor, now=now, after=_told(organisation, roles))


def set_roles(
    session: Session,
    account_id: int,
    organisation_id: int,
    roles: frozenset[Role],
    *,
    expected: frozenset[Role],
    actor: Actor,
    now: datetime,
) -> None:
    """Give someone of the team other roles; one that the organisation gives no more may only be taken back.

    The administrator's role, which no manager gives, stays as it is.

    Raises Stale when the person's roles are no longer those `expected`, RuleViolation for the last manager.
    """
    policies.ensure_can_manage(actor, organisation_id)
    organisation = locked(session, organisation_id)
    kinds = organisation.kinds_on(clock.paris_date(now))
    held = _held(session, account_id, organisation_id, now)
    before = frozenset(each.role for each in held) - {Role.ADMINISTRATOR}
    if before != expected:
        raise Stale
    rules.ensure_may_be_held(roles, kinds, before)
    if Role.MANAGER in before - roles:
        _ensure_another_manager(session, account_id, organisation_id, now)
        withdraw_invitations_by(session, account_id, organisation_id, now)
    _end((each for each in held if each.role in before - roles), until=now, actor=actor)
    session.flush()
    session.add_all(_like(held, role, actor=actor, now=now) for role in sorted(roles - before))
    _record(
        session,
        "membership.roles_changed",
        session.get_one(Account, account_id),
        actor=actor,
        now=now,
        before=_told(organisation, before),
        after=_told(organisation, roles),
    )


def end_membership(
    session: Session,
    account_id: int,
    organisation_id: int,
    *,
    last_day: date,
    successor_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Have someone leave the organisation at the end of `last_day` (at once if it is today), or leave it oneself.

    The last manager names `successor_id`, another member, to manage after them; RuleViolation otherwise. Whoever
    administers the portal stays so, until they leave by themselves.
    """
    policies.ensure_can_end(actor, account_id, organisation_id)
    organisation = locked(session, organisation_id)
    held = [each for each in _held(session, account_id, organisation_id, now) if policies.can_end(actor, each)]
    if not held:
        raise RuleViolation("Cette personne administre le portail : elle seule peut se retirer cet accès.")
    until = _end_of(last_day, now)
    if any(each.role is Role.MANAGER for each in held):
        _name_successor(session, account_id, organisation, successor_id, actor=actor, now=now)
    _end(held, until=until, actor=actor)
    subject = session.get_one(Account, account_id)
    withdraw_invitations_by(session, account_id, organisation_id, now)
    withdraw_invitations_to(session, subject.email, organisation_id, now)
    roles = frozenset(each.role for each in held)
    ended = {**_told(organisation, roles), "until": until.isoformat()}
    _record(session, "membership.ended", subject, actor=actor, now=now, before=ended)


def _held(session: Session, account_id: int, organisation_id: int, now: datetime) -> list[Membership]:
    held = queries.memberships_between(session, account_id, organisation_id, now)
    if not held:
        raise NotFound
    return held


def _end_of(last_day: date, now: datetime) -> datetime:
    today = clock.paris_date(now)
    if last_day < today:
        raise RuleViolation(
            "Un accès ne se retire pas dans le passé : choisissez aujourd’hui ou après.", field="last_day"
        )
    if last_day == today:
        return now
    return datetime.combine(last_day + timedelta(days=1), time(), tzinfo=clock.PARIS)


def _end(memberships: Iterable[Membership], *, until: datetime, actor: Actor) -> None:
    for membership in memberships:
        membership.until, membership.ended_by = until, actor.account_id


def _name_successor(
    session: Session,
    account_id: int,
    organisation: Organisation,
    successor_id: int | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    if _other_managers(session, account_id, organisation.id, now):
        return
    if successor_id is None or successor_id == account_id:
        _ensure_another_manager(session, account_id, organisation.id, now)
    _held(session, successor_id or 0, organisation.id, now)
    successor = session.get_one(Account, successor_id)
    grant(session, successor, organisation, {Role.MANAGER}, actor=actor, now=now)


def _ensure_another_manager(session: Session, account_id: int, organisation_id: int, now: datetime) -> None:
    if not _other_managers(session, account_id, organisation_id, now):
        raise RuleViolation(
            "C’est la dernière personne qui gère les accès : nommez d’abord quelqu’un d’autre.", field="successor"
        )


def _other_managers(session: Session, account_id: int, organisation_id: int, now: datetime) -> bool:
    """Whether someone else manages, with no end in sight."""
    return any(
        each.role is Role.MANAGER and each.until is None and each.account_id != account_id and each.account.is_open
        for each in queries.members_of(session, organisation_id, now)
    )


def _membership(
    account_id: int, organisation_id: int, role: Role, *, actor: Actor, now: datetime, until: datetime | None = None
) -> Membership:
    return Membership(
        account_id=account_id,
        organisation_id=organisation_id,
        role=role,
        since=now,
        until=until,
        given_by=actor.account_id,
    )


def _like(held: list[Membership], role: Role, *, actor: Actor, now: datetime) -> Membership:
    """Another role for someone whose departure may be set already: the new one ends with the others."""
    ends = [each.until for each in held if each.until != now]
    until = None if None in ends else max((end for end in ends if end), default=None)
    return _membership(held[0].account_id, held[0].organisation_id, role, actor=actor, now=now, until=until)


# Invitations


def invite(
    session: Session, organisation_id: int, email: str, roles: frozenset[Role], *, actor: Actor, now: datetime
) -> Invitation:
    """Promise a colleague a link that gives them `roles`, for 14 days. A former invitation is replaced."""
    policies.ensure_can_manage(actor, organisation_id)
    organisation = locked(session, organisation_id)
    rules.ensure_may_be_given(roles, organisation.kinds_on(clock.paris_date(now)))
    _ensure_not_a_member(session, email, organisation_id, now)
    _withdraw(session, Invitation.organisation_id == organisation_id, Invitation.email == email, now=now)
    invitation = links.made(
        Invitation,
        lasts=rules.INVITATION_LASTS,
        now=now,
        organisation_id=organisation_id,
        email=email,
        roles=roles,
        invited_by=actor.account_id,
    )
    session.add(invitation)
    session.flush()
    key = f"{INVITATION}:{invitation.id}"
    outbox.promise(session, INVITATION, recipient=email, ids={"invitation": invitation.id}, dedupe_key=key, now=now)
    subject = ("invitation", invitation.id, organisation.shown_name)
    journal.record(session, "invitation.sent", subject, actor=actor, at=now, after={"roles": roles})
    return invitation


def withdraw_invitation(session: Session, invitation: Invitation, *, actor: Actor, now: datetime) -> None:
    policies.ensure_can_manage(actor, invitation.organisation_id)
    _withdraw(session, Invitation.id == invitation.id, now=now)
    subject = ("invitation", invitation.id, invitation.organisation.shown_name)
    journal.record(session, "invitation.withdrawn", subject, actor=actor, at=now)


def accept_invitation(session: Session, token: str, account: Account, *, now: datetime) -> Organisation:
    """Join, by a link sent to the account's own address, as long as what it offers may still be given there.

    Raises LinkOver.
    """
    invitation = links.taken(session, Invitation, token, now)
    if invitation.email != account.email:
        raise links.LinkOver("Cette invitation est adressée à une autre adresse que celle de votre compte.")
    organisation = locked(session, invitation.organisation_id)
    _ensure_still_offered(session, invitation, organisation, now)
    grant(session, account, organisation, invitation.roles, actor=_inviter(invitation), now=now)
    return organisation


def _ensure_still_offered(session: Session, invitation: Invitation, organisation: Organisation, now: datetime) -> None:
    managers = queries.accounts_holding(session, organisation.id, Role.MANAGER, now)
    if invitation.invited_by not in {manager.id for manager in managers}:
        raise links.LinkOver("La personne qui vous a invité ne gère plus les accès de cette organisation.")
    if not invitation.roles <= rules.roles_given_by(organisation.kinds_on(clock.paris_date(now))):
        raise links.LinkOver("Cette organisation ne donne plus les rôles de cette invitation.")


def _inviter(invitation: Invitation) -> Actor:
    by = invitation.inviter
    name = invitation.organisation.shown_name
    return Actor(by.id, by.display_name, invitation.organisation_id, name, frozenset(), frozenset())


def _ensure_not_a_member(session: Session, email: str, organisation_id: int, now: datetime) -> None:
    if any(each.account.email == email for each in queries.members_of(session, organisation_id, now)):
        raise RuleViolation(
            "Cette personne fait déjà partie de votre équipe : changez plutôt ses rôles.", field="email"
        )


def withdraw_invitations_to(session: Session, email: str, organisation_id: int, now: datetime) -> None:
    """Whoever has just been answered, or sent away, does not come in by a link mailed before."""
    _withdraw(session, Invitation.organisation_id == organisation_id, Invitation.email == email, now=now)


def withdraw_invitations_by(session: Session, account_id: int, organisation_id: int, now: datetime) -> None:
    """What someone who no longer manages had offered: they could have invited themselves."""
    _withdraw(session, Invitation.organisation_id == organisation_id, Invitation.invited_by == account_id, now=now)


def _withdraw(session: Session, *which: object, now: datetime) -> None:
    still_open = (Invitation.used_at.is_(None), Invitation.revoked_at.is_(None))
    session.execute(update(Invitation).where(*which, *still_open).values(revoked_at=now))  # type: ignore[arg-type]


def _told(organisation: Organisation, roles: Collection[Role]) -> dict[str, object]:
    return {"organisation": organisation.shown_name, "roles": frozenset(roles)}


def _record(
    session: Session,
    event: str,
    account: Account,
    *,
    actor: Actor,
    now: datetime,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    subject = ("account", account.id, account.display_name)
    journal.record(session, event, subject, actor=actor, at=now, before=before, after=after)
