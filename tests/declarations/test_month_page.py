"""The month being filled in: last month beside each line, totals, words, explanations; what is deposited of it all."""

import gzip
import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.contracts.models import Commitment
from portal.declarations import queries, services
from portal.declarations.models import Declaration, DeclaredAction, Deposit, Line
from portal.kernel.month import Month
from portal.vocabulary import ActionKind, CommitmentKind, ContractType, DeclarationState, DoubtKind, ExitKind, Role
from tests.accounts.people import text_of
from tests.declarations.sample import NOVEMBER, OCTOBER, Scene, accept, add, file, opened, person
from tests.forecast.pages import filled, post, posted, sign_in

STATIC = Path(__file__).parents[2] / "static"


@pytest.fixture
def october(session: Session, scene: Scene, now: datetime) -> Declaration:
    """Filed with three people."""
    october = opened(session, scene, scene.company, OCTOBER)
    for matricule, name, hours in (("P-1", "Durand", 120), ("P-2", "Moreau", 80), ("P-3", "Petit", 60)):
        add(session, october, person(matricule, name, hours=Decimal(hours), entered_on=date(2026, 10, 1)), now)
    file(session, october, now)
    return october


@pytest.fixture
def month(client: FlaskClient, session: Session, scene: Scene, october: Declaration, now: datetime) -> Declaration:
    """November, as it opened."""
    services.open_months(session, now=now)
    sign_in(client, session, scene.company.id, Role.TITULAIRE)
    return opened(session, scene, scene.company)


def path_of(declaration: Declaration, page: str = "") -> str:
    return f"/declarations/{declaration.reference}{page}"


def lines(session: Session, declaration: Declaration) -> list[Line]:
    session.expire_all()
    return list(session.get_one(Declaration, declaration.id).lines)


def test_an_expected_month_shows_last_month_and_is_no_draft(client: FlaskClient, month: Declaration) -> None:
    page = client.get(path_of(month))
    told = text_of(page)
    assert "Déclaration de novembre 2026 : à remplir" in told
    assert "Les personnes du mois d’avant sont déjà là, sans heures." in told
    assert re.findall(r"oct\. : [0-9]+ h", told) == ["oct. : 120 h", "oct. : 80 h", "oct. : 60 h"]
    assert "Reprendre les heures d’octobre 2026" in told
    assert "brouillon :" not in told.lower()


def test_a_draft_says_so_with_the_hour_of_its_save(client: FlaskClient, session: Session, month: Declaration) -> None:
    saved = posted(client, path_of(month), comment="Voilà.")
    page = client.get(saved.location)
    told = text_of(page)
    assert "<h1>Brouillon de la déclaration de novembre 2026</h1>" in page.text
    assert "<title>Brouillon de la déclaration de novembre 2026" in page.text
    assert "Ceci est un brouillon : rien n’est déposé." in told
    assert "Brouillon enregistré à 9 h 00 : rien n’est encore déposé." in told


