"""A groupement from its opening to its award, and what each step refuses."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.forecast.facts import AwardFacts
from portal.forecast.models import Lot
from portal.groupements import agreement, queries, services
from portal.groupements.facts import About, Offer, Share
from portal.groupements.models import Agreement, Groupement, MandataireSeat
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.vocabulary import (
    DecpGroupement,
    GroupementForm,
    GroupementState,
    LotOutcome,
    MemberRole,
    MemberState,
    ProjectState,
)
from tests.forecast import sample
from tests.groupements.people import (
    Town,
    accepted,
    agreed,
    filed,
    joined,
    member,
    opened,
    proposed,
    sealed,
    shared,
    states,
)


def test_a_supplier_opens_it_as_its_mandataire(town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    only = groupement.members[0]
    assert (only.role, only.state) == (MemberRole.MANDATAIRE, MemberState.JOINED)
    assert (groupement.state, groupement.network_id) == (GroupementState.FORMING, None)
    assert [each.id for each in groupement.lots] == [lot.id]


def test_a_network_opens_it_without_being_in_it(town: Town, lot: Lot) -> None:
    groupement = opened(town, lot, by="reseau")
    assert groupement.members == []
    assert groupement.network_id == town.organisations["reseau"].id
    joined(town, groupement, "regie", "net", by="reseau")
    with pytest.raises(RuleViolation, match="R2142-24"):
        proposed(town, groupement, by="reseau")


def test_none_opens_on_a_draft_or_an_ended_consultation(town: Town, session: Session) -> None:
    draft = town.project(published=False)
    with pytest.raises(RuleViolation, match="projet publié"):
        opened(town, draft.lots[0])


def test_a_buyer_opens_none(town: Town, lot: Lot, session: Session) -> None:
    with pytest.raises(Refused):
        services.open_groupement(session, lot, About(name="X"), actor=town.purchaser(), now=town.now)


def test_from_the_opening_to_the_contract(town: Town, lot: Lot, session: Session) -> None:
    town.open_tender(lot.project)
    groupement = filed(town, lot, "regie", "net")
    contract = services.award(
        session,
        groupement,
        lot,
        AwardFacts(number="2026-41", notified_on=date(2026, 12, 3), titulaires=(), promised_hours=Decimal(24000)),
        expected_version=lot.version,
        actor=town.purchaser(),
        now=town.now,
    )
    assert groupement.state is GroupementState.AWARDED
    assert lot.outcome is LotOutcome.AWARDED
    assert lot.project.state is ProjectState.AWARDED
    kept = session.get_one(Contract, contract.id)
    assert (kept.groupement, kept.mandataire_solidaire) == (DecpGroupement.CONJOINT, True)
    assert [(held.organisation_id, held.is_mandataire, held.part, held.hours) for held in kept.titulaires] == [
        (town.organisations[name].id, name == "pont", part, Decimal(part) * 2)
        for name, part in (("pont", 3334), ("regie", 3333), ("net", 3333))
    ]


def test_hours_shared_beyond_the_promise_are_left_for_the_buyer(town: Town, lot: Lot, session: Session) -> None:
    town.open_tender(lot.project)
    contract = services.award(
        session,
        filed(town, lot, "regie", "net"),
        lot,
        AwardFacts(number="2026-41", notified_on=date(2026, 12, 3), titulaires=(), promised_hours=Decimal(19999)),
        expected_version=lot.version,
        actor=town.purchaser(),
        now=town.now,
    )
    assert contract.promised_hours == Decimal(19999)
    assert [(held.part, held.hours) for held in contract.titulaires] == [(3334, None), (3333, None), (3333, None)]


def test_the_others_are_not_retained(town: Town, lot: Lot, session: Session) -> None:
    town.open_tender(lot.project)
    winner, loser = filed(town, lot, "regie"), filed(town, lot, "renfort", by="net")
    forming = opened(town, lot, by="batisseurs")
    _award(town, winner, lot)
    assert loser.state is GroupementState.NOT_RETAINED
    with pytest.raises(RuleViolation):
        _award(town, loser, lot)
    services.close_if_over(session, forming, now=town.now)
    assert forming.state is GroupementState.DISSOLVED


def _award(town: Town, groupement: Groupement, lot: Lot) -> None:
    services.award(
        town.session,
        groupement,
        lot,
        AwardFacts(number=f"2026-{lot.number}", notified_on=date(2026, 12, 3), titulaires=()),
        expected_version=lot.version,
        actor=town.purchaser(),
        now=town.now,
    )


def test_a_candidacy_on_another_lot_still_stands(town: Town, session: Session) -> None:
    project = town.project(sample.lot_facts(title="Rive droite"), sample.lot_facts(title="Rive gauche"))
    right, left = project.lots
    town.open_tender(project)
    winner = filed(town, right, "regie")
    both = agreed(town, right, "renfort", by="net")
    services.revise(
        session,
        both,
        About(name="Les deux rives"),
        [right, left],
        expected_version=both.version,
        actor=town.actor("net"),
        now=town.now,
    )
    assert states(both) == {MemberState.JOINED}, "another lot is another agreement"
    proposed(town, both, by="net")
    accepted(town, both, ("net", "renfort"))
    sealed(town, both, by="net")
    services.file(session, both, expected_version=both.version, actor=town.actor("net"), now=town.now)
    _award(town, winner, right)
    assert (both.state, winner.state) == (GroupementState.FILED, GroupementState.AWARDED)
    _award(town, both, left)
    assert {both.state, winner.state} == {GroupementState.AWARDED}


def test_a_lot_that_it_did_not_answer_is_not_awarded_to_it(town: Town) -> None:
    project = town.project(sample.lot_facts(title="Rive droite"), sample.lot_facts(title="Rive gauche"))
    town.open_tender(project)
    groupement = filed(town, project.lots[0])
    with pytest.raises(RuleViolation, match="pas répondu"):
        _award(town, groupement, project.lots[1])


def test_a_lot_may_be_limited_by_candidate(town: Town, session: Session) -> None:
    project = town.project(
        sample.lot_facts(title="Rive droite"),
        sample.lot_facts(title="Rive gauche"),
        facts=replace(sample.PROJECT, lots_per_candidate=1),
    )
    groupement = opened(town, project.lots[0])
    with pytest.raises(RuleViolation, match="L2113-10"):
        services.revise(
            session,
            groupement,
            About(name="X"),
            project.lots,
            expected_version=groupement.version,
            actor=town.actor("pont"),
            now=town.now,
        )


# Invitations and requests


def test_an_invitation_lasts_fourteen_days_and_is_renewed(
    town: Town, lot: Lot, session: Session, now: datetime
) -> None:
    groupement = opened(town, lot)
    invited, _ = services.invite(
        session, groupement, town.organisations["regie"], Offer(), actor=town.actor("pont"), now=now
    )
    late = now + timedelta(days=14)
    with pytest.raises(RuleViolation, match="a expiré"):
        _answer(town, groupement, "regie", late)
    services.renew_invitation(session, groupement, invited, actor=town.actor("pont"), now=late)
    _answer(town, groupement, "regie", late + timedelta(days=13))
    assert invited.state is MemberState.JOINED


def _answer(town: Town, groupement: Groupement, name: str, at: datetime, accepted: bool = True) -> None:
    services.answer_invitation(town.session, groupement, accepted=accepted, reason=None, actor=town.actor(name), now=at)


def test_who_declines_says_why_and_may_be_invited_again(town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    pont, regie = town.actor("pont"), town.organisations["regie"]
    offer = Offer("Venez", Share(2000, Decimal(100), "Vitres"))
    invited, _ = services.invite(session, groupement, regie, offer, actor=pont, now=town.now)
    with pytest.raises(RuleViolation, match="pourquoi"):
        _answer(town, groupement, "regie", town.now, accepted=False)
    services.answer_invitation(
        session, groupement, accepted=False, reason="Trop loin.", actor=town.actor("regie"), now=town.now
    )
    assert (invited.state, invited.reason, invited.part) == (MemberState.DECLINED, "Trop loin.", None)
    again, _ = services.invite(session, groupement, regie, Offer(), actor=pont, now=town.now)
    assert again is invited
    assert (again.state, again.reason) == (MemberState.INVITED, None)


def test_a_withdrawn_invitation_opens_nothing(town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    pont = town.actor("pont")
    invited, _ = services.invite(session, groupement, town.organisations["regie"], Offer(), actor=pont, now=town.now)
    services.part_with(session, groupement, invited, None, actor=pont, now=town.now)
    with pytest.raises(NotFound):
        _answer(town, groupement, "regie", town.now)


@pytest.mark.parametrize(("name", "why"), [("pont", "déjà membre"), ("reseau", "ni une structure")])
def test_some_are_not_invited(town: Town, lot: Lot, session: Session, name: str, why: str) -> None:
    groupement = opened(town, lot)
    with pytest.raises(RuleViolation, match=why):
        services.invite(session, groupement, town.organisations[name], Offer(), actor=town.actor("pont"), now=town.now)


def test_who_asks_is_let_in_or_told_why_not(town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    asking = services.ask_to_join(session, groupement, "Nous avons une équipe.", actor=town.actor("net"), now=town.now)
    other = services.ask_to_join(session, groupement, None, actor=town.actor("regie"), now=town.now)
    pont = town.actor("pont")
    services.answer_request(session, groupement, asking, accepted=True, reason=None, actor=pont, now=town.now)
    with pytest.raises(RuleViolation, match="pourquoi"):
        services.answer_request(session, groupement, other, accepted=False, reason="", actor=pont, now=town.now)
    services.answer_request(session, groupement, other, accepted=False, reason="Complet.", actor=pont, now=town.now)
    assert (asking.state, other.state) == (MemberState.JOINED, MemberState.DECLINED)


def test_a_closed_groupement_takes_no_request(town: Town, lot: Lot, session: Session) -> None:
    about = About(name="Entre nous", open_to_requests=False)
    groupement = services.open_groupement(session, lot, about, actor=town.actor("pont"), now=town.now)
    with pytest.raises(NotFound):
        services.ask_to_join(session, groupement, None, actor=town.actor("net"), now=town.now)


def test_requests_left_at_the_seal_are_declined(town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot)
    asking = services.ask_to_join(session, groupement, None, actor=town.actor("net"), now=town.now)
    sealed(town, groupement)
    assert asking.state is MemberState.DECLINED
    assert "scellé" in (asking.reason or "")


def test_leaving_makes_the_acceptances_fall_and_the_mandataire_hands_over_first(
    town: Town, lot: Lot, session: Session
) -> None:
    groupement = agreed(town, lot, "regie", "net")
    with pytest.raises(RuleViolation, match="R2142-24"):
        services.leave(session, groupement, "Autre projet.", actor=town.actor("pont"), now=town.now)
    services.leave(session, groupement, "Autre projet.", actor=town.actor("net"), now=town.now)
    assert groupement.asked_number is None
    assert member(town, groupement, "regie").state is MemberState.JOINED
    shared(town, groupement, {"pont": 5000, "regie": 5000}, mandataire="regie")
    services.leave(session, groupement, "Autre projet.", actor=town.actor("pont"), now=town.now)
    assert states(groupement) == {MemberState.JOINED, MemberState.LEFT}


# Parts and agreement


@pytest.mark.parametrize(
    ("parts", "why"),
    [({"pont": 6000, "regie": 3000}, "90.%"), ({"pont": 10000, "regie": 0}, "Sans part")],
)
def test_the_parts_of_a_conjoint_make_the_whole(town: Town, lot: Lot, parts: dict[str, int], why: str) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    shared(town, groupement, parts)
    with pytest.raises(RuleViolation, match=why):
        proposed(town, groupement)


def test_no_parts_go_beyond_the_whole(town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    with pytest.raises(RuleViolation, match="dépasser"):
        shared(town, groupement, {"pont": 6000, "regie": 6000})


def test_the_parts_of_a_solidaire_are_optional(town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    shared(town, groupement, {}, form=GroupementForm.SOLIDAIRE)
    assert proposed(town, groupement) == 1


def test_one_enterprise_alone_is_no_groupement(town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    shared(town, groupement, {"pont": 10000})
    with pytest.raises(RuleViolation, match="R2142-19"):
        proposed(town, groupement)


def test_an_agreement_waits_for_invitations(town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot)
    services.invite(session, groupement, town.organisations["net"], Offer(), actor=town.actor("pont"), now=town.now)
    with pytest.raises(RuleViolation, match="attend sa réponse"):
        sealed(town, groupement)


def test_any_change_of_parts_asks_everyone_again(town: Town, lot: Lot) -> None:
    groupement = agreed(town, lot)
    shared(town, groupement, {"pont": 6000, "regie": 4000})
    assert groupement.asked_number is None
    assert states(groupement) == {MemberState.JOINED}
    with pytest.raises(RuleViolation, match="Aucun accord"):
        accepted(town, groupement, ["regie"])
    assert proposed(town, groupement) == 2


def test_saving_the_same_terms_changes_nothing(town: Town, lot: Lot) -> None:
    groupement = agreed(town, lot)
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    assert states(groupement) == {MemberState.ACCEPTED}


def test_one_accepts_the_agreement_one_has_read(town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    first = proposed(town, groupement)
    proposed(town, groupement)
    with pytest.raises(RuleViolation, match="remplacé"):
        services.accept(session, groupement, first, actor=town.actor("regie"), now=town.now)
    with pytest.raises(NotFound):
        services.accept(session, groupement, 2, actor=town.actor("net"), now=town.now)
    accepted(town, groupement, ["regie"])
    with pytest.raises(RuleViolation, match="déjà accepté"):
        accepted(town, groupement, ["regie"])


def test_the_agreement_tells_the_exact_terms_and_never_changes(town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot)
    asked = services.asked_agreement(groupement)
    told = json.loads(asked.text)
    assert told["mandataire"] == town.organisations["pont"].siret
    assert [each["part"] for each in told["members"]] == [5000, 5000]
    assert agreement.is_intact(asked.text, asked.sha256)
    assert [(each.by_label, each.organisation_label[:5]) for each in asked.acceptances] == [
        ("Personne Pont", "Pont,"),
        ("Personne Regie", "Regie"),
    ]
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE agreement SET sha256 = 'x'"))


def test_a_seal_refuses_parts_changed_behind_the_agreement(town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot)
    session.execute(text("UPDATE groupement_member SET part = 9000 WHERE role = 'mandataire'"))
    session.execute(text("UPDATE groupement_member SET part = 1000 WHERE role = 'cotraitant'"))
    with pytest.raises(RuleViolation, match="accord accepté"):
        sealed(town, groupement)


def test_a_name_mended_in_the_directory_breaks_no_agreement(town: Town, lot: Lot) -> None:
    groupement = agreed(town, lot)
    town.organisations["regie"].call("Régie des Tanneries", None)
    sealed(town, groupement)
    assert groupement.state is GroupementState.SEALED


# The seal and after


def test_the_seal_needs_every_acceptance(town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    proposed(town, groupement)
    accepted(town, groupement, ["pont"])
    with pytest.raises(RuleViolation, match="Regie"):
        sealed(town, groupement)


def test_one_mandataire_seat_by_lot(town: Town, lot: Lot, session: Session) -> None:
    first, second = agreed(town, lot), agreed(town, lot, "net")
    sealed(town, first)
    with pytest.raises(RuleViolation, match="R2142-23"):
        sealed(town, second)
    services.unseal(session, first, expected_version=first.version, actor=town.actor("pont"), now=town.now)
    assert states(first) == {MemberState.JOINED}
    sealed(town, second)
    assert [seat.groupement_id for seat in session.scalars(select(MandataireSeat))] == [second.id]


def test_several_lots_several_seats(town: Town) -> None:
    project = town.project(sample.lot_facts(title="Rive droite"), sample.lot_facts(title="Rive gauche"))
    sealed(town, agreed(town, project.lots[0]))
    sealed(town, agreed(town, project.lots[1]))


@pytest.mark.parametrize(("allowed", "seals"), [(False, False), (None, True), (True, True)])
def test_several_groupements_are_forbidden_only_if_the_buyer_said_so(
    town: Town, allowed: bool | None, seals: bool
) -> None:
    lot = town.project(sample.lot_facts(several_groupements_allowed=allowed)).lots[0]
    sealed(town, agreed(town, lot, "regie"))
    other = agreed(town, lot, "regie", by="net")
    if seals:
        sealed(town, other, by="net")
        return
    with pytest.raises(RuleViolation, match="R2142-21"):
        sealed(town, other, by="net")


def test_nothing_moves_once_filed(town: Town, lot: Lot, session: Session) -> None:
    town.open_tender(lot.project)
    groupement = filed(town, lot)
    pont = town.actor("pont")
    kept: dict[str, Any] = {"actor": pont, "now": town.now}
    for act in (
        lambda: services.unseal(session, groupement, expected_version=groupement.version, **kept),
        lambda: services.dissolve(session, groupement, "Non", expected_version=groupement.version, **kept),
        lambda: services.leave(session, groupement, "Non", actor=town.actor("regie"), now=town.now),
        lambda: services.invite(session, groupement, town.organisations["net"], Offer(), **kept),
        lambda: shared(town, groupement, {"pont": 1000, "regie": 9000}),
    ):
        with pytest.raises(RuleViolation, match="R2142-26"):
            act()


def test_a_candidacy_waits_for_the_consultation(town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot)
    sealed(town, groupement)
    with pytest.raises(RuleViolation, match="pas ouverte"):
        services.file(session, groupement, expected_version=groupement.version, actor=town.actor("pont"), now=town.now)


def test_a_dissolved_groupement_gives_its_seat_back(town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot)
    sealed(town, groupement)
    with pytest.raises(RuleViolation, match="pourquoi"):
        services.dissolve(
            session, groupement, "", expected_version=groupement.version, actor=town.actor("pont"), now=town.now
        )
    services.dissolve(
        session, groupement, "Trop court.", expected_version=groupement.version, actor=town.actor("pont"), now=town.now
    )
    assert session.scalars(select(MandataireSeat)).all() == []
    sealed(town, agreed(town, lot))


# Whose turn


def test_only_who_holds_the_pen_leads(town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot)
    for name in ("regie", "net", "reseau"):
        with pytest.raises(Refused):
            sealed(town, groupement, by=name)


def test_two_forms_of_one_version_one_wins(town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie")
    version = groupement.version
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    with pytest.raises(Stale):
        services.propose(session, groupement, expected_version=version, actor=town.actor("pont"), now=town.now)


def test_what_waits_for_whom(town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    services.invite(session, groupement, town.organisations["regie"], Offer(), actor=town.actor("pont"), now=town.now)
    services.ask_to_join(session, groupement, None, actor=town.actor("net"), now=town.now)
    assert _steps(town, "regie") == ["answer"]
    assert _steps(town, "net") == []
    assert _steps(town, "pont") == ["request", "members"]
    assert _steps(town, "autre_reseau") == []
    _answer(town, groupement, "regie", town.now)
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    assert _steps(town, "pont") == ["request", "propose"]
    proposed(town, groupement)
    assert _steps(town, "regie") == ["accept"]
    accepted(town, groupement, ["pont", "regie"])
    assert (_steps(town, "regie"), _steps(town, "pont")) == ([], ["request", "seal"])
    sealed(town, groupement)
    assert _steps(town, "pont") == []
    town.open_tender(lot.project)
    assert _steps(town, "pont") == ["file"]


def _steps(town: Town, name: str) -> list[str]:
    town.session.flush()
    return [each.step for each in queries.waiting(town.session, town.actor(name), town.now)]


def test_agreements_are_counted_from_one(town: Town, lot: Lot, session: Session) -> None:
    agreed(town, lot)
    agreed(town, lot, "net", by="regie")
    assert session.scalars(select(Agreement.number)).all() == [1, 1]
