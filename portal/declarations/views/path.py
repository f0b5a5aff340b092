"""The path of a person, and what marks it."""

from flask.typing import ResponseReturnValue

from portal.declarations import queries
from portal.declarations.forms.participants import StepForm
from portal.declarations.queries.path import participant_of, step_of
from portal.declarations.services import steps
from portal.declarations.views.blueprint import pages
from portal.declarations.views.month import READERS
from portal.declarations.views.person_page import PersonPage
from portal.declarations.views.posting import answered
from portal.directory.forms import AnswerForm
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, render, requires

_PATH = "/declarations/<reference>/parcours/<int:participant>"


@pages.get(_PATH)
@requires(*READERS)
def path(reference: str, participant: int) -> ResponseReturnValue:
    return render("declarations/path.html", page=read_person(reference, participant))


@pages.route(f"{_PATH}/etapes", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)
def add_step(reference: str, participant: int) -> ResponseReturnValue:
    page = read_person(reference, participant)
    form = StepForm()
    if not form.validate_on_submit():
        return answered(form, "declarations/step.html", page=page)
    try:
        with once(form) as act:
            declaration = queries.visible(act.session, current_actor(), reference)
            whose = participant_of(act.session, current_actor(), declaration, participant)
            steps.note(act.session, declaration, whose, form.facts, actor=current_actor(), now=clock.utc_now())
            act.leads_to(page.address("path") + "#etapes", "Étape notée.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/step.html", page=page)
    return act.response


@pages.route(f"{_PATH}/etapes/<int:step>/retirer", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)
def remove_step(reference: str, participant: int, step: int) -> ResponseReturnValue:
    page = read_person(reference, participant)
    form = AnswerForm()
    if not form.validate_on_submit():
        removable = [told for told in page.history if told["remove_url"] == page.address("remove_step", step=step)]
        if not removable:
            raise NotFound
        return answered(form, "declarations/remove_step.html", page=page, step=removable[0])
    with once(form) as act:
        declaration = queries.visible(act.session, current_actor(), reference)
        whose = participant_of(act.session, current_actor(), declaration, participant)
        leaving = step_of(act.session, current_actor(), declaration, whose, step)
        steps.remove(act.session, declaration, whose, leaving, actor=current_actor(), now=clock.utc_now())
        act.leads_to(page.address("path") + "#etapes", "Étape retirée : rien n’en reste.")
    return act.response


def read_person(reference: str, participant: int) -> PersonPage:
    with reading() as session:
        return PersonPage.read(session, current_actor(), reference, participant, clock.today())
