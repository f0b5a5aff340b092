"""R2142-26: what a filed groupement may become, if its buyer allows it."""

import re
from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from portal import scheduler
from portal.contracts.models import ContractTitulaire
from portal.directory.models import Organisation
from portal.forecast.facts import AwardFacts
from portal.forecast.models import Lot
from portal.groupements import services, translation
from portal.groupements.changes import rules
from portal.groupements.changes.facts import Change, Newcomer, Request
from portal.groupements.changes.services import ask_change, decide_change
from portal.groupements.models import Acceptance, CompositionChange, Groupement, MandataireSeat
from portal.journal.models import JournalEntry
from portal.kernel.errors import Refused, RuleViolation
from portal.outbox import Mail, composing
from portal.outbox.models import Message
from portal.vocabulary import CompositionGround, GroupementState, MemberRole, MemberState, Role
from tests.accounts.people import give, new_account
from tests.forecast import sample
from tests.forecast.pages import posted
from tests.forecast.pages import sign_in as sign_in_for
from tests.groupements.pages import enter, room
from tests.groupements.people import Town, accepted, agreed, filed, member, sealed


@pytest.fixture
def candidacy(town: Town, lot: Lot) -> Groupement:
    """Filed by pont, the mandataire, with regie and net."""
    town.open_tender(lot.project)
    return filed(town, lot, "regie", "net")


def request(town: Town, groupement: Groupement, leaver: str, heir: str | None = "renfort", **more: object) -> Request:
    """`heir` comes in, unless it is a member already, which takes the part over."""
    told = {"member": member(town, groupement, leaver).public_id, "ground": CompositionGround.FAILURE}
    told |= {"explanation": "Placée en liquidation judiciaire le 1er décembre."}
    inside = {each.organisation_id: each.public_id for each in groupement.members if each.state == "accepted"}
    if heir:
        organisation = town.organisations[heir]
        taker = inside.get(organisation.id)
        told |= {"taker": taker} if taker else {"successor_siret": organisation.siret}
    return Request(**(told | more))  # type: ignore[arg-type]


def asked(
    town: Town, groupement: Groupement, leaver: str, heir: str = "renfort", by: str = "pont"
) -> CompositionChange:
    wanted = request(town, groupement, leaver, heir)
    return ask_change(town.session, groupement, wanted, actor=town.actor(by), now=town.now)


def decided(town: Town, change: CompositionChange, granted: bool = True) -> None:
    decide_change(town.session, change, granted=granted, answer="Vu le jugement.", actor=town.purchaser(), now=town.now)


def active(groupement: Groupement) -> dict[str, tuple[MemberRole, int | None]]:
    inside = (MemberState.JOINED, MemberState.ACCEPTED)
    return {each.organisation.name: (each.role, each.part) for each in groupement.members if each.state in inside}


def test_a_newcomer_has_the_part_of_who_leaves_and_all_are_asked_anew(town: Town, candidacy: Groupement) -> None:
    left = member(town, candidacy, "regie")
    part, hours, tasks = left.part, left.hours, left.tasks
    decided(town, asked(town, candidacy, "regie"))
    came = member(town, candidacy, "renfort")
    assert (came.part, came.hours, came.tasks) == (part, hours, tasks)
    assert (left.state, left.part, left.tasks) == (MemberState.LEFT, None, None)
    assert candidacy.state is GroupementState.FILED
    assert candidacy.asked_number == 2
    accepted(town, candidacy, ["pont", "net", "renfort"])
    assert {each.state for each in candidacy.members} == {MemberState.ACCEPTED, MemberState.LEFT}
    second = candidacy.agreements[-1]
    assert len(town.session.scalars(select(Acceptance).where(Acceptance.agreement_id == second.id)).all()) == 3


def test_a_member_takes_the_part_over_besides_its_own(town: Town, candidacy: Groupement) -> None:
    before = {name: member(town, candidacy, name) for name in ("regie", "net")}
    hours = (before["regie"].hours or 0) + (before["net"].hours or 0)
    decided(town, asked(town, candidacy, "regie", "net"))
    assert sum(part or 0 for _, part in active(candidacy).values()) == 10_000
    assert before["net"].hours == hours
    assert before["net"].tasks == "Tâches de net\u202f; Tâches de regie"


