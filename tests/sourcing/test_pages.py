"""The pages, as each person opens and fills them."""

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.forecast.models import Lot, Project
from portal.sourcing import queries
from portal.sourcing.models import Exchange, Interest, PublicMeeting, Question
from tests.accounts.people import text_of
from tests.forecast.pages import posted
from tests.groupements.pages import enter
from tests.groupements.people import Town
from tests.sourcing.acts import answer, ask, buyer_of, more_structures, refusal, tell, word


def _address(lot: Lot, page: str = "interet") -> str:
    return f"/programmation/{lot.project.reference}/lot-{lot.number}/{page}"


def test_a_structure_tells_its_interest_and_finds_it_on_the_page_of_the_lot(
    client: FlaskClient, town: Town, lot: Lot
) -> None:
    enter(client, town, "pont")
    shown = client.get(f"/programmation/{lot.project.reference}")
    assert "Dire notre intérêt" in shown.text
    asked = client.get(f"/programmation/{lot.project.reference}/interet?lot=1", follow_redirects=True)
    assert asked.request.path == _address(lot)
    done = posted(client, _address(lot), kind="member", hours="1 500", communes=["33001"], named_to_others="y")
    assert done.status_code == 302, text_of(done)
    again = text_of(client.get(f"/programmation/{lot.project.reference}"))
    assert "prête à rejoindre un groupement, 1 500 h" in again
    assert "pas par l’acheteur" in again
    changed = posted(client, _address(lot), kind="not_interested", disinterest="too_big")
    assert changed.status_code == 302
    town.session.expire_all()
    interest = town.session.scalars(select(Interest)).one()
    assert (interest.hours, interest.communes, interest.version) == (None, [], 2)
    assert [each.kind for each in queries.words_of(town.session, interest)] == ["not_interested", "member"]


def test_what_is_wrong_is_said_on_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, town: Town, lot: Lot
) -> None:
    enter(client, town, "pont")
    page = posted(client, _address(lot), kind="not_interested", note="Trop de bâtiments\x00")
    assert page.status_code == 422
    assert "c’est elle que l’acheteur compte" in page.text
    assert "Trop de bâtiments" in page.text
    for typed in ({"kind": "nimporte"}, {"kind": "alone", "hours": "9" * 40}, {"kind": "alone", "communes": ["33005"]}):
        assert posted(client, _address(lot), **typed).status_code == 422
    assert town.session.scalars(select(Interest)).all() == []


def test_the_buyer_reads_totals_names_agreed_and_reasons(client: FlaskClient, town: Town, lot: Lot) -> None:
    tell(town, lot, "pont", word(hours=2000, named_to_buyer=True, commune_codes=("33001",), note="Dès mars."))
    tell(town, lot, "regie", word(hours=1234))
    tell(town, lot, "net", refusal())
    buyer_of(town)
    enter(client, town, "acheteuse")
    shown = text_of(client.get(f"/achats/{lot.project.reference}"))
    assert "environ 3 200 h" in shown
    assert "24 000 h" in shown
    assert "2 prêtes à répondre seules" in shown
    assert "1 autre compte sans donner son nom" in shown
    assert "1 pas intéressée : trop grand pour nous (1)." in shown
    assert "Pont , prête à répondre seule · 2 000 h · Saint-Aubrin" in shown
    assert "« Dès mars. »" in shown
    assert "Regie" not in shown


def test_totals_appear_from_four_structures_on(client: FlaskClient, town: Town, lot: Lot) -> None:
    more_structures(town, "quatre")
    for name in ("pont", "regie", "net"):
        tell(town, lot, name, word())
    town.session.commit()
    assert "dès que quatre" in client.get(f"/programmation/{lot.project.reference}").text
    tell(town, lot, "quatre", word(hours=1299))
    town.session.commit()
    shown = text_of(client.get(f"/programmation/{lot.project.reference}"))
    assert "4 organisations se disent intéressées." in shown
    assert "offrent ensemble" not in shown
    enter(client, town, "reseau")
    assert "Les autres offrent ensemble moins du quart des 24 000 h attendues." in _shown(client, lot)


