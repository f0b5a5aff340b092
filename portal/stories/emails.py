"""The mail that asks an organisation whether it agrees to be named, composed when it leaves.

Promised with `ids={"story": …, "account": …, "organisation": …}`, to somebody who files for a titulaire.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal import outbox
from portal.accounts import queries as accounts
from portal.accounts.models import Account
from portal.directory.models import Organisation
from portal.outbox import Mail, Spared
from portal.stories.models import SuccessStory
from portal.stories.rules import is_agreed
from portal.vocabulary import PERMISSIONS_OF, MessageKind, Permission, StoryState

Ids = Mapping[str, int | str]
_DEPARTED = Spared("la personne ne déclare plus pour cette organisation")
_OVER = Spared("ce n’est plus d’actualité")


def register() -> None:
    """Tell the outbox how this room's mail is composed."""
    outbox.register(MessageKind.STORY_AGREEMENT, agreement)


def agreement(session: Session, ids: Ids, now: datetime) -> Mail | Spared:
    story = session.get_one(SuccessStory, ids["story"])
    account = session.get_one(Account, ids["account"])
    organisation = session.get_one(Organisation, ids["organisation"])
    held = accounts.memberships_between(session, account.id, organisation.id, now)
    if not account.is_open or not any(Permission.DECLARATION_FILE in PERMISSIONS_OF[each.role] for each in held):
        return _DEPARTED
    asked = next((each for each in story.agreements if each.organisation_id == organisation.id), None)
    if story.state is StoryState.WITHDRAWN or asked is None or is_agreed(asked) or asked.refused_at is not None:
        return _OVER
    context = {"story": story, "account": account, "organisation": organisation, "contract": story.contract}
    return outbox.mail_from_template("stories/emails/agreement", context)