def test_who_takes_the_mandataire_s_place_is_mandataire_and_sits_in_its_seat(
    town: Town, candidacy: Groupement, session: Session
) -> None:
    decided(town, asked(town, candidacy, "pont", by="regie"))
    assert active(candidacy)["Renfort"][0] is MemberRole.MANDATAIRE
    [seat] = session.scalars(select(MandataireSeat))
    assert seat.organisation_id == town.organisations["renfort"].id
    assert candidacy.asked_number == 2


def test_refused_nothing_changes(town: Town, candidacy: Groupement) -> None:
    before, agreements = active(candidacy), len(candidacy.agreements)
    decided(town, asked(town, candidacy, "regie"), granted=False)
    assert active(candidacy) == before
    assert {each.state for each in candidacy.members} == {MemberState.ACCEPTED}
    assert len(candidacy.agreements) == agreements
    asked(town, candidacy, "regie", "net")


def test_one_change_waits_at_a_time_and_is_answered_once(town: Town, candidacy: Groupement) -> None:
    change = asked(town, candidacy, "regie")
    with pytest.raises(RuleViolation, match="attend déjà"):
        asked(town, candidacy, "net")
    decided(town, change)
    with pytest.raises(RuleViolation, match="déjà autorisé"):
        decided(town, change, granted=False)


def test_the_award_waits_for_the_answer_then_for_each_acceptance(
    town: Town, candidacy: Groupement, lot: Lot, session: Session
) -> None:
    change = asked(town, candidacy, "regie")
    with pytest.raises(RuleViolation, match="attend votre réponse"):
        awarded(town, candidacy, lot)
    decided(town, change)
    with pytest.raises(RuleViolation, match=r"attend encore.*Renfort"):
        awarded(town, candidacy, lot)
    accepted(town, candidacy, ["pont", "net", "renfort"])
    awarded(town, candidacy, lot)
    held = session.scalars(select(ContractTitulaire.organisation_id)).all()
    assert set(held) == {town.organisations[name].id for name in ("pont", "net", "renfort")}


def awarded(town: Town, groupement: Groupement, lot: Lot) -> None:
    services.award(
        town.session,
        groupement,
        lot,
        AwardFacts(number="M1", notified_on=date(2026, 12, 3), titulaires=()),
        expected_version=lot.version,
        actor=town.purchaser(),
        now=town.now,
    )


def test_before_the_filing_nothing_is_asked_of_the_buyer(town: Town, lot: Lot) -> None:
    groupement = agreed(town, lot)
    with pytest.raises(RuleViolation, match="n’est pas déposée"):
        asked(town, groupement, "regie")
    sealed(town, groupement)
    with pytest.raises(RuleViolation, match="n’est pas déposée"):
        asked(town, groupement, "regie")


@pytest.mark.parametrize(
    ("leaver", "heir", "by", "why"),
    [
        ("regie", "regie", "pont", "sa propre part"),
        ("regie", None, "pont", "Dites qui reprend"),
        ("regie", "reseau", "pont", "ni une structure"),
    ],
)
def test_who_carries_the_part_on_is_somebody_else_who_may(
    town: Town, candidacy: Groupement, leaver: str, heir: str | None, by: str, why: str
) -> None:
    wanted = request(town, candidacy, leaver, heir)
    with pytest.raises(RuleViolation, match=why):
        ask_change(town.session, candidacy, wanted, actor=town.actor(by), now=town.now)


def test_two_enterprises_remain(town: Town, lot: Lot) -> None:
    town.open_tender(lot.project)
    pair = filed(town, lot, "regie")
    with pytest.raises(RuleViolation, match="R2142-19"):
        asked(town, pair, "regie", "pont")


def test_a_rival_is_not_found_out_by_asking_the_buyer_reads_it_once_filed(
    town: Town, candidacy: Groupement, lot: Lot
) -> None:
    """Whoever asks types any SIRET, and nothing is kept of a refusal: who leads elsewhere would be read for nothing."""
    rival = agreed(town, lot, "batisseurs", by="renfort")
    sealed(town, rival, by="renfort")
    change = asked(town, candidacy, "pont", "renfort", by="regie")
    with pytest.raises(RuleViolation, match="R2142-23") as hidden, town.session.begin_nested():
        decided(town, change)
    assert not re.search("renfort|mandataire", hidden.value.sentence, re.IGNORECASE)
    services.file(town.session, rival, expected_version=rival.version, actor=town.actor("renfort"), now=town.now)
    with pytest.raises(RuleViolation, match="Renfort est déjà mandataire"), town.session.begin_nested():
        decided(town, change)
    decided(town, change, granted=False)


