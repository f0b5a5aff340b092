from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal import journal
from portal.directory.models import Commune, Cpv, HeldKind, Organisation
from portal.directory.rules import SINCE_UNKNOWN
from portal.directory.services import import_communes, import_cpv, import_structures
from portal.intake import ImportReport, ImportRun, Outcome, UnusableFile
from portal.storage import reading
from portal.vocabulary import EssFamily, OrganisationKind, OrganisationSource
from tests.directory.organisations import organisation, siret

NOW = datetime(2026, 12, 3, 8, tzinfo=UTC)
MARCHE = "siret,naf,kind,name,brand,legal_form,city,post_code,department"
ENVIE = f"{siret(1)},8559A,EI,ENVIE GIRONDE,Envie,ASSOCIATION,PESSAC CEDEX,33600,33"


def run(path: Path, *, dry_run: bool = False) -> ImportRun:
    return ImportRun(path, NOW, path.parent / "refus.csv", dry_run)


def imported(tmp_path: Path, *lines: str, heading: str = MARCHE, dry_run: bool = False) -> ImportReport:
    path = tmp_path / "structures.csv"
    path.write_text("\n".join([heading, *lines]), encoding="utf-8")
    return import_structures(run(path, dry_run=dry_run))


def only_organisation(session: Session) -> Organisation:
    session.expire_all()
    return session.scalars(select(Organisation)).one()


def test_a_structure_is_read_with_all_that_the_file_tells(place: Session, tmp_path: Path) -> None:
    assert imported(tmp_path, ENVIE).created == 1
    found = only_organisation(place)
    assert (found.siret, found.name, found.usual_name, found.sort_name) == (siret(1), "ENVIE GIRONDE", "Envie", "envie")
    assert (found.naf, found.ess_family, found.source) == (
        "8559A",
        EssFamily.ASSOCIATION,
        OrganisationSource.MARCHE,
    )
    assert (found.commune_code, found.city, found.post_code, found.department_code) == (
        "33318",
        "Pessac",
        "33600",
        "33",
    )
    assert [(held.kind, held.valid_from, held.source) for held in found.kinds] == [
        (OrganisationKind.EI, SINCE_UNKNOWN, OrganisationSource.MARCHE)
    ]
    assert found.kinds_on(date(2020, 1, 1)) == {OrganisationKind.EI}


def test_reading_again_changes_nothing(place: Session, tmp_path: Path) -> None:
    imported(tmp_path, ENVIE)
    version = only_organisation(place).version
    assert imported(tmp_path, ENVIE).outcomes == Counter([Outcome.UNCHANGED])
    assert only_organisation(place).version == version


def test_one_siret_may_have_two_kinds_and_is_one_organisation(place: Session, tmp_path: Path) -> None:
    again = ENVIE.replace(",EI,ENVIE GIRONDE", ",ACI,ENVIE ACI")
    report = imported(tmp_path, ENVIE, again)
    assert (report.created, report.updated) == (1, 1)
    found = only_organisation(place)
    assert {held.kind for held in found.kinds} == {OrganisationKind.EI, OrganisationKind.ACI}
    assert found.name == "ENVIE GIRONDE"
    assert imported(tmp_path, ENVIE, again).unchanged == 2


def test_a_row_told_twice_is_handed_back(place: Session, tmp_path: Path) -> None:
    for _ in range(2):
        report = imported(tmp_path, ENVIE, ENVIE.replace("ENVIE GIRONDE", "ENVIE PESSAC"))
        assert report.refused == 1
    assert only_organisation(place).name == "ENVIE GIRONDE"
    assert "figure déjà à la ligne 2 comme EI" in report.refusals[0].reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("38269518700001,,EI,X,,,,,", "Le SIRET 382 695 187 00001 est mal formé : vérifiez ses 14 chiffres."),
        (",,EI,X,,,,,", "Indiquez les 14 chiffres du SIRET."),
        (f"{siret(2)},,EP,X,,,,,", "« EP » n’est pas un type de structure connu"),
        (f"{siret(2)},,,X,,,,,", "Le type manque."),
        (f"{siret(2)},,EI,,,,,,", "Le nom manque."),
        (f"{siret(2)},,EI,{'x' * 251},,,,,", "« name » dépasse 250 caractères."),
        (f"{siret(2)},,EI,X,,,,12345678901,", "« post_code » dépasse 10 caractères."),
        (f"{siret(2)},,EI", "La ligne compte 3 colonnes, l’en-tête 9 : vérifiez ses séparateurs."),
    ],
)
def test_a_faulty_row_is_handed_back_and_the_rest_kept(place: Session, tmp_path: Path, line: str, reason: str) -> None:
    report = imported(tmp_path, line, ENVIE)
    assert (report.created, report.refused) == (1, 1)
    assert report.refusals[0].number == 2
    assert report.refusals[0].reason.replace("\u202f", " ").startswith(reason)
    assert only_organisation(place).siret == siret(1)


