"""Support actions out of the database: those one notes, and those one is helped by."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from portal.accounts.queries import structures_of
from portal.directory import queries as directory
from portal.directory.models import HeldKind, Organisation, organisation_search
from portal.forecast.models import Project
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import typo
from portal.kernel.paging import last_page, page_within
from portal.kernel.text import fold
from portal.sourcing.models import SupportAction
from portal.sourcing.support import policies
from portal.vocabulary import OrganisationKind

PAGE = 30
_MOST_NAMED = 5
_SHOWN = 10
_STRUCTURES = [kind for kind in OrganisationKind if kind.is_structure]


@dataclass(frozen=True)
class Page:
    """A page of the actions of one's organisation: those under way by next date, then those done, the latest first."""

    actions: Sequence[SupportAction]
    page: int
    last_page: int
    under_way: int
    late: int
    done: int


def own(session: Session, actor: Actor, public_id: str) -> SupportAction:
    """An action that one's organisation follows; NotFound otherwise."""
    action = session.scalar(_whole().where(SupportAction.public_id == public_id))
    if action is None:
        raise NotFound
    policies.ensure_can_follow(actor, action)
    return action


def followed(session: Session, actor: Actor, today: date, page: int = 1) -> Page:
    """Two statements."""
    of_ours = SupportAction.author_id == actor.organisation_id
    done = SupportAction.done_on.is_not(None)
    total, finished, late = session.execute(
        select(func.count(), func.count(SupportAction.done_on), func.count().filter(_late(today))).where(of_ours)
    ).one()
    page = page_within(page, total, PAGE)
    in_order = (
        done,
        SupportAction.done_on.desc(),
        SupportAction.next_on.is_(None),
        SupportAction.next_on,
        SupportAction.id.desc(),
    )
    actions = session.scalars(_whole().where(of_ours).order_by(*in_order).offset((page - 1) * PAGE).limit(PAGE)).all()
    return Page(actions, page, last_page(total, PAGE), total - finished, late, finished)


def next_dates(session: Session, actor: Actor, until: date, most: int) -> Sequence[SupportAction]:
    """Those that one's organisation follows and whose next date comes by that day, late ones first: for its home."""
    due = (SupportAction.author_id == actor.organisation_id, SupportAction.done_on.is_(None))
    by_then = _whole().where(*due, SupportAction.next_on <= until)
    return session.scalars(by_then.order_by(SupportAction.next_on, SupportAction.id).limit(most)).all()


def of_structure(
    session: Session, structure_id: int, *, author_id: int | None = None, most: int = _SHOWN
) -> Sequence[SupportAction]:
    """Those of a structure, whoever notes them or one author alone: under way first, by next date."""
    wanted = _whole().where(SupportAction.structure_id == structure_id)
    if author_id is not None:
        wanted = wanted.where(SupportAction.author_id == author_id)
    done = SupportAction.done_on.is_not(None)
    order = (done, SupportAction.next_on.is_(None), SupportAction.next_on, SupportAction.id.desc())
    return session.scalars(wanted.order_by(*order).limit(most)).all()


def is_member(session: Session, actor: Actor, structure: Organisation) -> bool:
    return directory.counts_as_member(session, actor, structure)


def structure_called(session: Session, actor: Actor, typed: str | None) -> Organisation:
    """The structure that a SIRET or a name means, among those that this author may help. Raises RuleViolation."""
    words = " ".join((typed or "").split())
    if not words:
        raise RuleViolation("Donnez le nom ou le SIRET de la structure.", "structure")
    digits = "".join(words.split())
    if re.fullmatch("[0-9]{14}", digits):
        found = directory.by_siret(session, digits)
        if found is None:
            raise RuleViolation("Aucune organisation de l’annuaire n’a ce SIRET.", "structure")
        return found
    return _only_one(_called(session, actor, words), words)


def _called(session: Session, actor: Actor, words: str) -> Sequence[Organisation]:
    matching = organisation_search.ids_matching(words, prefix=True)
    if matching is None:
        return []
    structures = select(HeldKind.organisation_id).where(HeldKind.kind.in_(_STRUCTURES))
    wanted = select(Organisation).where(Organisation.id.in_(matching), Organisation.id.in_(structures))
    if policies.helps_members_only(actor):
        wanted = wanted.where(Organisation.id.in_(structures_of(actor.organisation_id)))
    exact = Organisation.sort_name == fold(words)[:250]
    return session.scalars(wanted.order_by(exact.desc(), Organisation.sort_name, Organisation.siret).limit(50)).all()


def _only_one(found: Sequence[Organisation], words: str) -> Organisation:
    exact = [each for each in found if each.sort_name == fold(words)[:250]]
    if len(found) == 1 or len(exact) == 1:
        return (exact or found)[0]
    if not found:
        raise RuleViolation(
            "Aucune structure de ce nom\u202f: cherchez-la dans l’annuaire, et copiez son SIRET.", "structure"
        )
    names = "\u202f; ".join(f"{each.shown_name}, {each.shown_siret}" for each in found[:_MOST_NAMED])
    raise RuleViolation(typo(f"Plusieurs structures répondent à ce nom, donnez le SIRET\u202f: {names}."), "structure")


def project_called(session: Session, typed: str | None) -> Project | None:
    """The public project that an address or a reference means; None when nothing was typed. Raises RuleViolation."""
    words = (typed or "").strip()
    if not words:
        return None
    reference = re.sub(r"^.*/programmation/", "", words).split("/")[0].split("?")[0].split("#")[0]
    found = session.scalar(select(Project).where(Project.reference == reference, Project.published_at.is_not(None)))
    if found is None:
        raise RuleViolation("Aucun projet public n’est à cette adresse\u202f: copiez celle de sa page.", "project")
    return found


def _late(today: date) -> ColumnElement[bool]:
    return SupportAction.done_on.is_(None) & (SupportAction.next_on < today)


def _whole() -> Select[SupportAction]:
    return select(SupportAction).options(
        joinedload(SupportAction.author), joinedload(SupportAction.structure), joinedload(SupportAction.project)
    )
