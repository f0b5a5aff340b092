"""What people of the town say upstream, in one line each."""

from decimal import Decimal
from typing import Any

from portal.accounts.models import Account
from portal.directory.models import Organisation
from portal.forecast.models import Lot, Project
from portal.kernel.actor import Actor
from portal.sourcing import queries, services
from portal.sourcing.facts import Word
from portal.sourcing.models import Interest, Question
from portal.vocabulary import DisinterestReason, InterestKind, OrganisationKind, Role
from tests.accounts.people import acting, give, new_account
from tests.groupements.people import Town

COMMUNES = ("33001", "33002")


def word(kind: InterestKind = InterestKind.ALONE, hours: int | None = 1500, **changed: Any) -> Word:
    return Word(kind=kind, hours=Decimal(hours) if hours is not None else None, **changed)


def refusal(reason: DisinterestReason = DisinterestReason.TOO_BIG, **changed: Any) -> Word:
    return Word(kind=InterestKind.NOT_INTERESTED, disinterest=reason, **changed)


def tell(town: Town, lot: Lot, name: str, said: Word, version: int | None = None) -> Interest:
    actor = town.actor(name)
    if version is None:
        known = queries.interest_of(town.session, lot.id, actor.organisation_id)
        version = known.version if known else 0
    return services.tell_interest(
        town.session, lot, said, communes=COMMUNES, expected_version=version, actor=actor, now=town.now
    )


def more_structures(town: Town, *names: str) -> None:
    for number, name in enumerate(names, start=20):
        town.add(name, number, OrganisationKind.EI, Role.STRUCTURE)


def buyer_of(town: Town, name: str = "acheteuse") -> Actor:
    """A purchasing person of the town's buyer, who has an account."""
    buyer = town.session.get_one(Organisation, town.buyer_id)
    person = town.people.get(name) or new_account(town.session, town.now, f"{name}@rives.example", "Nadia Verlaine")
    if name not in town.people:
        give(town.session, person, buyer, Role.PURCHASING, now=town.now)
        town.people[name], town.organisations[name], town.roles[name] = person, buyer, Role.PURCHASING
    return acting(person, buyer, Role.PURCHASING)


def ask(town: Town, project: Project, name: str, text: str = "Le local est-il fourni ?", **told: Any) -> Question:
    return services.ask(town.session, project, None, text, actor=town.actor(name), now=town.now, **told)


def answer(town: Town, question: Question, public: str = "Local fourni ?", answer: str = "Oui.", **told: Any) -> None:
    services.answer(
        town.session,
        question,
        public,
        answer,
        expected_version=question.version,
        actor=buyer_of(town),
        now=town.now,
        **told,
    )


def account_of(town: Town, name: str) -> Account:
    return town.people[name]
