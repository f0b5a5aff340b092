"""What an organisation is, since when and until when, and its ESUS approval: told by the operator of the portal.

Telling the same twice changes nothing. What is known is never erased: a period is given, completed or ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal import journal
from portal.directory import queries, rules
from portal.directory.models import HeldKind, Organisation
from portal.directory.services.organisations import NewOrganisation, list_organisation
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleViolation
from portal.kernel.french import format_date, typo
from portal.kernel.siret import Siret
from portal.storage import touch, violated
from portal.vocabulary import OrganisationKind, OrganisationSource

_LONGEST_NAME = 250


@dataclass(frozen=True)
class ToldOrganisation:
    """What an operator tells of an organisation; what is None stays as it is."""

    siret: Siret
    name: str | None = None
    """For an organisation that the directory does not list; the name of a listed one stays."""
    kind: OrganisationKind | None = None
    since: date | None = None
    ended_kind: OrganisationKind | None = None
    ended_on: date | None = None
    """The last day of the ended kind."""
    esus_from: date | None = None
    esus_until: date | None = None


def settle_organisation(session: Session, told: ToldOrganisation, *, actor: Actor, now: datetime) -> Organisation:
    """Make the directory agree with what is told, listing the organisation if need be. Raises RuleViolation."""
    _ensure_complete(told)
    listed = queries.by_siret(session, told.siret)
    organisation = _locked(session, listed) if listed else _listed(session, told, actor, now)
    _settle_kinds(session, organisation, told, actor, now)
    if told.esus_from or told.esus_until:
        set_esus(session, organisation, valid_from=told.esus_from, valid_until=told.esus_until, actor=actor, now=now)
    return organisation


def set_kind(
    session: Session,
    organisation: Organisation,
    kind: OrganisationKind,
    *,
    valid_from: date,
    valid_to: date | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Say that an organisation is something from a day on, and until `valid_to` when it is told, both included.

    A period that starts that day only learns its end: without one, it stays as it is, even ended. A period whose
    start nobody knew, or that is still to come, learns its start. Raises RuleViolation when the end comes before the
    start, or when the organisation is the same thing already over some of these days.
    """
    _ensure_period(valid_from, valid_to)
    same = [held for held in organisation.kinds if held.kind is kind]
    held = _to_complete(same, valid_from, valid_to, clock.paris_date(now))
    end = valid_to or (held.valid_to if held else None)
    if held is not None and (held.valid_from, held.valid_to) == (valid_from, end):
        return
    _ensure_free([other for other in same if other is not held], organisation, valid_from, end)
    touch(organisation)
    before = None if held is None else _told(held)
    if held is None:
        held = HeldKind(kind=kind)
        organisation.kinds.append(held)
    if held.valid_from != valid_from:
        held.valid_from, held.source = valid_from, OrganisationSource.PORTAL
    held.valid_to = end
    _record(session, "organisation.kind_set", organisation, before, _told(held), actor, now)


def end_kind(
    session: Session, organisation: Organisation, kind: OrganisationKind, *, on: date, actor: Actor, now: datetime
) -> None:
    """Say which day is the last one of what an organisation is. A period that is not over may get another last day.

    Raises RuleViolation when it is no such thing, when it begins later, or when it has ceased to be so before.
    """
    begun = [held for held in organisation.kinds if held.kind is kind and held.valid_from <= on]
    if not begun:
        raise RuleViolation(_never_begun(organisation, kind, on))
    held = max(begun, key=lambda each: each.valid_from)
    if held.valid_to == on:
        return
    if held.valid_to is not None and held.valid_to < min(on, clock.paris_date(now)):
        ended = format_date(held.valid_to)
        raise RuleViolation(typo(f"{organisation.shown_name} a cessé d’être « {kind.label} » après le {ended}."))
    touch(organisation)
    before = _told(held)
    held.valid_to = on
    _record(session, "organisation.kind_ended", organisation, before, _told(held), actor, now)


