"""People who may be one: the facilitateur says so, or says that they are two; nothing is merged alone."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.declarations.forms.participants import LikenessForm
from portal.declarations.queries.likenesses import (
    LIKENESSES_A_PAGE,
    answered_resemblances,
    count_answered,
    count_open,
    open_resemblances,
)
from portal.declarations.services import likenesses as services
from portal.declarations.views.blueprint import pages
from portal.declarations.views.eligibility import paged
from portal.declarations.views.posting import answered
from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.vocabulary import LikenessAnswer, Permission
from portal.web import current_actor, once, requires

_ANSWERED = "donnees"
"""`?reponses=`: those that were answered, to think better of one."""


@pages.route("/ressemblances", methods=["GET", "POST"])
@requires(Permission.DECLARATION_CHECK)
def likenesses() -> ResponseReturnValue:
    form = LikenessForm()
    if not form.validate_on_submit() or form.said is None:
        return _shown(form)
    try:
        return _answer(form, form.said)
    except RuleViolation as problem:
        form.add_problem(problem)
        return _shown(form)


def _answer(form: LikenessForm, said: LikenessAnswer) -> ResponseReturnValue:
    buyer_id, pair, seen = form.asked
    with once(form) as act:
        services.answer(act.session, buyer_id, pair, said, seen=seen, actor=current_actor(), now=clock.utc_now())
        counted = "comptée une fois" if said is LikenessAnswer.SAME else "comptées chacune une fois"
        kept = request.args.get("reponses")
        act.leads_to(
            url_for("declarations.likenesses", reponses=kept), f"« {said.label} » : {counted} désormais, partout."
        )
    return act.response


def _shown(form: LikenessForm) -> ResponseReturnValue:
    is_answered = request.args.get("reponses") == _ANSWERED
    with reading() as session:
        counts = count_open(session, current_actor()), count_answered(session, current_actor())
        page, last = paged(counts[is_answered], LIKENESSES_A_PAGE)
        read = answered_resemblances if is_answered else open_resemblances
        rows = read(session, current_actor(), page)
    template = "declarations/likenesses.html"
    return answered(form, template, rows=rows, counts=counts, is_answered=is_answered, page=page, last=last)
