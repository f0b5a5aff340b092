"""The room's blueprint, and the addresses its pages share."""

from flask import Blueprint

pages = Blueprint("indicators", __name__)
