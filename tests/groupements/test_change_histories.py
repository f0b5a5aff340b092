"""Changes of composition in any order, by anyone, two at once: a filed candidacy never breaks a hard rule."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from portal.contracts.models import ContractTitulaire
from portal.forecast.facts import AwardFacts
from portal.forecast.models import Lot
from portal.groupements import agreement, services
from portal.groupements.changes.facts import Request
from portal.groupements.changes.services import ask_change, decide_change
from portal.groupements.models import CompositionChange, Groupement
from portal.storage import reading
from portal.vocabulary import CompositionGround
from tests.groupements.machines import Trying
from tests.groupements.people import Town, filed, make_town
from tests.groupements.test_races import Act, together

SUPPLIERS = ("pont", "regie", "net", "renfort", "batisseurs")
names, which = st.sampled_from(SUPPLIERS), st.integers(0, 1)


class Changes(Trying):
    """Two candidacies on one lot, five suppliers, one buyer."""

    lot_id: int
    made: tuple[int, ...]

    def _pick(self, place: int) -> Groupement:
        return self.session.get_one(Groupement, self.made[place])

    @rule(place=which, leaver=names, heir=names, by=names)
    def ask(self, place: int, leaver: str, heir: str, by: str) -> None:
        groupement = self._pick(place)
        rows = {each.organisation_id: each for each in groupement.members}
        gone, organisation = rows.get(self.town.organisations[leaver].id), self.town.organisations[heir]
        if gone is None:
            return
        inside = rows.get(organisation.id)
        taker = inside.public_id if inside and inside.state in {"joined", "accepted"} else None
        request = Request(
            member=gone.public_id,
            ground=CompositionGround.FAILURE,
            explanation="Liquidation.",
            taker=taker,
            successor_siret=None if taker else organisation.siret,
        )
        actor = self.town.actor(by)
        self._try(lambda: ask_change(self.session, groupement, request, actor=actor, now=self.town.now))

    @rule(place=which, granted=st.booleans())
    def decide(self, place: int, granted: bool) -> None:
        asked = select(CompositionChange).where(CompositionChange.groupement_id == self.made[place])
        for change in self.session.scalars(asked.order_by(CompositionChange.id.desc()).limit(1)):
            told = {"granted": granted, "answer": "Vu.", "actor": self.town.purchaser(), "now": self.town.now}
            self._try(lambda change=change, told=told: decide_change(self.session, change, **told))  # type: ignore[misc]

    @rule(place=which, by=names)
    def accept(self, place: int, by: str) -> None:
        groupement = self._pick(place)
        number = groupement.asked_number or 0
        actor = self.town.actor(by)
        self._try(lambda: services.accept(self.session, groupement, number, actor=actor, now=self.town.now))

    @rule(place=which)
    def all_accept(self, place: int) -> None:
        for name in SUPPLIERS:
            self.accept(place, name)

    @rule(place=which, act=st.sampled_from(["unseal", "propose", "seal", "file"]))
    def go_back(self, place: int, act: str) -> None:
        """What forming allows is over."""
        groupement = self._pick(place)
        told = {"expected_version": groupement.version, "actor": self.town.actor("pont"), "now": self.town.now}
        self._try(lambda: getattr(services, act)(self.session, groupement, **told))

    @rule(place=which, really=st.integers(0, 4).map(lambda drawn: drawn == 4))
    def award(self, place: int, really: bool) -> None:
        if really:
            lot, groupement = self.session.get_one(Lot, self.lot_id), self._pick(place)
            self._try(lambda: awarded(self.town, self.session, groupement, lot))

    # What is always true, as the tables tell it

    def _rows(self, statement: str, **values: Any) -> list[Any]:
        self.session.flush()
        return list(self.session.execute(text(statement), values).all())

    @invariant()
    def each_candidacy_holds(self) -> None:
        for id_ in self.made:
            [(state, number)] = self._rows("SELECT state, asked_number FROM groupement WHERE id = :id", id=id_)
            assert state in {"filed", "awarded", "not_retained"}
            members = self._rows(
                "SELECT m.role, m.state, m.part, o.siret, o.id FROM groupement_member m"
                " JOIN organisation o ON o.id = m.organisation_id"
                " WHERE groupement_id = :id AND state IN ('joined', 'accepted')",
                id=id_,
            )
            leads = [each for each in members if each.role == "mandataire"]
            assert len(leads) == 1, "R2142-24"
            assert len({each.siret[:9] for each in members}) >= 2, "R2142-19"
            assert sum(each.part for each in members) == 10_000, "R2142-20"
            seats = self._rows("SELECT organisation_id FROM mandataire_seat WHERE groupement_id = :id", id=id_)
            assert [each.organisation_id for each in seats] == [leads[0].id], "R2142-23"
            self._agreement_tells(id_, number, members)
            if state == "awarded":
                assert {each.state for each in members} == {"accepted"}, "R2142-23"
                held = self._rows("SELECT organisation_id FROM contract_titulaire")
                assert {each.organisation_id for each in held} == {each.id for each in members}

    def _agreement_tells(self, id_: int, number: int, members: list[Any]) -> None:
        """What is asked is what it is; each change allowed has its own number, none refused has."""
        [made] = self._rows(
            "SELECT text, sha256 FROM agreement WHERE groupement_id = :id AND number = :n", id=id_, n=number
        )
        assert agreement.is_intact(made.text, made.sha256)
        assert {(each["siret"], each["part"]) for each in json.loads(made.text)["members"]} == {
            (each.siret, each.part) for each in members
        }
        granted = self._rows(
            "SELECT id FROM composition_change WHERE groupement_id = :id AND granted = :yes", id=id_, yes=True
        )
        assert number == 1 + len(granted)
        waiting = self._rows("SELECT id FROM composition_change WHERE groupement_id = :id AND granted IS NULL", id=id_)
        assert len(waiting) <= 1

    @invariant()
    def all_is_in_the_journal(self) -> None:
        changes = self._rows("SELECT decided_at FROM composition_change")
        kept = self._rows("SELECT event FROM journal_entry WHERE event LIKE 'groupement.change%'")
        assert len(kept) == len(changes) + sum(each.decided_at is not None for each in changes)


def awarded(town: Town, session: Session, groupement: Groupement, lot: Lot) -> None:
    facts = AwardFacts(number="M1", notified_on=date(2026, 12, 3), titulaires=())
    told = {"expected_version": lot.version, "actor": town.purchaser(), "now": town.now}
    services.award(session, groupement, lot, facts, **told)  # type: ignore[arg-type]


@pytest.mark.long
@pytest.mark.parametrize("histories", [6, pytest.param(200, marks=pytest.mark.slow)])
def test_no_history_of_changes_breaks_a_hard_rule(town: Town, histories: int) -> None:
    lot = town.project().lots[0]
    town.open_tender(lot.project)
    made = (filed(town, lot, "regie").id, filed(town, lot, "renfort", by="net").id)
    machine = type("ChangesOfTown", (Changes,), {"town": town, "lot_id": lot.id, "made": made})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# Two at once


@pytest.fixture
def real_town(fresh_engine: Engine, now: Any) -> Iterator[Town]:
    with Session(fresh_engine, expire_on_commit=False) as session:
        town = make_town(session, now)
        session.commit()
        yield town


def _candidacy(town: Town) -> tuple[Groupement, Lot]:
    lot = town.project().lots[0]
    town.open_tender(lot.project)
    return filed(town, lot, "regie", "net"), lot


def _request(town: Town, groupement: Groupement, leaver: str) -> Request:
    wanted = town.organisations[leaver].id
    member = next(each.public_id for each in groupement.members if each.organisation_id == wanted)
    return Request(
        member=member,
        ground=CompositionGround.FAILURE,
        explanation="Liquidation.",
        successor_siret=town.organisations["renfort"].siret,
    )


def _asks(town: Town, groupement: Groupement, leaver: str) -> Act:
    request = _request(town, groupement, leaver)
    actor, id_ = town.actor("pont"), groupement.id
    return lambda session: ask_change(session, session.get_one(Groupement, id_), request, actor=actor, now=town.now)


def _decides(town: Town, change: CompositionChange, granted: bool) -> Act:
    told = {"granted": granted, "answer": "Vu.", "actor": town.purchaser(), "now": town.now}
    return lambda session: decide_change(session, session.get_one(CompositionChange, change.id), **told)  # type: ignore[arg-type]


def _awards(town: Town, groupement: Groupement, lot: Lot) -> Act:
    return lambda session: awarded(
        town, session, session.get_one(Groupement, groupement.id), session.get_one(Lot, lot.id)
    )


def test_of_two_changes_asked_at_once_one_waits_and_the_other_is_told(real_town: Town) -> None:
    groupement, _ = _candidacy(real_town)
    acts = [_asks(real_town, groupement, name) for name in ("regie", "net")]
    real_town.session.commit()
    outcomes = together(*acts)
    [refused] = [outcome for outcome in outcomes if outcome]
    assert "attend déjà" in refused.sentence
    with reading() as session:
        assert len(session.scalars(select(CompositionChange)).all()) == 1


def test_of_two_answers_at_once_the_first_stands(real_town: Town) -> None:
    town = real_town
    groupement, _ = _candidacy(town)
    request = _request(town, groupement, "regie")
    change = ask_change(town.session, groupement, request, actor=town.actor("pont"), now=town.now)
    town.session.commit()
    outcomes = together(_decides(town, change, True), _decides(town, change, False))
    [refused] = [outcome for outcome in outcomes if outcome]
    assert "déjà" in refused.sentence


def test_an_award_and_a_change_asked_at_once_one_wins(real_town: Town) -> None:
    town = real_town
    groupement, lot = _candidacy(town)
    acts = [_asks(town, groupement, "regie"), _awards(town, groupement, lot)]
    town.session.commit()
    outcomes = together(*acts)
    [refused] = [outcome for outcome in outcomes if outcome]
    assert "R2142-26" in refused.sentence
    with reading() as session:
        waits = session.scalars(select(CompositionChange)).all()
        held = set(session.scalars(select(ContractTitulaire.organisation_id)))
    assert bool(waits) != bool(held)


def test_an_award_while_the_buyer_s_other_hand_allows_a_change_never_mixes_the_two(real_town: Town) -> None:
    """Refused first, then awarded as it was; or awarded never, for a new agreement is asked."""
    town = real_town
    groupement, lot = _candidacy(town)
    request = _request(town, groupement, "regie")
    change = ask_change(town.session, groupement, request, actor=town.actor("pont"), now=town.now)
    town.session.commit()
    outcomes = together(_decides(town, change, True), _awards(town, groupement, lot))
    assert outcomes[0] is None
    assert outcomes[1] is not None
    with reading() as session:
        assert session.scalars(select(ContractTitulaire)).all() == []
