"""What a job is, and which instants it is planned for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from apscheduler.triggers.cron import CronTrigger

from portal.kernel.clock import PARIS

Counts = dict[str, int]
"""What a job did, in French words: {"envoyés": 12}."""

_LOOKS_BACK = (timedelta(minutes=1), timedelta(hours=2), timedelta(days=2), timedelta(days=40), timedelta(days=800))


@dataclass(frozen=True)
class Job:
    """One line of the timetable.

    `schedule` is what a cron expression says, by field, in Paris time. `act` is handed the instant and whether to only
    tell what would be done; done twice, it does no more than once. `description` is French.
    """

    name: str
    schedule: Mapping[str, int | str]
    act: Callable[[datetime, bool], Counts]
    description: str

    @cached_property
    def trigger(self) -> CronTrigger:
        return CronTrigger(timezone=PARIS, **self.schedule)

    def planned_at(self, now: datetime) -> datetime | None:
        """The latest planned instant at or before `now`, in UTC: the same for whoever asks until the next one.

        None when there was none for two years.
        """
        for back in _LOOKS_BACK:
            first = self.trigger.get_next_fire_time(None, now - back)
            if first is not None and first <= now:
                return self._last_from(first, now).astimezone(UTC)
        return None

    def _last_from(self, planned: datetime, now: datetime) -> datetime:
        following = self.trigger.get_next_fire_time(planned, now)
        while following is not None and following <= now:
            planned, following = following, self.trigger.get_next_fire_time(following, now)
        return planned
