"""The shortest way to a story, to its agreements and to a contract with accepted hours."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.kernel.actor import Actor
from portal.stories import rules, services
from portal.stories.models import StoryAgreement, SuccessStory
from portal.stories.rules import Texts
from portal.vocabulary import Role, Trade
from tests.declarations import sample
from tests.declarations.sample import Scene

TEXTS = Texts(
    trade=Trade.GREEN_SPACES,
    title="Des squares mieux tenus",
    context="Deux lots trop grands pour une structure.",
    practice="Un allotissement revu, des visites, un point chaque mois.",
    result="Un service rendu à l’heure.",
)


_NAMES = ("Alder", "Bruant", "Cormier", "Dolmen", "Érable", "Fougère", "Garance", "Hêtre", "Iris", "Jonquille")


def buyer(scene: Scene) -> Actor:
    return sample.acting(scene.buyer, Role.PURCHASING)


def written(session: Session, scene: Scene, now: datetime, texts: Texts = TEXTS) -> SuccessStory:
    return services.write(session, scene.contract, texts, actor=buyer(scene), now=now)


def asked(session: Session, scene: Scene, now: datetime) -> SuccessStory:
    story = written(session, scene, now)
    services.ask(session, story, expected_version=story.version, actor=buyer(scene), now=now)
    return story


def agreement_of(story: SuccessStory, organisation: Organisation) -> StoryAgreement:
    return next(each for each in story.agreements if each.organisation_id == organisation.id)


def answer(
    session: Session, story: SuccessStory, organisation: Organisation, now: datetime, reason: str | None = None
) -> None:
    """Agree, or refuse with a reason."""
    mine = agreement_of(story, organisation)
    services.answer(
        session,
        story,
        mine,
        agrees=reason is None,
        reason=reason,
        shown=rules.seen(story, mine),
        actor=sample.filing(organisation),
        now=now,
    )


def published(session: Session, scene: Scene, now: datetime) -> SuccessStory:
    story = asked(session, scene, now)
    for organisation in (scene.company, scene.structure):
        answer(session, story, organisation, now)
    services.publish(session, story, expected_version=story.version, actor=buyer(scene), now=now)
    return story


def accepted(session: Session, scene: Scene, now: datetime, people: int) -> None:
    """An accepted month of the structure, a hundred hours for each of so many people."""
    month = sample.opened(session, scene, scene.structure)
    for number in range(people):
        sample.add(
            session,
            month,
            sample.person(f"P-{number}", last=_NAMES[number], born_on=date(1980 + number, 4, 3), hours=Decimal(100)),
            now,
        )
    sample.file(session, month, now)
    session.flush()
    sample.accept(session, scene, month, now)
    session.flush()
