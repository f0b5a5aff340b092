"""The team of the organisation one acts for: members, invitations, requests to join."""

from datetime import datetime

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.accounts import queries, rules, sessions
from portal.accounts.forms import (
    AnswerJoinForm,
    ButtonForm,
    EndForm,
    InvitationForm,
    InviteForm,
    MemberForm,
    described,
)
from portal.accounts.models import Account, Invitation, JoinRequest, Membership
from portal.accounts.services import links, passwords, requests, sign_in, sign_up
from portal.accounts.services import team as services
from portal.accounts.views import limits
from portal.accounts.views.blueprint import already_answered, pages, refused, shown
from portal.directory.models import Organisation
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission, Role
from portal.web import SafeForm, current_actor, once, public, render, requires


def _here() -> int:
    """The organisation that the manager acts for."""
    return current_actor().organisation_id or 0


def _given_here() -> frozenset[Role]:
    with reading() as unit:
        organisation = unit.get_one(Organisation, _here())
        return rules.roles_given_by(organisation.kinds_on(clock.today()))


@pages.get("/equipe")
@requires(Permission.MEMBERS_MANAGE)
def team() -> ResponseReturnValue:
    now = clock.utc_now()
    with reading() as unit:
        members = queries.members_of(unit, _here(), now)
        invitations = queries.open_invitations(unit, _here())
        asked = queries.pending_join_requests(unit, _here())
    people = _by_person(members)
    resend = ButtonForm(formdata=None)
    return render("accounts/team.html", people=people, invitations=invitations, asked=asked, resend=resend, now=now)


def _by_person(members: list[Membership]) -> dict[Account, list[Membership]]:
    people: dict[Account, list[Membership]] = {}
    for membership in members:
        people.setdefault(membership.account, []).append(membership)
    return people


@pages.route("/equipe/inviter", methods=["GET", "POST"])
@requires(Permission.MEMBERS_MANAGE)
def invite() -> ResponseReturnValue:
    form = InviteForm()
    form.roles.choices = described(_given_here())
    if not form.validate_on_submit():
        return shown("invite", form)
    limits.of_invitation(sessions.person().account_id)
    try:
        with once(form) as act:
            services.invite(
                act.session,
                _here(),
                form.email.data,
                form.roles.chosen,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("accounts.team"), "L’invitation est partie. Elle vaut 14 jours.")
    except RuleViolation as problem:
        return refused(problem, "invite", form)
    return act.response


@pages.route("/equipe/invitations/<public_id>/retirer", methods=["GET", "POST"])
@requires(Permission.MEMBERS_MANAGE)
def withdraw_invitation(public_id: str) -> ResponseReturnValue:
    with reading() as unit:
        invitation = queries.open_invitation(unit, _here(), public_id)
    form = ButtonForm()
    if not form.validate_on_submit():
        return shown("invitation_withdraw", form, invitation=invitation)
    with once(form) as act:
        invitation = queries.open_invitation(act.session, _here(), public_id)
        services.withdraw_invitation(act.session, invitation, actor=current_actor(), now=clock.utc_now())
        act.leads_to(url_for("accounts.team"), "L’invitation est retirée.")
    return act.response


@pages.post("/equipe/invitations/<public_id>/renvoyer")
@requires(Permission.MEMBERS_MANAGE)
def resend_invitation(public_id: str) -> ResponseReturnValue:
    """A new link in place of the former one, for the same address and the same roles."""
    limits.of_invitation(sessions.person().account_id)
    with once(ButtonForm()) as act:
        former = queries.open_invitation(act.session, _here(), public_id)
        services.invite(act.session, _here(), former.email, former.roles, actor=current_actor(), now=clock.utc_now())
        act.leads_to(url_for("accounts.team"), f"L’invitation est renvoyée à {former.email}. Elle vaut 14 jours.")
    return act.response


@pages.route("/equipe/membres/<public_id>", methods=["GET", "POST"])
@requires(Permission.MEMBERS_MANAGE)
def member(public_id: str) -> ResponseReturnValue:
    held = _held(public_id, clock.utc_now())
    roles = {each.role for each in held} - {Role.ADMINISTRATOR}
    form = MemberForm(roles=roles, before=" ".join(sorted(roles)))
    form.roles.choices = described(_given_here() | roles)
    if not form.validate_on_submit():
        return shown("member", form, account=held[0].account, held=held)
    try:
        with once(form) as act:
            services.set_roles(
                act.session,
                held[0].account_id,
                _here(),
                form.roles.chosen,
                expected=form.expected,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("accounts.team"), f"Rôles changés : {held[0].account.display_name}.")
    except RuleViolation as problem:
        return refused(problem, "member", form, account=held[0].account, held=held)
    return act.response


