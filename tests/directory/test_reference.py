import csv
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.directory import queries
from portal.directory.models import Commune, Cpv, Department
from portal.directory.services import load_reference
from portal.vocabulary import PurchaseFamily


def test_the_portal_ships_its_lists(place: Session) -> None:
    counts = [place.scalar(select(func.count()).select_from(model)) for model in (Department, Commune, Cpv)]
    assert counts == [101, 28, 101]
    divisions = [code for code in place.scalars(select(Cpv.code)) if code.endswith("000000")]
    assert len(divisions) == 45


def test_loading_twice_adds_nothing_and_undoes_nothing(place: Session) -> None:
    bordeaux = place.get_one(Commune, "33063")
    bordeaux.population = 300_000
    place.commit()
    assert load_reference(place) == 0
    place.expire_all()
    assert place.get_one(Commune, "33063").population == 300_000


def test_communes_listed_before_are_located_unless_an_operator_did(place: Session) -> None:
    bordeaux, begles = place.get_one(Commune, "33063"), place.get_one(Commune, "33039")
    bordeaux.latitude = bordeaux.longitude = None
    begles.latitude, begles.longitude = 44.7, -0.5
    place.commit()
    load_reference(place)
    assert [(each.latitude, each.longitude) for each in (bordeaux, begles)] == [(44.838, -0.579), (44.7, -0.5)]


def test_a_code_is_found_with_its_key_or_without(place: Session) -> None:
    found = queries.cpv(place, "90911200-8")
    assert found is not None
    assert found.full_code == "90911200-8"
    assert found.family is PurchaseFamily.SERVICES
    assert queries.cpv(place, " 90911200 ") is found
    assert queries.cpv(place, "90911200-7") is None
    assert queries.cpv(place, "nettoyage") is None


def test_communes_are_understood_as_people_write_them(place: Session) -> None:
    typed = ["Bègles", "LE BOUSCAT", "33063", "Pessac (33318)", "Paris", "33999"]
    assert queries.communes_called(place, typed) == {
        "Bègles": "33039",
        "LE BOUSCAT": "33069",
        "33063": "33063",
        "Pessac (33318)": "33318",
    }


def test_a_name_that_two_communes_share_needs_its_code(place: Session) -> None:
    place.add(Commune(code="24037", name="Bègles", sort_name="begles", department_code="24"))
    place.commit()
    assert queries.communes_called(place, ["Bègles", "Bègles (24037)"]) == {"Bègles (24037)": "24037"}


def test_regions_and_intercommunalities_are_known_by_name(place: Session) -> None:
    assert len(queries.regions(place)) == 18
    assert ("75", "Nouvelle-Aquitaine") in queries.regions(place)
    assert queries.epcis(place) == [("243300316", "Bordeaux Métropole")]


def test_what_is_shipped_is_what_the_official_lists_say(place: Session, shared_data: Path) -> None:
    with (shared_data / "cpv" / "cpv_2008_fr.csv").open(encoding="utf-8", newline="") as file:
        official = {row["code"]: (row["cle"], row["libelle"]) for row in csv.DictReader(file)}
    assert {cpv.code: (cpv.key, cpv.label) for cpv in place.scalars(select(Cpv))}.items() <= official.items()
