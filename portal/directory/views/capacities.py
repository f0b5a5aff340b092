"""A structure says what it could carry, on one screen, and that it still holds, in one click."""

from http import HTTPStatus

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.directory import policies, queries, rules, services
from portal.directory.capacity_form import CapacityForm, KnownTradesForm
from portal.directory.models import CapacityStatement, Organisation
from portal.directory.views.blueprint import pages
from portal.kernel import clock
from portal.kernel.errors import RuleViolation, Stale
from portal.storage import reading
from portal.vocabulary import Permission, Trade
from portal.web import VersionedForm, current_actor, once, render, requires

_KEPT = "Votre capacité est à jour\u202f: nous vous la ferons relire dans six mois."


class ConfirmForm(VersionedForm):
    """One button, about what was read."""


@pages.route("/annuaire/<siret>/capacite", methods=["GET", "POST"])
@requires(Permission.CAPACITY_TELL)
def capacity(siret: str) -> ResponseReturnValue:
    with reading() as session:
        organisation = _own(session, siret)
        statement = queries.capacity_of(session, organisation)
        form = KnownTradesForm(obj=statement)
    if not form.validate_on_submit():
        return _shown(form, organisation, statement)
    try:
        with once(form) as act:
            services.tell_capacity(
                act.session,
                _own(act.session, siret),
                form.facts,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("directory.show", siret=siret, _anchor="capacite"), _KEPT)
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown(form, organisation, statement)
    return act.response


@pages.post("/annuaire/<siret>/capacite/confirmer")
@requires(Permission.CAPACITY_TELL)
def confirm_capacity(siret: str) -> ResponseReturnValue:
    form = ConfirmForm()
    try:
        if form.validate_on_submit():
            with once(form) as act:
                services.confirm_capacity(
                    act.session,
                    _own(act.session, siret),
                    expected_version=form.version.data or 0,
                    actor=current_actor(),
                    now=clock.utc_now(),
                )
                act.leads_to(url_for("directory.show", siret=siret, _anchor="capacite"), _KEPT)
            return act.response
    except RuleViolation as problem:
        form.add_problem(problem)
    except Stale:
        form.form_errors.append("Cette capacité vient de changer\u202f: relisez-la, puis confirmez-la.")
    with reading() as session:
        organisation = _own(session, siret)
        statement = queries.capacity_of(session, organisation)
    return _shown(KnownTradesForm(formdata=None, obj=statement), organisation, statement, form)


def _own(session: Session, siret: str) -> Organisation:
    """Raises NotFound for the organisation of others."""
    organisation = queries.shown(session, siret)
    policies.ensure_can_tell_capacity(current_actor(), organisation)
    return organisation


def _shown(
    form: CapacityForm,
    organisation: Organisation,
    statement: CapacityStatement | None,
    confirming: ConfirmForm | None = None,
) -> ResponseReturnValue:
    """Offered trades and those already told first; the others wait, folded."""
    offered = {offer.trade for offer in organisation.offered}
    first = [trade for trade in Trade if trade in offered or form.band_field(trade).data]
    due_on = rules.capacity_due_on(statement.confirmed_on) if statement else None
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    fresh = ConfirmForm(formdata=None, version=statement.version if statement else 0)
    return render(
        "directory/capacity.html",
        form=form,
        organisation=organisation,
        statement=statement,
        confirming=fresh,
        problems=confirming,
        first=first or list(Trade),
        others=[trade for trade in Trade if trade not in first] if first else [],
        due_on=due_on,
        is_due=due_on is not None and due_on <= clock.today(),
        can_edit=policies.can_edit(current_actor(), organisation),
    ), status
