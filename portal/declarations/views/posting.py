"""What the posting views of this room share."""

from http import HTTPStatus

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from portal.declarations import queries
from portal.declarations.forms.month import LinesForm
from portal.kernel.errors import Stale
from portal.kernel.french import typo
from portal.storage import reading
from portal.web import AlreadyDone, SafeForm, current_actor, render


def answered(form: SafeForm, template: str, **context: object) -> ResponseReturnValue:
    """The page of a form, 422 when what was posted has to be corrected."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK
    return render(template, form=form, **context), status


def current_version_of(stale: Stale, reference: str) -> Stale:
    """The same conflict, with the lines of the month as they are saved now: forms compare them too."""
    with reading() as session:
        return Stale(stale.sentence, current=queries.visible(session, current_actor(), reference))


def sent_again(done: AlreadyDone, form: LinesForm, saved: LinesForm, root: object) -> Exception:
    """Where the form led the first time; or a conflict, when something else was typed before it was sent again."""
    return done if form.says_as(saved) else Stale(_TYPED_SINCE, current=root)


_TYPED_SINCE = typo(
    "Un premier envoi de cette page est déjà enregistré, et vous l’avez changée depuis. Rien de votre saisie n’est "
    "perdu : voici les deux."
)


def is_over(is_open: bool) -> bool:
    """Whether there is nothing to do here any more: asked of who comes, not of a form, which may be posted twice."""
    return not is_open and request.method == "GET"


def too_late(home: str, sentence: str) -> ResponseReturnValue:
    """Back to the page that one came from, saying why."""
    flash(typo(sentence), "warning")
    return redirect(home)
