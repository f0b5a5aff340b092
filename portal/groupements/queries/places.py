"""The communes among which the members of a groupement share the work."""

from sqlalchemy.orm import Session

from portal.directory import queries as directory
from portal.forecast.queries import communes_around
from portal.groupements.models import Groupement


def places_of(session: Session, groupement: Groupement) -> dict[str, str]:
    """The names of its lots' communes by code, in the order of lists: at most two statements besides the lots' own."""
    codes = {code for lot in groupement.lots if not lot.whole_territory for code in lot.commune_codes}
    if any(lot.whole_territory for lot in groupement.lots):
        codes |= {code for code, _ in communes_around(session, groupement.project.buyer)}
    return {place.code: place.name for place in directory.communes(session, codes)} if codes else {}
