"""Double click, back button, two editors, a session that ends while somebody types: nothing typed is lost."""

from datetime import datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from portal.accounts.models import LoginSession
from portal.accounts.services.sign_in import open_session
from portal.declarations.models import Declaration, DelegatedPart, Deposit, DepositLine, Line, Participant, Person
from portal.journal.models import JournalEntry
from portal.vocabulary import ContractType, DeclarationState, HiringMode, Role
from tests.accounts.people import text_of
from tests.declarations.parts import entrust, fill, hand, new_employer, part_of
from tests.declarations.sample import Scene, add, file, give_back, opened, person
from tests.declarations.test_pages import as_other, path_of
from tests.declarations.test_upload_pages import filled_in, sent
from tests.forecast.pages import filled, post, posted, sign_in

TOLD = {
    "comment": "Une absence de deux semaines.",
    "people_progress": "Deux permis de conduire.",
    "structure_progress": "Une encadrante de plus.",
    "invoiced": "12 345,67",
}


@pytest.fixture
def month(client: FlaskClient, session: Session, scene: Scene, now: datetime) -> Declaration:
    """November of the company, with P-1 and P-2, whose people are at the keyboard."""
    declaration = opened(session, scene, scene.company)
    for matricule, first in (("P-1", "Alix"), ("P-2", "Yan")):
        add(session, declaration, person(matricule, first=first), now)
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    return declaration


def lines(session: Session, declaration: Declaration) -> list[Line]:
    session.expire_all()
    return list(session.scalars(select(Line).where(Line.declaration_id == declaration.id).order_by(Line.id)))


def end_sessions(session: Session, now: datetime) -> None:
    session.execute(update(LoginSession).values(revoked_at=now))
    session.commit()


def come_back(client: FlaskClient, session: Session, now: datetime) -> None:
    """The same person signs in again, in the same browser."""
    last = session.scalars(select(LoginSession).order_by(LoginSession.id.desc())).first()
    assert last is not None
    with client.session_transaction() as cookie:
        account_id = cookie["account_id"]
    account = session.get_one(LoginSession, last.id).account
    assert account.id == account_id
    token = open_session(session, account, now=now, organisation_id=last.organisation_id, second_factor=True)
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True


def lose_the_session(
    client: FlaskClient, session: Session, path: str, fields: MultiDict[str, str], now: datetime
) -> MultiDict[str, str]:
    """Post after the session has ended, sign in, and open the page again: what its form holds."""
    _remember_whose(client, session)
    end_sessions(session, now)
    assert "/connexion" in post(client, path, fields).location
    come_back(client, session, now)
    page = client.get(path)
    assert page.status_code == 200
    assert "Voici ce que vous aviez saisi." in text_of(page)
    return filled(page)


def _remember_whose(client: FlaskClient, session: Session) -> None:
    """As signing in through its page does."""
    last = session.scalars(select(LoginSession).order_by(LoginSession.id.desc())).first()
    assert last is not None
    with client.session_transaction() as cookie:
        cookie["account_id"] = last.account_id


def typed_again(after: MultiDict[str, str], before: MultiDict[str, str]) -> dict[str, tuple[str, str]]:
    """What the form holds otherwise than as it was typed."""
    plumbing = {"csrf_token", "idempotency_token", "as_shown", "version"}
    return {
        name: (value, after.get(name, ""))
        for name, value in before.items()
        if name not in plumbing and after.get(name, "").lstrip() != value.lstrip()
    }


# The month


def test_saving_twice_saves_once(client: FlaskClient, session: Session, month: Declaration) -> None:
    (first, _) = lines(session, month)
    fields = filled(client.get(path_of(month)), **{f"hours_{first.id}": "61"})
    assert post(client, path_of(month), fields).location == path_of(month)
    version = session.get_one(Declaration, month.id, populate_existing=True).version
    again = post(client, path_of(month), fields)
    assert again.location == path_of(month)
    assert "C’était déjà enregistré" in text_of(client.get(path_of(month)))
    assert session.get_one(Declaration, month.id, populate_existing=True).version == version


