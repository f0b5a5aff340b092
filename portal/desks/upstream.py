"""What waits before consultations: requests, checks, publications, questions, capacities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for
from sqlalchemy.orm import Session

from portal.desks import queries
from portal.desks.errands import Errand
from portal.directory import queries as directory
from portal.directory.models import Organisation
from portal.directory.rules import capacity_due_on
from portal.forecast import queries as forecast
from portal.forecast.listing.rows import ListedLot, rows_of
from portal.forecast.listing.selection import Order
from portal.forecast.views.blueprint import address_of
from portal.kernel.actor import Actor
from portal.kernel.clock import paris_date
from portal.kernel.french import format_date, plural, typo
from portal.matching import queries as matching
from portal.requests import queries as requests
from portal.sourcing.support import queries as support
from portal.vocabulary import Permission

_LOTS, _SHOWN, _FORTNIGHT = 4, 4, 14


def upstream_errands(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    yield from _requests(session, actor)
    yield from _checks(session, actor)
    yield from _publications(session, actor)
    yield from _questions(session, actor)
    yield from _capacity(session, actor, today)
    yield from _support(session, actor, today)
    yield from _stories(session, actor)


def _requests(session: Session, actor: Actor) -> Iterator[Errand]:
    if actor.may(Permission.REQUEST_ANSWER) and (filed := requests.waiting(session, actor)):
        yield Errand(
            title=f"Répondre à {plural(filed, 'demande d’achat', 'demandes d’achat')}",
            why="Un service attend de savoir : reprendre dans la programmation, faire compléter, ou dire pourquoi non.",
            action="Lire",
            url=url_for("requests.index"),
        )
    if actor.may(Permission.REQUEST_FILE) and (back := requests.given_back(session, actor)):
        yield Errand(
            title=f"Compléter {plural(back, 'demande d’achat', 'demandes d’achat')}",
            why="Le service des achats demande une précision avant de la reprendre.",
            action="Compléter",
            url=url_for("requests.index"),
        )


def _checks(session: Session, actor: Actor) -> Iterator[Errand]:
    given = forecast.count_in_check(session, actor) if actor.may(Permission.FORECAST_CHECK) else 0
    if given:
        yield Errand(
            title=f"Contrôler les leviers de {plural(given, 'projet')}",
            why="Un levier n’est « décidé » qu’une fois contrôlé, lot par lot, avec son motif.",
            action="Contrôler",
            url=url_for("forecast.to_check"),
        )


def _publications(session: Session, actor: Actor) -> Iterator[Errand]:
    """What is ready, and waits for somebody to publish it."""
    ready = queries.projects_ready(session, actor) if actor.may(Permission.FORECAST_PUBLISH) else 0
    if ready:
        yield Errand(
            title=f"Publier {plural(ready, 'projet prêt', 'projets prêts')}",
            why="Le contrôle est fait : il ne manque que la publication, maintenant ou à une date choisie.",
            action="Voir",
            url=url_for("forecast.projects", etat="prets"),
        )


def _questions(session: Session, actor: Actor) -> Iterator[Errand]:
    if not actor.may(Permission.FORECAST_PUBLISH):
        return
    for asked in queries.questions_waiting(session, actor):
        yield Errand(
            title=typo(f"Répondre à {plural(asked.count, 'question')} de fournisseurs"),
            why=typo(asked.title),
            action="Répondre",
            url=url_for("sourcing.desk", reference=asked.reference),
            note=typo(f"La première attend depuis le {format_date(paris_date(asked.since))}"),
        )


def _capacity(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    """Said once, then read again twice a year."""
    if not actor.may(Permission.CAPACITY_TELL) or actor.organisation_id is None:
        return
    organisation = session.get_one(Organisation, actor.organisation_id)
    told = directory.capacity_of(session, organisation)
    url = url_for("directory.capacity", siret=organisation.siret)
    if told is None:
        why = (
            "Trois minutes, en tranches : les acheteurs taillent leurs lots d’après elle, et les vôtres vous trouvent."
        )
        yield Errand(title="Dire ce que vous pourriez prendre", why=why, action="Commencer", url=url)
    elif capacity_due_on(told.confirmed_on) <= today:
        yield Errand(
            title="Relire votre capacité",
            why="Deux fois par an : un bouton suffit si rien n’a changé.",
            action="Relire",
            url=url,
            note=f"Indiquée le {format_date(told.confirmed_on)}",
        )


def _support(session: Session, actor: Actor, today: date) -> Iterator[Errand]:
    """Next dates of those one helps, a fortnight ahead."""
    if not actor.may(Permission.SUPPORT_WRITE):
        return
    for action in support.next_dates(session, actor, today + timedelta(days=_FORTNIGHT), _SHOWN):
        yield Errand(
            title=typo(f"Accompagnement de {action.structure.shown_name}"),
            why=typo(f"{action.kind.label} : {action.reason}"),
            action="Ouvrir",
            url=url_for("support.show", public_id=action.public_id),
            due_on=action.next_on,
        )


def _stories(session: Session, actor: Actor) -> Iterator[Errand]:
    if not actor.may(Permission.DECLARATION_FILE):
        return
    for story in queries.stories_to_agree(session, actor):
        yield Errand(
            title="Relire un exemple de réussite qui vous nomme",
            why=story.title,
            action="Lire et répondre",
            url=url_for("stories.answer", public_id=story.public_id),
        )


@dataclass(frozen=True)
class ForYou:
    """A lot to come that suits the organisation, and why."""

    lot: ListedLot
    why: str


def lots_for_you(session: Session, actor: Actor, today: date) -> Sequence[ForYou]:
    """A few lots that suit the structure one acts for, those it may answer first."""
    if not actor.may(Permission.CAPACITY_TELL) or actor.organisation_id is None:
        return []
    suited = {each.lot_id: each.fit for each in matching.lots_for(session, actor.organisation_id, today, _LOTS)}
    rows = {row.lot_id: row for row in rows_of(session, list(suited), Order.DATE, address_of)} if suited else {}
    return [ForYou(rows[lot_id], _sentence(fit.sentence or "")) for lot_id, fit in suited.items() if lot_id in rows]


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
