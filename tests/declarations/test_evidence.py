"""Files that prove a month: brought, listed, opened under the journal's eye, removed, named by the deposit."""

import hashlib
import json
import os
import stat
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.declarations import services
from portal.declarations.models import Declaration, DelegatedPart, Evidence
from portal.declarations.services.evidence import KEEPER
from portal.journal.models import JournalEntry
from portal.pieces import files
from portal.pieces.jobs import sweep_files
from portal.vocabulary import EvidenceKind, PartState, Role
from tests.accounts.people import text_of
from tests.declarations import paper
from tests.declarations.parts import entrust, new_employer, parts_in
from tests.declarations.sample import NOVEMBER, Scene, accept, add, confirmed, file, filing, give_back, opened, person
from tests.declarations.test_pages import as_other, path_of
from tests.forecast.pages import filled, post_file, posted, sign_in

NAME = "Contrat de Alix Durand, née le 03-04-1990.pdf"


@pytest.fixture
def month(client: FlaskClient, session: Session, scene: Scene) -> Declaration:
    """November of the company, whose people are at the keyboard."""
    declaration = opened(session, scene, scene.company)
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    return declaration


def pdf(words: str) -> bytes:
    return paper.PDF.replace(b"/Catalog", f"/Catalog /Said ({words})".encode())


def bring(client: FlaskClient, month: Declaration, content: bytes, name: str = NAME, **said: Any) -> TestResponse:
    path = path_of(month, "/pieces")
    return post_file(client, path, filled(client.get(path), **({"kind": "timesheet"} | said)), content, name)


def pieces(session: Session, month: Declaration) -> list[Evidence]:
    session.expire_all()
    found = select(Evidence).where(Evidence.declaration_id == month.id).order_by(Evidence.id)
    return list(session.scalars(found))


def open_piece(client: FlaskClient, month: Declaration, piece: Evidence) -> TestResponse:
    """As the button of the list does."""
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = "0" * 40
    app = client.application
    token = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps("0" * 40)
    path = path_of(month, f"/pieces/{piece.public_id}/ouvrir")
    return client.post(path, data={"csrf_token": token}, headers={"Origin": "http://localhost"})


def journaled(session: Session, event: str) -> list[JournalEntry]:
    session.expire_all()
    return list(session.scalars(select(JournalEntry).where(JournalEntry.event == event)))


# Bringing


def test_a_file_is_kept_under_its_hash_and_its_name_is_forgotten(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    line = add(session, month, person(), now)
    session.commit()
    content = pdf("kept")
    answer = bring(client, month, content, whose=str(line.id), kind="contract")
    assert answer.location == path_of(month) + "#pieces"

    (piece,) = pieces(session, month)
    sha256 = hashlib.sha256(content).hexdigest()
    assert (piece.kind, piece.participant_id) == (EvidenceKind.CONTRACT, line.participant_id)
    assert piece.file is not None
    assert (piece.file.sha256, piece.file.media_type, piece.file.size) == (sha256, "application/pdf", len(content))
    kept = files.path_of(sha256)
    assert kept.read_bytes() == content
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "static" not in kept.parts
    page = client.get(path_of(month))
    for told in ("Contrat de travail", "P-1", "1 pièce jointe"):
        assert told in text_of(page)
    (entry,) = journaled(session, "evidence.added")
    everything = page.text + json.dumps(entry.after) + str(list(kept.parent.iterdir()))
    assert "Durand" not in everything
    assert "1990" not in everything


def test_one_more_can_follow_at_once(client: FlaskClient, month: Declaration) -> None:
    assert bring(client, month, pdf("one more"), then="autre").location == path_of(month, "/pieces")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "vide"),
        (paper.HTML, "page web"),
        (paper.office(more={"xl/vbaProject.bin": b"x"}), "macros"),
        (paper.SEALED_PDF, "mot de passe"),
        (pdf("too large") + bytes(10 * 1024 * 1024), "10 Mo"),
    ],
)
def test_what_is_refused_says_why_on_the_field_and_loses_nothing_else(
    client: FlaskClient, session: Session, month: Declaration, data_dir: Path, content: bytes, why: str
) -> None:
    answer = bring(client, month, content, kind="invoice")
    assert answer.status_code == 422
    assert why in text_of(answer)
    assert 'selected value="invoice"' in answer.text
    assert NAME not in answer.text
    assert pieces(session, month) == []
    assert not list(data_dir.rglob("*.part"))


