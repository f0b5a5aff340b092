"""The buyer's side: writing the story of a contract, gathering the agreements, publishing, withdrawing."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from portal.contracts import queries as contracts
from portal.contracts.models import Contract
from portal.directory.models import Organisation
from portal.directory.queries import by_siret
from portal.forecast.renewals import trade_of
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.kernel.french import typo
from portal.storage import reading
from portal.stories import policies, queries, services
from portal.stories.forms import NoteForm, ReviseForm, StepForm, WithdrawForm, WriteForm
from portal.stories.models import SuccessStory
from portal.stories.views.blueprint import address_of, pages, shown
from portal.stories.views.story_page import OwnPage, rows_of
from portal.vocabulary import Permission
from portal.web import Act, VersionedForm, current_actor, once, render, requires


@pages.get("/achats/exemples")
@requires(Permission.FORECAST_WRITE)
def mine() -> ResponseReturnValue:
    with reading() as session:
        rows = rows_of(queries.own_stories(session, current_actor()), "overview")
    return render("stories/mine.html", rows=rows)


@pages.route("/achats/exemples/marche/<reference>", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def write(reference: str) -> ResponseReturnValue:
    with reading() as session:
        contract = contracts.visible(session, current_actor(), reference)
        if not policies.can_write(current_actor(), contract.buyer_id):
            raise NotFound
        begun = queries.of_contract(session, contract.id)
    if begun is not None:
        return redirect(address_of(begun, "overview"))
    form = WriteForm(data={"trade": contract.trade or trade_of(contract.cpv_code)})
    if not form.validate_on_submit():
        return shown("write", form, contract=contract, story=None)
    try:
        with once(form) as act:
            held = act.session.get_one(Contract, contract.id)
            story = services.write(act.session, held, form.texts, actor=current_actor(), now=clock.utc_now())
            act.leads_to(address_of(story, "overview"), "Brouillon enregistré.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("write", form, contract=contract, story=None)
    return act.response


@pages.get("/achats/exemples/<public_id>")
@requires(Permission.FORECAST_WRITE)
def overview(public_id: str) -> ResponseReturnValue:
    page = _page_of(public_id)
    return render("stories/overview.html", page=page, story=page.story, form=StepForm(obj=page.story))


@pages.route("/achats/exemples/<public_id>/modifier", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def revise(public_id: str) -> ResponseReturnValue:
    story = _own(public_id)
    form = ReviseForm(obj=story)
    if not form.validate_on_submit():
        return shown("write", form, contract=story.contract, story=story)
    try:
        with once(form) as act:
            held = queries.own(act.session, current_actor(), public_id)
            version = form.version.data or 0
            told: dict[str, Any] = {"actor": current_actor(), "now": clock.utc_now()}
            services.revise(act.session, held, form.texts, expected_version=version, **told)
            act.leads_to(address_of(story, "overview"), "Texte enregistré.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("write", form, contract=story.contract, story=story)
    return act.response


@pages.post("/achats/exemples/<public_id>/demander")
@requires(Permission.FORECAST_WRITE)
def ask(public_id: str) -> ResponseReturnValue:
    return _stepped(public_id, _ask)


@pages.post("/achats/exemples/<public_id>/publier")
@requires(Permission.FORECAST_WRITE)
def publish(public_id: str) -> ResponseReturnValue:
    return _stepped(public_id, _publish)


@pages.route("/achats/exemples/<public_id>/retirer", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def withdraw(public_id: str) -> ResponseReturnValue:
    story = _own(public_id)
    form = WithdrawForm(obj=story)
    if not form.validate_on_submit():
        return shown("withdraw", form, story=story)
    try:
        with once(form) as act:
            services.withdraw(
                act.session,
                queries.own(act.session, current_actor(), public_id),
                reason=form.reason.data or None,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(address_of(story, "overview"), "Exemple retiré : plus personne ne le lit.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("withdraw", form, story=story)
    return act.response


@pages.route("/achats/exemples/<public_id>/accords/<siret>", methods=["GET", "POST"])
@requires(Permission.FORECAST_WRITE)
def note(public_id: str, siret: str) -> ResponseReturnValue:
    story = _own(public_id)
    holder = _holder(story, siret)
    form = NoteForm(obj=story)
    if not form.validate_on_submit():
        return shown("note", form, story=story, holder=holder)
    try:
        with once(form) as act:
            services.note_agreement(
                act.session,
                queries.own(act.session, current_actor(), public_id),
                by_siret(act.session, siret) or holder,
                told_on=form.told_on.data,
                told_by=form.told_by.data or None,
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(address_of(story, "overview"), "Accord noté.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("note", form, story=story, holder=holder)
    return act.response


Step = Callable[[Act, SuccessStory, VersionedForm], None]


def _stepped(public_id: str, step: Step) -> ResponseReturnValue:
    """A button of the story's page; what forbids it is told there."""
    story = _own(public_id)
    form = StepForm(obj=story)
    if form.validate_on_submit():
        try:
            with once(form) as act:
                step(act, queries.own(act.session, current_actor(), public_id), form)
        except RuleViolation as problem:
            flash(problem.sentence, "error")
        else:
            return act.response
    return redirect(address_of(story, "overview"))


def _ask(act: Act, story: SuccessStory, form: VersionedForm) -> None:
    told: dict[str, Any] = {"actor": current_actor(), "now": clock.utc_now()}
    unreached = services.ask(act.session, story, expected_version=form.version.data or 0, **told)
    words = "L’accord est demandé par courriel."
    if unreached:
        words = f"Personne n’a de compte chez {', '.join(unreached)} : notez l’accord obtenu autrement."
    act.leads_to(address_of(story, "overview"), typo(words), tone="warning" if unreached else "success")


def _publish(act: Act, story: SuccessStory, form: VersionedForm) -> None:
    told: dict[str, Any] = {"actor": current_actor(), "now": clock.utc_now()}
    services.publish(act.session, story, expected_version=form.version.data or 0, **told)
    act.leads_to(address_of(story, "overview"), typo("Exemple publié : tout le monde peut le lire."))


def _own(public_id: str) -> SuccessStory:
    with reading() as session:
        return queries.own(session, current_actor(), public_id)


def _page_of(public_id: str) -> OwnPage:
    with reading() as session:
        return OwnPage.read(session, queries.own(session, current_actor(), public_id), clock.today())


def _holder(story: SuccessStory, siret: str) -> Organisation:
    found = next((each for each in services.holders_of(story) if each.siret == siret), None)
    if found is None:
        raise NotFound
    return found
