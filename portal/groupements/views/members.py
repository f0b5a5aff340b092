"""Who comes in and who leaves."""

from datetime import timedelta

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.contracts.queries import organisations_called
from portal.directory.models import Organisation
from portal.directory.queries import by_siret
from portal.groupements import policies, rules, services
from portal.groupements.forms import AnswerForm, ButtonForm, InviteForm, MessageForm, ReasonForm
from portal.groupements.models import Groupement
from portal.groupements.services import Reached
from portal.groupements.views import finding, outside_page, room_page
from portal.groupements.views.blueprint import Do, address_of, carried_out, found, pages, shown, too_late
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import reading
from portal.vocabulary import MemberState, Permission
from portal.web import current_actor, once, requires
from portal.web.throttle import count_attempt

_JOIN = Permission.GROUPEMENT_JOIN
_LONGEST_SEARCH = 200
_INVITATIONS_A_DAY, _REQUESTS_A_DAY = 40, 20


@pages.route("/groupements/<public_id>/inviter", methods=["GET", "POST"])
@requires(_JOIN)
def invite(public_id: str) -> ResponseReturnValue:
    groupement = found(finding.led, public_id)
    if closed := too_late(groupement, lambda: rules.ensure_forming(groupement.state)):
        return closed
    form = InviteForm()
    words = " ".join(request.args.get("q", "").split())[:_LONGEST_SEARCH]
    with reading() as session:
        chosen = by_siret(session, form.siret.data or request.args.get("siret", ""))
        results = organisations_called(session, words, clock.today()) if words else ()
    context = {"chosen": chosen, "found": results, "words": words, "today": clock.today()}
    if chosen is None:
        return shown("invite", form, groupement=groupement, **context)
    form.siret.data = chosen.siret
    if form.validate_on_submit():
        _limit("groupement_invitation", _INVITATIONS_A_DAY)
    do = _invitation_of(form, chosen)
    return carried_out("invite", form, finding.led, do, "", groupement=groupement, **context)


def _limit(scope: str, a_day: int) -> None:
    """Each of these acts writes to people, an invitation perhaps to a public address."""
    someone = str(current_actor().account_id)
    count_attempt(scope, someone, limit=a_day, window=timedelta(days=1), now=clock.utc_now())


def _invitation_of(form: InviteForm, chosen: Organisation) -> Do:
    def do(session: Session, groupement: Groupement) -> str:
        organisation = session.get_one(Organisation, chosen.id)
        _, reached = services.invite(
            session, groupement, organisation, form.offer, actor=current_actor(), now=clock.utc_now()
        )
        return _told(reached, organisation)

    return do


def _told(reached: Reached, organisation: Organisation) -> str:
    """Whom the mail reaches, so that the inviter knows whether to call."""
    name = organisation.shown_name
    return {
        Reached.PEOPLE: f"L’invitation part à {name}. Elle vaut 14 jours.",
        Reached.CONTACT: f"Personne n’a encore de compte chez {name} : nous écrivons à l’adresse publique de sa fiche. "
        "Un appel aiderait.",
        Reached.NOBODY: f"Personne n’a encore de compte chez {name}, et sa fiche ne donne aucune adresse : appelez. "
        "L’invitation l’attend ici 14 jours, dès que sa fiche sera réclamée.",
    }[reached]


@pages.post("/groupements/<public_id>/membres/<member>/relancer")
@requires(_JOIN)
def renew(public_id: str, member: str) -> ResponseReturnValue:
    """The same invitation, for 14 more days."""
    _limit("groupement_invitation", _INVITATIONS_A_DAY)
    with once(ButtonForm()) as act:
        groupement = finding.led(act.session, current_actor(), public_id)
        invited = services.member_called(groupement, member)
        reached = services.renew_invitation(
            act.session, groupement, invited, actor=current_actor(), now=clock.utc_now()
        )
        act.leads_to(address_of(groupement), _told(reached, invited.organisation))
    return act.response