def test_a_member_of_another_one_does_not_come_in_where_the_buyer_wants_one(town: Town) -> None:
    lot = town.project(sample.lot_facts(several_groupements_allowed=False)).lots[0]
    town.open_tender(lot.project)
    candidacy = filed(town, lot, "regie")
    filed(town, lot, "batisseurs", by="renfort")
    with pytest.raises(RuleViolation, match="R2142-21"):
        decided(town, asked(town, candidacy, "regie", "renfort"))


def test_members_ask_only_for_the_mandataire_and_buyers_only_answer(town: Town, candidacy: Groupement) -> None:
    with pytest.raises(Refused):
        asked(town, candidacy, "net", by="regie")
    change = asked(town, candidacy, "net")
    reader = sample.purchaser(town.buyer_id, Role.LEGAL)
    for actor in (town.actor("pont"), reader, replace(town.purchaser(), organisation_id=town.buyer_id + 99)):
        with pytest.raises(Refused):
            decide_change(town.session, change, granted=True, answer="Oui.", actor=actor, now=town.now)


@pytest.mark.parametrize(("explanation", "answer"), [("", "Oui."), ("Liquidation.", "")])
def test_both_sides_say_why(town: Town, candidacy: Groupement, explanation: str, answer: str) -> None:
    wanted = request(town, candidacy, "regie", explanation=explanation)
    with pytest.raises(RuleViolation) as refused:  # noqa: PT012 — either side
        change = ask_change(town.session, candidacy, wanted, actor=town.actor("pont"), now=town.now)
        decide_change(town.session, change, granted=True, answer=answer, actor=town.purchaser(), now=town.now)
    assert refused.value.field in {"explanation", "answer"}


def test_the_journal_tells_the_acts_without_parts_or_words(town: Town, candidacy: Groupement, session: Session) -> None:
    decided(town, asked(town, candidacy, "regie"))
    entries = session.scalars(select(JournalEntry).where(JournalEntry.object_id == candidacy.id)).all()
    kept = [entry.event for entry in entries]
    assert kept[-3:] == ["groupement.change_asked", "groupement.agreed", "groupement.change_decided"]
    told = " ".join(f"{entry.before} {entry.after}" for entry in entries)
    assert not [secret for secret in ("liquidation", "jugement", "Tâches", "3333") if secret in told]


def test_what_the_rules_foresee_is_what_the_tables_become(town: Town, candidacy: Groupement) -> None:
    for leaver, heir, by in (("pont", "renfort", "regie"), ("regie", "net", "renfort")):
        before = translation.facts_of(candidacy, town.now)
        change = asked(town, candidacy, leaver, heir, by=by)
        foreseen = rules.after(before, _as_facts(town, leaver, heir, candidacy))
        decided(town, change)
        accepted_by = translation.facts_of(candidacy, town.now)
        assert _shares(foreseen.active) == _shares(accepted_by.active)
        accepted(town, candidacy, [name for name in town.organisations if _inside(town, candidacy, name)])


def _inside(town: Town, groupement: Groupement, name: str) -> bool:
    wanted = town.organisations[name].id
    return any(each.organisation_id == wanted and each.state == "joined" for each in groupement.members)


def _as_facts(town: Town, leaver: str, heir: str, groupement: Groupement) -> Change:
    gone, organisation = town.organisations[leaver].id, town.organisations[heir]
    if any(each.organisation_id == organisation.id for each in groupement.members):
        return Change(leaver=gone, taker=organisation.id)
    newcomer = Newcomer(organisation_id=organisation.id, siret=organisation.siret, name=organisation.shown_name)
    return Change(leaver=gone, newcomer=newcomer)


def _shares(members: object) -> set[tuple[object, ...]]:
    return {
        (each.siret, each.role, each.state, each.part, each.hours, each.tasks, each.amount, each.communes)
        for each in members  # type: ignore[attr-defined]
    }


# The pages


def _typed(town: Town, groupement: Groupement, leaver: str, **more: str) -> dict[str, str]:
    told = {"member": member(town, groupement, leaver).public_id, "ground": "failure", "heir": "new"}
    return told | {"explanation": "Liquidation.", "siret": town.organisations["renfort"].siret} | more


