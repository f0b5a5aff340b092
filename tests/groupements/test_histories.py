"""No sequence of acts, by anyone, in any order, reaches a state that breaks a hard rule: told by plain SQL."""

import json
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from portal.directory.models import Organisation
from portal.forecast import services as forecast
from portal.forecast.facts import AwardFacts
from portal.forecast.models import Lot, Project
from portal.groupements import agreement, services
from portal.groupements.changes.facts import Request
from portal.groupements.changes.services import ask_change, decide_change
from portal.groupements.facts import About, Offer, Share, Terms
from portal.groupements.models import Groupement
from portal.kernel.actor import Actor
from portal.vocabulary import CompositionGround, GroupementForm
from tests.forecast import sample
from tests.groupements.machines import Trying
from tests.groupements.people import CONJOINT, Town

pytestmark = pytest.mark.long

PEOPLE = ("pont", "regie", "net", "reseau")
SUPPLIERS = PEOPLE[:3]
SEATED = ("sealed", "filed", "awarded", "not_retained")
ACTIVE = ("joined", "accepted")
MOST = 4
TASKS = ("Encadrement", "Remplacements")
PLACES = sample.LOT.commune_codes

rarely = st.integers(0, 4).map(lambda drawn: drawn == 4)
people, suppliers = st.sampled_from(PEOPLE), st.sampled_from(SUPPLIERS)
which = st.integers(0, MOST - 1)
parts = st.lists(st.sampled_from([0, 2500, 3333, 5000, 7500, 10_000, None]), min_size=3, max_size=3)


