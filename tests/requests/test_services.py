"""States, rights, mails and races of a request."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from config import ROOT
from portal import outbox
from portal.forecast import queries as forecast
from portal.forecast.models import Project
from portal.journal.models import JournalEntry
from portal.kernel.errors import NotFound, Refused, RuleViolation, Stale
from portal.kernel.filters import FILTERS
from portal.kernel.period import parse_period
from portal.outbox.models import Message
from portal.requests import emails, queries, rules, services
from portal.requests.facts import RequestFacts, TakenFacts
from portal.requests.models import PurchaseRequest
from portal.storage import unit_of_work
from portal.vocabulary import MessageKind, RequestState, Role
from tests.forecast.sample import NOW, make_buyer, make_country
from tests.forecast.test_renewals import contract
from tests.requests.people import WHOLE, draft, filed, person

TAKEN = TakenFacts(planned=parse_period("T2 2027"))


def said(request: PurchaseRequest, actor: Any) -> dict[str, Any]:
    return {"expected_version": request.version, "actor": actor, "now": NOW}


def promised(session: Session) -> list[tuple[str, str]]:
    session.flush()
    return [(each.kind, each.recipient) for each in session.scalars(select(Message).order_by(Message.id))]


def test_all_that_is_missing_is_told_at_once(session: Session, buyer_id: int) -> None:
    author = person(session, buyer_id)
    request = services.create(session, RequestFacts(title="Peinture"), actor=author, now=NOW)
    with pytest.raises(rules.Incomplete) as refused:
        services.file(session, request, **said(request, author))
    fields = [each.field for each in refused.value.missing]
    assert fields == ["need", "trade", "family", "wanted", "whole_territory", "budget"]
    late = replace(WHOLE, wanted=parse_period("2025"))
    assert [each.field for each in rules.missing(late, NOW.date())] == ["wanted"]
    assert rules.missing(WHOLE, NOW.date()) == []


def test_purchasing_is_told_once_filed_then_the_author_of_the_answer(session: Session, buyer_id: int) -> None:
    author, buyer = person(session, buyer_id), person(session, buyer_id, Role.PURCHASING)
    request = filed(session, author)
    assert [kind for kind, _ in promised(session)] == [MessageKind.REQUEST_FILED]
    services.give_back(session, request, "Les surfaces ?", **said(request, buyer))
    services.save(session, request, WHOLE, **said(request, author))
    services.file(session, request, **said(request, author))
    services.take(session, request, TAKEN, **said(request, buyer))
    kinds = [kind for kind, _ in promised(session)]
    filed_, answered = MessageKind.REQUEST_FILED, MessageKind.REQUEST_ANSWERED
    assert kinds == [filed_, answered, filed_, answered]
    events = list(session.scalars(select(JournalEntry.event).where(JournalEntry.object_type == "purchase_request")))
    names = ["created", "filed", "returned", "filed", "taken"]
    assert events == [f"request.{name}" for name in names]
    told = session.scalars(select(JournalEntry).where(JournalEntry.object_type == "purchase_request")).all()
    assert all(each.before is None and each.after is None for each in told)


@pytest.fixture
def composed() -> None:
    outbox.configure(ROOT / "templates", "https://amont.example", FILTERS, portal_name="Amont")


def test_mails_tell_no_budget_and_are_spared_when_they_are_no_longer_true(
    session: Session, buyer_id: int, composed: None
) -> None:
    author, buyer = person(session, buyer_id), person(session, buyer_id, Role.PURCHASING)
    request = filed(session, author)
    ids: dict[str, int | str] = {"request": request.id, "account": buyer.account_id or 0, "state": "filed"}
    mail = emails.filed(session, ids, NOW)
    assert isinstance(mail, outbox.Mail)
    assert request.public_id in mail.text
    assert "271" not in mail.text + mail.html
    assert isinstance(emails.filed(session, ids | {"account": author.account_id or 0}, NOW), outbox.Spared)
    services.decline(session, request, "Déjà couvert.", **said(request, buyer))
    assert isinstance(emails.filed(session, ids, NOW), outbox.Spared)
    told = emails.answered(session, ids | {"account": author.account_id or 0, "state": "declined"}, NOW)
    assert isinstance(told, outbox.Mail)
    assert "Déjà couvert." in told.text
    assert isinstance(emails.answered(session, ids | {"state": "declined"}, NOW), outbox.Mail | outbox.Spared)


def test_only_the_author_writes_and_only_purchasing_answers(session: Session, buyer_id: int) -> None:
    author, other = person(session, buyer_id), person(session, buyer_id, name="Ode R")
    buyer, legal = person(session, buyer_id, Role.PURCHASING), person(session, buyer_id, Role.LEGAL)
    far = person(session, make_buyer(session, "Ailleurs", "33005", 1), Role.PURCHASING)
    request = draft(session, author)
    for someone in (other, buyer, legal, far):
        with pytest.raises(NotFound):
            queries.visible(session, someone, request.public_id)
        with pytest.raises(Refused):
            services.save(session, request, WHOLE, **said(request, someone))
    services.file(session, request, **said(request, author))
    for someone in (author, other, legal, far):
        with pytest.raises(Refused):
            services.take(session, request, TAKEN, **said(request, someone))
    assert queries.visible(session, buyer, request.public_id) is request
    for someone in (legal, far):
        with pytest.raises(NotFound):
            queries.visible(session, someone, request.public_id)
    with pytest.raises(RuleViolation):
        services.save(session, request, WHOLE, **said(request, author))


def test_a_withdrawn_draft_stays_its_author_s(session: Session, buyer_id: int) -> None:
    author, buyer = person(session, buyer_id), person(session, buyer_id, Role.PURCHASING)
    request = draft(session, author)
    services.withdraw(session, request, **said(request, author))
    with pytest.raises(NotFound):
        queries.visible(session, buyer, request.public_id)
    assert queries.found(session, buyer).requests == []
    for act in (services.file, services.withdraw):
        with pytest.raises(RuleViolation):
            act(session, request, **said(request, author))


def test_a_contract_is_renewed_by_one_project_whoever_asks(session: Session, buyer_id: int) -> None:
    author, buyer = person(session, buyer_id), person(session, buyer_id, Role.PURCHASING)
    ending = contract(session, buyer_id)
    request = services.request_renewal(session, ending, actor=author, now=NOW)
    assert services.request_renewal(session, ending, actor=author, now=NOW) is request
    assert (request.budget, request.wished_lever) == (ending.amount, "reserved")
    facts = replace(request.facts, need="Encore.", whole_territory=True)
    services.save(session, request, facts, **said(request, author))
    services.file(session, request, **said(request, author))
    project = services.take(session, request, TAKEN, **said(request, buyer))
    assert forecast.renewal_of(session, ending.id) is project
    assert project.lots[0].replaced_contract == ending.number
    late = filed(session, author)
    late.contract = ending
    session.flush()
    with pytest.raises(RuleViolation, match="vient d’une autre demande"):
        services.take(session, late, TAKEN, **said(late, buyer))
    other = person(session, buyer_id, name="Ode R")
    with pytest.raises(RuleViolation, match="renouvelle déjà"):
        services.request_renewal(session, ending, actor=other, now=NOW)
    far = person(session, make_buyer(session, "Ailleurs", "33005", 1))
    with pytest.raises(NotFound):
        services.request_renewal(session, ending, actor=far, now=NOW)


def test_two_answers_at_once_make_one_project(fresh_engine: Engine) -> None:
    with unit_of_work() as session:
        make_country(session)
        buyer_id = make_buyer(session)
        author, buyer = person(session, buyer_id), person(session, buyer_id, Role.PURCHASING)
        public_id, version = filed(session, author).public_id, 2

    def take(_: int) -> bool:
        try:
            with unit_of_work() as session:
                request = queries.visible(session, buyer, public_id)
                services.take(session, request, TAKEN, expected_version=version, actor=buyer, now=NOW)
        except (Stale, RuleViolation):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, range(2))) == [False, True]
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(Project)) == 1
        assert session.scalars(select(PurchaseRequest.state)).one() is RequestState.TAKEN
