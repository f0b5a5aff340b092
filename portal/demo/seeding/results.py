"""Terms of the assembly, and each closed year frozen by the direction in the spring."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial

from portal.demo.seeding.stage import Act, Stage
from portal.demo.world.past import MANDATES
from portal.demo.world.people import everyone
from portal.demo.world.purchases import ANCHOR
from portal.indicators import services
from portal.indicators.facts import Term
from portal.kernel.actor import SYSTEM, Actor
from portal.kernel.clock import PARIS
from portal.kernel.siret import Siret
from portal.vocabulary import Role

FIRST_YEAR = 2022

Load = Callable[[Stage, int], None]


def acts(load: Load) -> Iterator[Act]:
    """`load` brings in the rows of a year, which its freezing reads."""
    for rank, starts_on in enumerate(MANDATES):
        ends_on = MANDATES[rank + 1] - timedelta(days=1) if rank + 1 < len(MANDATES) else None
        term = Term(f"{starts_on.year}–{(ends_on.year if ends_on else starts_on.year + 6)}", starts_on, ends_on)
        yield Act(_at(starts_on + timedelta(days=16), 11), partial(_tell, term=term))
    for year in range(FIRST_YEAR, ANCHOR.year):
        yield Act(_at(date(year + 1, 4, 7), 15), partial(_freeze, year=year, load=load))


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)


def _tell(stage: Stage, now: datetime, *, term: Term) -> None:
    siret = Siret(stage.organisations["metropole"].siret)
    services.tell_mandate(stage.session, siret, term, actor=SYSTEM, now=now)


def _freeze(stage: Stage, now: datetime, *, year: int, load: Load) -> None:
    load(stage, year)
    services.freeze(stage.session, stage.organisations["metropole"], year, actor=_direction(stage, now), now=now)


def _direction(stage: Stage, now: datetime) -> Actor:
    person = next(person for person in everyone() if person.key == Role.DIRECTION)
    return stage.acting(person) if person.since < now else stage.someone_of("metropole", Role.DIRECTION)
