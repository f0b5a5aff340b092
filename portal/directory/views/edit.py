"""An organisation edits its own page."""

import re
from http import HTTPStatus

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.directory import policies, queries, services
from portal.directory.forms import OrganisationForm, organisation_form
from portal.directory.models import Organisation
from portal.directory.services import OrganisationFacts
from portal.directory.views.blueprint import pages
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.vocabulary import EssFamily, Permission, ServiceType, Trade
from portal.web import current_actor, once, render, requires


@pages.route("/annuaire/<siret>/modifier", methods=["GET", "POST"])
@requires(Permission.ORGANISATION_EDIT)
def edit(siret: str) -> ResponseReturnValue:
    with reading() as session:
        organisation = _own(session, siret)
        form = organisation_form(queries.regions(session), queries.epcis(session))(obj=organisation)
    if not form.validate_on_submit():
        return _shown(form, organisation)
    try:
        with once(form) as act:
            services.edit_organisation(
                act.session,
                _own(act.session, siret),
                _facts(form),
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("directory.show", siret=siret), "La fiche est à jour.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown(form, organisation)
    return act.response


def _own(session: Session, siret: str) -> Organisation:
    """Raises NotFound for the organisation of others."""
    organisation = queries.shown(session, siret)
    policies.ensure_can_edit(current_actor(), organisation)
    return organisation


def _shown(form: OrganisationForm, organisation: Organisation) -> ResponseReturnValue:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(
        "directory/edit.html", form=form, organisation=organisation, trades=list(Trade), services=list(ServiceType)
    ), status


def _facts(form: OrganisationForm) -> OrganisationFacts:
    return OrganisationFacts(
        usual_name=form.usual_name.data or None,
        ess_family=EssFamily(form.ess_family.data) if form.ess_family.data else None,
        description=form.description.data or None,
        contact_email=form.contact_email.data or None,
        contact_phone=form.contact_phone.data or None,
        website=form.website.data or None,
        trades=frozenset(_offer(ticked) for ticked in form.trades.data),
        everywhere=form.everywhere.data,
        regions=frozenset(form.regions.data),
        departments=_pieces(form.departments.data),
        epcis=frozenset(form.epcis.data),
        communes=_pieces(form.communes.data),
    )


def _offer(ticked: str) -> tuple[Trade, ServiceType]:
    trade, service_type = ticked.split(":")
    return Trade(trade), ServiceType(service_type)


def _pieces(typed: str | None) -> tuple[str, ...]:
    """What was typed between commas, semicolons or lines, each once."""
    pieces = (piece.strip() for piece in re.split(r"[,;\n]", typed or ""))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))
