"""The room's blueprint."""

from flask import Blueprint

pages = Blueprint("commitments", __name__)
