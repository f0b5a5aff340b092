"""The header's links, by what the person may do."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import g, request, url_for

from portal.kernel.actor import Actor
from portal.web.access import PUBLIC, Access, current_actor

Count = Callable[[Actor], int]


@dataclass(frozen=True)
class Entry:
    label: str
    endpoint: str
    access: Access = PUBLIC
    count: Count | None = None
    below: tuple[str, ...] = ()
    """Endpoints under which this entry is the current one, besides its own."""


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool = False
    count: int | None = None


class Navigation:
    """Entries in their order; a later room adds its own, with the number of things that wait there."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        if entry not in self._entries:
            self._entries.append(entry)

    def links(self) -> list[Link]:
        actor = current_actor()
        return [self._link(entry, actor) for entry in self._entries if entry.access.allows(actor)]

    def _link(self, entry: Entry, actor: Actor) -> Link:
        current = request.endpoint in {entry.endpoint, *entry.below}
        counts = actor.is_signed_in and not g.get("without_counts")
        waiting = entry.count(actor) if entry.count and counts else None
        return Link(entry.label, url_for(entry.endpoint), current=current, count=waiting or None)


def do_not_count() -> None:
    """On this page, what went wrong matters, not what waits elsewhere: no question to the database for it."""
    g.without_counts = True


navigation = Navigation()
