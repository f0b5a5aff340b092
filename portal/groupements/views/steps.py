"""What whoever holds the pen sets and decides, and the agreement that each member accepts."""

from collections.abc import Callable
from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.groupements import agreement as agreements
from portal.groupements import policies, queries, rules, services, translation
from portal.groupements.facts import GroupementFacts
from portal.groupements.forms import AboutForm, AcceptForm, EndForm, StepForm
from portal.groupements.models import Groupement
from portal.groupements.terms_form import sharing, terms_form
from portal.groupements.views import agreement_page, finding, terms_page
from portal.groupements.views.blueprint import Find, carried_out, found, pages, too_late
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.storage import reading
from portal.vocabulary import MemberState, Permission
from portal.web import VersionedForm, current_actor, render, requires

_JOIN = Permission.GROUPEMENT_JOIN


def _as_read(form: VersionedForm) -> dict[str, Any]:
    return {"expected_version": form.version.data or 0, "actor": current_actor(), "now": clock.utc_now()}


@pages.route("/groupements/<public_id>/modifier", methods=["GET", "POST"])
@requires(_JOIN)
def edit(public_id: str) -> ResponseReturnValue:
    groupement = found(finding.led, public_id)
    if closed := too_late(groupement, lambda: rules.ensure_forming(groupement.state)):
        return closed
    form = AboutForm(obj=groupement)
    form.offer(groupement)

    def do(session: Session, again: Groupement) -> None:
        lots = [lot for lot in {*again.project.lots, *again.lots} if lot.number in form.numbers]
        services.revise(session, again, form.about, lots, **_as_read(form))

    return carried_out("edit", form, finding.led, do, "Groupement enregistré.", groupement=groupement)


@pages.route("/groupements/<public_id>/parts", methods=["GET", "POST"])
@requires(_JOIN)
def terms(public_id: str) -> ResponseReturnValue:
    groupement, facts = _with_places(public_id)
    if closed := too_late(groupement, lambda: rules.ensure_forming(groupement.state)):
        return closed
    form, members = terms_form(groupement, facts.places)(obj=groupement), sharing(groupement)

    def do(session: Session, again: Groupement) -> None:
        services.set_terms(session, again, form.terms(sharing(again), facts.worth), **_as_read(form))

    context = terms_page.context(form, members, facts)
    told = "Parts enregistrées."
    return carried_out("terms", form, finding.led, do, told, groupement=groupement, **context)


def _with_places(public_id: str) -> tuple[Groupement, GroupementFacts]:
    """A groupement that the actor leads, and what the rules read, with the names of its communes."""
    with reading() as session:
        groupement = finding.led(session, current_actor(), public_id)
        places = queries.places_of(session, groupement)
        return groupement, translation.facts_of(groupement, clock.utc_now(), places=places)


@pages.route("/groupements/<public_id>/accord", methods=["GET", "POST"])
@requires(_JOIN)
def propose(public_id: str) -> ResponseReturnValue:
    """Ask every member; the one who asks accepts in the same gesture, having the agreement before its eyes."""
    groupement, facts = _with_places(public_id)
    if closed := too_late(groupement, lambda: rules.ensure_proposable(facts)):
        return closed
    form = StepForm(obj=groupement)
    told = agreement_page.told_by(agreement_page.text_to_come(groupement, facts))
    own = policies.member_of(groupement, current_actor().organisation_id)

    def do(session: Session, again: Groupement) -> str:
        made = services.propose(session, again, **_as_read(form))
        if own is None:
            return f"L’accord nᵒ {made.number} est proposé aux membres."
        services.accept(session, again, made.number, actor=current_actor(), now=clock.utc_now())
        return f"L’accord nᵒ {made.number} est proposé aux membres, et accepté pour {own.organisation.shown_name}."

    return carried_out("propose", form, finding.led, do, "", groupement=groupement, told=told, own=own)


