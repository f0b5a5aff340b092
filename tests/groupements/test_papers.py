"""What a groupement prints, for those inside only: exact figures, accessible, sealed or in preparation."""

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from portal.forecast.models import Lot
from portal.groupements import papers, services
from portal.groupements.facts import Offer, Share
from portal.groupements.models import Agreement, Groupement
from portal.groupements.papers import Dossier
from portal.kernel.errors import NotFound
from portal.vocabulary import GroupementForm, MemberRole, OrganisationKind, Role
from tests.declarations.test_receipts import HOSTILE, structure_of, text_in
from tests.forecast.pages import sign_in as sign_in_for
from tests.groupements.pages import enter, room
from tests.groupements.papers_sample import SEALED, TASK, dossier, partner
from tests.groupements.people import (
    Town,
    accepted,
    agreed,
    filed,
    joined,
    member,
    opened,
    proposed,
    sealed,
    shared,
    terms,
)
from tests.groupements.test_changes import asked, decided
from tests.statements import Statements

PRINTED: dict[str, Callable[[Dossier], bytes]] = {
    "fiche": papers.sheet_of,
    "convention": papers.convention_of,
    "dc1": papers.dc1_of,
    "habilitation": lambda told: papers.empowerment_of(told, "member2"),
}
PDF = "application/pdf"
SHARES = ("40,33 %", "96 792,25 €", "4 839,50 h", "29,67 %", "71 208 €", "3 560,25 h")


def bare(words: str) -> str:
    return "".join(words.split())


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type/Page(?![a-z])", structure_of(pdf)))


def rows_of(xlsx: bytes, sheet: str) -> list[list[Any]]:
    rows: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(xlsx)).get_sheet_by_name(sheet).to_python()
    return rows


@pytest.mark.parametrize("name", PRINTED)
def test_each_is_tagged_titled_in_french_and_short(name: str) -> None:
    pdf = PRINTED[name](dossier())
    told = structure_of(pdf)
    for tag in (b"/StructTreeRoot", b"/Marked true", b"/Lang(fr-FR)", b"/DisplayDocTitle true", b"/S/H1", b"/S/H2"):
        assert tag in told, tag
    assert b"pdfuaid:part>1<" in told or b'pdfuaid:part="1"' in told
    assert b"CreationDate(D:20261203084207Z)" in told
    assert b"/S/TH" in told
    assert pages_of(pdf) == {"fiche": 2, "convention": 3, "dc1": 3, "habilitation": 2}[name]


@pytest.mark.parametrize("name", PRINTED)
def test_each_says_where_the_groupement_stands_and_under_which_agreement(name: str, tmp_path: Path) -> None:
    told = text_in(PRINTED[name](dossier()), tmp_path)
    for words in ("Groupement en préparation", "nᵒ 2", "3f" * 32, "3 décembre 2026 à 9 h 42", "Ce qui manque"):
        assert bare(words) in told, words
    told = text_in(PRINTED[name](dossier(SEALED)), tmp_path)
    for words in ("Groupement scellé le 3 décembre 2026 à 9 h 40", "nᵒ 2", "3f" * 32, "5e" * 32):
        assert bare(words) in told, words
    assert "Cequimanque" not in told
    assert "enpréparation" not in told


def test_the_sheet_and_the_convention_tell_each_share_and_the_whole(tmp_path: Path) -> None:
    for made in (papers.sheet_of, papers.convention_of):
        told = text_in(made(dossier()), tmp_path)
        for words in (*SHARES, "12 000 h", "100 %", TASK, "Belleroche", "Gymnases", "R2142-27"):
            assert bare(words) in told, words
        assert bare("168 000,25 €") not in told, "no whole as long as one member does not tell its own"


def test_what_goes_to_the_buyer_tells_no_share(tmp_path: Path) -> None:
    for name in ("dc1", "habilitation"):
        told = text_in(PRINTED[name](dossier()), tmp_path)
        assert bare("Pont fixe les parts.") in told
        for words in (*SHARES, "97,5", "100 %"):
            assert bare(words) not in told, words


def test_the_dc1_follows_its_form(tmp_path: Path) -> None:
    told = text_in(papers.dc1_of(dossier(SEALED)), tmp_path)
    headings = (
        *("A. L’acheteur", "B. L’objet de la consultation", "C. L’objet de la candidature", "D. Le candidat"),
        *("E. Les membres", "F. Les engagements", "G. Le mandataire", "H. La signature"),
    )
    places = [told.index(bare(heading)) for heading in headings]
    assert places == sorted(places)
    assert bare("Le mandataire est solidaire oui") in told
    alone = text_in(papers.dc1_of(dossier(form=GroupementForm.CONJOINT)), tmp_path)
    assert bare("Le mandataire est solidaire non") in alone
    whole = text_in(papers.dc1_of(dossier(form=GroupementForm.SOLIDAIRE)), tmp_path)
    assert bare("Le mandataire est solidaire") not in whole
    assert bare("répartition des prestations est facultative") in whole


