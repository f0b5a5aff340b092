"""Who acts for whom, and what waits for an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from portal.demo.world.organisations import Body
from portal.demo.world.texts import words
from portal.kernel.clock import PARIS
from portal.kernel.text import slug
from portal.vocabulary import OrganisationKind, Role


@dataclass(frozen=True)
class Person:
    """Someone with an account; whoever waits for an answer holds nothing yet."""

    key: str
    name: str
    email: str
    holds: tuple[tuple[str, frozenset[Role]], ...]
    """The organisation's key and the roles held there, the main one first."""
    since: datetime

    @property
    def home(self) -> str | None:
        """The organisation that this person acts for first."""
        return self.holds[0][0] if self.holds else None


@dataclass(frozen=True)
class AskedClaim:
    by: str
    on: str
    why: str
    at: datetime


@dataclass(frozen=True)
class AskedToJoin:
    by: str
    to: str
    roles: frozenset[Role]
    message: str
    at: datetime


@dataclass(frozen=True)
class Invited:
    by: str
    organisation: str
    email: str
    roles: frozenset[Role]
    at: datetime


@cache
def everyone() -> list[Person]:
    return [_person(facts, rank) for rank, facts in enumerate(words("cast")["people"])]


def claims(organisations: Sequence[Body]) -> list[AskedClaim]:
    """On listed structure that nobody manages: a member of the network that the cast names, or of none."""
    managed = {key for person in everyone() for key, _ in person.holds}
    free = [body for body in organisations if body.key not in managed]
    return [
        AskedClaim(facts["by"], _claimed(free, facts), facts["why"], _instant(facts["at"]))
        for facts in words("cast")["claims"]
    ]


def _claimed(free: Sequence[Body], facts: dict[str, Any]) -> str:
    kind, network = OrganisationKind(facts["kind"]), facts.get("in_network")
    return next(
        body.key for body in free if body.is_a(kind) and (network in body.networks if network else not body.networks)
    )


def join_requests() -> list[AskedToJoin]:
    return [
        AskedToJoin(facts["by"], facts["to"], _roles(facts), facts["message"], _instant(facts["at"]))
        for facts in words("cast")["join_requests"]
    ]


def invitations() -> list[Invited]:
    home = {person.key: person.home for person in everyone()}
    return [
        Invited(facts["by"], str(home[facts["by"]]), facts["to"], _roles(facts), _instant(facts["at"]))
        for facts in words("cast")["invitations"]
    ]


def _person(facts: dict[str, Any], rank: int) -> Person:
    at = facts.get("at")
    main = [(at, _roles(facts))] if at else []
    others = [(key, frozenset(Role(code) for code in codes)) for key, codes in facts.get("also", {}).items()]
    since = datetime(2026, 11, 20 + rank % 5, 10, rank, tzinfo=PARIS)
    if "since" in facts:
        since = datetime(facts["since"].year, facts["since"].month, facts["since"].day, 9, 30, tzinfo=PARIS)
    return Person(facts["key"], facts["name"], _email(facts["name"], at), tuple(main + others), since)


def _email(name: str, organisation: str | None) -> str:
    first, _, last = name.partition(" ")
    return f"{slug(first)}.{slug(last)}@{organisation or 'courrier'}.example"


def _roles(facts: dict[str, Any]) -> frozenset[Role]:
    return frozenset(Role(code) for code in facts["roles"])


def _instant(local: datetime) -> datetime:
    return local.replace(tzinfo=PARIS)
