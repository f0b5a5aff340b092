"""The people of the month: added, taken out; or nobody at all."""

from flask.typing import ResponseReturnValue

from portal.declarations import policies, queries, services
from portal.declarations.forms.checking import ButtonForm
from portal.declarations.forms.person import PersonForm
from portal.declarations.views.blueprint import address_of, pages
from portal.declarations.views.month import read_page
from portal.declarations.views.month_page import MonthPage
from portal.declarations.views.posting import answered, is_over, too_late
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, requires

_CLOSED = "Ce mois n’est plus à remplir : ses personnes ne changent plus."


@pages.route("/declarations/<reference>/personnes", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def add_person(reference: str) -> ResponseReturnValue:
    page = _own(reference)
    if is_over(page.is_editable):
        return too_late(address_of(page.declaration), _CLOSED)
    form = PersonForm(version=page.declaration.version)
    if not form.receive(_whose(page), page.declaration, is_known_matricule):
        return answered(form, "declarations/person.html", page=page)
    try:
        with once(form) as act:
            services.add_person(
                act.session,
                queries.visible(act.session, current_actor(), reference),
                form.facts,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(address_of(page.declaration) + "#personnes", f"{form.facts.matricule} est dans le mois.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/person.html", page=page)
    return act.response


@pages.route("/declarations/<reference>/personnes/<int:line>/retirer", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def remove(reference: str, line: int) -> ResponseReturnValue:
    page = _own(reference)
    if is_over(page.is_editable):
        return too_late(address_of(page.declaration), _CLOSED)
    form = ButtonForm(obj=page.declaration)
    if not form.validate_on_submit():
        return _remove_asked(page, line, form)
    try:
        with once(form) as act:
            declaration = queries.visible(act.session, current_actor(), reference)
            leaving = queries.line_of(declaration, line)
            name = leaving.participant.matricule
            services.remove_line(
                act.session,
                declaration,
                leaving,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(address_of(declaration) + "#personnes", f"{name} n’est plus dans ce mois.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _remove_asked(page, line, form)
    return act.response


def _remove_asked(page: MonthPage, line: int, form: ButtonForm) -> ResponseReturnValue:
    return answered(form, "declarations/remove.html", page=page, line=queries.line_of(page.declaration, line))


@pages.route("/declarations/<reference>/neant", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def say_nil(reference: str) -> ResponseReturnValue:
    """« Néant », or back from it: the page asks for what the month does not say yet."""
    page = _own(reference)
    if is_over(page.is_editable):
        return too_late(address_of(page.declaration), _CLOSED)
    form = ButtonForm(obj=page.declaration)
    if not form.validate_on_submit():
        return answered(form, "declarations/nil.html", page=page)
    try:
        with once(form) as act:
            declaration = queries.visible(act.session, current_actor(), reference)
            services.say_nil(
                act.session,
                declaration,
                not page.declaration.is_nil,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(address_of(declaration, "deposit" if declaration.is_nil else "show"))
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/nil.html", page=page)
    return act.response


def _own(reference: str) -> MonthPage:
    """A month of one's own organisation. Raises NotFound, or Refused to who only reads it."""
    page = read_page(reference)
    policies.ensure_can_file(current_actor(), page.declaration)
    return page


def is_known_matricule(matricule: str) -> bool:
    """Whether the organisation one acts for has already given this number to somebody."""
    with reading() as session:
        return queries.knows_matricule(session, current_actor(), matricule)


def _whose(page: MonthPage) -> str:
    """Who types, and for which month: what is sealed for them opens nowhere else."""
    return f"{current_actor().account_id}:{page.declaration.reference}"
