"""The seed: the same data each time, on both databases, all or nothing."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, Row, Select, Table, func, select
from sqlalchemy.orm import Session

from portal import journal, storage
from portal.accounts.models import Account, Claim, Invitation, JoinRequest
from portal.calibration.queries import covers_of
from portal.contracts.facts import HeldBy
from portal.contracts.services import follow
from portal.demo import mark, seeding
from portal.demo.seeding import directory, people
from portal.demo.seeding.forecast import Story, newly_decided, undecided
from portal.demo.seeding.stage import Stage
from portal.demo.world.contracts import Contract, all_contracts
from portal.demo.world.past import BUYER
from portal.demo.world.purchases import ANCHOR, all_projects
from portal.demo.world.purchases import Project as Planned
from portal.directory.models import Affiliation, Organisation
from portal.directory.services import load_reference
from portal.forecast import services as forecast
from portal.forecast.facts import AwardFacts, LotFacts
from portal.forecast.models import Listing, Lot, Project, Revision
from portal.forecast.rules import softened
from portal.journal.models import JournalEntry
from portal.kernel import clock
from portal.kernel.actor import Actor
from portal.kernel.siret import Siret
from portal.outbox.models import Message
from portal.storage import Base, reading
from portal.vocabulary import GroupementForm, ProjectState
from tests.databases import Databases
from tests.demo.conftest import seed_into
from tests.storage.trial import TRIAL

pytestmark = pytest.mark.long

_DRAWN = {"password_hash", "nonce", "token_hash", "public_id"}
"""Columns drawn anew each time, on purpose: nobody must guess them."""


def _count(model: type[Base]) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_what_the_demonstration_holds(seeded: Engine) -> None:
    assert _count(Organisation) == 500
    assert _count(Listing) == 400
    assert _count(Lot) >= 400
    assert 300 <= _count(Project) <= 400
    assert _count(Revision) > 1_000
    assert _count(Account) == 41
    assert _count(Affiliation) > 300
    assert _count(Claim) == _count(Invitation) == 4
    assert _count(JoinRequest) == 3


def test_seven_thousand_hours_are_offered_for_the_twelve_thousand_of_the_story(seeded: Engine) -> None:
    with reading() as session:
        story = select(Lot).join(Project).where(Project.title == "Nettoyage des écoles et des équipements")
        lot = session.scalars(story.where(Lot.number == 3, Project.state == ProjectState.PUBLISHED)).one()
        cover = covers_of(session, [lot], ANCHOR.date())[lot.id]
    assert (cover.wanted, cover.shown_hours) == (Decimal(12_000), Decimal(7_000))
    assert not cover.is_well_sized


def test_every_siret_is_well_formed_and_belongs_to_nobody(seeded: Engine) -> None:
    with reading() as session:
        sirets = session.scalars(select(Organisation.siret)).all()
    assert all(Siret(siret).startswith("000") for siret in sirets)


def test_the_story_was_lived_in_order_and_before_the_anchor(seeded: Engine) -> None:
    with reading() as session:
        entries = session.execute(select(JournalEntry.event, JournalEntry.at).order_by(JournalEntry.id)).all()
        lived = [at for event, at in entries if not event.startswith("demo.entered")]
        revised = session.scalars(select(Revision.at).order_by(Revision.id)).all()
    assert lived == sorted(lived)
    assert lived[-1] == ANCHOR
    assert list(revised) == sorted(revised)
    assert revised[-1] < ANCHOR


def test_what_people_wait_for_has_promised_its_messages(seeded: Engine) -> None:
    with reading() as session:
        kinds = set(session.scalars(select(Message.kind)))
    assert {"accounts.claim_asked", "accounts.join_asked", "accounts.invitation"} <= kinds


def test_the_mark_tells_the_real_instant(seeded: Engine) -> None:
    origin = mark.origin()
    assert origin is not None
    assert abs((clock.real_utc_now() - origin).total_seconds()) < 600


def test_two_seeds_make_the_same_rows(seeded: Engine, databases: Databases, request: pytest.FixtureRequest) -> None:
    """Another one, on the other database when both are tried."""
    asked = request.config.getoption("--databases").split(",")
    other = next((kind for kind in asked if kind != seeded.dialect.name), None)
    url = databases.shared(other, "demonstration", seed_into) if other else databases.fresh("sqlite")
    if other is None:
        seed_into(url)
    second = storage.make_engine(url)
    digests = _digests(second)
    second.dispose()
    databases.drop(url)

    assert _digests(seeded) == digests


_LIVELY = {"login_session", "idempotency_key", "kept_form", "throttle", "job_run", "message", "journal_entry"}
"""What the other tests of this database may add to."""


def _digests(engine: Engine) -> dict[str, str]:
    portals = [table for table in Base.metadata.sorted_tables if not table.name.startswith(TRIAL)]
    tables = [table for table in portals if table.name not in _LIVELY]
    with engine.connect() as connection:
        return {
            table.name: hashlib.sha256("\n".join(_rows(connection.execute(_sorted(table)).all())).encode()).hexdigest()
            for table in tables
        }


_SKIPPING = {"alert"}
"""PostgreSQL skips a number for each row that stood already; nothing refers to these."""


def _sorted(table: Table) -> Select[*tuple[Any, ...]]:
    numbers = {"id"} if table.name in _SKIPPING else set()
    columns = [column for column in table.columns if column.name not in _DRAWN | numbers]
    return select(*columns).order_by(*table.primary_key.columns)


def _rows(rows: Iterable[Row[*tuple[Any, ...]]]) -> Iterator[str]:
    for row in rows:
        yield repr([sorted(cell) if isinstance(cell, frozenset) else _in_utc(cell) for cell in row])


def _in_utc(cell: object) -> object:
    return cell.timestamp() if isinstance(cell, datetime) else cell


def test_an_interrupted_seed_leaves_nothing(databases: Databases, demo_keys: None) -> None:
    engine = storage.make_engine(databases.fresh("sqlite"))
    storage.bind(engine)

    def interrupt(sentence: str) -> None:
        if "10 %" in sentence:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seeding.seed(say=interrupt)
    assert mark.origin() is None
    assert _count(Organisation) == _count(Account) == _count(JournalEntry) == 0
    storage.unbind()
    engine.dispose()


def test_the_bulk_way_leaves_what_the_services_leave(session: Session, demo_keys: None) -> None:
    """One project with a change, played by the seed, then done by hand through the forecast's services."""
    stage = Stage(session)
    directory.add_places(session)
    for act in sorted([*directory.acts(), *people.acts()], key=lambda act: act.at):
        act.play(stage)
    load_reference(session)
    planned = next(each for each in all_projects() if each.changes and len(each.lots) > 1)
    for act in Story(planned, planned.created_at.year, 99).acts():
        act.play(stage)
    by_hand = _through_the_services(session, stage, planned)
    session.flush()
    in_bulk = stage.projects[0]
    assert by_hand.facts == in_bulk.facts
    assert by_hand.version == in_bulk.version
    assert (by_hand.state, by_hand.published_at) == (in_bulk.state, in_bulk.published_at)
    for one, other in zip(by_hand.lots, in_bulk.lots, strict=True):
        assert (one.number, one.facts, one.version) == (other.number, other.facts, other.version)
    assert _told(session, by_hand) == _told(session, in_bulk)


