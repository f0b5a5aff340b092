"""One's own account: who one is, for whom one acts, where one is signed in."""

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]

from portal.accounts import queries, sessions
from portal.accounts.forms import ActForForm, ButtonForm, EndForm, ProfileForm
from portal.accounts.models import LoginSession
from portal.accounts.services import profile as profile_services
from portal.accounts.services import sign_in as services
from portal.accounts.services import team
from portal.accounts.sessions import Belonging
from portal.accounts.views.blueprint import pages, refused, shown
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import reading
from portal.web import current_actor, once, render, signed_in


@pages.get("/compte")
@signed_in
def account() -> ResponseReturnValue:
    person = sessions.person()
    with reading() as unit:
        found = queries.account(unit, person.account_id)
        asked = queries.requests_of(unit, person.account_id)
    return render(
        "accounts/account.html", account=found, person=person, asked=asked, act_for=_choice(person), leave=ButtonForm()
    )


def _choice(person: sessions.SignedIn) -> ActForForm:
    form = ActForForm()
    form.organisation.choices = [SelectChoice(str(each.organisation_id), each.name) for each in person.belongings]
    if not form.is_submitted() and person.acting_for:
        form.organisation.data = person.acting_for.organisation_id
    return form


@pages.post("/compte/agir-pour")
@signed_in
def act_for() -> ResponseReturnValue:
    person = sessions.person()
    form = _choice(person)
    if not form.validate_on_submit():
        raise NotFound
    chosen = next(each for each in person.belongings if each.organisation_id == form.organisation.data)
    with once(form) as act:
        services.act_for(
            act.session, person.session_id, chosen.organisation_id, actor=current_actor(), now=clock.utc_now()
        )
        act.leads_to("/", f"Vous agissez désormais pour {chosen.name}.")
    return act.response


@pages.route("/compte/nom", methods=["GET", "POST"])
@signed_in
def profile() -> ResponseReturnValue:
    person = sessions.person()
    with reading() as unit:
        found = queries.account(unit, person.account_id)
    form = ProfileForm(obj=found)
    if not form.validate_on_submit():
        return shown("profile", form)
    with once(form) as act:
        profile_services.rename(
            act.session,
            queries.account(act.session, person.account_id),
            form.display_name.data,
            expected_version=form.version.data or 0,
            actor=current_actor(),
            now=clock.utc_now(),
        )
        act.leads_to(url_for("accounts.account"), "Votre nom est changé.")
    return act.response


@pages.get("/compte/sessions", endpoint="sessions")
@signed_in
def my_sessions() -> ResponseReturnValue:
    person = sessions.person()
    with reading() as unit:
        found = _open_sessions(unit, person)
    return render("accounts/sessions.html", found=found, current=person.session_id, form=ButtonForm())


def _open_sessions(unit: Session, person: sessions.SignedIn) -> list[LoginSession]:
    idle, absolute = sessions.limits()
    now = clock.utc_now()
    return queries.sessions_of(unit, person.account_id, created_after=now - absolute, seen_after=now - idle)


@pages.post("/compte/sessions/<public_id>/fermer")
@signed_in
def close_session(public_id: str) -> ResponseReturnValue:
    with once(ButtonForm()) as act:
        services.revoke(act.session, public_id, actor=current_actor(), now=clock.utc_now())
        act.leads_to(url_for("accounts.sessions"), "Cette session est fermée.")
    return act.response


@pages.post("/compte/sessions/fermer")
@signed_in
def close_other_sessions() -> ResponseReturnValue:
    person = sessions.person()
    with once(ButtonForm()) as act:
        services.revoke_others(
            act.session, person.account_id, kept=person.session_id, actor=current_actor(), now=clock.utc_now()
        )
        act.leads_to(url_for("accounts.sessions"), "Vos autres sessions sont fermées.")
    return act.response


@pages.route("/compte/organisations/<siret>/quitter", methods=["GET", "POST"])
@signed_in
def leave(siret: str) -> ResponseReturnValue:
    person = sessions.person()
    left = _belonging(person, siret)
    now = clock.utc_now()
    with reading() as unit:
        members = queries.members_of(unit, left.organisation_id, now)
    form = EndForm(last_day=clock.today())
    form.offer(members, leaving=person.account_id)
    if not form.validate_on_submit():
        return shown("leave", form, left=left)
    try:
        with once(form) as act:
            team.end_membership(
                act.session,
                person.account_id,
                left.organisation_id,
                last_day=form.last_day.data,
                successor_id=form.chosen_successor(members),
                actor=current_actor(),
                now=now,
            )
            act.leads_to(url_for("accounts.account"), f"Votre départ est enregistré : {left.name}.")
    except RuleViolation as problem:
        return refused(problem, "leave", form, left=left)
    return act.response


def _belonging(person: sessions.SignedIn, siret: str) -> Belonging:
    found = next((each for each in person.belongings if each.siret == siret), None)
    if found is None:
        raise NotFound
    return found
