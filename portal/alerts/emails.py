"""The one message of a person, composed when it leaves: what is still true then, of what they still follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from sqlalchemy.orm import Session

from portal import outbox
from portal.alerts import stops, telling
from portal.alerts.letters import Act, ChangeLine, Letter, ProjectNews, SearchNews, StopLink
from portal.alerts.models import Alert, SavedSearch
from portal.alerts.queries import letters as queries
from portal.alerts.services.searches import selection_of
from portal.alerts.stops import Stop
from portal.alerts.telling import Piece
from portal.forecast.listing.matching import matching
from portal.forecast.listing.rows import rows_of
from portal.forecast.listing.selection import Order
from portal.forecast.models import Project, Revision
from portal.kernel import clock
from portal.outbox import Mail, Spared
from portal.vocabulary import AlertKind, MessageKind

Ids = Mapping[str, int | str]

LISTED = 60
"""Lots, and projects, in one message; the others are counted, the portal lists them all."""

_STOPPED = Spared("la personne a arrêté ces alertes, ou a quitté l’organisation")
_OVER = Spared("plus rien de ce message n’est d’actualité")
_FOLLOWED = (AlertKind.CHANGES, AlertKind.ANSWERS, AlertKind.MEETINGS)


def register() -> None:
    """Tell the outbox how this room's message is composed."""
    outbox.register(MessageKind.ALERTS, digest)


def digest(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    """All that was gathered under one key and that its person still follows, in one message."""
    gathered = queries.gathered(session, str(ids["key"]), now)
    if not gathered:
        return _STOPPED
    account_id, organisation_id = int(ids["account"]), int(ids["organisation"])
    followed = queries.still_followed(session, account_id, organisation_id)
    alerts = [each for each in gathered if each.search_id or each.project_id is None or each.project_id in followed]
    account, organisation = queries.person(session, account_id, organisation_id)
    searches = _searches(session, queries.of_kind(alerts, AlertKind.NEW_LOTS))
    news, pieces = _projects(session, alerts)
    kinds = {each.kind for each in alerts if each.kind is not AlertKind.NEW_LOTS or searches}
    stop = Stop(account.public_id, organisation.siret, None)
    letter = Letter(organisation.shown_name, searches, news, pieces, _stops(stop, kinds))
    if letter.is_empty:
        return _OVER
    mail = outbox.mail_from_template("alerts/emails/digest", {"letter": letter, "listed": LISTED})
    return replace(mail, unsubscribe_url=stops.address(replace(stop, kind=stops.header_kind(kinds))))


def address_of(reference: str, number: int | None = None) -> str:
    """The path of a public page, in a process that knows no route."""
    return f"/programmation/{quote(reference)}" + (f"/lot-{number}" if number else "")


def _stops(stop: Stop, kinds: Iterable[AlertKind]) -> list[StopLink]:
    """A link for each type in the message, and one for all when it mixes several."""
    held = [kind for kind in AlertKind if kind in set(kinds)]
    links = [StopLink(kind.label, stops.address(replace(stop, kind=kind))) for kind in held]
    return links if len(held) == 1 else [*links, StopLink("Toutes les alertes de programmation", stops.address(stop))]


def _searches(session: Session, alerts: Sequence[Alert]) -> list[SearchNews]:
    """Each live search with those of its lots that still answer it; a lot that two found is told once."""
    if not alerts:
        return []
    told: set[int] = set()
    news = []
    for search in queries.live_searches(session, {each.search_id for each in alerts if each.search_id}):
        found = {each.lot_id for each in alerts if each.search_id == search.id and each.lot_id} - told
        lot_ids = _still_matching(session, search, found)
        told |= set(lot_ids)
        if lot_ids:
            shown = rows_of(session, lot_ids[:LISTED], Order.DATE, address_of)
            path = f"/programmation?{search.address}" if search.address else "/programmation"
            news.append(SearchNews(search.name, path, shown, len(lot_ids) - len(shown)))
    return news


def _still_matching(session: Session, search: SavedSearch, lot_ids: set[int]) -> list[int]:
    """In the order of the list."""
    first = queries.first_change(session, lot_ids)
    if first is None:
        return []
    since = first - datetime.resolution
    found = matching(session, selection_of(search.address), most=10_000, changed_since=since)
    return [lot_id for lot_id in found if lot_id in lot_ids]


def _projects(session: Session, alerts: Sequence[Alert]) -> tuple[list[ProjectNews], list[Piece]]:
    """What is new of each project followed, and what concerns none."""
    followed = [each for each in alerts if each.kind in _FOLLOWED]
    project_ids = {each.project_id for each in followed if each.project_id}
    projects = queries.projects(session, project_ids)
    acts = _acts(session, queries.of_kind(followed, AlertKind.CHANGES), project_ids)
    pieces = _pieces(session, followed)
    news = [_news(projects[id_], acts.get(id_, []), pieces.get(id_, [])) for id_ in sorted(projects)]
    return [each for each in news if each.acts or each.pieces], pieces.get(None, [])


def _news(project: Project, acts: Sequence[Act], pieces: Sequence[Piece]) -> ProjectNews:
    path = address_of(project.reference)
    return ProjectNews(project.title, project.shown_number, project.buyer.shown_name, path, acts, pieces)


def _acts(session: Session, changes: Sequence[Alert], project_ids: set[int]) -> dict[int, list[Act]]:
    """By project, in order: all that was said at once is one act."""
    named = {int(each.subject.removeprefix("revision:")) for each in changes}
    if not named:
        return {}
    numbers = queries.lot_numbers(session, project_ids)
    together: dict[tuple[object, ...], list[Revision]] = {}
    for line in queries.acts(session, named):
        together.setdefault((line.project_id, line.at, line.reason, line.by_label), []).append(line)
    told: dict[int, list[Act]] = {}
    for lines in together.values():
        if named & {line.id for line in lines}:
            act = Act(clock.paris_date(lines[0].at), [_line(line, numbers) for line in lines], lines[0].reason)
            told.setdefault(lines[0].project_id, []).append(act)
    return told


def _line(revision: Revision, numbers: Mapping[int, int]) -> ChangeLine:
    number = numbers.get(revision.lot_id or 0)
    return ChangeLine(revision.label, revision.before, revision.after, f"Lot {number}" if number else None)


def _pieces(session: Session, alerts: Sequence[Alert]) -> dict[int | None, list[Piece]]:
    """By project, what later rooms say of their alerts; what they no longer say is left out."""
    told: dict[int | None, list[Piece]] = {}
    for kind in (AlertKind.ANSWERS, AlertKind.MEETINGS):
        of_kind = queries.of_kind(alerts, kind)
        said = telling.pieces(session, kind, [each.subject for each in of_kind])
        for each in of_kind:
            if each.subject in said:
                told.setdefault(each.project_id, []).append(said[each.subject])
    return told
