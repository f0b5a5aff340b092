"""What waits in the other organisations that somebody may act for: the portal shows one at a time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import Date, Select, func, literal, select, type_coerce, union_all
from sqlalchemy.orm import Session

from portal.declarations import queries as declarations
from portal.declarations.models import Declaration
from portal.desks.errands import Errand
from portal.kernel.actor import Actor
from portal.kernel.french import plural, typo
from portal.kernel.month import Month
from portal.vocabulary import DeclarationState


def errands_elsewhere(session: Session, others: Sequence[Actor], today: date) -> Iterator[Errand]:
    """One line for each other organisation in which months wait, in one statement."""
    if not others:
        return
    rows: Iterable[Any] = session.execute(
        union_all(*(_waiting(rank, actor, today) for rank, actor in enumerate(others)))
    )
    for rank, to_file, to_hand, to_check, first in sorted(rows, key=lambda row: row[0]):
        told = [plural(to_file, "déclaration à déposer", "déclarations à déposer")] if to_file else []
        told += [plural(to_hand, "part à remettre", "parts à remettre")] if to_hand else []
        told += [plural(to_check, "déclaration à vérifier", "déclarations à vérifier")] if to_check else []
        if told:
            yield Errand(
                title=typo(f"Agir pour {others[rank].organisation_name}"),
                why=typo(f"{', '.join(told)} dans cette autre organisation."),
                action="Changer d’organisation",
                url=url_for("accounts.account", _anchor="organisation"),
                due_on=first,
            )


def _waiting(rank: int, actor: Actor, today: date) -> Select[tuple[int, int, int, int, date]]:
    awaited = (Declaration.state.in_(DeclarationState.awaited()), Declaration.month < Month.of(today))
    to_file = declarations.own(actor).where(*awaited)
    return select(
        literal(rank),
        to_file.with_only_columns(func.count()).scalar_subquery(),
        declarations.to_fill(actor).with_only_columns(func.count()).scalar_subquery(),
        declarations.to_check(actor).with_only_columns(func.count()).scalar_subquery(),
        type_coerce(to_file.with_only_columns(func.min(Declaration.due_on)).scalar_subquery(), Date),
    )
