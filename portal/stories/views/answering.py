"""The side of those named: reading the story as it would appear, then agreeing or refusing."""

from flask import request
from flask.typing import ResponseReturnValue

from portal.kernel import clock
from portal.kernel.errors import RuleViolation
from portal.storage import reading
from portal.stories import queries, rules, services
from portal.stories.forms import AnswerForm
from portal.stories.models import StoryAgreement
from portal.stories.views.blueprint import address_of, pages, shown
from portal.stories.views.story_page import StoryPage
from portal.vocabulary import Permission
from portal.web import Act, current_actor, once, requires

_ANSWERS = {"accepter": True, "refuser": False}


@pages.route("/exemples/<public_id>/accord", methods=["GET", "POST"])
@requires(Permission.DECLARATION_FILE)
def answer(public_id: str) -> ResponseReturnValue:
    page, agreement = _read(public_id)
    form = AnswerForm(data={"seen": rules.seen(page.story, agreement)})
    if not form.validate_on_submit() or request.form.get("answer") not in _ANSWERS:
        return shown("answer", form, page=page, story=page.story, agreement=agreement)
    try:
        with once(form) as act:
            _answer(act, form, public_id)
    except RuleViolation as problem:
        page, agreement = _read(public_id)
        form.seen.raw_data, form.seen.data = None, rules.seen(page.story, agreement)
        form.add_problem(problem)
        return shown("answer", form, page=page, story=page.story, agreement=agreement)
    return act.response


def _answer(act: Act, form: AnswerForm, public_id: str) -> None:
    story, agreement = queries.named_in(act.session, current_actor(), public_id)
    agrees = _ANSWERS[request.form["answer"]]
    services.answer(
        act.session,
        story,
        agreement,
        agrees=agrees,
        reason=form.reason.data or None,
        shown=form.seen.data or "",
        actor=current_actor(),
        now=clock.utc_now(),
    )
    told = "Votre accord est enregistré : merci." if agrees else "Votre refus est enregistré : rien ne paraîtra."
    act.leads_to(address_of(story, "answer"), told)


def _read(public_id: str) -> tuple[StoryPage, StoryAgreement]:
    with reading() as session:
        story, agreement = queries.named_in(session, current_actor(), public_id)
        return StoryPage.read(session, story, clock.today()), agreement
