"""A programme read into drafts: what is new, changed, left, in error; read twice, it changes nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.directory.models import Organisation
from portal.forecast import services as forecast
from portal.forecast.models import Project
from portal.intake import UnusableFile
from portal.kernel.errors import RuleViolation
from portal.programmes import services
from portal.programmes.examining import Examination, Kind
from portal.programmes.headings import proposed
from portal.programmes.reading import Sheet, read_sheet
from portal.programmes.rejects import write_rejects
from portal.programmes.services import Contact, Taken
from portal.vocabulary import Lever, LeverState, Procedure, ProgrammeField, ProjectState, PurchaseFamily, Trade
from tests.forecast.sample import NOW, purchaser
from tests.programmes.files import as_csv, as_xlsx, project
from tests.statements import Statements

HOME = {"Réf.": "A1", "Intitulé": "Entretien des squares", "Métier": "Espaces verts", "Lancement": "T2 2027"}


def sheet_of(content: bytes) -> Sheet:
    sheet = read_sheet(content, {})
    return replace(sheet, fields=proposed(sheet.headings, {}))


def examined(session: Session, buyer: Organisation, *rows: dict[str, Any]) -> Examination:
    return services.examine_sheet(session, buyer, sheet_of(as_csv(rows)), NOW)


def taken(session: Session, buyer: Organisation, *rows: dict[str, Any]) -> Taken:
    examination = examined(session, buyer, *rows)
    told: dict[str, Any] = {"actor": purchaser(buyer.id), "now": NOW}
    done = services.take_examined(session, buyer.id, examination, Contact("Karim", "k@exemple.fr"), **told)
    session.flush()
    return done


def known(session: Session, reference: str) -> Project:
    return session.scalars(select(Project).where(Project.own_reference == reference)).one()


def counts(examination: Examination) -> dict[str, int]:
    return {kind.value: len(examination.of(kind)) for kind in Kind if examination.of(kind)}


def test_a_row_of_approch_becomes_a_draft(session: Session, buyer: Organisation) -> None:
    row = project(
        1,
        montant_estime_du_marche="40k - 100k€",
        date_cible_de_remise_des_offres="2027-03-17",
        departement_s_d_execution_du_marche="33|40",
        siren_de_l_entite_acheteuse=buyer.siret[:9].lstrip("0"),
    )
    row["date_previsionnelle_de_publication"] = "2027-02-15T00:00:00+00:00"
    assert taken(session, buyer, row) == Taken(1, 0, [])
    made = known(session, "1")
    assert (made.state, made.title, made.family) == (ProjectState.DRAFT, "Projet inventé 1", PurchaseFamily.SERVICES)
    assert (made.procedure, made.reply_days, made.contact_email) == (Procedure.ADAPTED, 30, "k@exemple.fr")
    (lot,) = made.lots
    assert lot.is_whole
    assert lot.trade is Trade.CLEANING
    assert (lot.amount_low, lot.amount_high, lot.whole_territory, lot.duration_months) == (
        Decimal(40_000),
        Decimal(99_999),
        True,
        13,
    )


def test_the_same_file_changes_nothing_and_another_changes_its_drafts(session: Session, buyer: Organisation) -> None:
    taken(session, buyer, project(1), project(2))
    assert counts(examined(session, buyer, project(1), project(2))) == {"unchanged": 2}
    later = project(2, date_previsionnelle_de_publication="2028-01-10", libelle="Projet renommé")
    again = examined(session, buyer, project(1), later, project(3))
    assert counts(again) == {"new": 1, "changed": 1, "unchanged": 1}
    (changed,) = again.of(Kind.CHANGED)
    assert next((n, c.before, c.after) for n, c in changed.told) == (None, "Projet inventé 2", "Projet renommé")
    assert taken(session, buyer, project(1), later, project(3)) == Taken(1, 1, [])
    assert known(session, "2").title == "Projet renommé"


def test_a_public_project_is_never_changed_in_silence(session: Session, buyer: Organisation) -> None:
    taken(session, buyer, project(1))
    made = known(session, "1")
    forecast.publish(session, made, expected_version=made.version, actor=purchaser(buyer.id), now=NOW)
    read = examined(session, buyer, project(1, libelle="Autre intitulé"))
    assert counts(read) == {"by_hand": 1}
    assert read.to_take == []
    assert counts(examined(session, buyer, project(1))) == {"unchanged": 1}


def test_lots_of_one_reference_make_one_project(session: Session, buyer: Organisation) -> None:
    rows = [HOME | {"Lot": number, "Intitulé du lot": title} for number, title in ((2, "Nord"), (1, "Sud"))]
    taken(session, buyer, *rows)
    made = known(session, "A1")
    assert [(lot.number, lot.title) for lot in made.lots] == [(1, "Sud"), (2, "Nord")]
    third = HOME | {"Lot": 3, "Intitulé du lot": "Est"}
    renamed = rows[0] | {"Intitulé du lot": "Grand nord"}
    assert taken(session, buyer, renamed, rows[1], third).changed == 1
    session.expire_all()
    assert [lot.title for lot in known(session, "A1").lots] == ["Sud", "Grand nord", "Est"]
    gone = known(session, "A1").lots[1]
    forecast.remove_lot(session, gone, expected_version=gone.version, actor=purchaser(buyer.id), now=NOW)
    session.expire_all()
    assert counts(examined(session, buyer, renamed, rows[1], third)) == {"unchanged": 1}


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"Lot": 2, "Intitulé du lot": "Nord", "Intitulé": "Autre chose"}, "le même intitulé"),
        ({"Lot": 1, "Intitulé du lot": "Nord"}, "déjà à la ligne 2"),
        ({"Lot": 2, "Intitulé du lot": ""}, "Donnez un intitulé"),
        ({"Lot": "", "Intitulé du lot": ""}, "aussi à la ligne 2"),
        ({"Lot": 2, "Intitulé du lot": "Nord", "Lancement": "2020"}, "est passée"),
    ],
)
def test_a_project_is_taken_whole_or_told(
    session: Session, buyer: Organisation, second: dict[str, Any], words: str
) -> None:
    first = HOME | {"Lot": 1, "Intitulé du lot": "Sud"}
    read = examined(session, buyer, first, first | second, HOME | {"Réf.": "B2", "Lot": "", "Intitulé du lot": ""})
    assert counts(read) == {"new": 1, "faulty": 1}
    assert any(words in sentence for _, _, sentence in read.faults)
    assert {line for line, _, _ in read.faults} == {2, 3}


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ({"code_s_cpv": "12345678"}, Kind.FAULTY, "n’existe pas"),
        ({"code_s_cpv": ""}, Kind.FAULTY, "Le métier manque"),
        ({"siren_de_l_entite_acheteuse": 123456789}, Kind.FAULTY, "autre acheteur"),
        ({"code": ""}, Kind.FAULTY, "pas de référence"),
        ({"montant_estime_du_marche": "beaucoup"}, Kind.FAULTY, "montant en chiffres"),
        ({"date_previsionnelle_de_publication": "2020-01-01"}, Kind.FAULTY, "est passée"),
        ({"date_previsionnelle_de_publication": "bientôt"}, Kind.FAULTY, "date prévue lisible"),
        ({"libelle": "=1+1"}, Kind.FAULTY, "formule"),
        ({"libelle": "x" * 201}, Kind.FAULTY, "200 caractères"),
        ({"statut": "En cours"}, Kind.LEFT, "en cours"),
        ({"statut": "Passée"}, Kind.LEFT, "passée"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(
    session: Session, buyer: Organisation, said: dict[str, Any], kind: Kind, words: str
) -> None:
    read = examined(session, buyer, project(1, **said), project(2))
    assert counts(read) == {"new": 1, kind.value: 1}
    (each,) = read.of(kind)
    assert words in (each.left or " ".join(sentence for _, sentence in each.faults))


def test_what_is_guessed_or_left_out_is_told(session: Session, buyer: Organisation) -> None:
    row = project(1, type_de_procedure="Concours", categorie_d_achat="", statut="Mystère")
    row |= {"departement_s_d_execution_du_marche": "40", "lien_vers_la_consultation": "https://exemple.fr"}
    (each,) = examined(session, buyer, row).of(Kind.NEW)
    told = " ".join(each.remarks)
    for words in ("procédure inconnue", "nature supposée", "métier supposé", "statut", "lieu non repris", "adresse"):
        assert words in told


def test_communes_and_levers_are_read(session: Session, buyer: Organisation) -> None:
    row = HOME | {"Communes": "Belleroche ; 33003", "Considérations sociales": "Clause sociale, critère social"}
    taken(session, buyer, row)
    (lot,) = known(session, "A1").lots
    assert lot.commune_codes == ("33002", "33003")
    levers = {choice.lever: choice.state for choice in lot.facts.levers}
    assert levers == {Lever.CLAUSE: LeverState.ENVISAGED, Lever.CRITERION: LeverState.ENVISAGED}
    assert counts(examined(session, buyer, row)) == {"unchanged": 1}


def test_rejects_are_a_file_that_runs_no_formula(session: Session, buyer: Organisation) -> None:
    sheet = sheet_of(as_csv([project(1, libelle="=cmd()", code="+1"), project(2)]))
    written = write_rejects(sheet, services.examine_sheet(session, buyer, sheet, NOW)).decode("utf-8-sig")
    heads, row = written.splitlines()
    assert heads.startswith("Ligne;Référence;Motif;code")
    assert row.startswith("2;'+1;")
    assert ";'=cmd();" in row


def test_five_hundred_rows_are_read_in_few_statements(
    session: Session, buyer: Organisation, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    rows = [project(number) for number in range(1, 501)]
    content = as_xlsx(rows, above=["Programme inventé des Deux Rives"])
    sheet = sheet_of(content)
    with sql_count() as first:
        fresh = services.examine_sheet(session, buyer, sheet, NOW)
    assert counts(fresh) == {"new": 500}
    taken(session, buyer, *rows[:100])
    session.expunge_all()
    buyer = session.get_one(Organisation, buyer.id)
    with sql_count() as again:
        assert counts(services.examine_sheet(session, buyer, sheet, NOW)) == {"new": 400, "unchanged": 100}
    assert first.count <= 4
    assert again.count <= 8


def test_a_hostile_file_costs_little(
    session: Session, buyer: Organisation, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    """More words than a statement may hold, and a hundred thousand formulas."""
    places = [", ".join(f"lieu {number}-{place}" for place in range(250)) for number in range(300)]
    far = [project(number, departement_s_d_execution_du_marche=said) for number, said in enumerate(places)]
    with sql_count() as statements:
        assert counts(examined(session, buyer, *far)) == {"new": 300}
    assert statements.count <= 12
    formulas = [project(number) | {f"c{place}": "=1" for place in range(80)} for number in range(900)]
    read = sheet_of(as_csv(formulas))
    assert all(len(row.formulas) == 80 for row in read.rows)
    long = project(1, date_previsionnelle_de_publication="9" * 4_000, montant_estime_du_marche="1 " * 1_500)
    (each,) = examined(session, buyer, long).of(Kind.FAULTY)
    assert sum("trop longue" in sentence for _, sentence in each.faults) == 2


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04rien", b"\xd0\xcf\x11\xe0", b"%PDF-1.7", b"<html></html>", b"un seul mot", b"\0\1\2"]
)
def test_what_is_no_table_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(UnusableFile) as refused:
        read_sheet(content, {})
    assert refused.value.sentence.endswith(".")


def test_headings_that_say_no_reference_are_refused() -> None:
    from portal.programmes.rules import ensure_mapped  # noqa: PLC0415

    with pytest.raises(RuleViolation, match="votre référence"):
        ensure_mapped([ProgrammeField.TITLE, ProgrammeField.PUBLISHED_ON])
    with pytest.raises(RuleViolation, match="Deux colonnes"):
        ensure_mapped([ProgrammeField.REFERENCE, *[ProgrammeField.TITLE] * 2, ProgrammeField.PUBLISHED_ON])


CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "A1",
            "A2",
            "33002",
            "tous",
            "T2 2027",
            "2027-05-04",
            "40k - 100k€",
            "oui",
            "90919200",
            "Propreté",
            "1",
            "2",
        ]
    ),
    st.text(max_size=12),
)
HEADS = ("Référence", "Intitulé", "Lancement", "Métier", "CPV", "Montant", "Lieu", "Lot", "Intitulé du lot", "Durée")


@given(rows=st.lists(st.lists(CELLS, min_size=len(HEADS), max_size=len(HEADS)), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reading_twice_is_as_once(session: Session, buyer: Organisation, rows: list[list[str]]) -> None:
    from portal.programmes.reading import SheetRow  # noqa: PLC0415
    from portal.programmes.reading import _written as written  # noqa: PLC0415

    lines = [SheetRow(at, [written(cell) for cell in row], frozenset()) for at, row in enumerate(rows, 2)]
    sheet = Sheet(HEADS, lines, proposed(HEADS, {}))
    point = session.begin_nested()
    first = services.examine_sheet(session, buyer, sheet, NOW)
    told: dict[str, Any] = {"actor": purchaser(buyer.id), "now": NOW}
    done = services.take_examined(session, buyer.id, first, Contact(), **told)
    assert not done.refused
    session.flush()
    session.expire_all()
    again = services.examine_sheet(session, buyer, sheet, NOW)
    assert again.to_take == []
    assert len(again.of(Kind.FAULTY)) == len(first.of(Kind.FAULTY))
    point.rollback()