def test_the_bulk_way_awards_as_the_services_do(session: Session, demo_keys: None) -> None:
    """A project whose lots were awarded, one of them to several: its contracts, its history and its journal."""
    stage = Stage(session)
    directory.add_places(session)
    for act in sorted([*directory.acts(), *people.acts()], key=lambda act: act.at):
        act.play(stage)
    load_reference(session)
    planned, awards = _awarded_project()
    for act in Story(planned, planned.created_at.year, 99, awards).acts():
        act.play(stage)
    by_hand = _through_the_services(session, stage, planned)
    _award(session, stage, by_hand, planned, awards)
    session.flush()
    in_bulk = stage.projects[0]
    assert (by_hand.state, by_hand.version) == (in_bulk.state, in_bulk.version)
    assert sorted(map(repr, _told(session, by_hand))) == sorted(map(repr, _told(session, in_bulk)))
    for one, other in zip(by_hand.lots, in_bulk.lots, strict=True):
        assert one.version == other.version
        for by_service, by_seed in zip(_awarded(session, one), _awarded(session, other), strict=True):
            assert by_service == by_seed


def _awarded_project() -> tuple[Planned, dict[int, Contract]]:
    """The first one of today's buyer whose contracts are as an award leaves them, one of them a groupement's."""
    made: defaultdict[int, list[Contract]] = defaultdict(list)
    for contract in all_contracts():
        made[id(contract.bought.project)].append(contract)
    found = next(each for each in made.values() if all(map(_is_plain, each)) and max(map(_members, each)) > 1)
    return found[0].bought.project, {contract.bought.lot.number: contract for contract in found}


def _members(contract: Contract) -> int:
    return len(contract.holders)


def _is_plain(contract: Contract) -> bool:
    bought = contract.bought
    changed = contract.other_promise or contract.suspended or contract.training_cap_percent or bought.holders
    return bought.project.author is BUYER and not changed