def test_a_file_without_its_kind_is_asked_again_and_says_so(client: FlaskClient, month: Declaration) -> None:
    answer = bring(client, month, pdf("again"), kind="")
    assert answer.status_code == 422
    assert "Dites ce que prouve cette pièce" in answer.text
    assert "Choisissez-le de nouveau" in answer.text


def test_a_form_without_a_file_asks_for_one(client: FlaskClient, month: Declaration) -> None:
    answer = posted(client, path_of(month, "/pieces"), kind="invoice")
    assert "Choisissez un fichier" in answer.text


def test_what_is_far_too_large_is_refused_before_it_is_read(client: FlaskClient, month: Declaration) -> None:
    answer = bring(client, month, bytes(21 * 1024 * 1024))
    assert answer.status_code == 413
    assert "trop lourd" in text_of(answer)


def test_ten_megabytes_to_the_byte_are_taken(client: FlaskClient, month: Declaration) -> None:
    content = pdf("ten")
    whole = content[:-6] + bytes(10 * 1024 * 1024 - len(content)) + content[-6:]
    assert bring(client, month, whole).status_code == 302


def test_the_same_file_twice_in_a_month_is_told(client: FlaskClient, session: Session, month: Declaration) -> None:
    bring(client, month, pdf("twice"))
    answer = bring(client, month, pdf("twice"), name="autre.pdf", kind="invoice")
    assert answer.status_code == 422
    assert "déjà joint à ce mois" in text_of(answer)
    assert len(pieces(session, month)) == 1


def test_the_same_content_in_two_months_is_kept_once(
    client: FlaskClient, app: Flask, session: Session, scene: Scene, month: Declaration
) -> None:
    other = opened(session, scene, scene.structure)
    colleague = as_other(app, session, scene.structure, Role.TITULAIRE)
    bring(client, month, pdf("shared"))
    bring(colleague, other, pdf("shared"))
    (mine,), (theirs,) = pieces(session, month), pieces(session, other)
    assert mine.file_id == theirs.file_id


def test_a_double_click_brings_it_once(client: FlaskClient, session: Session, month: Declaration) -> None:
    path = path_of(month, "/pieces")
    fields = filled(client.get(path), kind="timesheet")
    for _ in range(2):
        answer = post_file(client, path, fields, pdf("double"), NAME)
        assert answer.location == path_of(month) + "#pieces"
    assert len(pieces(session, month)) == 1


