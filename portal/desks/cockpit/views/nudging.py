"""Writing to one member: what will be said, to how many people, when the last message left; then the one button."""

from dataclasses import replace
from datetime import datetime

from flask import url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal.desks.cockpit import nudges, rules, together
from portal.desks.cockpit.forms import NudgeForm
from portal.desks.cockpit.members import Member, members_of
from portal.desks.cockpit.scope import scope_of
from portal.desks.cockpit.views.blueprint import pages, subject_called
from portal.directory import queries as directory
from portal.kernel import clock
from portal.kernel.errors import NotFound
from portal.kernel.french import plural, typo
from portal.storage import reading
from portal.vocabulary import Permission
from portal.web import Act, current_actor, form_or_act, requires


@pages.route("/reseau/adherents/<siret>/relancer/<slug>", methods=["GET", "POST"])
@requires(Permission.NETWORK_FOLLOW)
def nudge(siret: str, slug: str) -> ResponseReturnValue:
    subject, now, form = subject_called(slug), clock.utc_now(), NudgeForm()
    with reading() as session:
        member = _member(session, siret, now)
        sent = nudges.sent_to(session, [member.id]).get((member.id, subject))
        people = len(nudges.people_of(session, [member.id], now))

    def do(act: Act) -> None:
        again = _member(act.session, siret, now)
        written = nudges.nudge(
            act.session, (again.id, again.name), subject, due=again.subjects, actor=current_actor(), now=now
        )
        told = f"{again.name} est relancée : {plural(written, 'personne')} chez elle va le lire."
        act.leads_to(url_for("cockpit.members"), typo(told if written == 1 else told.replace("va le", "vont le")))

    again_on = rules.again_on(sent.sent_on) if sent else None
    waits = again_on if again_on and clock.paris_date(now) < again_on else None
    told = {"member": member, "subject": subject, "is_due": subject in member.subjects}
    return form_or_act("desks/cockpit/nudge.html", form, do, **told, sent=sent, waits_until=waits, people=people)


def _member(session: Session, siret: str, now: datetime) -> Member:
    """Raises NotFound for whoever is not a member at this moment."""
    scope = scope_of(session, current_actor())
    organisation = directory.by_siret(session, siret)
    if organisation is None or organisation.id not in scope.members:
        raise NotFound
    only = replace(scope, members=frozenset({organisation.id}))
    return members_of(session, only, together.coordinated(session, scope), now)[0]
