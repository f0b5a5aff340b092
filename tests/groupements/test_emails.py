"""What each mail says, to whom it no longer goes, and that its links lead somewhere."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT, Config
from portal import scheduler
from portal.accounts.models import Membership
from portal.forecast.facts import AwardFacts
from portal.forecast.models import Lot
from portal.groupements import services
from portal.groupements.exchanges.services import say
from portal.groupements.facts import Offer, Share
from portal.groupements.models import Groupement
from portal.groupements.services import Reached, telling
from portal.outbox import Mail, Spared, composing
from portal.outbox.models import Message
from portal.vocabulary import MessageKind
from tests.accounts.people import new_organisation
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
)

KINDS = sorted(path.name for path in (ROOT / "templates/groupements/emails").iterdir())


@pytest.fixture(autouse=True)
def _composers(key_config: Config) -> Iterator[None]:
    scheduler.prepare(key_config)
    yield
    composing._composers.clear()


def sent(town: Town, kind: str) -> list[tuple[str, Mail | Spared]]:
    """Each message promised of a kind: to whom, and as it would leave now."""
    town.session.flush()
    town.session.expire_all()
    promised = select(Message).where(Message.kind == kind).order_by(Message.id)
    return [
        (each.recipient.partition("@")[0], composing.compose(town.session, each.kind, each.ids, town.now))
        for each in town.session.scalars(promised)
    ]


def mails(town: Town, kind: str) -> dict[str, Mail]:
    return {to: mail for to, mail in sent(town, kind) if isinstance(mail, Mail)}


def spared(town: Town, kind: str) -> dict[str, str]:
    return {to: mail.reason for to, mail in sent(town, kind) if isinstance(mail, Spared)}


def _invited(town: Town, lot: Lot, name: str = "regie", by: str = "pont") -> Groupement:
    groupement = opened(town, lot, by)
    offer = Offer("Rejoignez-nous.", Share(2500))
    services.invite(town.session, groupement, town.organisations[name], offer, actor=town.actor(by), now=town.now)
    return groupement


def _everything(town: Town, lot: Lot) -> dict[str, Mail]:
    """One mail of each kind, in the order of a groupement's life."""
    told: dict[str, Mail] = {}
    town.open_tender(lot.project)
    groupement = _invited(town, lot)
    told["invitation"] = mails(town, telling.INVITATION)["regie"]
    telling.remind_invited(town.session, groupement, member(town, groupement, "regie").id, now=town.now)
    told["invitation_ends"] = mails(town, MessageKind.GROUPEMENT_INVITATION_ENDS)["regie"]
    unknown = new_organisation(town.session, town.now, 30, name="Sans Compte")
    unknown.contact_email = "contact@sans-compte.example"
    pont = town.actor("pont")
    invited, _ = services.invite(town.session, groupement, unknown, Offer("Secret."), actor=pont, now=town.now)
    told["invitation_contact"] = mails(town, telling.INVITATION)["contact"]
    services.part_with(town.session, groupement, invited, None, actor=pont, now=town.now)
    services.answer_invitation(
        town.session, groupement, accepted=True, reason=None, actor=town.actor("regie"), now=town.now
    )
    say(town.session, groupement, "Tâches de demain : 50 %", actor=town.actor("regie"), now=town.now)
    told["words"] = mails(town, MessageKind.GROUPEMENT_WORDS)["pont"]
    told["invitation_answered"] = mails(town, telling.INVITATION_ANSWERED)["pont"]
    asking = services.ask_to_join(town.session, groupement, "Une équipe.", actor=town.actor("net"), now=town.now)
    told["request"] = mails(town, telling.REQUEST)["pont"]
    services.answer_request(town.session, groupement, asking, accepted=True, reason=None, actor=pont, now=town.now)
    told["request_answered"] = mails(town, telling.REQUEST_ANSWERED)["net"]
    services.leave(town.session, groupement, "Trop loin.", actor=town.actor("net"), now=town.now)
    told["departure"] = mails(town, telling.DEPARTURE)["pont"]
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    proposed(town, groupement)
    told["agreement"] = mails(town, telling.AGREEMENT)["regie"]
    accepted(town, groupement, ["pont", "regie"])
    sealed(town, groupement)
    told["sealed"] = mails(town, telling.SEALED)["regie"]
    services.file(town.session, groupement, expected_version=groupement.version, actor=pont, now=town.now)
    _award(town, groupement, lot)
    told["ended"] = mails(town, telling.ENDED)["regie"]
    return told


def _award(town: Town, groupement: Groupement, lot: Lot) -> None:
    facts = AwardFacts(number="2026-1", notified_on=date(2026, 12, 3), titulaires=())
    services.award(
        town.session, groupement, lot, facts, expected_version=lot.version, actor=town.purchaser(), now=town.now
    )


def test_every_mail_says_what_to_do_where_and_why_it_came(town: Town, lot: Lot) -> None:
    told = _everything(town, lot)
    assert sorted(told) == KINDS
    for kind, mail in told.items():
        first = mail.text.splitlines()[0]
        assert re.match(r"\w+(ez|nez)\b", first), (kind, first)
        assert "Vous recevez ce message parce que" in mail.text, kind
        assert "Vous recevez ce message parce que" in mail.html, kind
        assert re.search(r"^http://127.0.0.1:8000/\S+$", mail.text, re.MULTILINE), kind
        assert "\n\n\n" not in mail.text, kind
        assert not re.search(r"\w'\w| [:;!?»]|« ", mail.text + mail.subject), kind
        assert not re.search(r"\w'\w| [:!?»]|« ", re.sub(r"style=\"[^\"]*\"", "", mail.html)), kind


