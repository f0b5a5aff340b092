"""Two people bring the same programme at once: its projects are made once."""

from dataclasses import replace
from threading import Barrier, Thread

from sqlalchemy import Engine, func, select

from portal.forecast.models import Project
from portal.kernel.errors import Stale
from portal.programmes import services
from portal.programmes.models import ProgrammeFile
from portal.programmes.services import Contact
from portal.storage import reading, unit_of_work
from tests.forecast.sample import NOW, make_buyer, make_country, purchaser
from tests.programmes.files import as_csv, project
from tests.programmes.test_taking import sheet_of


def test_the_same_programme_taken_twice_at_once_makes_its_projects_once(fresh_engine: Engine) -> None:
    sheet = sheet_of(as_csv([project(1), project(2)]))
    with unit_of_work() as session:
        make_country(session)
        buyer_id = make_buyer(session)
        actors = [replace(purchaser(buyer_id), account_id=number) for number in (7, 8)]
        files = [services.receive(session, buyer_id, sheet, "p.csv", actor=each, now=NOW).id for each in actors]
        shown = services.examination_of(session, session.get_one(ProgrammeFile, files[0]), NOW).digest
    start, told = Barrier(2), []

    def take(place: int) -> None:
        start.wait()
        try:
            with unit_of_work() as session:
                file = session.get_one(ProgrammeFile, files[place], with_for_update=True)
                services.take(session, file, shown=shown, contact=Contact(), actor=actors[place], now=NOW)
            told.append("taken")
        except Stale:
            told.append("shown again")

    threads = [Thread(target=take, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["shown again", "taken"]
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Project)) == 2