def _held(public_id: str, now: datetime) -> list[Membership]:
    with reading() as unit:
        return queries.member(unit, _here(), public_id, now)


@pages.route("/equipe/membres/<public_id>/retirer", methods=["GET", "POST"])
@requires(Permission.MEMBERS_MANAGE)
def end_member(public_id: str) -> ResponseReturnValue:
    now = clock.utc_now()
    account = _held(public_id, now)[0].account
    with reading() as unit:
        members = queries.members_of(unit, _here(), now)
    form = EndForm(last_day=clock.today())
    form.offer(members, leaving=account.id)
    if not form.validate_on_submit():
        return shown("member_end", form, account=account)
    try:
        with once(form) as act:
            services.end_membership(
                act.session,
                account.id,
                _here(),
                last_day=form.last_day.data,
                successor_id=form.chosen_successor(members),
                actor=current_actor(),
                now=now,
            )
            act.leads_to(url_for("accounts.team"), f"Départ enregistré : {account.display_name}.")
    except RuleViolation as problem:
        return refused(problem, "member_end", form, account=account)
    return act.response


@pages.route("/equipe/demandes/<public_id>", methods=["GET", "POST"])
@requires(Permission.MEMBERS_MANAGE)
def answer_join(public_id: str) -> ResponseReturnValue:
    asked = _join_request(public_id)
    if not asked.is_pending:
        return already_answered("join_answer", asked)
    form = AnswerJoinForm(roles=asked.roles)
    form.roles.choices = described(_given_here())
    if not form.validate_on_submit():
        return shown("join_answer", form, asked=asked)
    try:
        with once(form) as act:
            requests.answer_join(
                act.session,
                queries.join_request(act.session, _here(), public_id),
                roles=form.roles.chosen if form.accepted else None,
                reason=form.reason.data,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("accounts.team"), f"Votre réponse part à {asked.account.display_name}.")
    except requests.AlreadyAnswered:
        return already_answered("join_answer", _join_request(public_id))
    except RuleViolation as problem:
        return refused(problem, "join_answer", form, asked=asked)
    return act.response


def _join_request(public_id: str) -> JoinRequest:
    with reading() as unit:
        return queries.join_request(unit, _here(), public_id)


# The other side: whoever is invited


@pages.route("/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> ResponseReturnValue:
    now = clock.utc_now()
    with reading() as unit:
        offered = links.seen(unit, Invitation, token, now)
        context = {"offered": offered, "organisation": offered.organisation, "inviter": offered.inviter}
        known = queries.account_by_email(unit, offered.email)
    form: SafeForm = InvitationForm() if known is None else ButtonForm()
    if not form.validate_on_submit():
        return shown("invitation", form, known=known, **context)
    if isinstance(form, ButtonForm):
        return _join(form, token)
    try:
        return _join_newly(form, token, offered)
    except RuleViolation as problem:
        return refused(problem, "invitation", form, known=known, **context)


def _join(form: SafeForm, token: str) -> ResponseReturnValue:
    """The link proves the address, which proves the account: nobody has to sign in to accept."""
    now = clock.utc_now()
    with once(form) as act:
        offered = links.seen(act.session, Invitation, token, now)
        account = queries.account_by_email(act.session, offered.email)
        if account is None:
            raise links.LinkOver
        organisation = services.accept_invitation(act.session, token, account, now=now)
        act.leads_to(
            url_for("accounts.account"), f"Vous faites désormais partie de l’équipe « {organisation.shown_name} »."
        )
    return act.response


def _join_newly(form: SafeForm, token: str, offered: Invitation) -> ResponseReturnValue:
    now = clock.utc_now()
    name = form["display_name"].data
    password_hash = passwords.prepared(form["password"].data, about=(name, offered.email))
    with once(form) as act:
        account = sign_up.open_account(act.session, offered.email, name, password_hash, now=now)
        organisation = services.accept_invitation(act.session, token, account, now=now)
        opened = sign_in.open_session(
            act.session, account, now=now, browser=sessions.browser(), organisation_id=organisation.id
        )
        act.leads_to(
            url_for("accounts.account"), f"Vous faites désormais partie de l’équipe « {organisation.shown_name} »."
        )
    sessions.begin(opened)
    return act.response
