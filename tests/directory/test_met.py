"""Organisations met in files of contracts."""

from sqlalchemy.orm import Session

from portal.directory.models import organisation_search
from portal.directory.services import Met, MetOrganisations, list_met
from portal.kernel.actor import SYSTEM
from portal.vocabulary import OrganisationKind, OrganisationSource
from tests.directory.organisations import NOW, organisation, siret

COMPANY = frozenset({OrganisationKind.COMPANY})


def met(session: Session, *mentions: Met) -> MetOrganisations:
    return list_met(session, mentions, actor=SYSTEM, now=NOW)


def is_found(session: Session, words: str) -> bool:
    ids = organisation_search.ids_matching(words, prefix=True)
    assert ids is not None
    return session.scalars(ids).first() is not None


def test_the_unknown_are_listed_once(place: Session) -> None:
    mentions = (Met(siret(2), "Bâtisseurs", COMPANY), Met(siret(1), "Atelier", COMPANY))
    listed = met(place, *mentions)
    assert set(listed.by_siret) == listed.new == {siret(1), siret(2)}
    assert {held.kind for held in listed.by_siret[siret(2)].kinds} == COMPANY
    assert is_found(place, "bâtisseurs")
    assert met(place, *mentions) == MetOrganisations(listed.by_siret, frozenset(), frozenset())


def test_the_listed_keep_their_name_and_kinds(place: Session) -> None:
    structure = organisation(place, 1, "Envie")
    listed = met(place, Met(siret(1), "ENVIE 33", COMPANY))
    assert listed == MetOrganisations({siret(1): structure}, frozenset(), frozenset())
    assert (structure.name, structure.version) == ("Envie", 1)
    assert {held.kind for held in structure.kinds} == {OrganisationKind.EI}


def test_a_name_comes_to_who_was_listed_without_one(place: Session) -> None:
    listed = met(place, Met(siret(1), "", COMPANY)).by_siret[siret(1)]
    assert listed.name == f"SIRET {siret(1).formatted}"
    met(place, Met(siret(1), "", COMPANY))
    assert listed.version == 1
    met(place, Met(siret(1), "Atelier des quais", COMPANY))
    assert (listed.name, listed.sort_name, listed.version) == ("Atelier des quais", "atelier des quais", 2)
    assert is_found(place, "quais")


def test_who_listed_themselves_is_told_apart(place: Session) -> None:
    company = organisation(place, 1, kinds={OrganisationKind.COMPANY: None})
    assert met(place, Met(siret(1), "", COMPANY)).unconfirmed == frozenset()
    company.kinds[0].source = OrganisationSource.OWN
    place.commit()
    assert met(place, Met(siret(1), "", COMPANY)).unconfirmed == {siret(1)}
