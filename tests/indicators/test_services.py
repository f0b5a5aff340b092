"""Freezing under a race, who may, and the terms of an assembly."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal import cli
from portal.directory.models import Organisation
from portal.indicators import rules
from portal.indicators.facts import Term
from portal.indicators.models import Edition
from portal.indicators.services import freeze, tell_mandate
from portal.journal.models import JournalEntry
from portal.kernel.actor import ANONYMOUS, SYSTEM, Actor
from portal.kernel.clock import PARIS
from portal.kernel.errors import Refused, RuleViolation
from portal.kernel.siret import Siret
from portal.storage import reading, unit_of_work
from portal.vocabulary import Role
from tests.indicators import sample
from tests.indicators.sample import NOW

FIRST = Term("2014–2020", date(2014, 4, 4), date(2020, 7, 3))
SECOND = Term("2020–2026", date(2020, 7, 4), None)


@pytest.fixture
def buyer(session: Session) -> Organisation:
    return sample.buyer(session)


def test_people_who_freeze_at_once_make_one_edition_and_the_others_are_told(fresh_engine: Engine) -> None:
    with unit_of_work() as session:
        buyer_id = sample.buyer(session).id

    def press(_: int) -> str:
        try:
            with unit_of_work() as session:
                buyer = session.get_one(Organisation, buyer_id)
                return f"édition {freeze(session, buyer, 2025, actor=sample.direction(buyer_id), now=NOW).number}"
        except RuleViolation as told:
            return told.sentence

    with ThreadPoolExecutor(4) as threads:
        answers = sorted(threads.map(press, range(4)))
    assert answers.count("édition 1") == 1
    assert sum("dit déjà exactement cela" in answer for answer in answers) == 3
    with reading() as session:
        assert session.scalars(select(Edition.number)).all() == [1]


@pytest.mark.parametrize(
    "roles", [(Role.PURCHASING,), (Role.LEGAL, Role.PRESCRIPTEUR), (Role.FACILITATEUR, Role.MANAGER)]
)
def test_only_the_direction_freezes(session: Session, buyer: Organisation, roles: tuple[Role, ...]) -> None:
    for actor in (sample.direction(buyer.id, *roles), sample.direction(buyer.id + 1), ANONYMOUS):
        with pytest.raises(Refused):
            freeze(session, buyer, 2025, actor=actor, now=NOW)


@pytest.mark.parametrize("instant", [datetime(2025, 12, 31, 23, 59, tzinfo=PARIS), datetime(2025, 6, 1, tzinfo=PARIS)])
def test_a_year_is_over_at_midnight_in_paris(session: Session, buyer: Organisation, instant: datetime) -> None:
    with pytest.raises(RuleViolation, match="n’est pas finie"):
        freeze(session, buyer, 2025, actor=sample.direction(buyer.id), now=instant)
    freeze(session, buyer, 2025, actor=sample.direction(buyer.id), now=datetime(2026, 1, 1, 0, 0, tzinfo=PARIS))


def test_freezing_is_written_in_the_journal_with_the_hash(session: Session, buyer: Organisation) -> None:
    edition = freeze(session, buyer, 2025, actor=sample.direction(buyer.id), now=NOW)
    session.flush()
    entry = session.scalars(select(JournalEntry).where(JournalEntry.event == "results.frozen")).one()
    assert entry.after == {"sha256": edition.sha256}
    assert edition.frozen_by_label == "Hélène Marsac"


@pytest.mark.parametrize("change", [update(Edition).values(figures="{}"), delete(Edition)])
def test_the_database_refuses_to_change_an_edition(session: Session, buyer: Organisation, change: object) -> None:
    freeze(session, buyer, 2025, actor=SYSTEM, now=NOW)
    session.flush()
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(change)  # type: ignore[call-overload]


def tell(session: Session, buyer: Organisation, term: Term, actor: Actor = SYSTEM) -> list[str]:
    return tell_mandate(session, Siret(buyer.siret), term, actor=actor, now=NOW)


def test_terms_are_told_in_order_and_told_again_change(session: Session, buyer: Organisation) -> None:
    tell(session, buyer, SECOND)
    assert tell(session, buyer, FIRST) == [
        "2014–2020, du 4 avril 2014 au 3 juillet 2020",
        "2020–2026, à compter du 4 juillet 2020",
    ]
    ended = Term("2020–2026", date(2020, 7, 4), date(2026, 3, 27))
    assert tell(session, buyer, ended)[1] == "2020–2026, du 4 juillet 2020 au 27 mars 2026"


@pytest.mark.parametrize(
    "term",
    [
        Term("à cheval", date(2020, 7, 3), date(2021, 1, 1)),
        Term("dedans", date(2015, 1, 1), date(2015, 2, 1)),
        Term("autour", date(2010, 1, 1), None),
        Term("à rebours", date(2010, 1, 2), date(2010, 1, 1)),
        Term(" ", date(2010, 1, 1), date(2010, 1, 2)),
        Term("x" * 61, date(2010, 1, 1), date(2010, 1, 2)),
    ],
)
def test_a_term_that_cannot_be_is_refused(term: Term) -> None:
    with pytest.raises(RuleViolation):
        rules.ensure_term(term, [FIRST])


def test_terms_are_a_buyers_own(session: Session, buyer: Organisation) -> None:
    structure = sample.organisation(session, "Les Jardins")
    with pytest.raises(RuleViolation, match="n’est pas celui d’un acheteur"):
        tell(session, structure, FIRST)
    with pytest.raises(Refused):
        tell(session, buyer, FIRST, sample.direction(buyer.id + 1))


def test_the_command_tells_a_term(fresh_engine: Engine, fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with unit_of_work() as session:
        siret = sample.buyer(session).siret
    monkeypatch.setattr(cli, "_connected", lambda: None)
    run = CliRunner().invoke(cli.main, ["mandat", siret, "2014–2020", "2014-04-04", "2020-07-03"])
    assert (run.exit_code, run.output) == (0, "2014–2020, du 4 avril 2014 au 3 juillet 2020\n")
    again = CliRunner().invoke(cli.main, ["mandat", siret, "autre", "2015-04-04"])
    assert again.exit_code == 1
    assert "en recouvre un autre" in again.output
    wrong = CliRunner().invoke(cli.main, ["mandat", siret, "autre", "hier"])
    assert "n’est pas une date" in wrong.output