def test_last_months_hours_are_taken_on_demand_and_what_was_typed_stays(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    second = month.lines[1]
    answer = posted(client, path_of(month), **{f"hours_{second.id}": "12,5"}, then="reprendre")
    assert answer.location == path_of(month) + "#personnes"
    assert [line.hours for line in lines(session, month)] == [120, Decimal("12.5"), 60]
    page = text_of(client.get(path_of(month)))
    assert "Heures reprises : changez celles qui diffèrent." in page
    assert "192,50 h" in page
    assert "cumul 192,50 h sur 1 200 h, 16 %" in page
    assert "Reprendre les heures" not in page


def test_a_line_is_told_whole(client: FlaskClient, session: Session, month: Declaration) -> None:
    first, second, _ = month.lines
    typed = {
        f"hours_{first.id}": "100",
        f"contract_type_{first.id}": "cdi_inclusion",
        f"has_tutor_{first.id}": ["n", "y"],
        f"exit_on_{first.id}": "20/11/2026",
        f"exit_kind_{first.id}": "business",
    }
    assert posted(client, path_of(month), **typed).status_code == 302
    told, other, _ = lines(session, month)
    assert (told.contract_type, told.has_tutor) == (ContractType.CDI_INCLUSION, True)
    assert (told.exit_on, told.exit_kind) == (date(2026, 11, 20), ExitKind.BUSINESS)
    assert (other.contract_type, other.has_tutor) == (second.contract_type, False)
    posted(client, path_of(month), **{f"has_tutor_{first.id}": "n"})
    assert [line.has_tutor for line in lines(session, month)] == [False] * 3
    page = client.get(path_of(month)).text
    assert page.count('<optgroup label="Emploi durable">') == 3


def _promise(session: Session, scene: Scene) -> None:
    session.add(Commitment(contract_id=scene.contract.id, kind=CommitmentKind.LABOUR_SHARE, quantity=Decimal(5)))
    for action in (ActionKind.IMMERSION, ActionKind.SPONSORSHIP):
        session.add(
            Commitment(contract_id=scene.contract.id, kind=CommitmentKind.ACTIONS, quantity=Decimal(3), action=action)
        )
    session.commit()
    session.expire_all()


def test_labour_and_actions_are_asked_when_they_are_promised(
    client: FlaskClient, session: Session, scene: Scene, month: Declaration
) -> None:
    plain = client.get(path_of(month)).text
    assert "labour_hours" not in plain
    assert "action_" not in plain
    _promise(session, scene)
    typed = {"labour_hours": "2 000", "action_immersion": "2", "invoiced": "12 000,50", "paid_to_structures": "800"}
    assert posted(client, path_of(month), **typed).status_code == 302
    session.expire_all()
    assert (month.labour_hours, month.invoiced, month.paid_to_structures) == (
        Decimal(2000),
        Decimal("12000.50"),
        Decimal(800),
    )
    assert [(done.action, done.quantity) for done in month.actions] == [(ActionKind.IMMERSION, 2)]
    assert "5 % promis : 100 h pour ce mois." in text_of(client.get(path_of(month)))
    posted(client, path_of(month), action_immersion="", action_sponsorship="1")
    session.expire_all()
    assert [(done.action, done.quantity) for done in month.actions] == [(ActionKind.SPONSORSHIP, 1)]
    assert session.query(DeclaredAction).count() == 1


def test_what_looks_unusual_asks_why_and_forbids_nothing(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    first, second, third = month.lines
    assert "Votre explication" not in text_of(client.get(path_of(month)))
    typed = {f"hours_{first.id}": "160", f"hours_{second.id}": "20", f"hours_{third.id}": "60"}
    posted(client, path_of(month), **typed)
    page = client.get(path_of(month))
    told = text_of(page)
    assert "P-1 : Plus de 151,67 h" in told
    assert "P-2 : 20 h après 80 h en octobre 2026 : l’écart dépasse la moitié. Pourquoi ?" in told
    assert f'name="explanation_{third.id}"' not in page.text
    saved = post(client, path_of(month), filled(page, **{f"explanation_{second.id}": "Arrêt de chantier."}))
    assert saved.status_code == 302
    asked = text_of(client.get(path_of(month, "/deposer")))
    assert "Votre explication : « Arrêt de chantier. »" in asked
    assert "Sans explication." in asked
    assert "rien ne vous empêche de déposer" in asked
    assert posted(client, path_of(month, "/deposer")).status_code == 302
    deposit = queries.last_deposit(session, month)
    assert deposit is not None
    assert {line.participant.matricule: line.explanation for line in deposit.lines}["P-2"] == "Arrêt de chantier."
    doubts = queries.doubts_of(session, month, deposit.lines)
    assert [(doubt.kind, doubt.line_id) for doubt in doubts] == [
        (DoubtKind.FULL_TIME, deposit.lines[0].id),
        (DoubtKind.CHANGE, deposit.lines[1].id),
    ]


def test_invoicing_without_hours_is_explained_on_the_month(
    client: FlaskClient, session: Session, month: Declaration
) -> None:
    posted(client, path_of(month), invoiced="4000")
    page = client.get(path_of(month))
    assert "aucune heure d’insertion n’est déclarée" in text_of(page)
    post(client, path_of(month), filled(page, explanation="Fournitures seules."))
    posted(client, path_of(month, "/neant"))
    assert "Fournitures seules." in text_of(client.get(path_of(month, "/deposer")))
    posted(client, path_of(month, "/deposer"))
    deposit = queries.last_deposit(session, month)
    assert deposit is not None
    assert (deposit.is_nil, deposit.invoiced, deposit.explanation) == (True, Decimal(4000), "Fournitures seules.")
    told = queries.doubts_of(session, month, deposit.lines, told=deposit)
    assert [doubt.kind for doubt in told] == [DoubtKind.INVOICED_WITHOUT_HOURS, DoubtKind.CHANGE]


def test_all_that_is_told_is_deposited(client: FlaskClient, session: Session, scene: Scene, month: Declaration) -> None:
    _promise(session, scene)
    first, second, third = month.lines
    typed = {
        f"hours_{first.id}": "100",
        f"has_tutor_{first.id}": ["n", "y"],
        f"exit_on_{third.id}": "02/11/2026",
        f"exit_kind_{third.id}": "cdi",
        "invoiced": "9 000",
        "labour_hours": "1500",
        "action_immersion": "2",
        "people_progress": "Deux permis obtenus.",
        "structure_progress": "Un encadrant de plus.",
    }
    posted(client, path_of(month), **typed, then="deposer")
    posted(client, path_of(month, "/deposer"))
    deposit = queries.last_deposit(session, month)
    assert deposit is not None
    assert (deposit.people, deposit.hours, deposit.labour_hours, deposit.invoiced) == (
        1,
        Decimal(100),
        Decimal(1500),
        Decimal(9000),
    )
    assert (deposit.people_progress, deposit.structure_progress) == ("Deux permis obtenus.", "Un encadrant de plus.")
    told = json.loads(deposit.canonical)
    assert (told["invoiced"], told["labour_hours"], told["actions"]) == ("9000.00", "1500.00", {"immersion": 2})
    assert told["people_progress"] == "Deux permis obtenus."
    assert [(line["participant"], line["has_tutor"], line["employer"]) for line in told["lines"]] == [
        (first.participant_id, True, None),
        (third.participant_id, False, None),
    ]
    assert second.participant_id not in {line.participant_id for line in deposit.lines}


def test_another_word_makes_another_receipt(session: Session, month: Declaration) -> None:
    def digest() -> str:
        return services.deposits.canonical_text(month, month.lines, 1, different_hours=False)

    told = [digest()]
    for name, value in (("invoiced", Decimal(1)), ("labour_hours", Decimal(2)), ("explanation", "Oui")):
        setattr(month, name, value)
        told.append(digest())
    month.lines[0].has_tutor = True
    told.append(digest())
    month.actions.append(DeclaredAction(action=ActionKind.IMMERSION, quantity=1))
    assert len({*told, digest()}) == 6


def test_an_absence_of_months_asks_for_the_exit(
    client: FlaskClient, session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    contract, months = scene.contract, [Month(2026, 12), Month(2027, 1)]
    assert "notez sa sortie" not in text_of(client.get(path_of(month)))
    for line, hours in zip(month.lines, (90, 0, 70), strict=True):
        line.hours = Decimal(hours)
    file(session, month, now)
    for following in months:
        declaration = opened(session, scene, scene.company, following)
        services.prefill(session, [declaration])
        declaration.lines[0].hours = declaration.lines[2].hours = Decimal(80)
        session.commit()
        told = text_of(client.get(path_of(declaration)))
        hint = "P-2 : sans heures depuis octobre 2026 : si son parcours est terminé, notez sa sortie."
        assert (hint in told) is (following == Month(2027, 1))
        file(session, declaration, now)
        session.commit()
    assert contract.id == month.contract_id


# Light


def test_sixty_people_on_one_page_stay_light(
    client: FlaskClient, session: Session, scene: Scene, now: datetime, sql_count: Any
) -> None:
    sign_in(client, session, scene.structure.id, Role.TITULAIRE)
    october, november = (opened(session, scene, scene.structure, month) for month in (OCTOBER, NOVEMBER))
    for rank in range(60):
        name = "nom" + "".join("abcdefghij"[int(digit)] for digit in f"{rank:03}")
        add(session, october, person(f"P-{rank:04}", name, hours=Decimal(100 + rank)), now)
    file(session, october, now)
    for line in november.lines:
        line.hours = Decimal("93.5")
    november.state = DeclarationState.DRAFT
    session.commit()
    with sql_count() as statements:
        page = client.get(path_of(november))
    assert page.text.count('data-sum="hours"') == 60
    assert len(gzip.compress(page.data)) <= 20_000
    assert statements.count <= 30


def test_the_script_of_the_month_is_small_and_alone(client: FlaskClient, month: Declaration) -> None:
    scripts = list((STATIC / "js").glob("*"))
    assert sum(script.stat().st_size for script in scripts) <= 3_000
    page = client.get(path_of(month)).text
    assert (
        len(re.findall(r'<script src="/static/js/month.js[^"]*" defer></script>', page)) == page.count("<script") == 1
    )
    assert 'aria-live="polite"' in page
    assert not re.search(r"\son[a-z]+=", page)


# A person, in one post


def test_everything_wrong_with_a_person_is_told_at_once(client: FlaskClient, month: Declaration) -> None:
    typed = {
        "matricule": "Durand",
        "hours": "beaucoup",
        "last_name": "",
        "first_name": "Lou",
        "born_on": "01/02/2024",
        "entered_on": "03/12/2026",
    }
    page = posted(client, path_of(month, "/personnes"), **typed)
    assert page.status_code == 422
    told = text_of(page)
    for sentence in (
        "Un matricule porte au moins un chiffre",
        "Le nombre d’heures n’est pas lisible",
        "nom, prénom et date de naissance vont ensemble",
        "elle ne donne pas l’âge d’une personne qui travaille",
        "Cette entrée vient après novembre 2026",
        "Choisissez un mode.",
        "Choisissez un contrat.",
    ):
        assert sentence.lower() in told.lower(), sentence
    assert "Lou" not in page.text


def test_a_forgotten_matricule_alone_asks_for_itself_alone(client: FlaskClient, month: Declaration) -> None:
    page = posted(client, path_of(month, "/personnes"), hours="10", training_hours="12")
    told = text_of(page)
    assert "Indiquez le matricule de la personne." in told
    assert "La formation fait partie des heures" in told
    assert "Choisissez un mode." not in told


def test_a_new_person_comes_with_a_tutor(client: FlaskClient, session: Session, month: Declaration) -> None:
    typed = {
        "matricule": "P-9",
        "hours": "10",
        "last_name": "Ostrowski",
        "first_name": "Lou",
        "born_on": "01/02/2003",
        "sex": "woman",
        "entered_on": "02/11/2026",
        "hiring_mode": "direct_hire",
        "contract_type": "cdd",
        "has_tutor": "y",
    }
    assert posted(client, path_of(month, "/personnes"), **typed).status_code == 302
    assert [line.has_tutor for line in lines(session, month)] == [False, False, False, True]


def test_the_deposit_of_one_month_is_weighed_against_deposits_only(
    session: Session, scene: Scene, month: Declaration, now: datetime
) -> None:
    """Whoever checks reads nothing of a draft through the comparison."""
    october = opened(session, scene, scene.structure, OCTOBER)
    november = opened(session, scene, scene.structure)
    add(session, october, person("M-1", hours=Decimal(20)), now)
    services.prefill(session, [november])
    november.lines[0].hours = Decimal(140)
    assert [doubt.kind for doubt in queries.doubts_of(session, november, november.lines)] == []
    october.lines[0].entered_on = november.lines[0].entered_on = date(2026, 9, 1)
    assert [doubt.kind for doubt in queries.doubts_of(session, november, november.lines)] == [DoubtKind.CHANGE]
    made: Deposit = file(session, november, now)
    assert queries.doubts_of(session, november, made.lines) == []
    accept(session, scene, november, now)