def test_asked_on_a_page_then_allowed_on_another(
    client: FlaskClient, town: Town, candidacy: Groupement, session: Session
) -> None:
    enter(client, town, "pont")
    assert "Aucun depuis le dépôt" in client.get(room(candidacy)).text
    answer = posted(client, room(candidacy, "/changement"), **_typed(town, candidacy, "regie"))
    assert answer.status_code == 302
    page = client.get(room(candidacy)).text
    assert "Liquidation." in page
    assert "n’a pas encore répondu" in page
    assert client.get(room(candidacy, "/changement")).location == room(candidacy)
    change = session.scalars(select(CompositionChange)).one()
    sign_in_for(client, session, town.buyer_id)
    page = client.get(room(candidacy)).text
    assert "attend votre réponse" in page
    decide = room(candidacy, f"/changements/{change.public_id}")
    assert decide in page
    assert "Demandez-en la preuve" not in client.get(decide).text, "an ETTI may answer a lot kept for insertion"
    assert posted(client, decide, granted="yes", answer="").status_code == 422
    assert posted(client, decide, granted="yes", answer="Vu le jugement.").status_code == 302
    assert "Renfort" in client.get(room(candidacy)).text
    assert client.get(decide).location == room(candidacy)
    enter(client, town, "renfort")
    assert client.get(room(candidacy, "/accepter")).status_code == 200
    enter(client, town, "regie")
    assert "n’êtes plus membre" in client.get(room(candidacy)).text
    assert client.get(room(candidacy, "/changement")).status_code == 404


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"siret": ""}, "ne connaît pas ce SIRET"),
        ({"siret": "\x00123"}, "ne connaît pas ce SIRET"),
        ({"siret": "9" * 14}, "ne connaît pas ce SIRET"),
        ({"explanation": ""}, "Expliquez ce qui arrive"),
        ({"member": "nobody"}, "Not a valid choice"),
        ({"heir": ""}, "Choisissez qui reprend"),
        ({"ground": "whim"}, "Not a valid choice"),
    ],
)
def test_what_is_ill_typed_is_told_and_kept(
    client: FlaskClient, town: Town, candidacy: Groupement, typed: dict[str, str], why: str
) -> None:
    enter(client, town, "pont")
    page = posted(client, room(candidacy, "/changement"), **_typed(town, candidacy, "regie", **typed))
    assert page.status_code == 422
    assert why in page.text or why == "Not a valid choice"
    if "explanation" not in typed:
        assert "Liquidation." in page.text


def test_others_find_neither_page(client: FlaskClient, town: Town, candidacy: Groupement, session: Session) -> None:
    change = asked(town, candidacy, "regie")
    session.commit()
    paths = [room(candidacy, "/changement"), room(candidacy, f"/changements/{change.public_id}")]
    enter(client, town, "renfort")
    assert [client.get(path).status_code for path in paths] == [404, 403]
    sign_in_for(client, session, sample.make_buyer(session, "Ville voisine", rank=1))
    assert [client.get(path).status_code for path in paths] == [403, 404]
    enter(client, town, "net")
    assert client.get(room(candidacy, "/changement")).status_code == 302, "one waits already"


def test_mails_go_to_purchasing_and_to_those_inside(town: Town, candidacy: Groupement, key_config: Config) -> None:
    scheduler.prepare(key_config)
    try:
        buyer = town.session.get_one(Organisation, town.buyer_id)
        clerk = new_account(town.session, town.now, "karim@town.example", "Karim")
        give(town.session, clerk, buyer, Role.PURCHASING, now=town.now)
        change = asked(town, candidacy, "regie")
        told = _sent(town, "groupements.change_asked")
        assert set(told) == {"karim", "regie", "net"}
        assert f"/changements/{change.public_id}" in told["karim"].text
        assert "/changements/" not in told["net"].text
        assert "liquidation" not in "".join(mail.text for mail in told.values())
        decided(town, change)
        assert _sent(town, "groupements.change_asked") == {}
        told = _sent(town, "groupements.change_decided")
        assert "n’est plus membre" in told["regie"].text
        assert "nouvel accord" in told["net"].text
        assert set(_sent(town, "groupements.agreement")) >= {"renfort", "pont", "net"}
    finally:
        composing._composers.clear()


def _sent(town: Town, kind: str) -> dict[str, Mail]:
    town.session.flush()
    town.session.expire_all()
    promised = town.session.scalars(select(Message).where(Message.kind == kind)).all()
    composed = {
        each.recipient.partition("@")[0]: composing.compose(town.session, each.kind, each.ids, town.now)
        for each in promised
    }
    return {to: mail for to, mail in composed.items() if isinstance(mail, Mail)}
