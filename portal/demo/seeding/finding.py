"""Who and what the story of the days before consultations is about, and when."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from portal.demo.seeding.stage import Stage
from portal.demo.world.days import working_instant
from portal.demo.world.people import Person, everyone
from portal.demo.world.purchases import ANCHOR, all_projects
from portal.forecast.models import Lot, Project
from portal.kernel.actor import Actor
from portal.vocabulary import ProjectState, Role

Facts = Mapping[str, Any]


def drafted_at(title: str) -> datetime:
    found = (each for each in all_projects() if each.title == title and each.state is ProjectState.DRAFT)
    return next(found).created_at


def project_called(stage: Stage, title: str, state: ProjectState = ProjectState.PUBLISHED) -> Project:
    return next(project for project in stage.projects if project.title == title and project.state is state)


def lot_told(stage: Stage, facts: Facts) -> Lot:
    lot = project_called(stage, facts["project"]).lot_numbered(facts["lot"])
    assert lot is not None  # noqa: S101 — the world has it
    return lot


def playing(stage: Stage, role: Role) -> Actor:
    return named(stage, role.value)


def named(stage: Stage, key: str) -> Actor:
    return stage.acting(next(person for person in everyone() if person.key == key))


def speaking_for(stage: Stage, organisation: str) -> Actor:
    """Somebody of an organisation of the cast."""
    person = next(person for person in everyone() if _speaks_for(person, organisation))
    return stage.acting(person, organisation)


def _speaks_for(person: Person, organisation: str) -> bool:
    return bool({Role.STRUCTURE, Role.TITULAIRE} & set(dict(person.holds).get(organisation, ())))


def days_ago(days: int, seed: str) -> datetime:
    return working_instant(Random(f"amont: upstream {seed}"), ANCHOR.date() - timedelta(days=days))


def some_days_ago(who: str, what: str, least: int, most: int) -> datetime:
    random = Random(f"amont: upstream {who} {what}")
    return working_instant(random, ANCHOR.date() - timedelta(days=random.randint(least, most)))
