"""Accounts, what people hold in organisations, and what they wait for."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from portal.accounts import keys
from portal.accounts.services import requests, team
from portal.accounts.services.sign_up import open_account
from portal.demo.personas import PASSWORD
from portal.demo.seeding.stage import Act, Stage
from portal.demo.world import people
from portal.demo.world.organisations import all_organisations
from portal.demo.world.people import AskedClaim, AskedToJoin, Invited, Person
from portal.kernel.actor import SYSTEM


def acts() -> Iterator[Act]:
    password_hash = keys.hash_password(PASSWORD)
    everyone = {person.key: person for person in people.everyone()}
    for person in everyone.values():
        yield Act(person.since, partial(_arrive, person=person, password_hash=password_hash))
    for claim in people.claims(all_organisations()):
        yield Act(claim.at, partial(_claim, asked=claim, by=everyone[claim.by]))
    for wish in people.join_requests():
        yield Act(wish.at, partial(_ask_to_join, asked=wish, by=everyone[wish.by]))
    for invited in people.invitations():
        yield Act(invited.at, partial(_invite, invited=invited, by=everyone[invited.by]))


def _arrive(stage: Stage, now: datetime, *, person: Person, password_hash: str) -> None:
    account = open_account(stage.session, person.email, person.name, password_hash, now=now)
    stage.accounts[person.key] = account
    for key, roles in person.holds:
        team.grant(stage.session, account, stage.organisations[key], roles, actor=SYSTEM, now=now)


def _claim(stage: Stage, now: datetime, *, asked: AskedClaim, by: Person) -> None:
    organisation = stage.organisations[asked.on]
    account = stage.accounts[by.key]
    requests.claim(stage.session, organisation.id, account, asked.why, actor=stage.acting(by), now=now)


def _ask_to_join(stage: Stage, now: datetime, *, asked: AskedToJoin, by: Person) -> None:
    organisation, account = stage.organisations[asked.to], stage.accounts[by.key]
    actor = stage.acting(by)
    requests.ask_to_join(stage.session, organisation.id, account, asked.roles, asked.message, actor=actor, now=now)


def _invite(stage: Stage, now: datetime, *, invited: Invited, by: Person) -> None:
    organisation = stage.organisations[invited.organisation]
    team.invite(stage.session, organisation.id, invited.email, invited.roles, actor=stage.acting(by), now=now)