def test_mended_rejects_go_in(place: Session, tmp_path: Path) -> None:
    imported(tmp_path, ENVIE.replace("EI", "EP"))
    mended = tmp_path / "mended.csv"
    mended.write_text((tmp_path / "refus.csv").read_text("utf-8-sig").replace(";EP;", ";EI;"), "utf-8")
    assert import_structures(run(mended)).created == 1
    assert only_organisation(place).commune_code == "33318"


def test_a_dry_run_keeps_nothing(place: Session, tmp_path: Path) -> None:
    assert imported(tmp_path, ENVIE, dry_run=True).created == 1
    assert place.scalar(select(func.count()).select_from(Organisation)) == 0
    assert journal.entries_of(place, "import", 0) == []


def test_the_summary_is_in_the_journal(place: Session, tmp_path: Path) -> None:
    imported(tmp_path, ENVIE, "x,,EI,X,,,,,")
    (entry,) = journal.entries_of(place, "import", 0)
    assert (entry.event, entry.object_label) == ("directory.structures_imported", "structures.csv")
    assert entry.after == {"read": 2, "created": 1, "updated": 0, "unchanged": 0, "refused": 1}


def test_a_source_refreshes_what_it_wrote(place: Session, tmp_path: Path) -> None:
    imported(tmp_path, ENVIE)
    moved = ENVIE.replace("PESSAC CEDEX,33600", "La Réole,33190").replace("ENVIE GIRONDE", "ENVIE 33")
    assert imported(tmp_path, moved).updated == 1
    found = only_organisation(place)
    assert (found.name, found.city, found.commune_code, found.version) == ("ENVIE 33", "La Réole", None, 2)


def test_a_source_says_nothing_by_its_silence(place: Session, tmp_path: Path) -> None:
    imported(tmp_path, ENVIE)
    assert imported(tmp_path, f"{siret(1)},,EI,ENVIE GIRONDE,,,,,").unchanged == 1
    assert only_organisation(place).naf == "8559A"


def test_what_people_wrote_of_themselves_stays(place: Session, tmp_path: Path) -> None:
    organisation(
        place, 1, "Envie à nous", source=OrganisationSource.OWN, ess_family=EssFamily.COOPERATIVE, city="Talence"
    )
    assert imported(tmp_path, ENVIE).updated == 1
    found = only_organisation(place)
    assert (found.name, found.usual_name, found.ess_family) == ("Envie à nous", None, EssFamily.COOPERATIVE)
    assert (found.city, found.commune_code) == ("Talence", None)
    assert found.naf == "8559A"
    assert imported(tmp_path, ENVIE).unchanged == 1


@pytest.mark.parametrize("edited", [False, True])
def test_a_company_listed_by_a_person_becomes_a_structure_by_no_list(
    place: Session, tmp_path: Path, edited: bool
) -> None:
    """Whoever types a SIRET before its list comes would otherwise hold the structure."""
    squatted = organisation(place, 1, "Nom choisi", kinds={OrganisationKind.COMPANY: date(2026, 12, 1)})
    squatted.kinds[0].source = squatted.source = OrganisationSource.OWN
    squatted.city = "Talence" if edited else None
    place.commit()
    report = imported(tmp_path, ENVIE, ENVIE.replace(",EI,", ",ACI,"))
    assert (report.refused, report.updated) == (2, 0)
    assert "inscrite par une personne, à confirmer" in report.refusals[0].reason
    assert "inscrite par une personne" in (tmp_path / "refus.csv").read_text("utf-8-sig")
    found = only_organisation(place)
    assert ({held.kind for held in found.kinds}, found.version) == ({OrganisationKind.COMPANY}, squatted.version)


def test_a_company_that_the_portal_listed_may_be_a_structure(place: Session, tmp_path: Path) -> None:
    organisation(place, 1, kinds={OrganisationKind.COMPANY: None}, source=OrganisationSource.OWN)
    assert imported(tmp_path, ENVIE).updated == 1
    assert OrganisationKind.EI in {held.kind for held in only_organisation(place).kinds}


def test_an_ended_kind_is_not_opened_again_by_a_list_without_dates(place: Session, tmp_path: Path) -> None:
    ended = organisation(place, 1, kinds={OrganisationKind.EI: date(2020, 1, 1)}, source=OrganisationSource.OWN)
    ended.kinds[0].valid_to = date(2025, 12, 31)
    place.commit()
    imported(tmp_path, ENVIE)
    assert only_organisation(place).kinds_on(date(2026, 12, 3)) == set()


def test_esat_are_read_from_finess(place: Session, tmp_path: Path) -> None:
    heading = (
        "ET-N°FINESS;ET-Raison sociale;EJ-Statut juridique Libellé;ET-Adresse;ET-Code Postal;"
        "ET-SIRET;ET-Commune Code;ET-Commune Libellé"
    )
    known = f"1;ESAT X;Ass.L.1901 R.U.P.;6   AV GAY;33370;{siret(1)};33013;Artigues"
    far = f"2;ESAT Y;Autre;;33470;{siret(2)};33199;Gujan-Mestras"
    assert imported(tmp_path, known, far, heading=heading).created == 2
    x, y = place.scalars(select(Organisation).order_by(Organisation.siret))
    assert (x.legal_category, x.ess_family, x.address) == ("9230", EssFamily.ASSOCIATION, "6 AV GAY")
    assert (x.city, x.commune_code) == ("Artigues-près-Bordeaux", "33013")
    assert (y.city, y.commune_code, y.department_code, y.ess_family) == ("Gujan-Mestras", None, "33", None)
    assert {held.kind for held in place.scalars(select(HeldKind))} == {OrganisationKind.ESAT}


