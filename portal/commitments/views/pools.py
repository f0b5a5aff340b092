"""Pools of contracts: listed, made, read, and their contracts added or taken out."""

from http import HTTPStatus

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.commitments import policies, queries, services
from portal.commitments.forms import JoinForm, NewPoolForm, PoolForm, choices_of
from portal.commitments.views.blueprint import pages
from portal.contracts import queries as contracts
from portal.contracts.models import CommitmentPool, Contract
from portal.kernel import clock
from portal.kernel.errors import NotFound, RuleViolation
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import SafeForm, current_actor, once, render, requires


@pages.get("/mutualisations")
@requires(Permission.CONTRACT_READ)
def pools() -> ResponseReturnValue:
    with reading() as session:
        found = queries.pools_of(session, current_actor())
        return render("commitments/pools.html", pools=found)


@pages.route("/mutualisations/nouvelle", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def open_pool() -> ResponseReturnValue:
    form, actor = NewPoolForm(), current_actor()
    if not form.validate_on_submit():
        return _shown("pool_form", form, pool=None)
    try:
        with once(form) as act:
            name, note, buyer = form.name.data or "", form.note.data or None, actor.organisation_id or 0
            pool = services.open_pool(act.session, buyer, name, note, actor=actor, now=clock.utc_now())
            act.leads_to(url_for("commitments.join_pool", reference=pool.reference), "Mutualisation créée.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown("pool_form", form, pool=None)
    return act.response


@pages.get("/mutualisations/<reference>")
@requires(Permission.CONTRACT_READ)
def pool(reference: str) -> ResponseReturnValue:
    actor = current_actor()
    with reading() as session:
        found = queries.pool_of(session, actor, reference)
        totals = queries.totals_of(session, actor, found, clock.today())
        return render("commitments/pool.html", pool=found, totals=totals, keeps=policies.can_keep(actor, found))


@pages.route("/mutualisations/<reference>/modifier", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def edit_pool(reference: str) -> ResponseReturnValue:
    with reading() as session:
        form = PoolForm(obj=(shown := _own(session, reference)))
    if not form.validate_on_submit():
        return _shown("pool_form", form, pool=shown)
    try:
        with once(form) as act:
            services.edit_pool(
                act.session,
                _own(act.session, reference),
                form.name.data or "",
                form.note.data or None,
                {int(id_) for id_ in form.kept.data or ()},
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("commitments.pool", reference=reference), "Mutualisation enregistrée.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown("pool_form", form, pool=shown)
    return act.response


@pages.route("/mutualisations/<reference>/ajouter", methods=["GET", "POST"])
@requires(Permission.CONTRACT_WRITE)
def join_pool(reference: str) -> ResponseReturnValue:
    words = " ".join(request.args.get("q", "").split())[:200]
    with reading() as session:
        shown = _own(session, reference)
        form = JoinForm(obj=shown)
        found = queries.joinable(session, current_actor(), shown, words, clock.today())
        form.added.choices = choices_of(found)
    if not form.validate_on_submit():
        return _shown("pool_join", form, pool=shown, words=words, found=found)
    try:
        with once(form) as act:
            services.add_to_pool(
                act.session,
                _own(act.session, reference),
                _chosen(act.session, form.added.data),
                expected_version=form.version.data or 0,
                actor=current_actor(),
                now=clock.utc_now(),
            )
            act.leads_to(url_for("commitments.pool", reference=reference), "Marchés ajoutés à la mutualisation.")
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown("pool_join", form, pool=shown, words=words, found=found)
    return act.response


def _chosen(session: Session, ids: list[str]) -> list[Contract]:
    """Contracts that one may read, by the ids that were offered."""
    mine = contracts.of_actor(current_actor()).where(Contract.id.in_([int(id_) for id_ in ids]))
    return list(session.scalars(mine))


def _own(session: Session, reference: str) -> CommitmentPool:
    """A pool of the buyer one acts for; NotFound otherwise."""
    found = queries.pool_of(session, current_actor(), reference)
    if not policies.can_keep(current_actor(), found):
        raise NotFound
    return found


def _shown(template: str, form: SafeForm, **context: object) -> ResponseReturnValue:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(f"commitments/{template}.html", form=form, **context), status