def test_every_link_leads_to_a_page_of_the_portal(app: Flask, town: Town, lot: Lot) -> None:
    routes = app.create_url_adapter(None) or app.url_map.bind("127.0.0.1")
    for kind, mail in _everything(town, lot).items():
        addresses = set(re.findall(r"http://127\.0\.0\.1:8000(/[^\s\"<]*)", mail.text + mail.html))
        assert addresses, kind
        for address in addresses:
            assert routes.match(urlsplit(address).path, method="GET"), (kind, address)


def test_no_mail_tells_parts_or_tasks(town: Town, lot: Lot) -> None:
    for kind, mail in _everything(town, lot).items():
        told = mail.text + re.sub(r"style=\"[^\"]*\"", "", mail.html)
        assert not re.search(r"50\s*%|25\s*%|5\s?000|Tâches de", told), kind


def test_what_is_typed_is_not_sent_to_a_public_address(town: Town, lot: Lot) -> None:
    contact = _everything(town, lot)["invitation_contact"]
    assert "Secret." not in contact.text + contact.html
    assert "/annuaire/" in contact.text


def test_an_inviter_is_told_whom_the_mail_reaches(town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot)
    nobody = new_organisation(session, town.now, 31, name="Injoignable")
    for organisation, reached in ((town.organisations["net"], Reached.PEOPLE), (nobody, Reached.NOBODY)):
        assert (
            services.invite(session, groupement, organisation, Offer(), actor=town.actor("pont"), now=town.now)[1]
            is reached
        )
    nobody.contact_email = "bonjour@injoignable.example"
    invited = next(each for each in groupement.members if each.organisation_id == nobody.id)
    again = services.renew_invitation(session, groupement, invited, actor=town.actor("pont"), now=town.now)
    assert again is Reached.CONTACT


def test_an_invitation_that_is_over_is_not_sent(town: Town, lot: Lot, session: Session) -> None:
    groupement = _invited(town, lot)
    assert "regie" in mails(town, telling.INVITATION)
    town.now += timedelta(days=14)
    assert spared(town, telling.INVITATION) == {"regie": "ce n’est plus d’actualité"}
    town.now -= timedelta(days=14)
    services.part_with(
        session, groupement, member(town, groupement, "regie"), None, actor=town.actor("pont"), now=town.now
    )
    assert "regie" in spared(town, telling.INVITATION)


def test_who_no_longer_speaks_for_the_organisation_hears_no_more(town: Town, lot: Lot, session: Session) -> None:
    _invited(town, lot)
    held = session.scalars(select(Membership).where(Membership.account_id == town.people["regie"].id)).one()
    held.until = town.now
    assert spared(town, telling.INVITATION) == {"regie": "la personne ne parle plus pour cette organisation"}


def test_an_agreement_that_fell_or_was_accepted_is_not_sent(town: Town, lot: Lot) -> None:
    groupement = opened(town, lot)
    joined(town, groupement, "regie", "net")
    shared(town, groupement, {"pont": 4000, "regie": 3000, "net": 3000})
    proposed(town, groupement)
    assert sorted(mails(town, telling.AGREEMENT)) == ["net", "regie"], "who proposes is not written to"
    accepted(town, groupement, ["regie"])
    assert sorted(spared(town, telling.AGREEMENT)) == ["regie"]
    shared(town, groupement, {"pont": 5000, "regie": 3000, "net": 2000})
    assert sorted(spared(town, telling.AGREEMENT)) == ["net", "regie"]


def test_a_network_that_coordinates_hears_what_its_groupement_becomes(town: Town, lot: Lot, session: Session) -> None:
    groupement = opened(town, lot, by="reseau")
    services.ask_to_join(session, groupement, None, actor=town.actor("net"), now=town.now)
    assert sorted(mails(town, telling.REQUEST)) == ["reseau"]
    services.dissolve(
        session,
        groupement,
        "Trop court.",
        expected_version=groupement.version,
        actor=town.actor("reseau"),
        now=town.now,
    )
    ended = mails(town, telling.ENDED)
    assert sorted(ended) == ["net"], "who had asked is told too"
    assert "Trop court." in ended["net"].text


def test_those_not_retained_are_told(town: Town, lot: Lot) -> None:
    town.open_tender(lot.project)
    winner, _ = filed(town, lot, "regie"), filed(town, lot, "renfort", by="net")
    _award(town, winner, lot)
    ended = mails(town, telling.ENDED)
    assert sorted(ended) == ["net", "pont", "regie", "renfort"]
    assert "n’est pas retenu" in ended["renfort"].subject
    assert "remporte" in ended["regie"].subject


def test_each_step_is_told_once_to_each_person(town: Town, lot: Lot, session: Session) -> None:
    groupement = agreed(town, lot, "regie", "net")
    sealed(town, groupement)
    assert sorted(to for to, _ in sent(town, telling.SEALED)) == ["net", "regie"]