def test_nobody_measures_the_hours_of_others(client: FlaskClient, town: Town, lot: Lot) -> None:
    """Neither by trying hours of one's own, nor by what the page becomes when a rival that gives its name comes."""
    more_structures(town, "quatre")
    for name in ("pont", "regie", "net"):
        tell(town, lot, name, word(hours=7_000))
    enter(client, town, "pont")
    read = set()
    for hours in (1, 2_999, 3_000, 11_111, 90_000):
        tell(town, lot, "pont", word(hours=hours))
        read.add(_offered(client, town, lot))
    assert read == {""}, "three only"
    tell(town, lot, "quatre", word(hours=1_000, named_to_others=True))
    read = set()
    for hours in (1, 2_999, 3_000, 11_111, 90_000):
        tell(town, lot, "pont", word(hours=hours))
        read.add(_offered(client, town, lot))
    tell(town, lot, "quatre", word(hours=3_500, named_to_others=True))
    read.add(_offered(client, town, lot))
    assert read == {"plus de la moitié des 24 000 h"}


def _offered(client: FlaskClient, town: Town, lot: Lot) -> str:
    town.session.commit()
    shown = _shown(client, lot)
    return shown.partition("offrent ensemble ")[2].partition(" attendues")[0]


def _shown(client: FlaskClient, lot: Lot) -> str:
    return text_of(client.get(f"/programmation/{lot.project.reference}"))


def test_a_question_is_asked_answered_and_read_by_all(client: FlaskClient, town: Town, project: Project) -> None:
    enter(client, town, "pont")
    done = posted(client, f"/programmation/{project.reference}/questions/poser", text="Le local est-il fourni ?")
    assert done.status_code == 302, text_of(done)
    assert "elle attend sa réponse" in client.get(f"/programmation/{project.reference}").text
    question = town.session.scalars(select(Question)).one()
    buyer_of(town)
    enter(client, town, "acheteuse")
    assert "Le local est-il fourni" in client.get(f"/achats/{project.reference}/questions").text
    page = f"/achats/{project.reference}/questions/{question.public_id}"
    assert "Le local est-il fourni" in client.get(page).text
    warned = posted(client, page, answer="Appelez le 05 56 00 00 00")
    assert warned.status_code == 422
    assert "J’ai relu" in warned.text
    assert posted(client, page, answer="Oui, au rez-de-chaussée.").status_code == 302
    with client.session_transaction() as cookie:
        cookie.clear()
    shown = client.get(f"/programmation/{project.reference}").text
    assert "Oui, au rez-de-chaussée." in shown
    assert "Oui, au rez-de-chaussée." in client.get(f"/programmation/{project.reference}/questions").text


def test_who_writes_its_name_in_a_question_is_warned_and_may_go_on(
    client: FlaskClient, town: Town, project: Project
) -> None:
    town.organisations["pont"].call("Les Ateliers du Pont", None)
    enter(client, town, "pont")
    path = f"/programmation/{project.reference}/questions/poser"
    warned = posted(client, path, text="Nous, les ateliers du PONT, avons-nous un local ?")
    assert warned.status_code == 422
    assert "qui vous êtes" in warned.text
    assert "telle quelle" in warned.text
    assert posted(client, path, text="Les Ateliers du Pont ont-ils un local ?", as_it_is="y").status_code == 302


def test_a_question_set_aside_is_told_to_who_asked_alone(client: FlaskClient, town: Town, project: Project) -> None:
    question = ask(town, project, "pont")
    buyer_of(town)
    enter(client, town, "acheteuse")
    page = f"/achats/{project.reference}/questions/{question.public_id}/ecarter"
    assert posted(client, page).status_code == 422
    assert posted(client, page, reason="Hors de ce marché.").status_code == 302
    enter(client, town, "pont")
    assert "Hors de ce marché." in client.get(f"/programmation/{project.reference}").text
    enter(client, town, "regie")
    assert "Hors de ce marché." not in client.get(f"/programmation/{project.reference}").text


def test_questions_end_on_their_last_day_and_when_the_consultation_opens(
    client: FlaskClient, town: Town, project: Project
) -> None:
    buyer_of(town)
    enter(client, town, "acheteuse")
    page = f"/achats/{project.reference}/questions/date"
    assert posted(client, page, questions_until="15/12/2026").status_code == 422
    assert posted(client, page, questions_until="01/12/2026", reason="Trop tard").status_code == 422
    done = posted(client, page, questions_until="15/12/2026", reason="Réponses avant les congés")
    assert done.status_code == 302, text_of(done)
    town.session.expire_all()
    assert "15 décembre 2026" in client.get(f"/programmation/{project.reference}").text
    town.open_tender(project)
    town.session.commit()
    enter(client, town, "pont")
    closed = client.get(f"/programmation/{project.reference}/questions")
    assert "profil d’acheteur" in closed.text
    assert "Poser une question" not in closed.text
    assert client.get(f"/programmation/{project.reference}/questions/poser").status_code == 302