@pages.route("/groupements/<public_id>/accepter", methods=["GET", "POST"])
@requires(_JOIN)
def accept(public_id: str) -> ResponseReturnValue:
    with reading() as session:
        groupement = finding.inside(session, current_actor(), public_id)
        asked = queries.asked_agreement(session, groupement)
    own = policies.own_membership(current_actor(), groupement, MemberState.JOINED, MemberState.ACCEPTED)
    facts = translation.facts_of(groupement, clock.utc_now())
    mine = next(each for each in facts.members if each.public_id == own.public_id)
    number = asked.number if asked else 0
    if closed := too_late(groupement, lambda: rules.ensure_acceptable(facts, number, mine)):
        return closed
    form = AcceptForm(number=number)

    def do(session: Session, again: Groupement) -> None:
        services.accept(session, again, form.number.data or 0, actor=current_actor(), now=clock.utc_now())

    context = {"told": agreement_page.told_by(asked.text if asked else "{}"), "asked": asked, "own": own}
    return carried_out("accept", form, finding.inside, do, "Votre part est acceptée.", groupement=groupement, **context)


@pages.get("/groupements/<public_id>/accord/<int:number>")
@requires(_JOIN)
def agreement(public_id: str, number: int) -> ResponseReturnValue:
    """One agreement as it was accepted: for the members, to keep."""
    with reading() as session:
        groupement = finding.inside(session, current_actor(), public_id)
        made = queries.agreement_numbered(session, groupement, number)
    if made is None:
        raise NotFound
    return render(
        "groupements/agreement.html",
        groupement=groupement,
        made=made,
        told=agreement_page.told_by(made.text),
        intact=agreements.is_intact(made.text, made.sha256),
    )


@pages.route("/groupements/<public_id>/sceller", methods=["GET", "POST"])
@requires(_JOIN)
def seal(public_id: str) -> ResponseReturnValue:
    groupement = found(finding.led, public_id)
    facts = translation.facts_of(groupement, clock.utc_now())
    told = "Le groupement est scellé : chaque membre en est averti."
    return _step("seal", groupement, lambda: rules.ensure_sealable(facts), services.seal, told)


@pages.route("/groupements/<public_id>/desceller", methods=["GET", "POST"])
@requires(_JOIN)
def unseal(public_id: str) -> ResponseReturnValue:
    groupement = found(finding.led, public_id)
    told = "Le groupement est descellé : un nouvel accord sera demandé à tous."
    return _step("unseal", groupement, lambda: rules.ensure_unsealable(groupement.state), services.unseal, told)


@pages.route("/groupements/<public_id>/deposer", methods=["GET", "POST"])
@requires(_JOIN)
def file(public_id: str) -> ResponseReturnValue:
    groupement = found(finding.led, public_id)
    facts = translation.facts_of(groupement, clock.utc_now())
    told = "Candidature déposée : la composition est figée."
    return _step("file", groupement, lambda: rules.ensure_fileable(facts), services.file, told)


def _step(
    template: str, groupement: Groupement, allowed: Callable[[], None], act: Callable[..., None], told: str
) -> ResponseReturnValue:
    """A confirmation page with one button, of a step of the whole."""
    if closed := too_late(groupement, allowed):
        return closed
    form = StepForm(obj=groupement)
    find: Find = finding.led

    def do(session: Session, again: Groupement) -> None:
        act(session, again, **_as_read(form))

    return carried_out(template, form, find, do, told, groupement=groupement)


@pages.route("/groupements/<public_id>/dissoudre", methods=["GET", "POST"])
@requires(_JOIN)
def dissolve(public_id: str) -> ResponseReturnValue:
    groupement = found(finding.led, public_id)
    if closed := too_late(groupement, lambda: rules.ensure_dissolvable(groupement.state)):
        return closed
    form = EndForm(obj=groupement)

    def do(session: Session, again: Groupement) -> None:
        services.dissolve(session, again, form.reason.data or None, **_as_read(form))

    return carried_out("dissolve", form, finding.led, do, "Le groupement est dissous.", groupement=groupement)