def test_communes_say_where_they_are_when_the_file_does(place: Session, tmp_path: Path) -> None:
    path = tmp_path / "communes.csv"
    rows = ["33039,Bègles,44.81,-0.55", '33063,Bordeaux,"44,84",', "33522,Talence,91,0", "24001,Abjat,45.583,0.0"]
    path.write_text("\n".join(["insee,nom,latitude,longitude", *rows]), encoding="utf-8")
    assert import_communes(run(path)).refused == 0
    found = {each.code: (each.latitude, each.longitude) for each in place.scalars(select(Commune))}
    assert (found["33039"], found["24001"]) == ((44.81, -0.55), (45.583, 0.0))
    assert (found["33063"], found["33522"]) == ((44.838, -0.579), (44.809, -0.589))


def test_communes_are_added_and_refreshed(place: Session, tmp_path: Path) -> None:
    path = tmp_path / "communes.csv"
    path.write_text(
        "insee,nom,pop_municipale\n33063,Bordeaux,261 900\n33199,Gujan-Mestras,\n33199,X,\n99999,Y,\n3306,Z,\n", "utf-8"
    )
    report = import_communes(run(path))
    assert (report.created, report.updated, report.refused) == (1, 1, 3)
    place.expire_all()
    bordeaux = place.get_one(Commune, "33063")
    assert (bordeaux.population, bordeaux.epci_name) == (261_900, "Bordeaux Métropole")
    assert import_communes(run(path)).unchanged == 2


def test_cpv_codes_are_added_and_refused_without_their_key(place: Session, tmp_path: Path) -> None:
    path = tmp_path / "cpv.csv"
    path.write_text("code,cle,libelle\n03100000,2,Produits\n03110000,,X\n0311,5,X\n", "utf-8")
    report = import_cpv(run(path))
    assert (report.created, report.refused) == (1, 2)
    place.expire_all()
    assert place.get_one(Cpv, "03100000").full_code == "03100000-2"


def test_the_real_lists_go_in_once(place: Session, shared_data: Path, tmp_path: Path) -> None:
    def read(name: str) -> ImportReport:
        return import_structures(ImportRun(shared_data / "structures" / name, NOW, tmp_path / f"refus-{name}"))

    first = [read("siae_le_marche_gironde.csv"), read("esat_gironde.csv")]
    assert [(report.created, report.refused) for report in first] == [(75, 0), (28, 3)]
    assert all("figure déjà à la ligne" in refusal.reason for refusal in first[1].refusals)
    second = [read("siae_le_marche_gironde.csv"), read("esat_gironde.csv")]
    assert [(report.created, report.updated, report.unchanged) for report in second] == [(0, 0, 75), (0, 0, 28)]
    held = Counter(place.scalars(select(HeldKind.kind)))
    assert {kind.value: count for kind, count in held.items()} == {
        "ACI": 20,
        "AI": 19,
        "EI": 24,
        "ETTI": 6,
        "GEIQ": 6,
        "ESAT": 28,
    }
    resolved = place.scalar(
        select(func.count()).select_from(Organisation).where(Organisation.commune_code.is_not(None))
    )
    assert resolved == 57


def test_the_real_reference_lists_go_in_once(place: Session, shared_data: Path, tmp_path: Path) -> None:
    communes = ImportRun(shared_data / "communes" / "communes_bordeaux_metropole.csv", NOW, tmp_path / "refus.csv")
    codes = ImportRun(shared_data / "cpv" / "cpv_2008_fr.csv", NOW, tmp_path / "refus.csv")
    assert (import_communes(communes).unchanged, import_cpv(codes).created) == (28, 9_353)
    assert (import_communes(communes).unchanged, import_cpv(codes).unchanged) == (28, 9_454)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    content=st.binary(max_size=300)
    | st.lists(
        st.lists(
            st.sampled_from(
                [siret(1), siret(2), "EI", "esat", "33", "33600", "Bègles", "=1", "", '"', "\u2028", "é" * 300]
            ),
            min_size=1,
            max_size=9,
        ),
        max_size=6,
    ).map(lambda lines: "\n".join([MARCHE, *map(",".join, lines)]).encode())
)
def test_no_file_breaks_the_import(place: Session, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    try:
        first = import_structures(run(path))
    except UnusableFile:
        return
    again = import_structures(run(path))
    assert (again.created, again.updated, again.refused) == (0, 0, first.refused)
    with reading() as session:
        sirets = set(session.scalars(select(Organisation.siret)))
    assert sirets <= {siret(1), siret(2)}
