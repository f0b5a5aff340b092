"""A file sent, read to nobody's cost, answered once: what it does to the draft is what the form would have done."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.declarations.facts import LineFacts
from portal.declarations.models import Declaration, Line, Participant, Person, Upload
from portal.declarations.queries.uploads import Filling, filling_of, upload_of
from portal.declarations.services import uploads
from portal.declarations.services.examining import Examination, examine
from portal.declarations.sheets.reading import SheetRead, mark_of, read_sheet
from portal.journal.models import JournalEntry
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleViolation, Stale
from portal.scheduler import RETENTIONS
from portal.vocabulary import ContractType, ExitKind, HiringMode, Sex
from tests.declarations.sample import NOVEMBER, OCTOBER, Scene, add, file, filing, opened, person, write
from tests.declarations.sheet_files import NEW, table_of, xlsx


@pytest.fixture
def november(session: Session, scene: Scene, now: datetime) -> Declaration:
    """Two people in the draft: P-1 with 100 hours, P-2 with none yet."""
    declaration = opened(session, scene, scene.company)
    add(session, declaration, person(), now)
    add(session, declaration, person("P-2", "Petit", "Yan", hours=Decimal(0)), now)
    return declaration


def claire(declaration: Declaration) -> Actor:
    return replace(filing(declaration.organisation), account_id=1)


def sheet_of(*rows: Mapping[str, Any]) -> SheetRead:
    return read_sheet(xlsx(table_of(rows)), NOVEMBER.first_day)


def filled(session: Session, declaration: Declaration) -> Filling:
    return filling_of(session, claire(declaration), declaration.reference)


def received(session: Session, declaration: Declaration, now: datetime, *rows: Mapping[str, Any]) -> Upload:
    filling = filled(session, declaration)
    return uploads.receive(session, filling, sheet_of(*rows), actor=claire(declaration), now=now)


def examined(session: Session, declaration: Declaration, now: datetime, *rows: Mapping[str, Any]) -> Examination:
    upload = received(session, declaration, now, *rows)
    return examine(session, filled(session, declaration), uploads.rows_of(upload))


def kept(session: Session, declaration: Declaration, now: datetime, *rows: Mapping[str, Any]) -> uploads.Kept:
    upload = received(session, declaration, now, *rows)
    return keep(session, upload, declaration, now)


def keep(session: Session, upload: Upload, declaration: Declaration, now: datetime) -> uploads.Kept:
    filling, actor = filled(session, declaration), claire(declaration)
    return uploads.keep(session, upload, filling, expected_version=filling.root.version, actor=actor, now=now)


def line_of(session: Session, declaration: Declaration, matricule: str) -> Line:
    session.expire_all()
    mine = (Line.declaration_id == declaration.id, Participant.matricule == matricule)
    return session.scalars(select(Line).join(Line.participant).where(*mine)).one()


def told(examination: Examination) -> list[tuple[int, str, str]]:
    """Line, cell, sentence of each fault."""
    return [(each.row.line, fault.cell, fault.sentence) for each in examination.faulty for fault in each.faults]


def test_hours_are_written_on_the_lines_of_the_draft(session: Session, november: Declaration, now: datetime) -> None:
    counts = kept(
        session,
        november,
        now,
        {"Matricule": "p-1", "Heures": "112,50", "Dont formation": 7.5},
        {"Matricule": "P-2", "Heures": "130 h", "Sortie le": "17 novembre 2026", "Motif de sortie": "CDI"},
    )

    assert counts == uploads.Kept(new=0, changed=2, unchanged=0, left=0)
    first, second = line_of(session, november, "P-1"), line_of(session, november, "P-2")
    assert (first.hours, first.training_hours, first.exit_on) == (Decimal("112.5"), Decimal("7.5"), None)
    assert (second.hours, second.exit_on, second.exit_kind) == (Decimal(130), date(2026, 11, 17), ExitKind.CDI)
    assert november.saved_at == now


def test_a_blank_cell_and_an_absent_person_change_nothing(
    session: Session, november: Declaration, now: datetime
) -> None:
    write(session, november, now, _facts(line_of(session, november, "P-1"), training=Decimal(10)))
    upload = received(session, november, now, {"Matricule": "P-1", "Heures": "", "Tuteur": ""})
    examination = examine(session, filled(session, november), uploads.rows_of(upload))

    assert (len(examination.unchanged), examination.absent) == (1, 1)
    assert keep(session, upload, november, now).unchanged == 1
    assert line_of(session, november, "P-1").training_hours == 10
    assert line_of(session, november, "P-2").hours == 0


def _facts(line: Line, training: Decimal) -> LineFacts:
    return LineFacts(line_id=line.id, hours=line.hours, training_hours=training)


def test_somebody_new_is_added_as_the_form_would(session: Session, november: Declaration, now: datetime) -> None:
    assert kept(session, november, now, NEW | {"Niveau d’études": "cap, bep"}).new == 1

    line = line_of(session, november, "P-9")
    assert (line.hours, line.entered_on, line.has_tutor) == (Decimal(120), date(2026, 11, 3), True)
    assert (line.contract_type, line.hiring_mode) == (ContractType.CDDI, HiringMode.DIRECT_HIRE)
    assert (line.age_band, line.education) == ("from_26", "cap_bep")
    assert line.participant.person.sex is Sex.WOMAN
    assert line.employer_id is None
    same = add(session, opened(session, scene_of(november), november.organisation, OCTOBER), _lou(), now)
    assert same.participant.person_id == line.participant.person_id


def scene_of(declaration: Declaration) -> Any:
    """Enough of a scene to open another of its months."""
    return type("Found", (), {"contract": declaration.contract})


def _lou() -> Any:
    return person("P-9", "MARTIN", "lou", born_on=date(1991, 5, 7), entered_on=date(2026, 10, 5))


def test_who_was_there_before_needs_no_more_than_hours(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    october = opened(session, scene, scene.company, OCTOBER)
    add(session, october, person("P-3", "Roche", "Max", entered_on=date(2026, 10, 6)), now)
    assert kept(session, november, now, {"Matricule": "P-3", "Heures": 80}).new == 1
    assert line_of(session, november, "P-3").entered_on == date(2026, 10, 6)


def test_all_that_is_missing_of_somebody_new_is_told_at_once(
    session: Session, november: Declaration, now: datetime
) -> None:
    found = told(examined(session, november, now, {"Matricule": "P-9", "Heures": "", "Sexe": ""}))
    sentences = " ".join(sentence for *_, sentence in found)
    for words in (
        "nom, le prénom",
        "premier jour",
        "comment la personne travaille",
        "contrat",
        "Femme",
        "heures du mois",
    ):
        assert words in sentences
    assert "C2" in {cell for _, cell, _ in found}
    assert len(found) == 6


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"Heures": "beaucoup"}, "B2", "n’est pas lisible"),
    ({"Heures": "1.234"}, "B2", "plus de deux décimales"),
    ({"Heures": 7.333}, "B2", "plus de deux décimales"),
    ({"Heures": -3}, "B2", "négatif"),
    ({"Heures": 400}, "B2", "plus de"),
    ({"Heures": 10, "Dont formation": 12}, "C2", "ne peut pas les dépasser"),
    ({"Heures": 10, "Sortie le": "2026-11-12"}, "", "Choisissez le motif"),
    ({"Heures": 10, "Motif de sortie": "CDI"}, "", "Indiquez le jour"),
    ({"Heures": 10, "Sortie le": "12/10/2026", "Motif de sortie": "CDI"}, "C2", "n’est pas en novembre"),
    ({"Heures": 10, "Motif de sortie": "parti"}, "C2", "Choisissez dans la liste"),
    ({"Heures": 10, "Sortie le": "31/11/2026", "Motif de sortie": "CDI"}, "C2", "jour du calendrier"),
    ({"Heures": 10, "Entrée": "06/10/2026"}, "C2", "laissez son entrée vide"),
    ({"Heures": 10, "Tuteur": "peut-être"}, "C2", "« oui » ou « non »"),
]


@pytest.mark.parametrize(("said", "cell", "words"), WRONG)
def test_what_is_wrong_is_told_by_cell(
    said: dict[str, Any], cell: str, words: str, session: Session, november: Declaration, now: datetime
) -> None:
    faults = told(examined(session, november, now, {"Matricule": "P-1"} | said))
    assert any(words.replace(" ", "\u202f") in each.replace(" ", "\u202f") for *_, each in faults), faults
    assert cell in {fault[1] for fault in faults}


@pytest.mark.parametrize(
    ("matricule", "words"),
    [
        ("Martin", "au moins un chiffre"),
        ("MARTIN-1", "nom de la personne"),
        ("lou 2", "nom de la personne"),
        ("07051991", "date de naissance"),
        ("1 91 05 24 024 004 12", "sécurité sociale"),
        ("", "Indiquez le matricule"),
        (date(1991, 5, 7), "en texte"),
    ],
)
def test_a_matricule_names_nobody(
    matricule: Any, words: str, session: Session, november: Declaration, now: datetime
) -> None:
    upload = received(session, november, now, NEW | {"Matricule": matricule})
    examination = examine(session, filled(session, november), uploads.rows_of(upload))
    assert words in told(examination)[0][2]
    assert examination.faulty[0].row.matricule is None
    with pytest.raises(RuleViolation, match="Aucune ligne"):
        keep(session, upload, november, now)


def test_the_same_person_twice_is_told_on_both_rows(session: Session, november: Declaration, now: datetime) -> None:
    same = NEW | {"Matricule": "P-10"}
    rows = ({"Matricule": "P-1", "Heures": 1}, {"Matricule": "p-1", "Heures": 2}, NEW, same)
    found = told(examined(session, november, now, *rows))
    assert [(line, "aussi à la ligne" in sentence) for line, _, sentence in found] == [
        (line, True) for line in (2, 3, 4, 5)
    ]


def test_the_rules_of_people_are_the_forms_own(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    durand = {"Nom de naissance": "Durand", "Prénom": "Alix", "Date de naissance": "03/04/1990"}
    for said, words in (
        (NEW | durand, "déjà dans ce mois, sous le matricule P-1"),
        (NEW | {"Matricule": "P-1", "Entrée": ""}, "déjà donné"),
        (NEW | {"Date de naissance": "07/05/2020"}, "Vérifiez cette date de naissance"),
        (NEW | {"Date de naissance": ""}, "vont ensemble"),
        (NEW | {"Entrée": "03/12/2026"}, "vient après novembre"),
        (NEW | {"Entrée": "03/12/2019"}, "vient avant le marché"),
    ):
        assert words in told(examined(session, november, now, said))[0][2], said
    known = durand | {"Matricule": "P-1", "Heures": 50, "Date de naissance": "n’importe"}
    assert examined(session, november, now, known).faulty == []


def test_what_waits_holds_neither_a_name_nor_a_birth_date(
    session: Session, november: Declaration, now: datetime
) -> None:
    odd = {"Matricule": "P-8", "Heures": "Martin", "Entrée": date(1991, 5, 7), "Contrat de travail": "Lou"}
    upload = received(session, november, now, NEW | {"Nom (reste chez vous)": "Martin Lou"}, NEW | odd)
    for words in ("martin", "lou", "1991", "05-07", "07/05"):
        assert words not in upload.content.casefold().replace("calcul", ""), words
    assert "prints" in upload.content


def test_valid_rows_are_kept_and_the_others_wait_without_prints(
    session: Session, november: Declaration, now: datetime
) -> None:
    upload = received(session, november, now, {"Matricule": "P-1", "Heures": 90}, NEW | {"Mode": "?"})
    assert keep(session, upload, november, now) == uploads.Kept(new=0, changed=1, unchanged=0, left=1)
    entry = session.scalars(select(JournalEntry).where(JournalEntry.event == "declaration.rows_kept")).one()
    assert entry.after == {"new": 0, "changed": 1, "unchanged": 0, "left": 1}
    assert "prints" not in upload.content
    (row,) = uploads.rows_of(upload)
    assert (row.line, row.matricule, row.hours, row.faults[0].column) == (3, "P-9", Decimal(120), "Mode")
    with pytest.raises(RuleViolation, match="déjà sa réponse"):
        keep(session, upload, november, now)


def test_nothing_kept_leaves_nothing(session: Session, november: Declaration, now: datetime) -> None:
    upload = received(session, november, now, NEW)
    uploads.drop(session, upload, filled(session, november), actor=claire(november))
    assert session.scalar(select(func.count()).select_from(Upload)) == 0
    assert session.scalar(select(func.count()).select_from(Person)) == 2


def test_a_draft_changed_meanwhile_is_examined_anew(session: Session, november: Declaration, now: datetime) -> None:
    upload = received(session, november, now, {"Matricule": "P-1", "Heures": 90})
    seen = november.version
    write(session, november, now, _facts(line_of(session, november, "P-1"), training=Decimal(95)))
    filling, actor = filled(session, november), claire(november)
    with pytest.raises(Stale):
        uploads.keep(session, upload, filling, expected_version=seen, actor=actor, now=now)
    november = session.scalars(select(Declaration).where(Declaration.id == november.id)).one()
    again = examine(session, filled(session, november), uploads.rows_of(upload))
    assert "ne peut pas les dépasser" in told(again)[0][2]


def test_only_who_sent_it_answers_and_only_for_a_day(session: Session, november: Declaration, now: datetime) -> None:
    upload = received(session, november, now, NEW)
    filling, actor = filled(session, november), claire(november)
    assert upload_of(session, actor, filling, upload.public_id, now) is upload
    for who, when in ((replace(actor, account_id=2), now), (actor, now + timedelta(days=1))):
        with pytest.raises(NotFound):
            upload_of(session, who, filling, upload.public_id, when)
    (retention,) = [each for each in RETENTIONS if each.table == "upload"]
    assert retention.erase(session, now) == 0
    assert retention.erase(session, now + timedelta(days=1, seconds=1)) == 1


def test_a_second_file_replaces_what_waited(session: Session, november: Declaration, now: datetime) -> None:
    received(session, november, now, NEW)
    received(session, november, now, NEW)
    assert session.scalar(select(func.count()).select_from(Upload)) == 1


def test_a_template_of_another_month_or_organisation_is_refused(
    session: Session, scene: Scene, november: Declaration, now: datetime
) -> None:
    october, filling = opened(session, scene, scene.company, OCTOBER), filled(session, november)
    others = {
        mark_of(october.reference, scene.company.siret): "octobre 2026, marché 2026-T01",
        mark_of("x" * 12, scene.company.siret): "un autre mois",
        mark_of(november.reference, scene.structure.siret): "autre organisation",
    }
    for mark, words in others.items():
        sheet = replace(sheet_of(NEW), mark=mark)
        with pytest.raises(RuleViolation, match=words):
            uploads.receive(session, filling, sheet, actor=claire(november), now=now)
    own = replace(sheet_of(NEW), mark=mark_of(november.reference, scene.company.siret))
    assert uploads.receive(session, filling, own, actor=claire(november), now=now)


def test_a_deposited_month_takes_no_file(session: Session, november: Declaration, now: datetime) -> None:
    upload = received(session, november, now, {"Matricule": "P-1", "Heures": 90})
    file(session, november, now)
    with pytest.raises(RuleViolation, match="ne se remplit plus"):
        keep(session, upload, november, now)
    with pytest.raises(RuleViolation, match="ne se remplit plus"):
        received(session, november, now, NEW)


def test_statements_are_by_batch(session: Session, november: Declaration, now: datetime, sql_count: Any) -> None:
    counts = [_statements(session, november, now, sql_count, people) for people in (10, 500)]
    assert counts[0] == counts[1]
    assert counts[0] <= 30


def _statements(session: Session, november: Declaration, now: datetime, sql_count: Any, people: int) -> int:
    """Half of them are new, half are changed."""
    known = [_someone(number, people) for number in range(0, people, 2)]
    kept(session, november, now, *known)
    session.expire_all()
    sheet = sheet_of(*known_changed(known), *[_someone(number, people) for number in range(1, people, 2)])
    with sql_count() as statements:
        filling, actor = filled(session, november), claire(november)
        upload = uploads.receive(session, filling, sheet, actor=actor, now=now)
        version = filling.root.version
        done = uploads.keep(session, upload, filling, expected_version=version, actor=actor, now=now)
    assert (done.new, done.changed, done.left) == (people // 2, people // 2, 0)
    count: int = statements.count
    return count


def known_changed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"Matricule": row["Matricule"], "Heures": 77} for row in rows]


def _someone(number: int, among: int) -> dict[str, Any]:
    letters = "".join(chr(97 + int(digit)) for digit in f"{among}{number}")
    return NEW | {"Matricule": f"N-{among}-{number}", "Nom de naissance": f"Quidam{letters}", "Sexe": "FH"[number % 2]}