def test_the_convention_is_a_draft_that_leaves_blank_what_is_not_decided(tmp_path: Path) -> None:
    told = text_in(papers.convention_of(dossier()), tmp_path)
    wanted = ("Projet de convention, à relire", "R2142-24", "sur son propre compte", "Préavis de départ")
    for words in (*wanted, "Tribunal compétent", "Nom et qualité"):
        assert bare(words) in told, words
    solidaire = text_in(papers.convention_of(dossier(form=GroupementForm.SOLIDAIRE)), tmp_path)
    assert "compteunique" in solidaire
    assert "totalitédumarché" in solidaire
    assert "àcompléter" in text_in(papers.convention_of(dossier(form=None)), tmp_path)


def test_only_a_member_that_is_not_the_mandataire_has_an_habilitation() -> None:
    for name in ("member1", "nobody"):
        with pytest.raises(NotFound):
            papers.empowerment_of(dossier(), name)
    led_by_nobody = partner(2, "Régie", None, None, None)
    led_by_nobody = replace(led_by_nobody, facts=replace(led_by_nobody.facts, role=MemberRole.COTRAITANT))
    with pytest.raises(NotFound):
        papers.empowerment_of(dossier(partners=[led_by_nobody]), "member2")


def test_nobody_in_it_and_nothing_set_prints_all_the_same() -> None:
    empty = replace(dossier(form=None), partners=(), facts=replace(dossier().facts, members=(), form=None, lots=()))
    for made in (papers.sheet_of, papers.convention_of, papers.dc1_of):
        assert made(empty).startswith(b"%PDF-1.7")
    assert rows_of(papers.workbook_of(empty), "Membres")[1][0] == "Ensemble"


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=120))
def test_nothing_that_is_typed_breaks_a_paper_or_runs(words: str) -> None:
    told = dossier(partners=[partner(1, words, 10_000, "1", "1", tasks=words, essential=(words,))], name=words)
    assert b"/StructTreeRoot" in structure_of(papers.sheet_of(told))
    for row in rows_of(papers.workbook_of(told), "Membres"):
        assert not [cell for cell in row if isinstance(cell, str) and cell.lstrip()[:1] in {"=", "+", "-", "@"}]


def test_what_was_typed_stays_text(tmp_path: Path) -> None:
    told = text_in(papers.sheet_of(dossier(partners=[partner(1, "Pont", 10_000, "1", "1", tasks=HOSTILE)])), tmp_path)
    assert bare(HOSTILE.split("--")[0]) in told


def test_the_workbook_holds_exact_numbers() -> None:
    made = papers.workbook_of(dossier())
    head, pont, regie, net, whole = rows_of(made, "Membres")
    assert head[5:8] == ["Part", "Montant HT (€)", "Heures par an"]
    assert pont[5:8] == [0.4033, 96792.25, 4839.5]
    assert regie[5:11] == [0.2967, 71208, 3560.25, "Belleroche, Saint-Aubrin", "Gymnases", TASK]
    assert net[5:8] == [0.3, "", 3600.25]
    assert whole[5:8] == [1, "", 12000]
    assert rows_of(made, "Communes")[1:] == [["Belleroche", "33002", "Régie"], ["Saint-Aubrin", "33001", "Pont, Régie"]]
    assert rows_of(made, "Tâches essentielles")[1] == ["Le lot 1, rive droite", TASK, "Régie"]
    about = dict(rows_of(made, "Lisez-moi"))
    assert about["Empreinte SHA-256 de l’accord"] == "3f" * 32
    assert about["Ce qui manque avant le sceau"].startswith("Pont fixe les parts.")
    assert about["Document établi le"].startswith("3 décembre 2026")


def test_formulas_are_guarded() -> None:
    told = dossier(partners=[partner(1, "=cmd|' /C calc'!A0", 10_000, "1", "1", tasks="\t@SUM(1)", codes=("33001",))])
    made = papers.workbook_of(replace(told, name="+33"))
    assert rows_of(made, "Membres")[1][0] == "'=cmd|' /C calc'!A0"
    assert rows_of(made, "Membres")[1][9] == "'@SUM(1)"
    assert rows_of(made, "Communes")[2][2].startswith("'=")
    assert rows_of(made, "Lisez-moi")[0][1] == "'+33"


# On the pages


