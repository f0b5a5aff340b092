"""Two at once, with real commits, on both databases: the database says who wins."""

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.forecast.facts import AwardFacts
from portal.forecast.models import Lot
from portal.groupements import services
from portal.groupements.documents import services as documents
from portal.groupements.facts import Offer
from portal.groupements.models import Acceptance, Groupement, MandataireSeat, MemberDocument
from portal.kernel.errors import PortalError
from portal.storage import reading, unit_of_work
from portal.vocabulary import GroupementState, MemberState
from tests.forecast import sample
from tests.groupements.people import Town, agreed, filed, joined, make_town, opened, proposed, shared

Act = Callable[[Session], object]


def together(*acts: Act) -> list[PortalError | None]:
    """Each act in its own thread and transaction, all released at once; what each was refused for, if it was."""
    start = threading.Barrier(len(acts))
    outcomes: list[PortalError | None] = [None] * len(acts)
    troubles: list[BaseException] = []

    def run(place: int, act: Act) -> None:
        start.wait()
        try:
            with unit_of_work() as session:
                act(session)
        except PortalError as refused:
            outcomes[place] = refused
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]
    return outcomes


@pytest.fixture
def real_town(fresh_engine: Engine, now: datetime) -> Iterator[Town]:
    """A town whose session commits for good."""
    with Session(fresh_engine, expire_on_commit=False) as session:
        town = make_town(session, now)
        session.commit()
        yield town


def _commit(town: Town) -> None:
    """End the fixture's transaction: on SQLite it holds the write lock."""
    town.session.commit()


def _seal(town: Town, groupement: Groupement, by: str) -> Act:
    def act(session: Session) -> None:
        again = session.get_one(Groupement, groupement.id)
        services.seal(session, again, expected_version=again.version, actor=town.actor(by), now=town.now)

    return act


def _sealed_count() -> int:
    with reading() as session:
        sealed = select(func.count()).select_from(Groupement).where(Groupement.state == GroupementState.SEALED)
        return session.scalar(sealed) or 0


def test_of_two_seals_with_one_mandataire_on_a_lot_one_wins(real_town: Town) -> None:
    town = real_town
    lot = town.project().lots[0]
    first, second = agreed(town, lot, "regie"), agreed(town, lot, "net")
    _commit(town)
    outcomes = together(_seal(town, first, "pont"), _seal(town, second, "pont"))
    refused = [outcome for outcome in outcomes if outcome]
    assert len(refused) == 1
    assert "R2142-23" in refused[0].sentence
    assert _sealed_count() == 1
    with reading() as session:
        assert len(session.scalars(select(MandataireSeat)).all()) == 1


def test_of_two_seals_with_a_member_in_common_one_wins_when_the_buyer_wants_one(real_town: Town) -> None:
    town = real_town
    lot = town.project(sample.lot_facts(several_groupements_allowed=False)).lots[0]
    first, second = agreed(town, lot, "regie"), agreed(town, lot, "regie", by="net")
    _commit(town)
    outcomes = together(_seal(town, first, "pont"), _seal(town, second, "net"))
    refused = [outcome for outcome in outcomes if outcome]
    assert len(refused) == 1
    assert "R2142-21" in refused[0].sentence
    assert _sealed_count() == 1


def test_a_groupement_is_sealed_once(real_town: Town) -> None:
    town = real_town
    groupement = agreed(town, town.project().lots[0])
    _commit(town)
    seal = _seal(town, groupement, "pont")
    assert sum(outcome is None for outcome in together(seal, seal, seal)) == 1


def test_members_accept_at_the_same_time(real_town: Town) -> None:
    town = real_town
    groupement = opened(town, town.project().lots[0])
    joined(town, groupement, "regie", "net")
    shared(town, groupement, {"pont": 4000, "regie": 3000, "net": 3000})
    number = proposed(town, groupement)
    _commit(town)

    def accept(name: str) -> Act:
        return lambda session: services.accept(
            session, session.get_one(Groupement, groupement.id), number, actor=town.actor(name), now=town.now
        )

    assert together(accept("pont"), accept("regie"), accept("net")) == [None] * 3
    twice = together(accept("pont"), accept("pont"))
    assert all(twice), "each accepts once"
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Acceptance)) == 3


