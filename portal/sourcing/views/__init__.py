"""The pages of what is said upstream."""

from portal.sourcing.views import answers, interest, journal, meetings, questions
from portal.sourcing.views.blueprint import pages
from portal.sourcing.views.furniture import furnish

__all__ = ["answers", "furnish", "interest", "journal", "meetings", "pages", "questions"]