DOCUMENTS = ("/documents/fiche.pdf", "/documents/convention.pdf", "/documents/dc1.pdf", "/documents/groupement.xlsx")


def documents(town: Town, groupement: Groupement, name: str = "regie") -> list[str]:
    own = f"/documents/habilitation-{member(town, groupement, name).public_id}.pdf"
    return [room(groupement, page) for page in (*DOCUMENTS, own)]


@pytest.fixture
def groupement(town: Town, lot: Lot) -> Groupement:
    """Three parts told to the hundredth, an agreement that one of two has accepted."""
    made = opened(town, lot)
    joined(town, made, "regie")
    shared(town, made, {"pont": 6337, "regie": 3663})
    proposed(town, made)
    accepted(town, made, ["pont"])
    town.session.commit()
    return made


def test_the_room_offers_its_documents_and_each_comes(
    client: FlaskClient, town: Town, groupement: Groupement, tmp_path: Path
) -> None:
    for name in ("pont", "regie"):
        enter(client, town, name)
        page = client.get(room(groupement)).text
        for address in documents(town, groupement):
            assert f'href="{address}"' in page
    answers = [client.get(address) for address in documents(town, groupement)]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert [(answer.mimetype or "").rsplit(".", 1)[-1] for answer in answers] == [*[PDF] * 3, "sheet", PDF]
    assert "fiche-groupement-des-trois-berges.pdf" in answers[0].headers["Content-Disposition"]
    told = text_in(answers[0].data, tmp_path)
    for words in (
        "63,37 %",
        "36,63 %",
        "Tâches de regie",
        "il manque 1 acceptation",
        "Regie accepte sa part.",
        "Pont",
    ):
        assert bare(words) in told, words
    assert rows_of(answers[3].data, "Membres")[2][5] == 0.3663


def test_sealed_it_prints_the_agreement_and_who_accepted_it(
    client: FlaskClient, town: Town, groupement: Groupement, session: Session, tmp_path: Path
) -> None:
    accepted(town, groupement, ["regie"])
    sealed(town, groupement)
    enter(client, town, "regie")
    told = text_in(client.get(documents(town, groupement)[0]).data, tmp_path)
    asked = session.query(Agreement).filter_by(groupement_id=groupement.id).one()
    for words in ("Groupement scellé le 3 décembre 2026 à 9 h 00", asked.sha256, "Personne Regie", "Personne Pont"):
        assert bare(words) in told, words
    assert "Cequimanque" not in told


def test_a_seal_whose_parts_were_tampered_with_no_longer_prints_as_sealed(
    client: FlaskClient, town: Town, lot: Lot, tmp_path: Path
) -> None:
    groupement = agreed(town, lot)
    sealed(town, groupement)
    member(town, groupement, "regie").part = 5001
    enter(client, town, "pont")
    told = text_in(client.get(documents(town, groupement)[0]).data, tmp_path)
    assert bare("n’est plus ce qui a été scellé") in told
    assert bare("Groupement scellé") not in told


def test_a_new_agreement_takes_the_place_of_the_last_one(
    client: FlaskClient, town: Town, groupement: Groupement, tmp_path: Path
) -> None:
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    enter(client, town, "pont")
    told = text_in(client.get(documents(town, groupement)[0]).data, tmp_path)
    assert bare("aucun accord n’est proposé") in told
    assert bare("Pont propose l’accord aux membres.") in told
    assert "Acceptéle" not in told


def test_euros_communes_and_essential_tasks_print_as_they_were_set(
    client: FlaskClient, town: Town, groupement: Groupement, lot: Lot, tmp_path: Path
) -> None:
    lot.essential_tasks = TASK
    own = member(town, groupement, "regie").public_id
    wanted = terms(town, groupement, {"pont": 6337, "regie": 3663})
    shares = {**wanted.shares, own: replace(wanted.shares[own], amount=Decimal("71208.25"), communes=("33002",))}
    told = replace(wanted, shares=shares, tasks={(lot.id, TASK): own})
    version, actor = groupement.version, town.actor("pont")
    services.set_terms(town.session, groupement, told, expected_version=version, actor=actor, now=town.now)
    enter(client, town, "regie")
    addresses = documents(town, groupement)
    printed = text_in(client.get(addresses[0]).data, tmp_path)
    for words in ("71 208,25 €", "Communes : Belleroche", f"Tâches essentielles : {TASK}"):
        assert bare(words) in printed, words
    row = rows_of(client.get(addresses[3]).data, "Membres")[2]
    assert (row[5:7], row[8], row[10]) == ([0.3663, 71208.25], "Belleroche", TASK)
    for address in (addresses[2], addresses[4]):
        outward = text_in(client.get(address).data, tmp_path)
        assert "Belleroche" in outward
        assert "71208" not in outward


