"""The lots to come of the network, by coverage; and the members who could answer one, to whom it is pointed out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.calibration.facts import Structure
from portal.desks.cockpit import nudges, rules, together
from portal.desks.cockpit.forms import TellForm
from portal.desks.cockpit.lots import LotCover, lots_near, weigh
from portal.desks.cockpit.members import sirets_of
from portal.desks.cockpit.rules import MOST_TOLD
from portal.desks.cockpit.scope import scope_of
from portal.desks.cockpit.views.blueprint import pages
from portal.desks.cockpit.views.words import Line, lines_of, structure_words
from portal.directory.forms import choices_of
from portal.forecast import queries as forecast
from portal.groupements import translation
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.kernel.french import plural, typo
from portal.kernel.paging import last_page, page_within
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import Act, current_actor, form_or_act, page_asked, render, requires

PAGE = 20


@pages.get("/reseau/lots")
@requires(Permission.NETWORK_FOLLOW)
def lots() -> ResponseReturnValue:
    actor, today = current_actor(), clock.today()
    with reading() as session:
        scope = scope_of(session, actor)
        near = lots_near(session, scope, together.coordinated(session, scope), today)
        page = page_within(page_asked(), len(near.lots), PAGE)
        lines = lines_of(session, near.lots[(page - 1) * PAGE : page * PAGE])
    return render(
        "desks/cockpit/lots.html",
        near=near,
        lines=lines,
        page=page,
        last=last_page(len(near.lots), PAGE),
        page_url=lambda number: url_for("cockpit.lots", page=number if number > 1 else None),
    )


@pages.route("/reseau/lots/<reference>/lot-<int:number>", methods=["GET", "POST"])
@requires(Permission.NETWORK_FOLLOW)
def lot(reference: str, number: int) -> ResponseReturnValue:
    now = clock.utc_now()
    with reading() as session:
        page = _page(session, reference, number, now)
    form = TellForm(structures=[page.sirets[each.organisation_id] for each in page.waiting if each.hours > 0])
    form.structures.choices = choices_of(page.choices)

    def do(act: Act) -> None:
        told = _tell(act.session, reference, number, form.structures.data, now)
        act.leads_to(url_for("cockpit.lot", reference=reference, number=number), told)

    return form_or_act("desks/cockpit/lot.html", form, do, page=page, line=page.line, found=page.found)


@dataclass(frozen=True)
class LotPage:
    """A lot, the members who may be told of it, and those who were less than a week ago."""

    found: LotCover
    line: Line
    sirets: Mapping[int, str]
    waiting: Sequence[Structure]
    lately: Sequence[tuple[Structure, date]]

    @property
    def choices(self) -> list[tuple[str, str]]:
        communes = len(self.found.need.places)
        return [(self.sirets[each.organisation_id], structure_words(each, communes)) for each in self.waiting]


def _page(session: Session, reference: str, number: int, now: datetime) -> LotPage:
    found = _found(session, reference, number, now)
    line = next(iter(lines_of(session, [found])), None)
    if line is None:
        raise NotFound
    ids = [each.organisation_id for each in found.members]
    sent = nudges.sent_to(session, ids, about=found.lot.id)
    today = clock.paris_date(now)
    told = {each.structure_id: each.sent_on for each in sent.values() if today < rules.again_on(each.sent_on)}
    return LotPage(
        found,
        line,
        sirets_of(session, ids),
        [each for each in found.members if each.organisation_id not in told][:MOST_TOLD],
        [(each, told[each.organisation_id]) for each in found.members if each.organisation_id in told],
    )


def _found(session: Session, reference: str, number: int, now: datetime) -> LotCover:
    """A public lot that still takes candidacies, whatever its trade: the network chose to look. Raises NotFound."""
    actor = current_actor()
    project = forecast.visible(session, actor, reference)
    asked = forecast.lot_of(project, number)
    if not project.is_public or not translation.is_open(asked):
        raise NotFound
    scope = scope_of(session, actor)
    return weigh(session, asked, scope, together.coordinated(session, scope), clock.paris_date(now))


def _tell(session: Session, reference: str, number: int, chosen: Collection[str], now: datetime) -> str:
    """Write to those chosen, among the members of this very moment; who cannot be reached does not stop the others."""
    page = _page(session, reference, number, now)
    asked = [each for each in page.waiting if page.sirets[each.organisation_id] in chosen]
    rules.ensure_chosen(asked)
    written, missed = nudges.tell_of_lot(session, page.found.lot, asked, actor=current_actor(), now=now)
    rules.ensure_somebody(len(written))
    told = f"{plural(len(written), 'structure prévenue', 'structures prévenues')} de ce lot."
    return typo(f"{told} Personne à qui écrire chez : {', '.join(missed)}." if missed else told)
