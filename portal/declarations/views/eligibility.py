"""Whether a person's hours count: decided once for a buyer; and who waits for it across the months."""

from flask.typing import ResponseReturnValue

from portal.declarations import policies, queries
from portal.declarations.forms.participants import EligibilityForm
from portal.declarations.queries.path import grounds_of, participant_of
from portal.declarations.queries.waiting import (
    PEOPLE_A_PAGE,
    count_left_lately,
    count_to_confirm,
    left_lately,
    to_confirm,
)
from portal.declarations.services import eligibility as services
from portal.declarations.views.blueprint import pages
from portal.declarations.views.path import read_person
from portal.declarations.views.posting import answered
from portal.kernel import clock
from portal.kernel.errors import RuleViolation, Stale
from portal.kernel.paging import last_page, page_within
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, page_asked, render, requires


@pages.route("/declarations/<reference>/parcours/<int:participant>/eligibilite", methods=["GET", "POST"])
@requires(Permission.DECLARATION_CHECK)
def eligibility(reference: str, participant: int) -> ResponseReturnValue:
    page = read_person(reference, participant)
    policies.ensure_can_check(current_actor(), page.declaration)
    form = EligibilityForm(obj=page.known) if page.known else EligibilityForm(version=1)
    if not form.validate_on_submit():
        return answered(form, "declarations/eligibility.html", page=page)
    try:
        with once(form) as act:
            declaration = queries.visible(act.session, current_actor(), reference)
            row = services.settle(
                act.session,
                declaration,
                participant_of(act.session, current_actor(), declaration, participant),
                form.decision,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(page.address("path"), f"Éligibilité {row.state.label} : elle vaut pour tous ses mois à venir.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return answered(form, "declarations/eligibility.html", page=page)
    except Stale as stale:
        raise _as_decided(stale, reference, participant) from None
    return act.response


def _as_decided(stale: Stale, reference: str, participant: int) -> Stale:
    """The same conflict, with the criteria as somebody else has just kept them."""
    with reading() as session:
        declaration = queries.visible(session, current_actor(), reference)
        whose = participant_of(session, current_actor(), declaration, participant)
        return Stale(stale.sentence, current=grounds_of(session, declaration.contract.buyer_id, whose.person_id))


@pages.get("/eligibilites")
@requires(Permission.DECLARATION_CHECK)
def waiting_eligibilities() -> ResponseReturnValue:
    with reading() as session:
        total = count_to_confirm(session, current_actor())
        page, last = paged(total, PEOPLE_A_PAGE)
        rows = to_confirm(session, current_actor(), page)
    return render("declarations/waiting_eligibilities.html", rows=rows, total=total, page=page, last=last)


@pages.get("/six-mois")
@requires(Permission.DECLARATION_CHECK)
def six_months() -> ResponseReturnValue:
    today = clock.today()
    with reading() as session:
        total = count_left_lately(session, current_actor(), today)
        page, last = paged(total, PEOPLE_A_PAGE)
        rows = left_lately(session, current_actor(), today, page)
    return render("declarations/six_months.html", rows=rows, total=total, page=page, last=last, today=today)


def paged(total: int, size: int) -> tuple[int, int]:
    """Which page was asked for, among those there are; and the last one."""
    return page_within(page_asked(), total, size), last_page(total, size)
