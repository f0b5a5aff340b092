"""The room's blueprint, and how its forms are shown."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.stories.models import SuccessStory
from portal.web import SafeForm, form_page

pages = Blueprint("stories", __name__)


def address_of(story: SuccessStory, page: str = "show") -> str:
    return url_for(f"stories.{page}", public_id=story.public_id)


def shown(template: str, form: SafeForm, **context: object) -> ResponseReturnValue:
    return form_page(f"stories/{template}.html", form, **context)
