"""Handing the month in, and its receipt."""

from collections.abc import Sequence

from flask.typing import ResponseReturnValue

from portal.declarations import policies, queries, services
from portal.declarations.forms.deposit import DepositForm
from portal.declarations.models import Declaration, Line
from portal.declarations.views.blueprint import address_of, pages
from portal.declarations.views.draft import Draft
from portal.declarations.views.entrusted import parts_seen
from portal.declarations.views.month import read_page
from portal.declarations.views.month_page import MonthPage
from portal.declarations.views.posting import answered, is_over, too_late
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, render, requires


@pages.route("/declarations/<reference>/deposer", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def deposit(reference: str) -> ResponseReturnValue:
    page = read_page(reference)
    policies.ensure_can_file(current_actor(), page.declaration)
    if is_over(page.is_editable):
        return too_late(address_of(page.declaration), "Ce mois est déjà déposé.")
    form = DepositForm(obj=page.declaration)
    if not form.validate_on_submit():
        return _asked(page, form)
    try:
        with once(form) as act:
            made = services.deposit(
                act.session,
                queries.visible(act.session, current_actor(), reference),
                different_hours=bool(form.different_hours.data),
                without_parts=bool(form.without_parts.data),
                parts_seen=form.seen,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(address_of(page.declaration, "receipt", number=made.number), "Déclaration déposée.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _asked(page, form)
    return act.response


@pages.get("/declarations/<reference>/recepisse/<int:number>")
@requires(Permission.DECLARATION_FILE, Permission.DECLARATION_CHECK)
def receipt(reference: str, number: int) -> ResponseReturnValue:
    page = read_page(reference)
    made = next((each for each in page.deposits if each.number == number), None)
    if made is None or not page.names_matricules:
        raise NotFound
    return render("declarations/receipt.html", page=page, deposit=made)


def _asked(page: MonthPage, form: DepositForm) -> ResponseReturnValue:
    """The confirmation, or what forbids it."""
    declaration = page.declaration
    form.show(declaration.parts)
    twice = queries.told_twice(declaration.counted_lines).values()
    told: dict[str, object] = {
        "also": _also_declared(declaration),
        "twice": [_named(lines, declaration) for lines in twice],
    }
    with reading() as session:
        told["draft"] = Draft.read(session, page)
    return answered(form, "declarations/deposit.html", page=page, parts=parts_seen(declaration, page.today), **told)


def _named(lines: Sequence[Line], declaration: Declaration) -> str:
    """« P-0112 (vous) et M-7 (Emploi Plus) »."""
    employers = {part.employer_id: part.employer.shown_name for part in declaration.parts}
    return " et ".join(
        f"{line.participant.matricule} ({employers.get(line.employer_id or 0, 'vous')})" for line in lines
    )


def _also_declared(declaration: Declaration) -> list[str]:
    """Matricules of whom somebody else has declared hours this month; who did is not the declarant’s to know."""
    with reading() as session:
        found = queries.also_declared(session, declaration)
    return sorted(line.participant.matricule or "" for line in declaration.lines if line.participant_id in found)