def test_what_is_changed_before_the_first_answer_comes_is_not_taken_for_the_first_sending(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    (first, second) = lines(session, month)
    fields = filled(client.get(path_of(month)), **TOLD, **{f"hours_{first.id}": "61"})
    post(client, path_of(month), fields)
    fields[f"hours_{second.id}"] = "62,5"
    answer = post(client, path_of(month), fields)
    assert answer.status_code == 409
    assert "Un premier envoi de cette page est déjà enregistré" in text_of(answer)
    assert post(client, path_of(month), filled(client.get(path_of(month)))).status_code == 302
    assert [line.hours for line in lines(session, month)] == [61, Decimal("62.5")]


def test_a_session_that_ends_while_the_month_is_typed_loses_nothing(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    first, second = lines(session, month)
    fields = filled(
        client.get(path_of(month)),
        **TOLD,
        **{
            f"hours_{first.id}": "cent",
            f"hours_{second.id}": "98,25",
            f"training_hours_{second.id}": "7",
            f"exit_on_{second.id}": "13/11/2026",
            f"exit_kind_{second.id}": "cdi",
        },
    )
    found = lose_the_session(client, session, path_of(month), fields, now)
    assert typed_again(found, fields) == {}
    found[f"hours_{first.id}"] = "100"
    assert post(client, path_of(month), found).status_code == 302
    assert [line.hours for line in lines(session, month)] == [Decimal(100), Decimal("98.25")]
    assert session.get_one(Declaration, month.id).people_progress == TOLD["people_progress"]


@pytest.mark.long
def test_so_does_a_month_of_five_hundred_people(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    _crowd(session, month, 500, now)
    fields = filled(client.get(path_of(month)))
    for line in lines(session, month):
        fields[f"hours_{line.id}"] = "77,5"
    found = lose_the_session(client, session, path_of(month), fields, now)
    assert typed_again(found, fields) == {}
    assert post(client, path_of(month), found).status_code == 302
    assert {line.hours for line in lines(session, month)} == {Decimal("77.5")}


def _crowd(session: Session, month: Declaration, people: int, now: datetime) -> None:
    persons = [Person(created_at=now) for _ in range(people)]
    session.add_all(persons)
    session.flush()
    known = [
        Participant(organisation_id=month.organisation_id, matricule=f"C-{place:04}", person_id=each.id, created_at=now)
        for place, each in enumerate(persons)
    ]
    session.add_all(known)
    session.flush()
    session.add_all(
        Line(
            declaration_id=month.id,
            participant_id=each.id,
            hours=Decimal(0),
            hiring_mode=HiringMode.DIRECT_HIRE,
            contract_type=ContractType.CDDI,
            entered_on=month.month.first_day,
        )
        for each in known
    )
    session.commit()


def test_two_editors_of_the_same_month_keep_what_each_changed(
    client: FlaskClient, app: Flask, session: Session, month: Declaration
) -> None:
    first, second = lines(session, month)
    colleague = _colleague(app, session, month)
    mine = filled(client.get(path_of(month)), **{f"hours_{first.id}": "61"}, people_progress="Un permis.")
    assert posted(colleague, path_of(month), **{f"hours_{second.id}": "62"}, comment="Vu.").status_code == 302
    conflict = post(client, path_of(month), mine)
    assert conflict.status_code == 409
    assert "61" in text_of(conflict)
    assert post(client, path_of(month), filled(client.get(path_of(month)))).status_code == 302
    assert [line.hours for line in lines(session, month)] == [61, 62]
    saved = session.get_one(Declaration, month.id)
    assert (saved.people_progress, saved.comment) == ("Un permis.", "Vu.")


def _colleague(app: Flask, session: Session, month: Declaration) -> FlaskClient:
    """The same account in another browser."""
    client = app.test_client()
    last = session.scalars(select(LoginSession).order_by(LoginSession.id.desc())).first()
    assert last is not None
    token = open_session(
        session, last.account, now=last.created_at, organisation_id=last.organisation_id, second_factor=True
    )
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return client


def test_what_is_typed_in_a_month_deposited_meanwhile_is_shown(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    first, _ = lines(session, month)
    fields = filled(client.get(path_of(month)), **TOLD, **{f"hours_{first.id}": "61,75"})
    file(session, month, now)
    session.commit()
    answer = post(client, path_of(month), fields)
    assert answer.status_code == 409
    for typed in ("61,75", TOLD["comment"], TOLD["people_progress"], TOLD["invoiced"]):
        assert typed in text_of(answer), typed
    assert lines(session, month)[0].hours == Decimal(100)


def test_so_is_what_a_session_that_ended_had_typed(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    fields = filled(client.get(path_of(month)), **TOLD)
    _remember_whose(client, session)
    end_sessions(session, now)
    post(client, path_of(month), fields)
    file(session, month, now)
    session.commit()
    come_back(client, session, now)
    assert TOLD["comment"] in text_of(client.get(path_of(month)))


def test_a_save_sent_again_after_the_deposit_was_already_done(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    """Back to the draft with the browser's button, then the same button again."""
    fields = filled(client.get(path_of(month)), **TOLD)
    post(client, path_of(month), fields)
    session.expire_all()
    file(session, session.get_one(Declaration, month.id), now)
    session.commit()
    assert post(client, path_of(month), fields).location == path_of(month)
    assert "C’était déjà enregistré" in text_of(client.get(path_of(month)))
    fields["comment"] = "Une autre absence."
    changed = post(client, path_of(month), fields)
    assert changed.status_code == 409
    assert "Une autre absence." in text_of(changed)


def test_the_deposit_page_posted_again_leads_to_the_same_receipt(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    fields = filled(client.get(path_of(month, "/deposer")))
    for _ in range(3):
        assert post(client, path_of(month, "/deposer"), fields).location == path_of(month, "/recepisse/1")
    assert session.scalar(select(func.count()).select_from(Deposit).where(Deposit.declaration_id == month.id)) == 1
    back = client.get(path_of(month, "/deposer"))
    assert back.location == path_of(month)


def test_what_changes_between_the_last_look_and_the_deposit_is_shown_first(
    client: FlaskClient, app: Flask, session: Session, month: Declaration
) -> None:
    first, _ = lines(session, month)
    fields = filled(client.get(path_of(month, "/deposer")))
    posted(_colleague(app, session, month), path_of(month), **{f"hours_{first.id}": "12"})
    assert post(client, path_of(month, "/deposer"), fields).status_code == 409
    assert session.get_one(Declaration, month.id, populate_existing=True).state is DeclarationState.DRAFT


# An employer's part


@pytest.fixture
def part(session: Session, scene: Scene, month: Declaration, now: datetime) -> DelegatedPart:
    employer = new_employer(session, now)
    entrust(session, scene, employer, now)
    held = part_of(session, month, employer)
    fill(session, held, now)
    session.commit()
    return held


@pytest.fixture
def employed(app: Flask, session: Session, part: DelegatedPart) -> FlaskClient:
    return as_other(app, session, part.employer, Role.STRUCTURE)


def test_a_part_loses_nothing_when_the_session_ends(
    employed: FlaskClient, session: Session, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    (line,) = session.scalars(select(Line).where(Line.employer_id == part.employer_id))
    path = path_of(month, "/part")
    fields = filled(employed.get(path), **{f"hours_{line.id}": "63,5", f"training_hours_{line.id}": "beaucoup"})
    found = lose_the_session(employed, session, path, fields, now)
    assert typed_again(found, fields) == {}
    found[f"training_hours_{line.id}"] = "7"
    assert post(employed, path, found).location == path
    assert post(employed, path, found).location == path
    assert session.get_one(Line, line.id, populate_existing=True).hours == Decimal("63.5")


def test_so_is_a_part_changed_before_the_first_answer_comes(
    employed: FlaskClient, session: Session, month: Declaration, part: DelegatedPart
) -> None:
    (line,) = session.scalars(select(Line).where(Line.employer_id == part.employer_id))
    path = path_of(month, "/part")
    fields = filled(employed.get(path), **{f"hours_{line.id}": "63,5"})
    for _ in range(2):
        assert post(employed, path, fields).location == path
    fields[f"hours_{line.id}"] = "64"
    assert post(employed, path, fields).status_code == 409
    assert post(employed, path, filled(employed.get(path))).location == path
    assert session.get_one(Line, line.id, populate_existing=True).hours == 64


def test_what_is_typed_in_a_part_handed_meanwhile_is_shown(
    employed: FlaskClient, session: Session, month: Declaration, part: DelegatedPart, now: datetime
) -> None:
    (line,) = session.scalars(select(Line).where(Line.employer_id == part.employer_id))
    fields = filled(employed.get(path_of(month, "/part")), **{f"hours_{line.id}": "63,5"})
    hand(session, part, now)
    session.commit()
    answer = post(employed, path_of(month, "/part"), fields)
    assert answer.status_code in {200, 409}
    assert "63,5" in text_of(answer)


def test_handing_a_part_twice_hands_it_once(
    employed: FlaskClient, session: Session, month: Declaration, part: DelegatedPart
) -> None:
    fields = filled(employed.get(path_of(month, "/part/remettre")))
    for _ in range(2):
        assert post(employed, path_of(month, "/part/remettre"), fields).location == path_of(month, "/part")
    handed = select(func.count()).select_from(JournalEntry).where(JournalEntry.event == "part.handed")
    assert session.scalar(handed) == 1


# The answer to a file


def _waiting(client: FlaskClient, month: Declaration) -> str:
    template = client.get(path_of(month, "/modele.xlsx")).data
    answer = sent(client, month, filled_in(template, P_1=61, P_2=62))
    assert answer.status_code == 302, text_of(answer)
    return answer.location


def test_keeping_the_rows_of_a_file_twice_keeps_them_once(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    path = _waiting(client, month)
    fields = filled(client.get(path), answer="garder")
    led, versions = [], []
    for _ in range(2):
        led.append(post(client, path, fields).location)
        versions.append(session.get_one(Declaration, month.id, populate_existing=True).version)
    assert led[0] == led[1]
    assert versions[0] == versions[1]
    assert [line.hours for line in lines(session, month)] == [61, 62]


def test_a_session_that_ends_before_the_answer_leaves_the_file_waiting(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    path = _waiting(client, month)
    fields = filled(client.get(path), answer="garder")
    _remember_whose(client, session)
    end_sessions(session, now)
    assert "/connexion" in post(client, path, fields).location
    come_back(client, session, now)
    assert posted(client, path, answer="garder").status_code == 302
    assert [line.hours for line in lines(session, month)] == [61, 62]


def test_a_draft_saved_by_somebody_else_before_the_answer_is_kept_and_told(
    client: FlaskClient, app: Flask, session: Session, month: Declaration
) -> None:
    path = _waiting(client, month)
    fields = filled(client.get(path), answer="garder")
    colleague = _colleague(app, session, month)
    posted(colleague, path_of(month), comment="Entre-temps.")
    assert post(client, path, fields).location == path
    assert "Le brouillon a changé" in text_of(client.get(path))
    assert posted(client, path, answer="garder").status_code == 302
    assert [line.hours for line in lines(session, month)] == [61, 62]
    assert session.get_one(Declaration, month.id).comment == "Entre-temps."


# The check


@pytest.fixture
def deposited(session: Session, month: Declaration, now: datetime) -> Declaration:
    file(session, month, now)
    session.commit()
    return month


@pytest.fixture
def checker(app: Flask, session: Session, scene: Scene, deposited: Declaration) -> FlaskClient:
    return as_other(app, session, scene.facilitation, Role.FACILITATEUR)


def _weighed(session: Session, checker: FlaskClient, month: Declaration) -> MultiDict[str, str]:
    first, second = session.scalars(
        select(DepositLine).join(Deposit).where(Deposit.declaration_id == month.id).order_by(DepositLine.id)
    )
    return filled(
        checker.get(path_of(month, "/verifier")),
        **{
            f"retained_hours_{first.id}": "80",
            f"note_{first.id}": "Vingt heures hors du marché.",
            f"eligibility_{first.id}": "confirmed",
            f"criterion_{first.id}": "RSA",
            f"retained_hours_{second.id}": "quatre-vingts",
            "answer": "Presque tout y est.",
        },
    )


def test_a_check_loses_nothing_when_the_session_ends(
    checker: FlaskClient, session: Session, deposited: Declaration, now: datetime
) -> None:
    fields = _weighed(session, checker, deposited)
    fields["then"] = "accepter"
    found = lose_the_session(checker, session, path_of(deposited, "/verifier"), fields, now)
    del fields["then"]
    assert typed_again(found, fields) == {}


def test_what_is_weighed_of_a_month_answered_meanwhile_is_shown(
    checker: FlaskClient, session: Session, scene: Scene, deposited: Declaration, now: datetime
) -> None:
    fields = _weighed(session, checker, deposited)
    for name in fields:
        if fields[name] == "quatre-vingts":
            fields[name] = "80"
    fields.setlist("uncounted", ["y"])
    fields["then"] = "accepter"
    give_back(session, scene, deposited, now)
    session.commit()
    answer = post(checker, path_of(deposited, "/verifier"), fields)
    assert answer.status_code in {409, 422}
    for typed in ("Vingt heures hors du marché.", "Presque tout y est."):
        assert typed in answer.text, typed


def test_an_answer_posted_twice_adds_up_once(checker: FlaskClient, session: Session, deposited: Declaration) -> None:
    fields = filled(checker.get(path_of(deposited, "/verifier")), uncounted="y", then="accepter")
    led = [post(checker, path_of(deposited, "/verifier"), fields).location for _ in range(2)]
    assert led == [path_of(deposited)] * 2
    accepted = select(func.count()).select_from(JournalEntry).where(JournalEntry.event == "declaration.accepted")
    assert session.scalar(accepted) == 1