def set_esus(
    session: Session,
    organisation: Organisation,
    *,
    valid_from: date | None,
    valid_until: date | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Say from when and until when its ESUS approval holds (code du travail, L3332-17-1); None leaves a date as it is.

    Raises RuleViolation when it has no start, or ends before it.
    """
    start, end = valid_from or organisation.esus_from, valid_until or organisation.esus_until
    if start is None:
        raise RuleViolation(typo("L’agrément ESUS n’a pas de date de début : donnez aussi --esus-from."))
    _ensure_period(start, end)
    if (start, end) == (organisation.esus_from, organisation.esus_until):
        return
    touch(organisation)
    before = {"esus_from": organisation.esus_from, "esus_until": organisation.esus_until}
    organisation.esus_from, organisation.esus_until = start, end
    after = {"esus_from": start, "esus_until": end}
    _record(session, "organisation.esus_set", organisation, before, after, actor, now)


def _ensure_complete(told: ToldOrganisation) -> None:
    if (told.kind is None) != (told.since is None):
        raise RuleViolation("Une nature et son premier jour vont ensemble : donnez --kind et --since.")
    if (told.ended_kind is None) != (told.ended_on is None):
        raise RuleViolation("La fin d’une nature et son dernier jour vont ensemble : donnez --end-kind et --on.")


def _locked(session: Session, listed: Organisation) -> Organisation:
    """The organisation, whose kinds nobody else changes before this transaction ends."""
    session.refresh(listed, with_for_update=True)
    return listed


def _listed(session: Session, told: ToldOrganisation, actor: Actor, now: datetime) -> Organisation:
    name = " ".join((told.name or "").split())
    if not name or told.kind is None or told.since is None:
        raise RuleViolation(
            "Cette organisation n’est pas dans l’annuaire : donnez son nom et ce qu’elle est (--name, --kind, --since)."
        )
    if len(name) > _LONGEST_NAME:
        raise RuleViolation(f"Ce nom est trop long : {_LONGEST_NAME} caractères au plus.")
    _ensure_period(told.since, None)
    try:
        return list_organisation(
            session, NewOrganisation(told.siret, name, {told.kind: told.since}), actor=actor, now=now
        )
    except IntegrityError as error:
        if violated(error, "uq_organisation_siret"):
            raise RuleViolation("Cette organisation vient d’être inscrite : relancez la commande.") from error
        raise


def _settle_kinds(
    session: Session, organisation: Organisation, told: ToldOrganisation, actor: Actor, now: datetime
) -> None:
    """End, then give: the same kind may end and begin again. One that ends after it begins is given with its end."""
    valid_to = None
    if told.ended_kind and told.ended_on:
        if told.ended_kind is told.kind and told.since and told.since <= told.ended_on:
            valid_to = told.ended_on
        else:
            end_kind(session, organisation, told.ended_kind, on=told.ended_on, actor=actor, now=now)
    if told.kind and told.since:
        set_kind(session, organisation, told.kind, valid_from=told.since, valid_to=valid_to, actor=actor, now=now)


def _ensure_period(start: date, end: date | None) -> None:
    if start <= rules.SINCE_UNKNOWN:
        raise RuleViolation(typo(f"Le {format_date(start)} est trop ancien : vérifiez l’année."))
    if end is not None and end < start:
        raise RuleViolation(typo(f"La fin, le {format_date(end)}, précède le début, le {format_date(start)}."))


def _to_complete(same: list[HeldKind], start: date, end: date | None, today: date) -> HeldKind | None:
    """The period that these dates speak of: with this start, else one whose start may still be told."""
    for held in same:
        if held.valid_from == start:
            return held
    for held in same:
        start_is_open = held.valid_from > today or (held.known_since is None and start <= today)
        if start_is_open and rules.overlap(held, start, end):
            return held
    return None


def _ensure_free(others: list[HeldKind], organisation: Organisation, start: date, end: date | None) -> None:
    for other in others:
        if rules.overlap(other, start, end):
            held = rules.period_words(other.valid_from, other.valid_to)
            raise RuleViolation(
                typo(f"{organisation.shown_name} est déjà « {other.kind.label} » sur ces dates : {held}.")
            )


def _never_begun(organisation: Organisation, kind: OrganisationKind, on: date) -> str:
    starts = [held.valid_from for held in organisation.kinds if held.kind is kind]
    if not starts:
        return typo(f"{organisation.shown_name} n’est pas « {kind.label} » : il n’y a rien à terminer.")
    return typo(f"La fin, le {format_date(on)}, précède le début, le {format_date(min(starts))}.")


def _told(held: HeldKind) -> dict[str, object]:
    return {"kind": held.kind, "valid_from": held.valid_from, "valid_to": held.valid_to, "source": held.source}


def _record(
    session: Session,
    event: str,
    organisation: Organisation,
    before: Mapping[str, object] | None,
    after: Mapping[str, object],
    actor: Actor,
    now: datetime,
) -> None:
    organisation.updated_at = now
    session.flush()
    subject = ("organisation", organisation.id, organisation.shown_name)
    journal.record(session, event, subject, actor=actor, at=now, before=before, after=after)
