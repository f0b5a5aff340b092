"""What a file is, told by its content alone; what is refused says why, and what to do."""

import re
from contextlib import suppress
from io import BytesIO

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.errors import RuleViolation
from portal.pieces.rules import ensure_size, type_of
from tests.declarations import paper

ACCEPTED = {
    "pdf": paper.PDF,
    "jpg": paper.JPEG,
    "png": paper.PNG,
    "webp": paper.WEBP,
    "xlsx": paper.XLSX,
    "docx": paper.DOCX,
    "ods": paper.ODS,
    "odt": paper.ODT,
}
WORKBOOK_WITH_MACROS = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
BOMB = paper.archive({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": bytes(210 * 1024 * 1024)})

REFUSED = {
    "a web page": (paper.HTML, "page web"),
    "a drawing": (paper.SVG, "SVG"),
    "a drawing without a head": (b"<svg onload='x'/>", "SVG"),
    "a Windows program": (b"MZ\x90\x00" + bytes(100), "programme"),
    "a Linux program": (b"\x7fELF\x02\x01\x01" + bytes(100), "programme"),
    "a script": (b"#!/bin/sh\nrm -rf /", "programme"),
    "an archive": (paper.archive({"a.txt": b"a"}), "archive"),
    "a 7z": (b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(60), "archive"),
    "a gzip": (b"\x1f\x8b\x08\x00" + bytes(60), "archive"),
    "a tar": (bytes(257) + b"ustar\x0000" + bytes(300), "archive"),
    "an iPhone photo": (paper.HEIC, "HEIC"),
    "an old Word": (paper.OLD_WORD, "ancien format"),
    "a sealed workbook": (paper.SEALED_XLSX, "mot de passe"),
    "a sealed PDF": (paper.SEALED_PDF, "mot de passe"),
    "a sealed archive": (paper.encrypted(paper.XLSX), "mot de passe"),
    "a sealed text": (
        paper.open_document(more={"META-INF/manifest.xml": b"<manifest:encryption-data/>"}),
        "mot de passe",
    ),
    "a workbook with macros": (paper.office(WORKBOOK_WITH_MACROS), "macros"),
    "a workbook that hides macros": (paper.office(more={"xl/vbaProject.bin": b"x"}), "macros"),
    "an OpenDocument with macros": (paper.open_document(more={"Basic/Standard/Module1.xml": b"x"}), "macros"),
    "slides": (paper.office(SLIDES), "PDF"),
    "an OpenDocument drawing": (paper.open_document("application/vnd.oasis.opendocument.graphics"), "PDF"),
    "a bomb": (BOMB, "démesuré"),
    "a cut archive": (paper.XLSX[:-30], "abîmé"),
    "a cut PDF": (paper.PDF[:-8], "abîmé"),
    "a cut photo": (paper.JPEG[:-2], "abîmé"),
    "a cut picture": (paper.PNG[:-12], "abîmé"),
    "a PDF inside something else": (b"\x00" + paper.PDF, "accepté"),
    "a mail": (b"From: a@b.example\nSubject: x\n\nBonjour", "texte"),
    "a CSV": ("matricule;heures\nP-1;100\n".encode("cp1252"), "texte"),
    "noise": (bytes(range(256)) * 4, "accepté"),
}


@pytest.mark.parametrize("ending", ACCEPTED)
def test_what_is_accepted_is_known_by_its_content(ending: str) -> None:
    assert type_of(ACCEPTED[ending]).ending == ending


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why(name: str) -> None:
    content, why = REFUSED[name]
    with pytest.raises(RuleViolation, match=why) as refused:
        type_of(content)
    assert refused.value.field == "file"
    assert not re.search(r"[a-zéè] [:;?!]", refused.value.sentence)


def test_a_real_workbook_is_accepted_and_its_pictures_do_not_matter() -> None:
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as workbook:
        workbook.add_worksheet().write_string(0, 0, "vbaProject.bin, macroEnabled, encryption-data")
    assert type_of(made.getvalue()).ending == "xlsx"


def test_what_phones_write_after_a_photo_is_left_alone() -> None:
    assert type_of(paper.JPEG + b"SEFT" + bytes(2_000)).ending == "jpg"


@given(st.binary(max_size=400), st.sampled_from(sorted(ACCEPTED.values())), st.integers(0, 400))
def test_whatever_is_sent_is_told_or_refused(noise: bytes, whole: bytes, at: int) -> None:
    for content in (noise, whole[:at] + noise, whole[:at] + noise + whole[at + len(noise) :]):
        with suppress(RuleViolation):
            assert type_of(content).ending in ACCEPTED


def test_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(RuleViolation, match="vide"):
        ensure_size(0, 100)
    with pytest.raises(RuleViolation, match="10\u00a0Mo"):
        ensure_size(10 * 1024 * 1024 + 1, 10 * 1024 * 1024)
    ensure_size(10 * 1024 * 1024, 10 * 1024 * 1024)