def test_parts_changed_while_one_accepts_leave_nothing_accepted_by_mistake(real_town: Town) -> None:
    town = real_town
    groupement = agreed(town, town.project().lots[0])
    _commit(town)

    def change(session: Session) -> None:
        again = session.get_one(Groupement, groupement.id)
        services.part_with(
            session,
            again,
            next(each for each in again.members if each.organisation_id == town.organisations["regie"].id),
            "Non.",
            actor=town.actor("pont"),
            now=town.now,
        )

    outcomes = together(_seal(town, groupement, "pont"), change)
    assert sum(outcome is None for outcome in outcomes) == 1
    with reading() as session:
        again = session.get_one(Groupement, groupement.id)
        states = {member.state for member in again.members}
    sealed = again.state is GroupementState.SEALED
    assert states == ({MemberState.ACCEPTED} if sealed else {MemberState.JOINED, MemberState.LEFT})


def test_an_invitation_accepted_while_it_is_withdrawn_is_one_or_the_other(real_town: Town) -> None:
    town = real_town
    groupement = opened(town, town.project().lots[0])
    invited, _ = services.invite(
        town.session, groupement, town.organisations["regie"], Offer(), actor=town.actor("pont"), now=town.now
    )
    _commit(town)

    def join(session: Session) -> None:
        again = session.get_one(Groupement, groupement.id)
        services.answer_invitation(session, again, accepted=True, reason=None, actor=town.actor("regie"), now=town.now)

    def withdraw(session: Session) -> None:
        again = session.get_one(Groupement, groupement.id)
        theirs = next(each for each in again.members if each.id == invited.id)
        services.part_with(session, again, theirs, None, actor=town.actor("pont"), now=town.now)

    outcomes = together(join, withdraw)
    assert outcomes.count(None) == 1


def test_of_two_awards_of_a_lot_one_wins_and_the_other_is_not_retained(real_town: Town) -> None:
    town = real_town
    lot = town.project().lots[0]
    town.open_tender(lot.project)
    first, second = filed(town, lot, "regie"), filed(town, lot, "renfort", by="net")
    _commit(town)

    def award(groupement: Groupement) -> Act:
        def act(session: Session) -> None:
            again, its_lot = session.get_one(Groupement, groupement.id), session.get_one(Lot, lot.id)
            facts = AwardFacts(number=f"M{groupement.id}", notified_on=date(2026, 12, 3), titulaires=())
            services.award(
                session,
                again,
                its_lot,
                facts,
                expected_version=its_lot.version,
                actor=town.purchaser(),
                now=town.now,
            )

        return act

    assert together(award(first), award(second)).count(None) == 1
    with reading() as session:
        states = sorted(session.scalars(select(Groupement.state)))
        assert states == [GroupementState.AWARDED, GroupementState.NOT_RETAINED]
        assert session.scalar(select(func.count()).select_from(Contract)) == 1


def test_two_who_ask_the_usual_documents_at_once_ask_each_once(real_town: Town) -> None:
    town = real_town
    groupement = opened(town, town.project().lots[0], by="pont")
    joined(town, groupement, "regie")
    groupement.network_id = town.organisations["reseau"].id
    _commit(town)

    def asking(name: str) -> Act:
        def act(session: Session) -> None:
            again = session.get_one(Groupement, groupement.id)
            documents.ask_usual(session, again, actor=town.actor(name), now=town.now)

        return act

    outcomes = together(asking("pont"), asking("reseau"))
    assert sum(outcome is None for outcome in outcomes) == 1
    with reading() as session:
        asked = session.execute(select(MemberDocument.member_id, MemberDocument.kind)).all()
    assert len(asked) == len(set(asked)) > 0