@pages.route("/groupements/<public_id>/membres/<member>/retirer", methods=["GET", "POST"])
@requires(_JOIN)
def part_with(public_id: str, member: str) -> ResponseReturnValue:
    """Withdraw an invitation, or go on without a member."""
    groupement = found(finding.led, public_id)
    who = services.member_called(groupement, member)
    if closed := too_late(groupement, lambda: rules.ensure_forming(groupement.state)):
        return closed
    if who.state not in {MemberState.INVITED, MemberState.JOINED, MemberState.ACCEPTED}:
        raise NotFound
    form = ReasonForm()

    def do(session: Session, again: Groupement) -> str:
        leaving = services.member_called(again, member)
        reason = form.reason.data or None
        services.part_with(session, again, leaving, reason, actor=current_actor(), now=clock.utc_now())
        return "C’est fait."

    return carried_out("part_with", form, finding.led, do, "", groupement=groupement, member=who)


@pages.route("/groupements/<public_id>/repondre", methods=["GET", "POST"])
@requires(_JOIN)
def answer(public_id: str) -> ResponseReturnValue:
    groupement = found(finding.invited_to, public_id)
    form = AnswerForm()
    page = outside_page.OutsidePage(groupement, current_actor(), clock.utc_now())

    def do(session: Session, again: Groupement) -> str:
        services.answer_invitation(
            session,
            again,
            accepted=form.accepted,
            reason=form.reason.data or None,
            actor=current_actor(),
            now=clock.utc_now(),
        )
        return "Vous êtes membre du groupement." if form.accepted else "Votre réponse est partie."

    return carried_out("answer", form, finding.invited_to, do, "", groupement=groupement, page=page)


@pages.route("/groupements/<public_id>/demander", methods=["GET", "POST"])
@requires(_JOIN)
def ask(public_id: str) -> ResponseReturnValue:
    groupement = found(finding.joinable, public_id)
    form = MessageForm()
    if form.validate_on_submit():
        _limit("groupement_request", _REQUESTS_A_DAY)
    page = outside_page.OutsidePage(groupement, current_actor(), clock.utc_now())

    def do(session: Session, again: Groupement) -> None:
        services.ask_to_join(session, again, form.message.data or None, actor=current_actor(), now=clock.utc_now())

    told = "Votre demande est partie : vous recevrez la réponse par courriel."
    return carried_out("ask", form, finding.joinable, do, told, groupement=groupement, page=page)


@pages.post("/groupements/<public_id>/demander/retirer")
@requires(_JOIN)
def withdraw_request(public_id: str) -> ResponseReturnValue:
    with once(ButtonForm()) as act:
        groupement = finding.visible(act.session, current_actor(), public_id)
        services.withdraw_request(act.session, groupement, actor=current_actor(), now=clock.utc_now())
        act.leads_to(address_of(groupement), "Votre demande est retirée.")
    return act.response


@pages.route("/groupements/<public_id>/demandes/<member>", methods=["GET", "POST"])
@requires(_JOIN)
def answer_request(public_id: str, member: str) -> ResponseReturnValue:
    groupement = found(finding.led, public_id)
    asking = services.member_called(groupement, member)
    if closed := too_late(groupement, lambda: _ensure_asks(asking.state)):
        return closed
    form = AnswerForm()

    def do(session: Session, again: Groupement) -> str:
        services.answer_request(
            session,
            again,
            services.member_called(again, member),
            accepted=form.accepted,
            reason=form.reason.data or None,
            actor=current_actor(),
            now=clock.utc_now(),
        )
        return f"Votre réponse part à {asking.organisation.shown_name}."

    return carried_out("answer_request", form, finding.led, do, "", groupement=groupement, member=asking)


def _ensure_asks(state: MemberState) -> None:
    if state is not MemberState.ASKING:
        raise RuleViolation("Cette demande n’attend plus de réponse.")


@pages.route("/groupements/<public_id>/quitter", methods=["GET", "POST"])
@requires(_JOIN)
def leave(public_id: str) -> ResponseReturnValue:
    groupement = found(finding.inside, public_id)
    policies.own_membership(current_actor(), groupement, MemberState.JOINED, MemberState.ACCEPTED)
    if closed := too_late(groupement, lambda: room_page.ensure_may_leave(groupement, current_actor(), clock.utc_now())):
        return closed
    form = ReasonForm()

    def do(session: Session, again: Groupement) -> None:
        services.leave(session, again, form.reason.data or None, actor=current_actor(), now=clock.utc_now())

    told = "Vous avez quitté le groupement."
    return carried_out("leave", form, finding.inside, do, told, groupement=groupement)