def test_the_journal_tells_all_in_order_and_its_csv_starts_no_formula(
    client: FlaskClient, town: Town, project: Project
) -> None:
    answer(town, ask(town, project, "pont"))
    buyer_of(town)
    enter(client, town, "acheteuse")
    noted = posted(
        client,
        f"/achats/{project.reference}/journal/noter",
        kind="call",
        told_on="02/12/2026",
        told_to="=cmd|x",
        text="Le calendrier.",
    )
    assert noted.status_code == 302, text_of(noted)
    shown = text_of(client.get(f"/achats/{project.reference}/journal"))
    for expected in ("Projet publié", "Question reçue", "Question et réponse publiées", "Appel , à : =cmd|x"):
        assert expected in shown
    assert "Dire à tous ce qui a été dit là" in shown
    file = client.get(f"/achats/{project.reference}/journal.csv")
    assert file.text.startswith("\ufeffDate;Heure;Quoi;À qui;Texte;Motif;Par\r\n")
    assert "02/12/2026;;Appel;'=cmd|x;Le calendrier." in file.text
    exchange = town.session.scalars(select(Exchange)).one()
    inform = f"/achats/{project.reference}/questions/informer?echange={exchange.id}"
    assert posted(client, inform, public_text="Quel calendrier ?").status_code == 302
    assert "Le calendrier." in client.get(f"/programmation/{project.reference}").text
    enter(client, town, "pont")
    assert client.get(f"/achats/{project.reference}/journal").status_code == 403


def test_a_meeting_is_announced_changed_and_cancelled(client: FlaskClient, town: Town, project: Project) -> None:
    buyer_of(town)
    enter(client, town, "acheteuse")
    path = f"/rencontres/nouvelle?projet={project.reference}"
    typed = {"title": "Sourçage nettoyage", "day": "20/01/2027", "starts": "14 h 30", "ends": "16h", "place": "Mairie"}
    assert posted(client, path, **{**typed, "ends": "14 h"}).status_code == 422
    gap = posted(client, path, **{**typed, "day": "28/03/2027", "starts": "2 h 30", "ends": "4 h"})
    assert "n’existe pas" in text_of(gap), text_of(gap)
    done = posted(client, path, **typed)
    assert done.status_code == 302, text_of(done)
    meeting = town.session.scalars(select(PublicMeeting)).one()
    assert meeting.starts_at.isoformat() == "2027-01-20T13:30:00+00:00"
    assert meeting.project_id == project.id
    for page in ("/rencontres", f"/rencontres/{meeting.public_id}", f"/programmation/{project.reference}"):
        assert "Sourçage nettoyage" in client.get(page).text
    assert posted(client, f"/rencontres/{meeting.public_id}/modifier", starts="15 h").status_code == 302
    assert posted(client, f"/rencontres/{meeting.public_id}/annuler").status_code == 422
    assert posted(client, f"/rencontres/{meeting.public_id}/annuler", reason="Salle prise").status_code == 302
    assert "Salle prise" in client.get(f"/rencontres/{meeting.public_id}").text
    assert client.get(f"/rencontres/{meeting.public_id}/modifier").status_code == 302


def test_addresses_typed_by_hand_lead_to_the_nearest_page(client: FlaskClient, town: Town, project: Project) -> None:
    buyer_of(town)
    enter(client, town, "acheteuse")
    reference, huge = project.reference, "9" * 30
    for path in (
        *(f"/programmation/{reference}/questions?page={huge}", f"/programmation/{reference}/questions?page=-1&page=x"),
        *(f"/achats/{reference}/questions/informer?echange={huge}", f"/achats/{reference}/journal?page={huge}"),
        *(f"/rencontres?page={huge}&passees=%00", "/rencontres/nouvelle?projet=%ED%A0%80"),
    ):
        assert client.get(path).status_code == 200, path
    for lot in (huge, "x", "7", ""):
        assert client.get(f"/programmation/{reference}/interet?lot={lot}").status_code == 302
    assert client.get("/rencontres/inconnue").status_code == 404


def test_a_choice_that_no_page_offers_is_told_in_french(client: FlaskClient, town: Town, lot: Lot) -> None:
    enter(client, town, "pont")
    done = posted(client, f"/programmation/{lot.project.reference}/lot-{lot.number}/interet", kind="maybe")
    assert done.status_code == 422
    assert "Choix non valide" in done.text
    assert "Invalid" not in done.text
