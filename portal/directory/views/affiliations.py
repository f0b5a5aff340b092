"""An organisation's networks, or a network's structures: asked, accepted, ended."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.directory import policies, queries, services
from portal.directory.forms import AnswerForm, AskForm, EndForm, choices_of
from portal.directory.models import Affiliation, Organisation
from portal.directory.views.blueprint import pages
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.paging import last_page, page_within
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import SafeForm, current_actor, once, page_asked, render, requires

_MEMBERS_PER_PAGE = 50
_EITHER_SIDE = (Permission.AFFILIATION_ASK, Permission.AFFILIATION_DECIDE)


@pages.get("/reseaux")
@requires(*_EITHER_SIDE)
def own_networks() -> ResponseReturnValue:
    """The same page, for the organisation one acts for: where the header leads."""
    with reading() as session:
        organisation = session.get(Organisation, current_actor().organisation_id or 0)
    if organisation is None:
        raise NotFound
    return redirect(url_for("directory.networks", siret=organisation.siret))


@pages.get("/annuaire/<siret>/reseaux")
@requires(*_EITHER_SIDE)
def networks(siret: str) -> ResponseReturnValue:
    with reading() as session:
        form = _ask_form(session, _own(session, siret))
    return _shown(siret, form)


@pages.post("/annuaire/<siret>/reseaux")
@requires(Permission.AFFILIATION_ASK)
def ask(siret: str) -> ResponseReturnValue:
    with reading() as session:
        form = _ask_form(session, _own(session, siret))
    try:
        if form.validate_on_submit():
            with once(form) as act:
                network = queries.by_siret(act.session, form.network.data)
                structure = _own(act.session, siret)
                services.ask_affiliation(act.session, structure, network, actor=current_actor(), now=clock.utc_now())
                act.leads_to(url_for("directory.networks", siret=siret), "Votre demande attend la réponse du réseau.")
            return act.response
    except RuleViolation as problem:
        form.add_problem(problem)
    return _shown(siret, form)


@pages.route("/annuaire/<siret>/reseaux/<other>/accepter", methods=["GET", "POST"])
@requires(Permission.AFFILIATION_DECIDE)
def accept(siret: str, other: str) -> ResponseReturnValue:
    form = AnswerForm()
    if not form.validate_on_submit():
        return _asked("accept", form, siret, other)
    with once(form) as act:
        affiliation = _between(act.session, siret, other)
        services.accept_affiliation(act.session, affiliation, actor=current_actor(), now=clock.utc_now())
        told = f"{affiliation.structure.shown_name} fait partie de votre réseau."
        act.leads_to(url_for("directory.networks", siret=siret), told)
    return act.response


@pages.route("/annuaire/<siret>/reseaux/<other>/mettre-fin", methods=["GET", "POST"])
@requires(*_EITHER_SIDE)
def end(siret: str, other: str) -> ResponseReturnValue:
    """Decline, withdraw, leave or part: which one follows from the side and from what was accepted."""
    form = EndForm()
    if not form.validate_on_submit():
        return _asked("end", form, siret, other)
    with once(form) as act:
        affiliation = _between(act.session, siret, other)
        told = _told(affiliation, siret)
        services.end_affiliation(
            act.session, affiliation, reason=form.reason.data, actor=current_actor(), now=clock.utc_now()
        )
        act.leads_to(url_for("directory.networks", siret=siret), told)
    return act.response


def _told(affiliation: Affiliation, siret: str) -> str:
    """What ending an affiliation has done, for the side that this SIRET is."""
    structure, network = affiliation.structure.shown_name, affiliation.network.shown_name
    if affiliation.network.siret == siret:
        declined = f"Vous avez décliné la demande de {structure}."
        return declined if affiliation.awaits_answer else f"{structure} ne fait plus partie de votre réseau."
    withdrawn = f"Vous avez retiré votre demande à {network}."
    return withdrawn if affiliation.awaits_answer else f"Vous avez quitté {network}."


def _asked(act: str, form: SafeForm, siret: str, other: str) -> ResponseReturnValue:
    """The page of one button, which tells what pressing it will do."""
    with reading() as session:
        affiliation = _between(session, siret, other)
    by_network = affiliation.network.siret == siret
    page = render(f"directory/{act}_affiliation.html", form=form, affiliation=affiliation, by_network=by_network)
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK


def _own(session: Session, siret: str) -> Organisation:
    """Raises NotFound for the organisation of others."""
    organisation = queries.shown(session, siret)
    if not policies.can_see_networks(current_actor(), organisation):
        raise NotFound
    return organisation


def _between(session: Session, siret: str, other: str) -> Affiliation:
    affiliation = queries.live_affiliation(session, _own(session, siret), other)
    if not policies.can_end(current_actor(), affiliation):
        raise NotFound
    return affiliation


@dataclass(frozen=True)
class Led:
    """What a network has to do with structures: those that wait, a page of its members by name, those of the past."""

    waiting: list[Affiliation]
    members: list[Affiliation]
    member_count: int
    page: int
    last_page: int
    ended: list[Affiliation]


def _led(affiliations: list[Affiliation]) -> Led:
    members = [affiliation for affiliation in affiliations if affiliation.is_member]
    members.sort(key=lambda affiliation: (affiliation.structure.sort_name, affiliation.structure.siret))
    page = page_within(page_asked(), len(members), _MEMBERS_PER_PAGE)
    return Led(
        waiting=[affiliation for affiliation in affiliations if affiliation.awaits_answer],
        members=members[(page - 1) * _MEMBERS_PER_PAGE : page * _MEMBERS_PER_PAGE],
        member_count=len(members),
        page=page,
        last_page=last_page(len(members), _MEMBERS_PER_PAGE),
        ended=[affiliation for affiliation in affiliations if not affiliation.is_live],
    )


def _ask_form(session: Session, structure: Organisation) -> AskForm:
    """The networks that the structure is not in and has not asked."""
    live = {
        affiliation.network_id for affiliation in queries.affiliations_of(session, structure) if affiliation.is_live
    }
    form = AskForm()
    form.network.choices = choices_of(
        [
            (network.siret, network.shown_name)
            for network in queries.networks(session, clock.today())
            if network.id != structure.id and network.id not in live
        ]
    )
    return form


def _shown(siret: str, form: SafeForm) -> ResponseReturnValue:
    with reading() as session:
        organisation = _own(session, siret)
        affiliations = queries.affiliations_of(session, organisation)
    page = render(
        "directory/networks.html",
        organisation=organisation,
        form=form,
        joined=[affiliation for affiliation in affiliations if affiliation.structure_id == organisation.id],
        led=_led([affiliation for affiliation in affiliations if affiliation.network_id == organisation.id]),
        page_url=lambda number: url_for("directory.networks", siret=siret, page=number if number > 1 else None),
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
