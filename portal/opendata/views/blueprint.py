"""The room's two blueprints: pages and files for people, and what programs read from any site."""

from flask import Blueprint

pages = Blueprint("opendata", __name__)
data = Blueprint("api", __name__)
"""All under /api/v1 and /opendata: open to other sites, and failing as `application/problem+json`."""
