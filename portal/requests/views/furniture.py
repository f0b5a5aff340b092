"""What this room adds to other rooms' pages: the header, a contract's page, a project's own page."""

from flask import render_template, url_for

from portal.contracts.models import Contract
from portal.forecast import queries as forecast
from portal.forecast import renewals
from portal.forecast.models import Project
from portal.forecast.rules import EDITABLE_STATES
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.requests import policies, queries, repeats
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import SafeForm, current_actor, slots
from portal.web.access import Access, reserved_to
from portal.web.navigation import Entry, navigation

_PAGES = ("create", "show", "edit", "withdraw", "take", "give_back", "decline", "coefficients", "coefficient")
_BELOW = tuple(f"requests.{page}" for page in _PAGES)


class _FilesOnly(Access):
    """Who files requests and answers none: for them the entry reads « Mes demandes »."""

    def allows(self, actor: Actor) -> bool:
        return super().allows(actor) and not actor.may(Permission.REQUEST_ANSWER)


def furnish() -> None:
    """Called once by the application."""
    files = frozenset({Permission.REQUEST_FILE})
    mine = Entry("Mes demandes", "requests.index", _FilesOnly(True, files), count=_given_back, below=_BELOW)
    navigation.add(mine)
    answers = reserved_to(Permission.REQUEST_ANSWER)
    navigation.add(Entry("Demandes", "requests.index", answers, count=_waiting, below=_BELOW))
    slots.add("contract.aside", contract_aside)
    slots.add("overview.main", overview_main)
    slots.add("overview.aside", overview_aside)


def _waiting(actor: Actor) -> int:
    with reading() as session:
        return queries.waiting(session, actor)


def _given_back(actor: Actor) -> int:
    with reading() as session:
        return queries.given_back(session, actor)


def contract_aside(contract: Contract) -> str:
    """The department's own button; purchasing has another, which makes the project at once."""
    actor, today = current_actor(), clock.today()
    mine = actor.may(Permission.REQUEST_FILE) and not actor.may(Permission.FORECAST_WRITE)
    if not mine or contract.buyer_id != actor.organisation_id or not _ends_soon(contract):
        return ""
    with reading() as session:
        begun = queries.of_contract(session, contract.buyer_id or 0, contract.id, actor.account_id)
        if begun is None and forecast.renewal_of(session, contract.id) is not None:
            return ""
    return render_template(
        "requests/contract_aside.html",
        begun=begun,
        is_past=contract.ends_on is not None and contract.ends_on < today,
        url=url_for("requests.renew_contract", reference=contract.reference),
        form=SafeForm(),
    )


def _ends_soon(contract: Contract) -> bool:
    return contract.ends_on is not None and contract.ends_on <= renewals.last_day(clock.today())


def overview_main(project: Project) -> str:
    """The request that a project came from, for who may read it."""
    with reading() as session:
        request = queries.of_project(session, project.id)
        if request is None or not policies.can_read(current_actor(), request):
            return ""
        return render_template("requests/overview_main.html", request=request)


def overview_aside(project: Project) -> str:
    """What lever is realistic, as long as it may change; then the button that repeats an old project."""
    actor = current_actor()
    files = actor.may(Permission.REQUEST_FILE) and actor.organisation_id == project.buyer_id
    repeats_it = files and project.state in repeats.REPEATABLE
    if not repeats_it and project.state not in EDITABLE_STATES:
        return ""
    repeat = url_for("requests.repeat_project", reference=project.reference) if repeats_it else None
    return render_template("requests/overview_aside.html", project=project, url=repeat, form=SafeForm())
