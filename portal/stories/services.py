"""What happens to a story: written, agreed to by those named, published, withdrawn."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.accounts.queries import in_force
from portal.contracts.models import Contract, ContractTitulaire
from portal.directory.models import Organisation
from portal.forecast.services import mark_public_change
from portal.journal import services as journal
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation
from portal.outbox.services import Promise, promise_each
from portal.storage import ensure_current, touch
from portal.storage.once import insert_once
from portal.stories import policies, rules
from portal.stories.models import StoryAgreement, SuccessStory
from portal.stories.rules import Texts
from portal.vocabulary import PERMISSIONS_OF, AccountState, Event, MessageKind, Permission, StoryState


def write(session: Session, contract: Contract, texts: Texts, *, actor: Actor, now: datetime) -> SuccessStory:
    """Begin the story of a contract: there is one. Raises RuleViolation when somebody began it before."""
    policies.ensure_can_write(actor, contract.buyer_id)
    assert contract.buyer_id is not None  # noqa: S101 — who writes acts for its buyer
    values = {"buyer_id": contract.buyer_id, "contract_id": contract.id, "state": StoryState.DRAFT}
    if not insert_once(session, SuccessStory, **values, **vars(texts), created_at=now, saved_at=now):
        raise RuleViolation("Quelqu’un a déjà commencé l’exemple de ce marché : ouvrez-le depuis « Mes exemples ».")
    made = session.scalars(select(SuccessStory).where(SuccessStory.contract_id == contract.id)).one()
    _record(session, Event.STORY_WRITTEN, made, actor, now)
    return made


def revise(
    session: Session, story: SuccessStory, texts: Texts, *, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Change what is told: it is a draft again, and those who were asked are asked about the new text."""
    policies.ensure_can_write(actor, story.buyer_id)
    ensure_current(story, expected_version)
    if all(getattr(story, name) == value for name, value in vars(texts).items()):
        return
    _unpublish(session, story, now)
    for name, value in vars(texts).items():
        setattr(story, name, value)
    story.saved_at = now
    session.refresh(story, attribute_names=["agreements"])
    asked = [each for each in story.agreements if each.asked_at is not None]
    for each in story.agreements:
        _forget(each)
    _record(session, Event.STORY_WRITTEN, story, actor, now)
    _ask(session, story, asked, now)


def ask(session: Session, story: SuccessStory, *, expected_version: int, actor: Actor, now: datetime) -> list[str]:
    """Ask those who hold the contract and have not agreed. The names of those that nobody can be asked for."""
    policies.ensure_can_write(actor, story.buyer_id)
    ensure_current(story, expected_version)
    rules.ensure_complete(story)
    session.refresh(story, attribute_names=["agreements"])
    named = [_agreement(story, holder) for holder in holders_of(story)]
    waiting = [each for each in named if not rules.is_agreed(each)]
    if not waiting:
        raise RuleViolation("Toutes les structures nommées ont déjà donné leur accord.")
    return _ask(session, story, waiting, now)


