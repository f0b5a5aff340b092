"""The receipt to keep: accessible, the same bytes each time, and whatever was typed stays text."""

import re
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.declarations import receipts
from portal.declarations.models import Declaration, Deposit, DepositLine
from portal.printing import printed
from portal.printing.coverage import printable, signs_of
from portal.printing.typesetting import FONT
from portal.vocabulary import Role
from tests.declarations.sample import Scene, add, file, opened, person
from tests.forecast.pages import sign_in

AT = datetime(2026, 12, 3, 8, 42, 7, tzinfo=UTC)
HOSTILE = '"quotes" #eval("1") $x^2$ \\ [a] @ref <label> *b* _i_ `raw` = t // c /* d */ -- ~ #{read("/etc/passwd")}'


def values(**said: Any) -> dict[str, Any]:
    told = {
        "portal": "Achats publics",
        "title": "Récépissé 1",
        "lead": "Déposée.",
        "deposit": [["Marché", "2026-T01"]],
        "person_label": "Matricule",
        "lines": [{"name": "P-1", "words": "CDD", "hours": "100 h", "training": "—"}],
        "hours": "100 h",
        "training": "—",
        "evidence": [],
        "proof": "Il prouve.",
        "sha256": "ab" * 32,
    }
    return told | said


def receipt_of(**said: Any) -> bytes:
    return printed("declarations/receipt.typ", values(**said), AT)


def text_in(pdf: bytes, place: Path) -> str:
    """As a reader copies it, spaces aside."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    (place / "receipt.pdf").write_bytes(pdf)
    read = subprocess.run(["pdftotext", "-raw", place / "receipt.pdf", "-"], capture_output=True, check=True)
    return "".join(read.stdout.decode().replace("\u200b", "").split())


def objects(pdf: bytes) -> Iterator[bytes]:
    """The file and whatever is deflated in it, object streams included."""
    yield pdf
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            continue


def structure_of(pdf: bytes) -> bytes:
    return b"\n".join(objects(pdf))


def test_the_receipt_is_tagged_titled_and_in_french() -> None:
    pdf = receipt_of()
    told = structure_of(pdf)
    assert pdf.startswith(b"%PDF-1.7")
    for tag in (b"/StructTreeRoot", b"/MarkInfo", b"/Marked true", b"/Lang(fr-FR)", b"/DisplayDocTitle true"):
        assert tag in told, tag
    for kind in (b"/S/H1", b"/S/H2", b"/S/Table", b"/S/THead", b"/S/TH", b"/S/TD", b"/S/TFoot", b"/S/L"):
        assert kind in told, kind
    assert b"pdfuaid:part>1<" in told or b'pdfuaid:part="1"' in told
    assert b"R\xc3\xa9c\xc3\xa9piss\xc3\xa9 1" in told, "the title of its metadata"
    assert b"CreationDate(D:20261203084207Z)" in told


def test_the_only_font_is_the_one_that_is_shipped() -> None:
    fonts = set(re.findall(rb"/BaseFont/([A-Z]{6}\+)?([A-Za-z-]+)", structure_of(receipt_of())))
    assert {name.removesuffix(b"-Identity-H") for _, name in fonts} == {b"SourceSansPro-Regular"}


def test_the_same_values_make_the_same_bytes() -> None:
    assert receipt_of() == receipt_of()
    assert receipt_of() != receipt_of(sha256="cd" * 32)


def test_what_was_typed_stays_text(tmp_path: Path) -> None:
    told = text_in(receipt_of(deposit=[["Le mot du déclarant", HOSTILE]]), tmp_path)
    assert "".join(HOSTILE.split()) in told


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=40))
def test_nothing_that_is_typed_breaks_the_receipt(words: str, name: str) -> None:
    line = {"name": name, "words": words, "hours": "1 h", "training": "—"}
    pdf = receipt_of(deposit=[["Le mot du déclarant", words]], lines=[line], title=f"Récépissé {name}")
    assert b"/StructTreeRoot" in structure_of(pdf)


@given(st.text())
def test_only_signs_of_the_font_are_printed(words: str) -> None:
    assert all(ord(char) in signs_of(FONT) or char in "\n\u200b" for char in printable(words, FONT))


def test_a_sign_that_the_font_has_not_is_told_by_its_code() -> None:
    assert printable("vu 🙂, ok\u202e", FONT) == "vu (U+1F642), ok(U+202E)"
    for char in "éÉœŒçÇ’«»…–—€ᵉʳᵒ\u202f\u00a0−½":
        assert printable(char, FONT) == char


# On the pages


@pytest.fixture
def month(session: Session, scene: Scene, now: datetime) -> Declaration:
    declaration = opened(session, scene, scene.company)
    add(session, declaration, person("P-0112"), now)
    declaration.comment = HOSTILE
    return declaration


@pytest.fixture
def deposit(session: Session, month: Declaration, now: datetime) -> Deposit:
    made = file(session, month, now)
    session.commit()
    return made


def path_of(month: Declaration, number: int = 1) -> str:
    return f"/declarations/{month.reference}/recepisse/{number}.pdf"


def test_the_receipt_of_a_deposit_is_handed_to_who_reads_matricules(
    client: FlaskClient,
    app: Flask,
    session: Session,
    scene: Scene,
    month: Declaration,
    deposit: Deposit,
    tmp_path: Path,
) -> None:
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    answer = client.get(path_of(month))
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "recepisse-2026-11-version-1.pdf" in answer.headers["Content-Disposition"]
    told = text_in(answer.data, tmp_path)
    wanted = ("P-0112", "100h", "2026-T01", "heuredeParis(UTC+1)", deposit.sha256, "3décembre2026", HOSTILE)
    for words in wanted:
        assert "".join(words.split()) in told, words
    assert client.get(path_of(month, 2)).status_code == 404
    for organisation, role in ((scene.buyer, Role.DIRECTION), (scene.structure, Role.STRUCTURE)):
        other = app.test_client()
        sign_in(other, session, organisation.id, role)
        assert other.get(path_of(month)).status_code in {403, 404}


def test_neither_time_nor_the_answer_changes_a_receipt(
    session: Session, scene: Scene, month: Declaration, deposit: Deposit, now: datetime
) -> None:
    def name_of(line: DepositLine) -> str:
        return line.participant.matricule or ""

    first = receipts.receipt(month, deposit, {}, name_of, portal_name="Amont")
    deposit.answer, deposit.decided_at = "Merci.", now + timedelta(days=3)
    assert receipts.receipt(month, deposit, {}, name_of, portal_name="Amont") == first
