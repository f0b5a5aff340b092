"""The room's blueprint."""

from flask import Blueprint

pages = Blueprint("contracts", __name__)
