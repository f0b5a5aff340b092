"""The room's blueprint, and the addresses its pages share."""

from typing import Any

from flask import Blueprint, url_for

from portal.declarations.models import Declaration

pages = Blueprint("declarations", __name__)


def address_of(declaration: Declaration, page: str = "show", **more: Any) -> str:
    return url_for(f"declarations.{page}", reference=declaration.reference, **more)
