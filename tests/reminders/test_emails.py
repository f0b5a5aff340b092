"""The message says what is true when it leaves, to whoever is still concerned; text alone is enough."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, Membership
from portal.declarations.models import Declaration, DelegatedPart
from portal.kernel.french import NARROW
from portal.outbox import Mail, Spared
from portal.outbox.models import Message
from portal.reminders import emails
from portal.reminders.jobs import remind
from portal.storage import reading
from portal.vocabulary import AccountState, DeclarationState, PartState
from tests.reminders.conftest import World
from tests.reminders.months import contract, deposited, mails, month, sent_back

PARIS = ZoneInfo("Europe/Paris")
DUE = date(2026, 12, 10)


def december(day: int) -> datetime:
    return datetime(2026, 12, day, 8, tzinfo=PARIS)


@pytest.fixture
def expected(session: Session, world: World, now: datetime) -> Declaration:
    declaration = month(session, world.shared, world.cotraitant, DUE, now=now)
    session.commit()
    return declaration


def mail_of(name: str) -> Message:
    """The last message promised to someone."""
    return [mail for mail in mails() if mail.recipient == f"{name}@pont.example"][-1]


def composed(name: str, at: datetime) -> Mail | Spared:
    message = mail_of(name)
    with reading() as session:
        return emails.reminders(session, message.ids, at)


def read(name: str, at: datetime) -> Mail:
    mail = composed(name, at)
    assert isinstance(mail, Mail), mail
    return mail


def plain(text: str) -> str:
    return text.replace(NARROW, " ").replace("\u00a0", " ")


def test_the_declarant_reads_what_to_file_by_when_and_where(
    session: Session, expected: Declaration, world: World, now: datetime
) -> None:
    late = month(session, world.alone, world.cotraitant, date(2026, 11, 10), now=now, state=DeclarationState.DRAFT)
    session.commit()
    remind(december(7), False)
    mail = read("jean", december(7))
    assert mail.subject == "2 déclarations attendues, dont 1 en retard"
    text = plain(mail.text)
    assert text.startswith("Déposez le mois en retard ci-dessous dès aujourd’hui, même à néant.\n")
    first, second = text.index("- octobre 2026"), text.index("- novembre 2026")
    assert first < second
    assert "octobre 2026, Jardin : 27 jours de retard depuis le 10 novembre 2026 ; brouillon" in text
    assert "novembre 2026, Jardin : à déposer le 10 décembre 2026 au plus tard ; à remplir" in text
    assert "marché 2026-17, Nettoyage des écoles (Ville)" in text
    assert "Un brouillon enregistré n’est pas un dépôt : il reste à le déposer." in text
    for declaration in (late, expected):
        assert f"https://amont.example/declarations/{declaration.reference}\n" in text
        assert f'href="https://amont.example/declarations/{declaration.reference}"' in mail.html
    assert "ne peut pas être arrêté : la déclaration mensuelle est une obligation du marché" in text
    assert "\n\n\n" not in mail.text


@pytest.mark.parametrize(
    ("name", "asked", "title", "leads_to"),
    [
        ("anne", "Relancez le membre de votre groupement", "dont vous êtes le mandataire", "/marches/marche-2026-17"),
        ("rose", "Voyez avec la structure ci-dessous ce qui la retient", "que vous coordonnez", "/groupements/"),
        ("marc", "Appelez le déclarant ci-dessous", "marché que vous suivez", "/declarations/"),
    ],
)
def test_each_capacity_is_asked_its_own_thing(
    expected: Declaration, world: World, name: str, asked: str, title: str, leads_to: str
) -> None:
    remind(december(28), False)
    mail = read(name, december(28))
    assert mail.subject.startswith(f"Déclaration en retard{NARROW}: Jardin, novembre 2026")
    for words in (asked, title, leads_to):
        assert words.lower() in plain(mail.text).lower()
        assert words.lower() in plain(mail.html).lower()
    assert (f"/groupements/{world.groupement.public_id}\n" in mail.text) == (name == "rose")


def test_a_single_month_is_named_in_the_subject(session: Session, expected: Declaration) -> None:
    remind(december(7), False)
    mail = read("jean", december(7))
    assert plain(mail.subject) == "Déclaration à déposer au plus tard le 10 décembre 2026 : novembre 2026"
    assert "Remplir et déposer" in mail.html
    remind(december(11), False)
    assert plain(read("jean", december(11)).subject) == "Déclaration en retard : novembre 2026"


def test_a_month_sent_back_says_so(session: Session, expected: Declaration) -> None:
    deposit = deposited(session, expected, at=december(9))
    sent_back(session, expected, deposit, at=december(14))
    session.commit()
    remind(december(15), False)
    assert "novembre 2026, Jardin : renvoyée le 14 décembre 2026 ; à corriger" in plain(read("jean", december(15)).text)


def test_a_month_filed_before_the_message_leaves_is_not_in_it(
    session: Session, expected: Declaration, world: World, now: datetime
) -> None:
    other = month(session, world.alone, world.cotraitant, DUE, now=now)
    session.commit()
    remind(december(11), False)
    deposited(session, expected, at=december(11))
    session.commit()
    text = read("jean", december(11)).text
    assert other.reference in text
    assert expected.reference not in text
    deposited(session, other, at=december(11))
    session.commit()
    assert composed("jean", december(11)) == Spared("les mois rappelés ne sont plus attendus")


def test_who_has_left_since_is_spared(session: Session, expected: Declaration, world: World) -> None:
    remind(december(28), False)
    for held in session.scalars(select(Membership).where(Membership.account_id == world.people["jean"].id)):
        held.until = december(28)
    session.get_one(Account, world.people["marc"].id).state = AccountState.CLOSED
    session.commit()
    departed = Spared("la personne n’a plus ce rôle, ou n’a plus de compte")
    assert composed("jean", december(28)) == composed("marc", december(28)) == departed


def test_a_message_overtaken_by_a_later_one_is_spared(expected: Declaration) -> None:
    remind(december(11), False)
    overtaken = mail_of("jean")
    remind(december(18), False)
    with reading() as session:
        assert isinstance(emails.reminders(session, overtaken.ids, december(18)), Spared)
    assert isinstance(composed("jean", december(18)), Mail)


def test_what_was_told_before_and_is_still_awaited_is_told_again_beside(
    session: Session, expected: Declaration, world: World, now: datetime
) -> None:
    remind(december(11), False)
    recent = month(session, world.alone, world.cotraitant, date(2026, 12, 17), now=now)
    session.commit()
    remind(december(14), False)
    text = read("jean", december(14)).text
    assert text.index(expected.reference) < text.index(recent.reference)


def test_a_long_list_is_cut_where_it_was_told_before(
    session: Session, world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(emails, "LISTED", 3)
    old = [contract(session, world.buyer, world.cotraitant, now=now, number=f"old-{n}") for n in range(4)]
    for of in old:
        month(session, of, world.cotraitant, date(2026, 11, 10), now=now)
    session.commit()
    remind(december(7), False)
    assert read("jean", december(7)).text.count("/declarations/") == 4
    new = month(session, world.alone, world.cotraitant, date(2026, 12, 14), now=now)
    session.commit()
    remind(december(9), False)
    text = plain(read("jean", december(9)).text)
    assert text.count("/declarations/") == 3
    assert new.reference in text
    assert "Et 2 autres mois, déjà rappelés et toujours attendus :\nhttps://amont.example/declarations\n" in text
    assert read("jean", december(9)).subject == "5 déclarations attendues, dont 4 en retard"


def test_an_employer_is_told_of_its_part_until_it_is_handed(
    session: Session, expected: Declaration, world: World, now: datetime
) -> None:
    """By its own day, three business days before; of the declarant, and of nothing else."""
    part = DelegatedPart(declaration_id=expected.id, employer_id=world.mandataire.id)
    session.add(part)
    session.commit()
    remind(december(7), False)
    mail = read("anne", december(7))
    assert plain(mail.subject) == "Part à remettre au plus tard le 7 décembre 2026 : novembre 2026"
    assert f"https://amont.example/declarations/{expected.reference}/part\n" in mail.text
    assert "novembre 2026, Jardin" in plain(mail.text)
    part.state, part.handed_at = PartState.HANDED, now
    session.commit()
    assert isinstance(composed("anne", december(7)), Spared)