def answer(
    session: Session,
    story: SuccessStory,
    agreement: StoryAgreement,
    *,
    agrees: bool,
    reason: str | None,
    shown: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Agree to be named, or refuse with a word: a refusal takes a published story off at once.

    `shown` is what `rules.seen` gave when the page was: nobody agrees to a text they have not read.
    """
    policies.ensure_can_answer(actor, agreement)
    session.refresh(story, attribute_names=_TOLD, with_for_update=True)
    session.refresh(agreement)
    rules.ensure_seen(story, agreement, shown)
    if story.state is StoryState.WITHDRAWN:
        raise RuleViolation("Cet exemple a été retiré : il n’y a plus rien à répondre.")
    if not agrees and not reason:
        raise RuleViolation("Dites en un mot pourquoi vous refusez : l’acheteur le lira.", "reason")
    _forget(agreement)
    agreement.agreed_at, agreement.refused_at = (now, None) if agrees else (None, now)
    agreement.answered_by_label, agreement.reason = actor.label, reason or None
    if not agrees and story.state is StoryState.PUBLISHED:
        touch(story)
        _unpublish(session, story, now)
    _record(session, Event.STORY_AGREED if agrees else Event.STORY_REFUSED, story, actor, now)


def note_agreement(
    session: Session,
    story: SuccessStory,
    organisation: Organisation,
    *,
    told_on: date,
    told_by: str | None,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Note an agreement obtained otherwise: who gave it, when. Raises NotFound for whom the contract does not name."""
    policies.ensure_can_write(actor, story.buyer_id)
    ensure_current(story, expected_version)
    rules.ensure_complete(story)
    rules.ensure_told(told_on, told_by, clock.paris_date(story.saved_at), clock.paris_date(now))
    if organisation.id not in {each.id for each in holders_of(story)}:
        raise NotFound
    session.refresh(story, attribute_names=["agreements"])
    agreement = _agreement(story, organisation)
    rules.ensure_not_refused(agreement)
    _forget(agreement)
    agreement.told_on, agreement.told_by = told_on, told_by
    _record(session, Event.STORY_AGREED, story, actor, now)


def publish(session: Session, story: SuccessStory, *, expected_version: int, actor: Actor, now: datetime) -> None:
    """Show the story to everyone, once all those it names have agreed."""
    policies.ensure_can_write(actor, story.buyer_id)
    ensure_current(story, expected_version)
    session.refresh(story, attribute_names=["agreements"])
    rules.ensure_publishable(story, [each.id for each in holders_of(story)], unknown_holders(story))
    story.state, story.published_at = StoryState.PUBLISHED, now
    story.withdrawn_at = story.withdrawn_reason = None
    mark_public_change(session, now=now)
    _record(session, Event.STORY_PUBLISHED, story, actor, now)


def withdraw(
    session: Session, story: SuccessStory, *, reason: str | None, expected_version: int, actor: Actor, now: datetime
) -> None:
    """Take a published story off, saying why."""
    policies.ensure_can_write(actor, story.buyer_id)
    ensure_current(story, expected_version)
    rules.ensure_withdrawable(story, reason)
    story.state, story.withdrawn_at, story.withdrawn_reason = StoryState.WITHDRAWN, now, reason
    mark_public_change(session, now=now)
    _record(session, Event.STORY_WITHDRAWN, story, actor, now)


def holders_of(story: SuccessStory) -> list[Organisation]:
    """Those that the story names: who holds its contract now."""
    return [held.organisation for held in _live(story.contract) if held.organisation is not None]


def unknown_holders(story: SuccessStory) -> list[str]:
    return [held.shown_name for held in _live(story.contract) if held.organisation is None]


def _live(contract: Contract) -> Iterable[ContractTitulaire]:
    return (held for held in contract.holders if held.left_on is None)


_TOLD = ["version", "state", "title", "context", "practice", "result", "published_at"]


def _agreement(story: SuccessStory, organisation: Organisation) -> StoryAgreement:
    found = next((each for each in story.agreements if each.organisation_id == organisation.id), None)
    if found is None:
        found = StoryAgreement(organisation_id=organisation.id)
        story.agreements.append(found)
    return found


def _forget(agreement: StoryAgreement) -> None:
    """Its answer, not that it was asked."""
    agreement.agreed_at = agreement.refused_at = agreement.told_on = None
    agreement.answered_by_label = agreement.reason = agreement.told_by = None


def _unpublish(session: Session, story: SuccessStory, now: datetime) -> None:
    if story.state is StoryState.DRAFT:
        return
    if story.state is StoryState.PUBLISHED:
        mark_public_change(session, now=now)
    story.state, story.published_at = StoryState.DRAFT, None
    story.withdrawn_at = story.withdrawn_reason = None


def _ask(session: Session, story: SuccessStory, waiting: Iterable[StoryAgreement], now: datetime) -> list[str]:
    """Promise a mail to everyone who files for these organisations; the names of those without anyone."""
    listed = list(waiting)
    for each in listed:
        _forget(each)
        each.asked_at = now
    session.flush()
    filing = (
        select(Membership.organisation_id, Account.id, Account.email)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Membership.organisation_id.in_([each.organisation_id for each in listed]),
            Membership.role.in_(_FILING),
            in_force(now),
            Account.state == AccountState.ACTIVE,
        )
        .distinct()
    )
    rows = session.execute(filing).all()
    promises = [
        Promise(
            email,
            {"story": story.id, "account": account_id, "organisation": organisation_id},
            f"{MessageKind.STORY_AGREEMENT}:{story.id}:{story.version}:{organisation_id}:{account_id}",
        )
        for organisation_id, account_id, email in rows
    ]
    promise_each(session, MessageKind.STORY_AGREEMENT, promises, now=now)
    reached = {organisation_id for organisation_id, _, _ in rows}
    names = {each.id: each.shown_name for each in holders_of(story)}
    return [names.get(each.organisation_id, "") for each in listed if each.organisation_id not in reached]


_FILING = [role for role, permissions in PERMISSIONS_OF.items() if Permission.DECLARATION_FILE in permissions]


def _record(session: Session, event: Event, story: SuccessStory, actor: Actor, now: datetime) -> None:
    journal.record(session, event, ("success_story", story.id, story.title), actor=actor, at=now)