def _award(session: Session, stage: Stage, project: Project, planned: Planned, awards: Mapping[int, Contract]) -> None:
    actor = stage.acting(planned.author)
    for lot in project.lots:
        contract = awards[lot.number]
        grouped = len(contract.holders) > 1
        form = contract.form
        facts = AwardFacts(
            number=f"{contract.bought.number} bis",
            notified_on=contract.bought.notified_on,
            starts_on=contract.bought.starts_on,
            duration_months=contract.bought.months,
            amount=contract.amount,
            promised_hours=contract.promised or None,
            groupement=form.decp if form else None,
            mandataire_solidaire=form is GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE if form else None,
            titulaires=tuple(
                HeldBy(
                    organisation_id=stage.organisations[holder.body.key].id,
                    is_mandataire=grouped and rank == 0,
                    part=holder.part if grouped else None,
                    hours=holder.hours if grouped else None,
                )
                for rank, holder in enumerate(contract.holders)
            ),
        )
        now = planned.state_since
        row = forecast.award_lot(session, project, lot, facts, expected_version=lot.version, actor=actor, now=now)
        if contract.follower is not None:
            body = stage.organisations[contract.follower]
            follow(session, row, body, expected_version=row.version, actor=actor, now=now)


_OWN = {"id", "contract_id", "reference", "number"}


def _awarded(session: Session, lot: Lot) -> list[object]:
    """The award and its contract with all that hangs on it, but for ids and numbers."""
    assert lot.award is not None
    contract = lot.award.contract
    assert contract is not None
    rows = [contract, *contract.titulaires, *contract.commitments, *contract.followers, *contract.suspensions]
    told = [
        {name: getattr(row, name) for name in row.__table__.columns.keys() if name not in _OWN}  # noqa: SIM118
        for row in rows
    ]
    entries = journal.entries_of(session, "contract", contract.id)
    said = [(each.event, each.at, each.actor_id, each.before, each.after) for each in entries]
    return [lot.award.outcome, lot.award.decided_on, lot.award.promised_hours, *told, *said]


def _through_the_services(session: Session, stage: Stage, planned: Planned) -> Project:
    actor, at = stage.acting(planned.author), planned.created_at
    buyer = stage.organisations[planned.buyer]
    first, *others = planned.lots_at_first
    drafted = softened(first.facts)
    project = forecast.create_project(
        session, buyer.id, planned.facts, drafted, allotment_defined=True, actor=actor, now=at
    )
    for lot in others:
        forecast.add_lot(session, project, softened(lot.facts), actor=actor, now=at)
    checker = Story(planned, at.year, 99).checker
    for drawn, told in zip(project.lots, planned.lots_at_first, strict=True):
        _check(session, drawn, told.facts, stage.acting(checker(at)), at)
    assert planned.published_at is not None
    forecast.publish(session, project, expected_version=project.version, actor=actor, now=planned.published_at)
    for done, change in enumerate(planned.changes, 1):
        facts = {lot.number: lot.facts for lot in planned.lots_after(done)}
        for number in change.lot_numbers:
            row = project.lot_numbered(number)
            assert row is not None
            written = undecided(row.facts, facts[number])
            version, why = row.version, change.reason
            if written != row.facts:
                forecast.revise_lot(
                    session, row, written, expected_version=version, reason=why, actor=actor, now=change.at
                )
            _check(session, row, facts[number], stage.acting(checker(change.at)), change.at)
    if planned.tendered_at is not None:
        url, due_on = planned.tender_of(ProjectState.IN_TENDER)
        forecast.open_tender(
            session,
            project,
            url=url,
            offers_due_on=due_on,
            expected_version=project.version,
            actor=actor,
            now=planned.tendered_at,
        )
    return project


def _check(session: Session, lot: Lot, facts: LotFacts, actor: Actor, now: datetime) -> None:
    for choice in newly_decided(lot.facts, facts):
        forecast.check_lever(
            session,
            lot,
            choice.lever,
            outcome=choice.state,
            reservation=choice.reservation,
            reason=choice.reason,
            expected_version=lot.version,
            actor=actor,
            now=now,
        )


def _told(session: Session, project: Project) -> list[object]:
    """The public history, then the journal, without their ids."""
    revisions = session.scalars(select(Revision).where(Revision.project_id == project.id).order_by(Revision.id))
    entries = journal.entries_of(session, "project", project.id)
    numbers = {lot.id: lot.number for lot in project.all_lots}
    return [
        *((each.at, numbers.get(each.lot_id or 0), each.by_label, each.field, each.label) for each in revisions),
        *((each.event, each.at, each.actor_id, each.before, each.after) for each in entries),
    ]
