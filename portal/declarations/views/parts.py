"""An employer's own part of a month: filled, handed to the declarant. The rest of the month is not theirs to see."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.declarations import queries, services
from portal.declarations.forms.checking import ButtonForm
from portal.declarations.forms.delegation import HandForm
from portal.declarations.forms.month import LinesForm, lines_form
from portal.declarations.forms.person import PersonForm
from portal.declarations.models import DelegatedPart
from portal.declarations.views import part_list
from portal.declarations.views.blueprint import address_of, pages
from portal.declarations.views.part_page import PartPage
from portal.declarations.views.people import is_known_matricule
from portal.declarations.views.posting import answered, is_over, sent_again, too_late
from portal.kernel import clock
from portal.kernel.errors import RuleViolation, Stale
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import Act, AlreadyDone, current_actor, once, page_asked, render, requires

_CLOSED = "Votre part ne se remplit plus : elle est remise, ou le mois est déposé."


@pages.get("/declarations/parts")
@requires(Permission.DECLARATION_FILE)
def parts() -> ResponseReturnValue:
    """All the parts that one's organisation was entrusted with."""
    with reading() as session:
        listing = part_list.read(session, current_actor(), clock.today(), page_asked())
    return render("declarations/parts_list.html", listing=listing)


@pages.route("/declarations/<reference>/part", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def part(reference: str) -> ResponseReturnValue:
    page = _own(reference)
    form = lines_form(page.lines)(obj=page.part)
    if not form.validate_on_submit():
        return _shown(page, form)
    try:
        with once(form) as act:
            held = queries.part_of(act.session, current_actor(), reference)
            services.save_part(
                act.session,
                held,
                form.rows,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            _go_on(act, held, request.form.get("then", ""))
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown(page, form)
    except Stale as stale:
        raise _as_it_stands(stale, reference) from None
    except AlreadyDone as done:
        now = _own(reference)
        raise sent_again(done, form, lines_form(now.lines)(formdata=None, obj=now.part), now.part) from None
    return act.response


def _go_on(act: Act, held: DelegatedPart, then: str) -> None:
    """Every button of the page saves first, so that none of them loses what was typed."""
    month = held.declaration
    removed = next((line.id for line in held.lines if then == f"retirer-{line.id}"), None)
    piece = then.removeprefix("retirer-piece-")
    if removed is not None:
        act.leads_to(address_of(month, "remove_from_part", line=removed))
    elif piece != then:
        act.leads_to(address_of(month, "remove_evidence", public_id=piece))
    elif then in _NEXT:
        act.leads_to(address_of(month, _NEXT[then]))
    else:
        act.leads_to(address_of(month, "part"), "Part enregistrée : elle n’est pas encore remise.")


_NEXT = {"ajouter": "add_to_part", "piece": "add_evidence", "fichier": "upload", "remettre": "hand_part"}


def _shown(page: PartPage, form: LinesForm) -> ResponseReturnValue:
    """To be filled; or to be read, with what was typed too late."""
    if page.is_editable:
        return answered(form, "declarations/part.html", page=page)
    saved = lines_form(page.lines)(formdata=None, obj=page.part)
    late = form.differing_from(saved) if form.resumed or form.is_submitted() else []
    return render("declarations/part_read.html", page=page, late=late)


@pages.route("/declarations/<reference>/part/personnes", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def add_to_part(reference: str) -> ResponseReturnValue:
    page = _own(reference)
    if is_over(page.is_editable):
        return too_late(page.home, _CLOSED)
    form = PersonForm(version=page.part.version)
    if not form.receive(_whose(page), page.part.declaration, is_known_matricule):
        return answered(form, "declarations/part_person.html", page=page)
    try:
        with once(form) as act:
            services.add_to_part(
                act.session,
                queries.part_of(act.session, current_actor(), reference),
                form.facts,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(page.home + "#personnes", f"{form.facts.matricule} est dans votre part.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/part_person.html", page=page)
    return act.response


@pages.route("/declarations/<reference>/part/personnes/<int:line>/retirer", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def remove_from_part(reference: str, line: int) -> ResponseReturnValue:
    page = _own(reference)
    if is_over(page.is_editable):
        return too_late(page.home, _CLOSED)
    form = ButtonForm(obj=page.part)
    if not form.validate_on_submit():
        return answered(form, "declarations/part_remove.html", page=page, line=page.line_of(line))
    try:
        with once(form) as act:
            held = queries.part_of(act.session, current_actor(), reference)
            services.remove_from_part(
                act.session,
                held,
                queries.line_in_part(held, line),
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(page.home + "#personnes", "Cette personne n’est plus dans votre part.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/part_remove.html", page=page, line=page.line_of(line))
    return act.response


@pages.route("/declarations/<reference>/part/remettre", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def hand_part(reference: str) -> ResponseReturnValue:
    page = _own(reference)
    if is_over(page.is_editable):
        return too_late(page.home, _CLOSED)
    form = HandForm(obj=page.part)
    if not form.validate_on_submit():
        return answered(form, "declarations/part_hand.html", page=page)
    try:
        with once(form) as act:
            services.hand(
                act.session,
                queries.part_of(act.session, current_actor(), reference),
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(page.home, f"Part remise à {page.declarant} : un courriel l’en prévient.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/part_hand.html", page=page)
    return act.response


def _own(reference: str) -> PartPage:
    with reading() as session:
        return PartPage.read(session, current_actor(), reference, clock.today())


def _as_it_stands(stale: Stale, reference: str) -> Stale:
    """The same conflict, with the lines of the part as they are saved now: forms compare them too."""
    with reading() as session:
        return Stale(stale.sentence, current=queries.part_of(session, current_actor(), reference))


def _whose(page: PartPage) -> str:
    """Who types, and for which part: what is sealed for them opens nowhere else."""
    return f"{current_actor().account_id}:{page.declaration.reference}:part"
