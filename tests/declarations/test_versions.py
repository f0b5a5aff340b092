"""Sent back line by line, and what changed from one deposit to the next."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from portal.accounts.models import Account
from portal.declarations import comparison, emails, queries, services
from portal.declarations.comparison import Fate
from portal.declarations.facts import Decision, LineFacts, MonthFacts
from portal.declarations.models import Declaration, Deposit, DepositLine, Eligibility
from portal.kernel.errors import NotFound, RuleViolation
from portal.outbox import Mail, composing
from portal.scheduler import prepare
from portal.vocabulary import ContractType, EligibilityState, Role
from tests.accounts.people import text_of
from tests.declarations.sample import Scene, accept, add, confirmed, file, filing, member, open_again, opened, person
from tests.forecast.pages import posted, sign_in
from tests.statements import Statements


@pytest.fixture
def _composers(key_config: Config) -> Iterator[None]:
    prepare(key_config)
    yield
    composing._composers.clear()


@pytest.fixture
def month(session: Session, scene: Scene, now: datetime) -> Declaration:
    """Two people, deposited, in verification."""
    declaration = opened(session, scene, scene.company)
    for matricule, name in (("P-1", "Durand"), ("P-2", "Moreau")):
        add(session, declaration, person(matricule, name), now)
    file(session, declaration, now)
    session.commit()
    return declaration


@pytest.fixture
def checker(app: Flask, session: Session, scene: Scene) -> FlaskClient:
    client = app.test_client()
    sign_in(client, session, scene.facilitation.id, Role.FACILITATEUR)
    return client


def path_of(month: Declaration, page: str = "/verifier") -> str:
    return f"/declarations/{month.reference}{page}"


def lines_of(session: Session, month: Declaration) -> list[DepositLine]:
    last = queries.last_deposit(session, month)
    assert last is not None
    return last.lines


def corrected(session: Session, month: Declaration, now: datetime) -> Deposit:
    """P-1 works twelve hours more under another contract, P-2 goes, P-3 comes; the month is told in words."""
    first, second = month.lines
    services.remove_line(
        session, month, second, expected_version=month.version, actor=filing(month.organisation), now=now
    )
    add(session, month, person("P-3", "Petit", hours=Decimal(20)), now)
    row = LineFacts(line_id=first.id, hours=Decimal(112), contract_type=ContractType.CDI, explanation="Deux relevés.")
    services.save(
        session,
        month,
        (row,),
        MonthFacts(people_progress="Deux permis obtenus.", invoiced=Decimal(1200)),
        expected_version=month.version,
        actor=filing(month.organisation),
        now=now,
    )
    return file(session, month, now)


def name_of(line: DepositLine) -> str:
    return line.participant.matricule or ""


# Sent back


def test_a_remark_on_one_line_is_enough_to_send_a_month_back(
    app: Flask, checker: FlaskClient, session: Session, scene: Scene, month: Declaration
) -> None:
    second = lines_of(session, month)[1]
    refused = posted(checker, path_of(month), then="renvoyer")
    assert refused.status_code == 422
    assert "Pour renvoyer, dites ce qu’il faut corriger" in text_of(refused)
    sent = posted(checker, path_of(month), **{f"remark_{second.id}": "Relevé de 80 h."}, then="renvoyer")
    assert sent.location == path_of(month, "")
    declarant = app.test_client()
    sign_in(declarant, session, scene.company.id, Role.TITULAIRE)
    told = text_of(declarant.get(path_of(month, "")))
    assert "1 remarque, écrite sous sa ligne" in told
    assert "« Relevé de 80 h. »" in told
    assert "« None »" not in told
    session.expire_all()
    assert [line.remark for line in lines_of(session, month)] == [None, "Relevé de 80 h."]


@pytest.mark.usefixtures("_composers")
def test_the_mail_counts_the_remarks(session: Session, scene: Scene, month: Declaration, now: datetime) -> None:
    nina: Account = member(session, scene.company, "nina@pont.example", now - timedelta(1))
    remarks = {line.id: "À revoir." for line in lines_of(session, month)}
    services.send_back(
        session, month, "", remarks=remarks, expected_version=month.version, actor=scene.facilitateur, now=now
    )
    deposit = queries.last_deposit(session, month)
    assert deposit is not None
    mail = emails.returned(session, {"deposit": deposit.id, "account": nina.id}, now)
    assert isinstance(mail, Mail)
    for body in (mail.text, mail.html):
        assert "2 lignes ont une remarque" in body
        assert "None" not in body
        assert "P-1" not in body


def test_eligibilities_decided_while_sending_back_are_kept_and_nothing_typed_is_lost(
    checker: FlaskClient, session: Session, month: Declaration
) -> None:
    first, second = lines_of(session, month)
    typed = {
        f"eligibility_{first.id}": "confirmed",
        f"criterion_{first.id}": "RSA",
        f"proof_{first.id}": "y",
        f"note_{second.id}": "Deux jours d’absence",
    }
    refused = posted(checker, path_of(month), **typed, then="renvoyer")
    assert refused.status_code == 422
    assert 'value="Deux jours d’absence"' in refused.text
    assert posted(checker, path_of(month), **typed, answer="P-2 manque.", then="renvoyer").status_code == 302
    known = session.scalars(select(Eligibility).where(Eligibility.state == EligibilityState.CONFIRMED)).all()
    assert len(known) == 1


def test_a_remark_is_never_lost_in_an_acceptance(checker: FlaskClient, session: Session, month: Declaration) -> None:
    first, _ = lines_of(session, month)
    refused = posted(checker, path_of(month), **{f"remark_{first.id}": "À revoir."}, uncounted="y", then="accepter")
    assert refused.status_code == 422
    assert "Une remarque accompagne un renvoi" in text_of(refused)


def test_remarks_are_about_this_deposit(session: Session, scene: Scene, month: Declaration, now: datetime) -> None:
    common = {"expected_version": month.version, "actor": scene.facilitateur, "now": now}
    with pytest.raises(NotFound):
        services.send_back(session, month, "x", remarks={10**6: "Ailleurs."}, **common)  # type: ignore[arg-type]
    with pytest.raises(RuleViolation) as refused:
        services.send_back(session, month, " ", remarks={lines_of(session, month)[0].id: "  "}, **common)  # type: ignore[arg-type]
    assert refused.value.field == "comment"


# Side by side


def test_what_was_added_removed_and_changed_is_told_in_words(
    session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    earlier = queries.last_deposit(session, month)
    assert earlier is not None
    remarks = {earlier.lines[0].id: "Relevé de 112 h."}
    services.send_back(
        session, month, "", remarks=remarks, expected_version=month.version, actor=scene.facilitateur, now=now
    )
    later = corrected(session, month, now + timedelta(hours=1))
    found = comparison.compare(earlier, later, {}, name_of)
    fates = {line.name: line.fate for line in found.lines}
    assert fates == {"P-1": Fate.CHANGED, "P-2": Fate.REMOVED, "P-3": Fate.ADDED}
    changed = next(line for line in found.lines if line.name == "P-1")
    told = {change.label: (change.before, change.after) for change in changed.changes}
    assert told["Heures"] == ("100\u202fh", "112\u202fh")
    assert told["Explication"] == (None, "Deux relevés.")
    assert changed.remark == "Relevé de 112 h."
    whole = {change.label: (change.before, change.after) for change in found.whole}
    assert whole["Heures"] == ("200\u202fh", "132\u202fh")
    assert whole["Ce qui s’est passé ce mois-ci, pour les personnes"] == (None, "Deux permis obtenus.")
    assert comparison.compare(later, later, {}, name_of).is_empty


def test_both_sides_read_the_versions_and_the_check_says_what_changed(
    app: Flask, checker: FlaskClient, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    assert "Rien à comparer" in text_of(checker.get(path_of(month, "/versions")))
    posted(checker, path_of(month), answer="P-2 n’est pas venue.", then="renvoyer")
    session.expire_all()
    corrected(session, month, now + timedelta(hours=1))
    session.commit()
    declarant = app.test_client()
    sign_in(declarant, session, scene.company.id, Role.TITULAIRE)
    for client in (checker, declarant):
        told = text_of(client.get(path_of(month, "/versions")))
        for words in ("1 ajoutée, 1 retirée, 1 modifiée, 0 inchangée", "P-3", "« P-2 n’est pas venue. »", "Version 2"):
            assert words in told
        same = text_of(client.get(path_of(month, "/versions?de=1&a=1")))
        assert "Aucune différence" in same
        assert client.get(path_of(month, "/versions?de=zéro&a=99")).status_code == 200
    checked = text_of(checker.get(path_of(month)))
    assert "Ce qui a changé depuis la version 1" in checked
    assert "Deux permis obtenus." in checked
    buyer = app.test_client()
    sign_in(buyer, session, scene.buyer.id, Role.DIRECTION)
    assert buyer.get(path_of(month, "/versions")).status_code in {403, 404}


def test_a_reopened_month_says_why_to_the_declarant_and_in_its_versions(
    app: Flask, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    accept(session, scene, month, now, P_1=confirmed(), P_2=Decision(eligibility=EligibilityState.REFUSED))
    open_again(session, scene, month, now + timedelta(hours=1))
    session.commit()
    declarant = app.test_client()
    sign_in(declarant, session, scene.company.id, Role.TITULAIRE)
    told = text_of(declarant.get(path_of(month, "")))
    assert "« Heures en double. »" in told
    session.expire_all()
    file(session, month, now + timedelta(hours=2))
    session.commit()
    versions = text_of(declarant.get(path_of(month, "/versions")))
    assert "acceptée, puis rouverte le" in versions
    assert "« Heures en double. »" in versions


def test_the_versions_cost_the_same_whatever_the_lines(
    checker: FlaskClient,
    session: Session,
    scene: Scene,
    month: Declaration,
    now: datetime,
    sql_count: Callable[[], AbstractContextManager[Statements]],
) -> None:
    costs = []
    for names in (("Bonnet",), ("Faure", "Girard", "Lopez", "Mercier", "Vidal")):
        posted(checker, path_of(month), answer="À revoir.", then="renvoyer")
        session.expire_all()
        for name in names:
            add(session, month, person(f"P-{name[0]}9", name), now)
        file(session, month, now)
        session.commit()
        with sql_count() as statements:
            assert checker.get(path_of(month, "/versions")).status_code == 200
        costs.append(statements.count)
    assert costs[0] == costs[1]