def test_a_change_after_the_filing_prints_under_its_own_agreement(
    client: FlaskClient, town: Town, lot: Lot, tmp_path: Path
) -> None:
    town.open_tender(lot.project)
    groupement = filed(town, lot, "regie", "net")
    town.now += timedelta(days=1)
    decided(town, asked(town, groupement, "regie"))
    enter(client, town, "net")
    address = documents(town, groupement, "net")[0]
    told = text_in(client.get(address).data, tmp_path)
    for words in ("après le dépôt, l’accord nᵒ 2 attend des acceptations", "Renfort accepte sa part."):
        assert bare(words) in told, words
    accepted(town, groupement, ["pont", "net", "renfort"])
    town.session.commit()
    told = text_in(client.get(address).data, tmp_path)
    for words in ("Groupement scellé", "Candidature déposée", "avec l’autorisation de l’acheteur", "nᵒ 2"):
        assert bare(words) in told, words


@pytest.mark.parametrize("name", ["net", "autre_reseau", "reseau", "batisseurs", "invitee", "demandeur"])
def test_rivals_networks_invitees_and_askers_find_nothing(
    client: FlaskClient, town: Town, groupement: Groupement, name: str
) -> None:
    if name == "invitee":
        name, offer = "renfort", Offer("Venez.", Share(0, None, "Vitres"))
        services.invite(
            town.session, groupement, town.organisations[name], offer, actor=town.actor("pont"), now=town.now
        )
    if name == "demandeur":
        town.add(name, 8, OrganisationKind.AI, Role.STRUCTURE)
        services.ask_to_join(town.session, groupement, "Moi.", actor=town.actor(name), now=town.now)
    enter(client, town, name)
    assert {client.get(address).status_code for address in documents(town, groupement)} == {404}
    page = client.get(room(groupement))
    assert "/documents/" not in page.text


@pytest.mark.parametrize("role", [Role.PURCHASING, Role.LEGAL, Role.DIRECTION, Role.ADMINISTRATOR])
def test_neither_the_buyer_nor_an_administrator_prints_anything_even_once_filed(
    client: FlaskClient, town: Town, lot: Lot, session: Session, role: Role
) -> None:
    town.open_tender(lot.project)
    groupement = filed(town, lot)
    sign_in_for(client, session, town.buyer_id, role)
    assert {client.get(address).status_code for address in documents(town, groupement)} <= {403, 404}
    assert "/documents/" not in client.get(room(groupement)).text


def test_who_left_no_longer_prints(client: FlaskClient, town: Town, groupement: Groupement) -> None:
    addresses = documents(town, groupement)
    services.leave(town.session, groupement, "Autre chantier.", actor=town.actor("regie"), now=town.now)
    enter(client, town, "regie")
    assert {client.get(address).status_code for address in addresses} == {404}
    enter(client, town, "pont")
    assert client.get(addresses[-1]).status_code == 404, "its habilitation is gone with it"


def test_addresses_that_name_nothing(client: FlaskClient, town: Town, groupement: Groupement) -> None:
    enter(client, town, "pont")
    mandataire = member(town, groupement, "pont").public_id
    for name in (
        "autre.pdf",
        "fiche.docx",
        "habilitation-.pdf",
        f"habilitation-{mandataire}.pdf",
        "habilitation-%00.pdf",
    ):
        assert client.get(room(groupement, f"/documents/{name}")).status_code == 404, name


def test_the_network_that_coordinates_prints_its_dissolution(
    client: FlaskClient, town: Town, groupement: Groupement, moment: time_machine.Traveller, tmp_path: Path
) -> None:
    groupement.network_id = town.organisations["reseau"].id
    moment.shift(timedelta(minutes=5))
    services.dissolve(
        town.session,
        groupement,
        "Sans suite.",
        expected_version=groupement.version,
        actor=town.actor("reseau"),
        now=town.now,
    )
    enter(client, town, "reseau")
    told = text_in(client.get(documents(town, groupement)[0]).data, tmp_path)
    assert bare("n’engage plus personne") in told
    assert bare("Groupement scellé") not in told


def test_a_paper_costs_the_same_whatever_the_members(
    client: FlaskClient, town: Town, groupement: Groupement, sql_count: Callable[[], AbstractContextManager[Statements]]
) -> None:
    shared(town, groupement, {"pont": 5000, "regie": 5000})
    enter(client, town, "pont")
    address = documents(town, groupement)[0]
    with sql_count() as few:
        client.get(address)
    joined(town, groupement, "net", "renfort")
    town.session.commit()
    with sql_count() as many:
        client.get(address)
    assert many.count == few.count <= 16
