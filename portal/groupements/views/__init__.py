"""The pages of groupements."""

from portal.groupements.documents import views as documents
from portal.groupements.exchanges import views as exchanges
from portal.groupements.partners import views as partners
from portal.groupements.views import award, members, opening, papers, room, steps
from portal.groupements.views.blueprint import pages
from portal.groupements.views.furniture import furnish

__all__ = [
    "award",
    "documents",
    "exchanges",
    "furnish",
    "members",
    "opening",
    "pages",
    "papers",
    "partners",
    "room",
    "steps",
]