def test_hours_being_typed_are_saved_before_a_piece_is_brought_or_removed(
    client: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    line = add(session, month, person(), now)
    session.commit()
    bring(client, month, pdf("beside"))
    (piece,) = pieces(session, month)
    page = client.get(path_of(month))
    assert f'form="mois" name="then" value="retirer-piece-{piece.public_id}"' in page.text
    leads = {"piece": "/pieces", f"retirer-piece-{piece.public_id}": f"/pieces/{piece.public_id}/retirer"}
    for hours, (then, leads_to) in enumerate(leads.items(), start=60):
        answer = posted(client, path_of(month), **{f"hours_{line.id}": str(hours)}, then=then)
        assert answer.location == path_of(month, leads_to)
        session.expire_all()
        assert session.get_one(Declaration, month.id).lines[0].hours == hours


# Opening


def test_a_file_is_handed_over_to_be_saved_each_time_under_the_journal_s_eye(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    bring(client, month, pdf("first"))
    bring(client, month, paper.PNG + b"second")
    piece = pieces(session, month)[1]
    for times in (1, 2):
        answer = open_piece(client, month, piece)
        assert answer.data == paper.PNG + b"second"
        assert answer.headers["Content-Disposition"] == "attachment; filename=piece-2026-11-2.png"
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
        entries = journaled(session, "evidence.opened")
        assert len(entries) == times
        assert entries[-1].after == {
            "piece": piece.public_id,
            "kind": "Relevé d’heures",
            "sha256": hashlib.sha256(paper.PNG + b"second").hexdigest(),
        }


def test_opening_takes_a_post_with_its_token(client: FlaskClient, session: Session, month: Declaration) -> None:
    bring(client, month, pdf("token"))
    path = path_of(month, f"/pieces/{pieces(session, month)[0].public_id}/ouvrir")
    assert client.get(path).status_code == 405
    assert client.post(path, headers={"Origin": "http://localhost"}).status_code == 422
    assert journaled(session, "evidence.opened") == []


def test_who_checks_opens_what_was_deposited_and_nothing_else(
    client: FlaskClient, app: Flask, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    bring(client, month, pdf("deposited"))
    (piece,) = pieces(session, month)
    facilitateur = as_other(app, session, scene.facilitation, Role.FACILITATEUR)
    assert open_piece(facilitateur, month, piece).status_code == 404
    add(session, month, person(), now)
    file(session, month, now)
    session.commit()
    assert open_piece(facilitateur, month, piece).status_code == 200
    checked = facilitateur.get(path_of(month, "/verifier"))
    assert "Relevé d’heures" in text_of(checked)
    assert facilitateur.get(path_of(month, "/pieces")).status_code == 403
    assert "facilitateur" not in journaled(session, "evidence.opened")[-1].object_label


def test_nobody_else_opens_it(
    client: FlaskClient, app: Flask, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    bring(client, month, pdf("closed"))
    (piece,) = pieces(session, month)
    add(session, month, person(), now)
    file(session, month, now)
    accept(session, scene, month, now, P_1=confirmed())
    session.commit()
    rival = as_other(app, session, scene.structure, Role.TITULAIRE)
    buyer = as_other(app, session, scene.buyer, Role.DIRECTION, Role.PURCHASING, Role.ADMINISTRATOR)
    assert open_piece(rival, month, piece).status_code == 404
    assert open_piece(buyer, month, piece).status_code == 403
    assert open_piece(app.test_client(), month, piece).status_code == 302
    assert "Relevé d’heures" not in text_of(buyer.get(path_of(month)))
    assert journaled(session, "evidence.opened") == []


def test_a_file_lost_or_spoiled_on_the_disk_is_told(client: FlaskClient, session: Session, month: Declaration) -> None:
    content = pdf("lost")
    bring(client, month, content)
    (piece,) = pieces(session, month)
    path = files.path_of(hashlib.sha256(content).hexdigest())
    path.chmod(0o600)
    path.write_bytes(b"spoiled")
    assert open_piece(client, month, piece).status_code == 422
    path.unlink()
    answer = open_piece(client, month, piece)
    assert answer.status_code == 422
    assert "manque sur le serveur" in text_of(answer)
    assert journaled(session, "evidence.opened") == []


# An employer's own


@pytest.fixture
def employer(app: Flask, session: Session, scene: Scene, month: Declaration) -> FlaskClient:
    session.add(DelegatedPart(declaration_id=month.id, employer_id=scene.structure.id, state=PartState.OPEN))
    session.flush()
    return as_other(app, session, scene.structure, Role.TITULAIRE)


def test_an_employer_brings_its_own_and_sees_no_other(
    client: FlaskClient, employer: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    line = add(session, month, person(), now)
    session.commit()
    bring(client, month, pdf("of the declarant"))
    page = employer.get(path_of(month, "/pieces"))
    assert "P-1" not in text_of(page)
    assert bring(employer, month, pdf("of the employer"), kind="payslip").status_code == 302
    theirs, mine = pieces(session, month)
    assert open_piece(employer, month, mine).status_code == 200
    assert open_piece(employer, month, theirs).status_code == 404
    assert open_piece(client, month, mine).status_code == 404, "nothing of a part is read before it is handed"
    refused = bring(employer, month, pdf("of somebody else"), whose=str(line.id))
    assert refused.status_code in {404, 422}
    assert client.get(path_of(month, f"/pieces/{mine.public_id}/retirer")).status_code == 404
    assert pieces(session, month)[1].removed_at is None
    again = bring(employer, month, pdf("of the declarant"))
    assert again.status_code == 302, "what the declarant has brought is not the employer's to know"


def test_a_part_that_is_handed_takes_no_more_files(
    employer: FlaskClient, session: Session, month: Declaration, now: datetime
) -> None:
    page = employer.get(path_of(month, "/pieces"))
    session.query(DelegatedPart).update({"state": PartState.HANDED, "handed_at": now})
    session.commit()
    fields = filled(page, kind="payslip")
    answer = post_file(employer, path_of(month, "/pieces"), fields, pdf("late"), NAME)
    assert answer.status_code == 422
    assert "Votre part est remise" in text_of(answer)


def test_files_of_a_part_are_the_titulaires_once_it_is_handed(
    client: FlaskClient, employer: FlaskClient, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    """Until then neither its files nor its matricules; and what is left out is not deposited either."""
    add(session, month, person(), now)
    theirs = add(session, month, person("M-1", "Moreau"), now)
    theirs.employer_id = scene.structure.id
    session.commit()
    bring(employer, month, pdf("of the employer"), kind="payslip")
    page = text_of(client.get(path_of(month, "/pieces")))
    assert "P-1" in page
    assert "M-1" not in page
    assert client.get(path_of(month, f"/parcours/{theirs.participant_id}")).status_code == 404
    assert bring(client, month, pdf("about theirs"), whose=str(theirs.id)).status_code == 422
    session.expire_all()
    left_out = services.deposit(
        session, month, without_parts=True, expected_version=month.version, actor=filing(scene.company), now=now
    )
    assert json.loads(left_out.canonical)["evidence"] == []
    give_back(session, scene, month, now)
    session.query(DelegatedPart).update({"state": PartState.HANDED, "handed_at": now})
    session.commit()
    (piece,) = pieces(session, month)
    assert open_piece(client, month, piece).status_code == 200
    assert client.get(path_of(month, f"/pieces/{piece.public_id}/retirer")).status_code == 403
    assert "M-1" in text_of(client.get(path_of(month, "/pieces")))


def test_a_part_with_files_outlives_the_end_of_its_delegation(
    app: Flask, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    etti = new_employer(session, now)
    delegation = entrust(session, scene, etti, now)
    session.commit()
    bring(as_other(app, session, etti, Role.STRUCTURE), month, pdf("of the employer"), kind="payslip")
    services.end(session, delegation, NOVEMBER + -1, actor=filing(scene.company), now=now)
    assert len(parts_in(session, month)) == 1


# Deposited


def test_the_receipt_covers_the_files(client: FlaskClient, session: Session, month: Declaration, now: datetime) -> None:
    add(session, month, person(), now)
    session.commit()
    bring(client, month, pdf("covered"))
    bring(client, month, pdf("taken out"), kind="invoice")
    covered, out = pieces(session, month)
    assert posted(client, path_of(month, f"/pieces/{out.public_id}/retirer")).status_code == 302
    made = file(session, month, now)
    said = json.loads(made.canonical)["evidence"]
    assert said == [
        {
            "piece": covered.public_id,
            "kind": "timesheet",
            "participant": None,
            "sha256": hashlib.sha256(pdf("covered")).hexdigest(),
        }
    ]
    assert made.sha256 == hashlib.sha256(made.canonical.encode()).hexdigest()


def test_a_deposited_month_takes_no_more_files_and_keeps_its_own(
    client: FlaskClient, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    add(session, month, person(), now)
    session.commit()
    bring(client, month, pdf("kept with it"))
    (piece,) = pieces(session, month)
    ready = filled(client.get(path_of(month, "/pieces")), kind="invoice")
    file(session, month, now)
    session.commit()
    assert post_file(client, path_of(month, "/pieces"), ready, pdf("too late"), NAME).status_code == 422
    assert client.get(path_of(month, "/pieces")).location == path_of(month)
    assert client.get(path_of(month, f"/pieces/{piece.public_id}/retirer")).location == path_of(month)

    give_back(session, scene, month, now)
    session.commit()
    assert posted(client, path_of(month, f"/pieces/{piece.public_id}/retirer")).status_code == 302
    assert "gardée avec la version déposée" in text_of(client.get(path_of(month)))
    assert open_piece(client, month, piece).status_code == 200
    second = file(session, month, now)
    assert json.loads(second.canonical)["evidence"] == []


# Night


@pytest.fixture
def aged(data_dir: Path, app: Flask) -> Any:
    """Make what is on the disk as old as told, by the clock of the test."""

    def age(days: int) -> None:
        for path in (data_dir / "pieces").rglob("*"):
            if path.is_file():
                os.utime(path, (time.time() - days * 86_400,) * 2)

    return age


def test_the_night_erases_what_nothing_names_and_nothing_else(
    client: FlaskClient,
    session: Session,
    month: Declaration,
    now: datetime,
    moment: time_machine.Traveller,
    aged: Any,
) -> None:
    bring(client, month, pdf("stays"))
    bring(client, month, pdf("removed"))
    stays, removed = pieces(session, month)
    posted(client, path_of(month, f"/pieces/{removed.public_id}/retirer"))
    with files.staged(pdf("orphan")) as orphan:
        orphan.keep()
    half = files.path_of("ab" * 32).with_suffix(".part")
    half.parent.mkdir(parents=True, exist_ok=True)
    half.write_bytes(b"half")
    paths = {name: files.path_of(hashlib.sha256(pdf(name)).hexdigest()) for name in ("stays", "removed", "orphan")}

    aged(0)
    sweep_files([KEEPER], now, False)
    assert all(path.exists() for path in (half, *paths.values()))
    aged(2)
    later = now + timedelta(days=2)
    told = sweep_files([KEEPER], later, True)
    assert all(path.exists() for path in paths.values())
    swept = sweep_files([KEEPER], later, False)
    assert swept["pièces oubliées"] == told["pièces oubliées"] == 1
    assert {name for name, path in paths.items() if path.exists()} == {"stays"}
    assert not half.exists()
    session.expire_all()
    assert session.get_one(Evidence, removed.id).file_id is None
    assert open_piece(client, month, removed).status_code == 404
    assert open_piece(client, month, stays).status_code == 200
    assert "Relevé d’heures" in text_of(client.get(path_of(month)))
    assert bring(client, month, pdf("removed")).status_code == 302
    assert paths["removed"].exists()


def test_what_a_deposit_names_is_never_erased(
    client: FlaskClient, session: Session, scene: Scene, month: Declaration, now: datetime, aged: Any
) -> None:
    add(session, month, person(), now)
    session.commit()
    bring(client, month, pdf("named"))
    (piece,) = pieces(session, month)
    file(session, month, now)
    give_back(session, scene, month, now)
    session.commit()
    posted(client, path_of(month, f"/pieces/{piece.public_id}/retirer"))
    aged(2)
    sweep_files([KEEPER], now + timedelta(days=400), False)
    assert open_piece(client, month, piece).status_code == 200


def test_the_list_costs_the_same_whatever_its_length(
    client: FlaskClient, session: Session, month: Declaration, sql_count: Any
) -> None:
    costs = []
    for number in range(4):
        bring(client, month, pdf(f"number {number}"))
        with sql_count() as statements:
            client.get(path_of(month))
        costs.append(statements.count)
    assert len(set(costs)) == 1