class Histories(Trying):
    """Four people and up to four groupements, on two lots: on the second one, an operator is in one groupement only."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.town.now
        titles = ("Rive droite", "Rive gauche")
        lots = [sample.lot_facts(title=title, essential_tasks=TASKS[0]) for title in titles]
        strict = replace(lots[1], several_groupements_allowed=False)
        project = self.town.project(lots[0], strict, facts=replace(sample.PROJECT, lots_per_candidate=2))
        self.project_id, self.lot_ids = project.id, [lot.id for lot in project.lots]
        self.made: list[int] = []
        self.frozen: dict[tuple[int, int], Any] = {}

    def _pick(self, place: int) -> Groupement | None:
        return self.session.get_one(Groupement, self.made[place % len(self.made)]) if self.made else None

    def _lot(self, number: int) -> Lot:
        return self.session.get_one(Lot, self.lot_ids[number])

    @property
    def project(self) -> Project:
        return self.session.get_one(Project, self.project_id)

    def _lead(self, groupement: Groupement) -> Actor:
        """Mostly whoever leads, so that histories go far."""
        lead = next((each.organisation_id for each in groupement.members if each.role == "mandataire"), None)
        wanted = lead or groupement.network_id
        name = next((name for name in PEOPLE if self.town.organisations[name].id == wanted), "pont")
        return self.town.actor(name)

    def _step(self, groupement: Groupement, actor: Actor | None = None) -> dict[str, Any]:
        return {
            "expected_version": groupement.version,
            "actor": actor or self._lead(groupement),
            "now": self.now,
        }

    @initialize(starts=st.lists(st.tuples(suppliers, st.integers(0, 1), suppliers), min_size=1, max_size=3))
    def begin(self, starts: list[tuple[str, int, str]]) -> None:
        """Some are well under way already: histories then meet the seal, the filing and the award."""
        for place, (by, lot, partner) in enumerate(starts):
            self.open(by, lot)
            self.bring_to_the_seal(place, partner)

    @rule(by=people, lot=st.integers(0, 1))
    def open(self, by: str, lot: int) -> None:
        def act() -> None:
            about = About(name=f"Groupement {len(self.made)}")
            actor = self.town.actor(by)
            made = services.open_groupement(self.session, self._lot(lot), about, actor=actor, now=self.now)
            self.made.append(made.id)

        if len(self.made) < MOST:
            self._try(act)

    @rule(place=which, name=suppliers, part=st.sampled_from([None, 2500, 9000]))
    def invite(self, place: int, name: str, part: int | None) -> None:
        if groupement := self._pick(place):
            organisation = self.session.get_one(Organisation, self.town.organisations[name].id)
            offer = Offer("Venez.", Share(part))
            actor = self._lead(groupement)
            self._try(lambda: services.invite(self.session, groupement, organisation, offer, actor=actor, now=self.now))

    @rule(place=which, name=suppliers, accepted=st.sampled_from([True, True, False]))
    def answer(self, place: int, name: str, accepted: bool) -> None:
        if groupement := self._pick(place):
            actor = self.town.actor(name)
            self._try(
                lambda: services.answer_invitation(
                    self.session, groupement, accepted=accepted, reason="Non.", actor=actor, now=self.now
                )
            )

    @rule(place=which, name=suppliers, accepted=st.booleans())
    def ask_and_be_answered(self, place: int, name: str, accepted: bool) -> None:
        groupement = self._pick(place)
        if groupement is None:
            return

        def act() -> None:
            asking = services.ask_to_join(self.session, groupement, None, actor=self.town.actor(name), now=self.now)
            services.answer_request(
                self.session,
                groupement,
                asking,
                accepted=accepted,
                reason="Non.",
                actor=self._lead(groupement),
                now=self.now,
            )

        self._try(act)

    @rule(place=which, name=people)
    def leave(self, place: int, name: str) -> None:
        if groupement := self._pick(place):
            actor = self.town.actor(name)
            self._try(lambda: services.leave(self.session, groupement, "Adieu.", actor=actor, now=self.now))

    @rule(place=which, whom=st.integers(0, 3))
    def part_with(self, place: int, whom: int) -> None:
        if (groupement := self._pick(place)) and groupement.members:
            member = groupement.members[whom % len(groupement.members)]
            actor = self._lead(groupement)
            self._try(lambda: services.part_with(self.session, groupement, member, "Non.", actor=actor, now=self.now))

    @rule(
        place=which,
        shares=parts,
        form=st.sampled_from([*GroupementForm, None]),
        lead=st.integers(0, 3),
        amount=st.sampled_from([None, Decimal("0.01"), Decimal(90_000)]),
        communes=st.sampled_from([(), PLACES[:1], PLACES, ("33005",)]),
        tasks=st.sampled_from([(), TASKS[:1], TASKS]),
    )
    def set_terms(
        self,
        place: int,
        shares: list[int | None],
        form: GroupementForm | None,
        lead: int,
        amount: Decimal | None,
        communes: tuple[str, ...],
        tasks: tuple[str, ...],
    ) -> None:
        if groupement := self._pick(place):
            members = [each.public_id for each in groupement.members]
            given = {who: Share(part, None, None, amount, communes) for who, part in zip(members, shares, strict=False)}
            mandataire = members[lead % len(members)] if members else None
            doing = {(lot_id, task): members[-1] for lot_id in self.lot_ids for task in tasks if members}
            terms = Terms(form, mandataire, given, doing)
            self._try(lambda: services.set_terms(self.session, groupement, terms, **self._step(groupement)))

    @rule(place=which)
    def share_equally(self, place: int) -> None:
        """What lets histories reach the seal."""
        groupement = self._pick(place)
        active = [each for each in groupement.members if each.state in ACTIVE] if groupement else []
        if groupement is None or not active:
            return
        lead = next((each for each in active if each.role == "mandataire"), active[0])
        equal = 10_000 // len(active)
        share = Share(equal, Decimal(100), "Vitres", Decimal("33333.33"), PLACES)
        given = {each.public_id: share for each in active}
        given[lead.public_id] = replace(share, part=10_000 - equal * (len(active) - 1))
        doing = {(lot_id, task): active[-1].public_id for lot_id in self.lot_ids for task in TASKS}
        terms = Terms(CONJOINT, lead.public_id, given, doing)
        self._try(lambda: services.set_terms(self.session, groupement, terms, **self._step(groupement)))

    @rule(place=which, chosen=st.sampled_from([(0,), (1,), (0, 1)]))
    def choose_lots(self, place: int, chosen: tuple[int, ...]) -> None:
        if groupement := self._pick(place):
            lots = [self._lot(number) for number in chosen]
            about = About(name=groupement.name)
            self._try(lambda: services.revise(self.session, groupement, about, lots, **self._step(groupement)))

    @rule(lot=st.integers(0, 1), tasks=st.sampled_from([None, TASKS[1], "\n".join(TASKS)]), places=st.integers(1, 2))
    def revise_lot(self, lot: int, tasks: str | None, places: int) -> None:
        """The buyer words its essential tasks otherwise, or takes a commune out, whatever was agreed on."""
        told = self._lot(lot)
        facts = replace(told.facts, essential_tasks=tasks, commune_codes=PLACES[:places])
        act = {"expected_version": told.version, "actor": self.town.purchaser(), "now": self.now}
        self._try(lambda: forecast.revise_lot(self.session, told, facts, reason="Précisé.", **act))  # type: ignore[arg-type]

    @rule(place=which)
    def propose(self, place: int) -> None:
        if groupement := self._pick(place):
            self._try(lambda: services.propose(self.session, groupement, **self._step(groupement)))

    @rule(place=which, name=suppliers, number=st.integers(1, 3))
    def accept(self, place: int, name: str, number: int) -> None:
        if groupement := self._pick(place):
            actor = self.town.actor(name)
            self._try(lambda: services.accept(self.session, groupement, number, actor=actor, now=self.now))

    @rule(place=which)
    def all_accept(self, place: int) -> None:
        for name in SUPPLIERS:
            if groupement := self._pick(place):
                self.accept(place, name, groupement.asked_number or 0)

    @rule(place=which, name=st.sampled_from([None, *PEOPLE]))
    def seal(self, place: int, name: str | None) -> None:
        if groupement := self._pick(place):
            actor = self.town.actor(name) if name else None
            self._try(lambda: services.seal(self.session, groupement, **self._step(groupement, actor)))

    @rule(place=which, name=suppliers)
    def bring_to_the_seal(self, place: int, name: str) -> None:
        """The usual way, in one go."""
        self.invite(place, name, None)
        self.answer(place, name, True)
        self.share_equally(place)
        self.propose(place)
        self.all_accept(place)
        self.seal(place, None)

    @rule(place=which)
    def unseal(self, place: int) -> None:
        if groupement := self._pick(place):
            self._try(lambda: services.unseal(self.session, groupement, **self._step(groupement)))

    @rule(place=which)
    def file(self, place: int) -> None:
        """The consultation is opened for it, once."""
        self.open_tender()
        if groupement := self._pick(place):
            self._try(lambda: services.file(self.session, groupement, **self._step(groupement)))

    @rule(place=which, leaver=suppliers, heir=suppliers, granted=st.booleans(), accepted=st.booleans())
    def change_once_filed(self, place: int, leaver: str, heir: str, granted: bool, accepted: bool) -> None:
        """R2142-26: asked, then answered; all accept it, or not yet."""
        if groupement := self._pick(place):
            self._try(lambda: self._change(groupement, leaver, heir, granted))
            if accepted:
                self.all_accept(place)

    def _change(self, groupement: Groupement, leaver: str, heir: str, granted: bool) -> None:
        rows = {each.organisation_id: each for each in groupement.members}
        gone, organisation = rows.get(self.town.organisations[leaver].id), self.town.organisations[heir]
        inside = rows.get(organisation.id)
        taker = inside.public_id if inside and inside.state in ACTIVE else None
        request = Request(
            member=gone.public_id if gone else "",
            ground=CompositionGround.FAILURE,
            explanation="Liquidation.",
            taker=taker,
            successor_siret=None if taker else organisation.siret,
        )
        asked = ask_change(self.session, groupement, request, actor=self._lead(groupement), now=self.now)
        decide_change(self.session, asked, granted=granted, answer="Vu.", actor=self.town.purchaser(), now=self.now)

    @rule(place=which, really=rarely)
    def dissolve(self, place: int, really: bool) -> None:
        if really and (groupement := self._pick(place)):
            self._try(lambda: services.dissolve(self.session, groupement, "Non.", **self._step(groupement)))

    @rule()
    def open_tender(self) -> None:
        self._try(lambda: self.town.open_tender(self.project))

    @rule(place=which, lot=st.integers(0, 1))
    def award(self, place: int, lot: int) -> None:
        if groupement := self._pick(place):
            facts = AwardFacts(number=f"M{lot}", notified_on=date(2026, 12, 3), titulaires=())
            self._try(
                lambda: services.award(
                    self.session,
                    groupement,
                    self._lot(lot),
                    facts,
                    expected_version=self._lot(lot).version,
                    actor=self.town.purchaser(),
                    now=self.now,
                )
            )

    @rule(lot=st.integers(0, 1), really=rarely)
    def end_without_contract(self, lot: int, really: bool) -> None:
        if not really:
            return
        self._try(
            lambda: forecast.close_lot(
                self.session,
                self.project,
                self._lot(lot),
                reason="Infructueux.",
                expected_version=self._lot(lot).version,
                actor=self.town.purchaser(),
                now=self.now,
            )
        )

    @rule(days=st.integers(1, 20))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(place=which)
    def night_falls(self, place: int) -> None:
        if groupement := self._pick(place):
            self._try(lambda: services.close_if_over(self.session, groupement, now=self.now))

    # What is always true, as the tables tell it

    def _rows(self, statement: str, **values: Any) -> list[Any]:
        self.session.flush()
        return list(self.session.execute(text(statement), values).all())

    @invariant()
    def each_sealed_one_holds(self) -> None:
        for id_, state, form, number in self._rows("SELECT id, state, form, asked_number FROM groupement"):
            members = self._rows(
                "SELECT m.id, m.role, m.state, m.part, m.amount, m.hours, m.tasks, o.siret FROM groupement_member m"
                " JOIN organisation o ON o.id = m.organisation_id"
                " WHERE m.groupement_id = :id AND m.state IN ('joined', 'accepted')",
                id=id_,
            )
            leads = [each.siret for each in members if each.role == "mandataire"]
            assert len(leads) <= 1
            if state not in SEATED:
                assert self._seats(id_) == []
                continue
            late = [each for each in members if each.state == "joined"]
            assert not late or (state == "filed" and self._changes(id_)), "R2142-23: each has accepted"
            assert len({each.siret[:9] for each in members}) >= 2, "R2142-19"
            assert len(leads) == 1, "R2142-24"
            if form != "solidaire":
                assert sum(each.part for each in members) == 10_000, "R2142-20"
                assert all(each.part for each in members), "R2142-20"
            self._is_what_was_accepted(id_, number, form, members, leads[0])
            self._is_what_was_sealed(id_, number, is_settled=not late)

    def _changes(self, id_: int) -> int:
        """How many the buyer has allowed."""
        granted = "SELECT id FROM composition_change WHERE groupement_id = :id AND granted = :yes"
        return len(self._rows(granted, id=id_, yes=True))

    def _is_what_was_accepted(self, id_: int, number: int, form: str, members: list[Any], lead: str) -> None:
        [made] = self._rows(
            "SELECT id, text, sha256 FROM agreement WHERE groupement_id = :id AND number = :number",
            id=id_,
            number=number,
        )
        assert agreement.is_intact(made.text, made.sha256)
        told = json.loads(made.text)
        assert (told["form"], told["mandataire"]) == (form, lead)
        places = self._places(id_)
        assert {each["siret"]: _agreed(each) for each in told["members"]} == {
            each.siret: _held(each, places[each.id]) for each in members
        }
        assert {lot["number"]: {task["label"]: task["siret"] for task in lot["tasks"]} for lot in told["lots"]} == (
            self._tasks(id_)
        ), "R2142-27"
        accepted = self._rows("SELECT member_id FROM acceptance WHERE agreement_id = :id", id=made.id)
        assert {each.member_id for each in accepted} == {each.id for each in members if each.state == "accepted"}

    def _places(self, id_: int) -> dict[int, set[str]]:
        found = defaultdict(set)
        for member_id, code in self._rows(
            "SELECT c.member_id, c.commune_code FROM groupement_member_commune c"
            " JOIN groupement_member m ON m.id = c.member_id WHERE m.groupement_id = :id",
            id=id_,
        ):
            found[member_id].add(code)
        return found

    def _tasks(self, id_: int) -> dict[int, dict[str, str]]:
        lots = self._rows(
            "SELECT l.id, l.number FROM groupement_lot g JOIN lot l ON l.id = g.lot_id WHERE g.groupement_id = :id",
            id=id_,
        )
        given = self._rows(
            "SELECT t.lot_id, t.label, o.siret FROM groupement_essential_task t"
            " JOIN groupement_member m ON m.id = t.member_id JOIN organisation o ON o.id = m.organisation_id"
            " WHERE t.groupement_id = :id AND m.state IN ('joined', 'accepted')",
            id=id_,
        )
        return {lot.number: {each.label: each.siret for each in given if each.lot_id == lot.id} for lot in lots}

    def _is_what_was_sealed(self, id_: int, number: int, *, is_settled: bool) -> None:
        """The latest seal is of the agreement that stands, all its acceptances included; else of one before it."""
        *_, seal = self._rows(
            "SELECT s.text, s.sha256, a.number, a.sha256 AS agreed, a.id FROM groupement_seal s"
            " JOIN agreement a ON a.id = s.agreement_id WHERE s.groupement_id = :id ORDER BY s.id",
            id=id_,
        )
        assert agreement.is_intact(seal.text, seal.sha256)
        told = json.loads(seal.text)
        assert (told["agreement"], told["agreement_sha256"]) == (seal.number, seal.agreed)
        assert (seal.number == number) if is_settled else (seal.number < number)
        accepted = self._rows(
            "SELECT organisation_label FROM acceptance WHERE agreement_id = :id ORDER BY id", id=seal.id
        )
        assert [each["organisation"] for each in told["acceptances"]] == [each.organisation_label for each in accepted]

    def _seats(self, id_: int) -> list[Any]:
        return self._rows("SELECT lot_id, organisation_id FROM mandataire_seat WHERE groupement_id = :id", id=id_)

    @invariant()
    def each_lot_has_its_seats(self) -> None:
        """R2142-4, R2142-23, and R2142-21 on the lot whose buyer said so."""
        seated = self._rows(
            "SELECT l.lot_id, g.id, m.organisation_id, m.role FROM groupement g"
            " JOIN groupement_lot l ON l.groupement_id = g.id JOIN groupement_member m ON m.groupement_id = g.id"
            " WHERE g.state IN ('sealed', 'filed', 'awarded', 'not_retained') AND m.state IN ('joined', 'accepted')"
        )
        leads = [(each.lot_id, each.organisation_id) for each in seated if each.role == "mandataire"]
        assert [count for count in Counter(leads).values() if count > 1] == []
        seats = self._rows("SELECT lot_id, organisation_id FROM mandataire_seat")
        assert sorted(leads) == sorted((each.lot_id, each.organisation_id) for each in seats)
        strict = [each.organisation_id for each in seated if each.lot_id == self.lot_ids[1]]
        assert len(strict) == len(set(strict)), "R2142-21, 2°"

    @invariant()
    def who_has_accepted_has_accepted_what_is_asked(self) -> None:
        orphans = self._rows(
            "SELECT m.id FROM groupement_member m JOIN groupement g ON g.id = m.groupement_id"
            " LEFT JOIN agreement a ON a.groupement_id = g.id AND a.number = g.asked_number"
            " LEFT JOIN acceptance c ON c.agreement_id = a.id AND c.member_id = m.id"
            " WHERE m.state = 'accepted' AND c.id IS NULL"
        )
        assert orphans == []

    @invariant()
    def what_is_filed_is_frozen(self) -> None:
        """R2142-26: but for what the buyer has allowed."""
        for id_, state in self._rows("SELECT id, state FROM groupement"):
            if id_ in {filed for filed, _ in self.frozen} or state in SEATED[1:]:
                assert state in SEATED[1:]
                members = self._rows(
                    "SELECT organisation_id, role, part, amount, hours, tasks FROM groupement_member"
                    " WHERE groupement_id = :id AND state IN ('joined', 'accepted') ORDER BY id",
                    id=id_,
                )
                told = (members, self._tasks(id_))
                assert self.frozen.setdefault((id_, self._changes(id_)), told) == told

    @invariant()
    def a_contract_is_what_was_sealed(self) -> None:
        for award in self._rows("SELECT lot_id, contract_id FROM award WHERE contract_id IS NOT NULL"):
            held = self._rows(
                "SELECT organisation_id, is_mandataire, part FROM contract_titulaire WHERE contract_id = :id",
                id=award.contract_id,
            )
            winners = self._rows(
                "SELECT m.organisation_id, m.role = 'mandataire', m.part FROM groupement g"
                " JOIN groupement_lot l ON l.groupement_id = g.id AND l.lot_id = :lot"
                " JOIN groupement_member m ON m.groupement_id = g.id"
                " WHERE g.state = 'awarded' AND m.state = 'accepted'",
                lot=award.lot_id,
            )
            assert {tuple(each) for each in held} <= {tuple(each) for each in winners}
            assert sum(each.is_mandataire for each in held) == 1


def _held(member: Any, places: set[str]) -> tuple[object, ...]:
    exact = (None if held is None else Decimal(held) / 100 for held in (member.amount, member.hours))
    return member.part, *exact, member.tasks, places


def _agreed(member: dict[str, Any]) -> tuple[object, ...]:
    """A member's part as an agreement tells it."""
    exact = (None if member[name] is None else Decimal(member[name]) for name in ("amount", "hours"))
    return member["part"], *exact, member["tasks"], {place["code"] for place in member["communes"]}


@pytest.mark.parametrize("histories", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_no_history_breaks_a_hard_rule(town: Town, histories: int) -> None:
    machine = type("HistoriesOfTown", (Histories,), {"town": town})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        ),
    )


def test_a_history_can_reach_the_award(town: Town) -> None:
    """The machine's own acts lead all the way, so that what it never saw broken was really tried."""
    played = type("HistoriesOfTown", (Histories,), {"town": town})()
    played.open("pont", 0)
    played.invite(0, "regie", None)
    played.answer(0, "regie", True)
    played.share_equally(0)
    played.propose(0)
    played.all_accept(0)
    played.seal(0, None)
    played.open_tender()
    played.file(0)
    played.change_once_filed(0, "pont", "net", True, True)
    assert played._changes(played.made[0]) == 1
    played.award(0, 0)
    assert played._rows("SELECT state FROM groupement") == [("awarded",)]
    for told in (
        played.each_sealed_one_holds,
        played.each_lot_has_its_seats,
        played.what_is_filed_is_frozen,
        played.a_contract_is_what_was_sealed,
    ):
        told()
    played.teardown()
