"""The author's side: one's requests, the form that keeps whatever is known, filing, taking back."""

from http import HTTPStatus
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.forecast import queries as forecast
from portal.forecast import services as projects
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.requests import advice, policies, queries, rules, services
from portal.requests.estimates import Tried
from portal.requests.forms import ConfirmForm, KeepForm, NewRequestForm, RequestForm, TryForm
from portal.requests.models import PurchaseRequest
from portal.requests.views import present
from portal.requests.views.blueprint import address_of, carried_out, found, pages, shown, too_late
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, once, page_asked, render, requires


@pages.get("/demandes")
@requires(Permission.REQUEST_FILE)
def index() -> ResponseReturnValue:
    state = present.CODES.get(request.args.get("etat", ""))
    with reading() as session:
        listed = queries.found(session, current_actor(), state, page_asked())
        rows = [present.row_of(each) for each in listed.requests]
    return render(
        "requests/index.html",
        rows=rows,
        page=listed,
        tabs=present.tabs(listed.counts, state),
        answers=current_actor().may(Permission.REQUEST_ANSWER),
        page_url=lambda number: url_for("requests.index", etat=request.args.get("etat"), page=number),
    )


@pages.route("/demandes/nouvelle", methods=["GET", "POST"])
@requires(Permission.REQUEST_FILE)
def create() -> ResponseReturnValue:
    with reading() as session:
        buyer = session.get_one(Organisation, policies.ensure_can_file(current_actor()))
        form = NewRequestForm()
        form.offer_communes(forecast.communes_around(session, buyer))
    if not form.validate_on_submit():
        return shown("form", form, request=None)
    try:
        with once(form) as act:
            made = services.create(act.session, _typed(act.session, form), **_by_me())
            act.leads_to(*_after_saving(act.session, made))
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("form", form, request=None)
    return act.response


@pages.get("/demandes/<public_id>")
@requires(Permission.REQUEST_FILE)
def show(public_id: str) -> ResponseReturnValue:
    form = TryForm(request.args)
    asked = form.validate() and form.tried != Tried()
    with reading() as session:
        wanted = queries.visible(session, current_actor(), public_id)
        names = forecast.names_of(session, wanted.commune_codes, {wanted.cpv_code} if wanted.cpv_code else set())
        purchase = advice.purchase_of(wanted, clock.today(), form.tried if asked else None)
        told = advice.gather(session, purchase, clock.today())
    return _shown(wanted, told, form if asked or form.errors else None, names), (
        HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    )


@pages.route("/demandes/<public_id>/modifier", methods=["GET", "POST"])
@requires(Permission.REQUEST_FILE)
def edit(public_id: str) -> ResponseReturnValue:
    with reading() as session:
        mine = queries.own(session, current_actor(), public_id)
        if (closed := too_late(mine, rules.ensure_editable)) is not None:
            return closed
        form = RequestForm(obj=mine)
        form.offer_communes(forecast.communes_around(session, mine.buyer))
        told = advice.gather(session, advice.purchase_of(mine, clock.today()), clock.today())
    if request.method == "GET" and "manque" in request.args:
        for missing in rules.missing(mine.facts, clock.today()):
            form.add_problem(missing)
    context = {"advice": present.AdvicePage(told), "filing": "manque" in request.args}
    return _saved(form, mine, **context)


def _saved(form: RequestForm, mine: PurchaseRequest, **context: Any) -> ResponseReturnValue:
    if not form.validate_on_submit():
        return shown("form", form, request=mine, **context)
    try:
        with once(form) as act:
            again = queries.own(act.session, current_actor(), mine.public_id)
            typed = _typed(act.session, form)
            services.save(act.session, again, typed, expected_version=form.version.data or 0, **_by_me())
            act.leads_to(*_after_saving(act.session, again))
    except RuleViolation as problem:
        form.add_problem(problem)
        return shown("form", form, request=mine, **context)
    return act.response


@pages.post("/demandes/<public_id>/coefficients")
@requires(Permission.REQUEST_FILE)
def keep(public_id: str) -> ResponseReturnValue:
    mine = found(queries.own, public_id)
    form = KeepForm(obj=mine)
    if (closed := too_late(mine, rules.ensure_editable)) is not None:
        return closed
    if not form.validate():
        return redirect(address_of(mine))
    with once(form) as act:
        again = queries.own(act.session, current_actor(), public_id)
        version = form.version.data or 0
        services.keep_coefficients(act.session, again, form.tried, expected_version=version, **_by_me())
        told = "Coefficients gardés pour cette demande." if form.tried != Tried() else "Coefficients du métier repris."
        act.leads_to(address_of(mine), told)
    return act.response


@pages.route("/demandes/<public_id>/retirer", methods=["GET", "POST"])
@requires(Permission.REQUEST_FILE)
def withdraw(public_id: str) -> ResponseReturnValue:
    mine = found(queries.own, public_id)
    if (closed := too_late(mine, rules.ensure_withdrawable)) is not None:
        return closed
    form = ConfirmForm(obj=mine)

    def take_back(session: Session, again: PurchaseRequest) -> None:
        services.withdraw(session, again, expected_version=form.version.data or 0, **_by_me())

    return carried_out("withdraw", form, queries.own, take_back, "Demande retirée.", request=mine)


def _shown(wanted: PurchaseRequest, told: advice.Advice, form: TryForm | None, names: dict[str, str]) -> str:
    used = told.coefficients
    return render(
        "requests/show.html",
        request=wanted,
        facts_told=present.facts_of(wanted, names),
        state=present.state_words(wanted),
        next_step=present.next_step(wanted),
        advice=present.AdvicePage(told),
        try_form=form if form and form.errors else TryForm(None, **vars(used)) if used else None,
        is_tried=form is not None,
        keep_form=KeepForm(formdata=None, obj=wanted) if form and not form.errors else None,
        reset_form=KeepForm(formdata=None, obj=wanted),
        kept=wanted.labour_share is not None,
        can_write=policies.can_write(current_actor(), wanted),
        can_withdraw=policies.is_author(current_actor(), wanted) and wanted.state in rules.WITHDRAWABLE,
        can_answer=policies.can_answer(current_actor(), wanted.buyer_id),
    )


def _after_saving(session: Session, mine: PurchaseRequest) -> tuple[str, str]:
    """Where saving leads, and what it says: filed, or what is still missing to file, or the advice."""
    edited = url_for("requests.edit", public_id=mine.public_id)
    if request.form.get("suite") != "deposer":
        return edited, "Brouillon enregistré. Les leviers possibles sont recalculés sous le formulaire."
    try:
        services.file(session, mine, expected_version=mine.version, **_by_me())
    except rules.Incomplete:
        return f"{edited}?manque=1", "Brouillon enregistré, pas encore déposé."
    return address_of(mine), "Demande déposée : les achats sont prévenus et vous répondront ici."


def _typed(session: Session, form: NewRequestForm | RequestForm) -> Any:
    return form.facts(projects.cpv_code_of(session, form.cpv_code.data))


def _by_me() -> dict[str, Any]:
    return {"actor": current_actor(), "now": clock.utc_now()}
