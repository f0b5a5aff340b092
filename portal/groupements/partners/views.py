"""Whom to invite, for whoever holds the pen."""

from collections.abc import Sequence

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.groupements import rules as groupement_rules
from portal.groupements.partners import rules
from portal.groupements.partners.facts import Wanted
from portal.groupements.partners.queries import partners_of
from portal.groupements.views import finding
from portal.groupements.views.blueprint import pages, too_late
from portal.kernel import clock
from portal.kernel.french import typo
from portal.kernel.hours import format_hours
from portal.kernel.paging import last_page, page_within
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import current_actor, page_asked, render, requires

PAGE = 10


@pages.get("/groupements/<public_id>/partenaires")
@requires(Permission.GROUPEMENT_JOIN)
def partners(public_id: str) -> ResponseReturnValue:
    actor, now = current_actor(), clock.utc_now()
    with reading() as session:
        groupement = finding.led(session, actor, public_id)
        if closed := too_late(groupement, lambda: groupement_rules.ensure_forming(groupement.state)):
            return closed
        found = partners_of(session, groupement, actor, now)
        suggestions = rules.ranked(found.candidates(clock.today()), found.wanted)
    number = page_within(page_asked(), len(suggestions), PAGE)
    return render(
        "groupements/partners.html",
        groupement=groupement,
        as_network=found.told.is_network,
        missing=missing_words(found.wanted),
        suggestions=suggestions[(number - 1) * PAGE : number * PAGE],
        total=len(suggestions),
        is_cut=found.is_cut,
        knows_places=bool(found.wanted.places),
        number=number,
        last=last_page(len(suggestions), PAGE),
        page_url=lambda page: url_for("groupements.partners", public_id=public_id, page=page),
    )


def missing_words(wanted: Wanted) -> Sequence[tuple[str, str, str | None]]:
    """What the groupement lacks, as facts; nothing when nothing is known to."""
    names = [name for code, name in wanted.places.items() if code in wanted.missing_places]
    per_year = " par an" if wanted.hours_per_year else ""
    trades = ", ".join(sorted(trade.label for trade in wanted.missing_trades))
    told = (
        ("Communes où personne ne travaille", rules.listed(names) if names else None),
        ("Heures à couvrir", format_hours(wanted.missing_hours) + per_year if wanted.missing_hours else None),
        ("Métier que personne n’a indiqué", trades or None),
        ("Mandataire", "à trouver parmi les membres (R2142-24)" if wanted.missing_mandataire else None),
    )
    return [(label, typo(value), None) for label, value in told if value]
