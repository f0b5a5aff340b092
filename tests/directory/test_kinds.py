"""`python -m portal organisation …`, and the acts behind it: what an organisation is, between which days."""

import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from config import Config
from portal import cli, journal, storage
from portal.directory import queries, rules
from portal.directory.models import Organisation
from portal.directory.services import end_kind, set_esus, set_kind
from portal.kernel.actor import SYSTEM
from portal.kernel.errors import RuleViolation
from portal.vocabulary import OrganisationKind, OrganisationSource
from tests.directory.organisations import NOW, TODAY, organisation, siret

NETWORK, EI = OrganisationKind.NETWORK, OrganisationKind.EI
START, END = date(2020, 1, 1), date(2024, 6, 30)
Period = tuple[date, date | None]


def given(session: Session, made: Organisation, start: date, end: date | None = None) -> None:
    set_kind(session, made, NETWORK, valid_from=start, valid_to=end, actor=SYSTEM, now=NOW)


def ended(session: Session, made: Organisation, on: date) -> None:
    end_kind(session, made, NETWORK, on=on, actor=SYSTEM, now=NOW)


def periods(session: Session, made: Organisation) -> list[Period]:
    session.commit()
    session.refresh(made)
    return [(held.valid_from, held.valid_to) for held in made.kinds if held.kind is NETWORK]


def a_network(session: Session, *held: Period) -> Organisation:
    made = organisation(session, 1, "Coorace", kinds={EI: None})
    for start, end in held:
        given(session, made, start, end)
    return made


def test_a_listed_organisation_becomes_a_network(place: Session) -> None:
    made = a_network(place)
    given(place, made, TODAY)
    place.commit()
    assert queries.networks(place, TODAY) == [made]
    assert (set(made.kinds_on(TODAY)), made.version) == ({EI, NETWORK}, 2)
    assert {held.source for held in made.kinds} == {OrganisationSource.PORTAL}
    entry = journal.entries_of(place, "organisation", made.id)[0]
    assert (entry.event, entry.before) == ("organisation.kind_set", None)
    assert entry.after == {"kind": "network", "valid_from": "2026-12-03", "valid_to": None, "source": "portal"}


def test_its_last_day_is_included(place: Session) -> None:
    made = a_network(place, (START, None))
    ended(place, made, END)
    place.commit()
    assert queries.networks(place, END) == [made]
    assert queries.networks(place, date(2024, 7, 1)) == []
    entry = journal.entries_of(place, "organisation", made.id)[0]
    assert (entry.event, entry.before and entry.before["valid_to"]) == ("organisation.kind_ended", None)
    assert entry.after == {"kind": "network", "valid_from": "2020-01-01", "valid_to": "2024-06-30", "source": "portal"}


def test_the_same_twice_changes_nothing(place: Session) -> None:
    made = a_network(place, (START, END))
    set_esus(place, made, valid_from=START, valid_until=END, actor=SYSTEM, now=NOW)
    version, entries = made.version, len(journal.entries_of(place, "organisation", made.id))
    given(place, made, START)
    given(place, made, START, END)
    ended(place, made, END)
    set_esus(place, made, valid_from=START, valid_until=END, actor=SYSTEM, now=NOW)
    assert periods(place, made) == [(START, END)]
    assert (made.version, len(journal.entries_of(place, "organisation", made.id))) == (version, entries)


@pytest.mark.parametrize(
    ("held", "told", "expected"),
    [
        ((START, END), (date(2024, 7, 1), None), [(START, END), (date(2024, 7, 1), None)]),
        ((date(2062, 1, 1), None), (TODAY, None), [(TODAY, None)]),
        ((date(2062, 1, 1), None), (START, END), [(START, END), (date(2062, 1, 1), None)]),
        ((START, None), (START, END), [(START, END)]),
    ],
    ids=["again after an end", "a start to come", "before a start to come", "an end"],
)
def test_periods_follow_each_other(place: Session, held: Period, told: Period, expected: list[Period]) -> None:
    made = a_network(place, held)
    given(place, made, *told)
    assert periods(place, made) == expected


def test_whoever_told_a_kind_remains_its_source_when_only_its_end_is_told(place: Session) -> None:
    made = a_network(place, (START, None))
    made.kinds[-1].source = OrganisationSource.OWN
    given(place, made, START, END)
    assert periods(place, made) == [(START, END)]
    assert OrganisationSource.OWN in {held.source for held in made.kinds}


def test_a_start_that_nobody_knew_is_completed(place: Session) -> None:
    made = organisation(place, 1, kinds={NETWORK: None})
    with pytest.raises(RuleViolation, match="date de début à compléter"):
        given(place, made, date(2027, 1, 1))
    given(place, made, START)
    assert periods(place, made) == [(START, None)]


@pytest.mark.parametrize(
    ("held", "told", "sentence"),
    [
        (
            (START, None),
            (TODAY, None),
            "Coorace est déjà « Tête de réseau » sur ces dates.*à compter du 1ᵉʳ janvier 2020",
        ),
        ((START, END), (END, None), "du 1ᵉʳ janvier 2020 au 30 juin 2024"),
        ((START, END), (date(2019, 1, 1), None), "sur ces dates"),
        ((START, END), (date(2019, 1, 1), START), "sur ces dates"),
        ((START, END), (TODAY, END), "La fin, le 30 juin 2024, précède le début, le 3 décembre 2026"),
        ((START, END), (rules.SINCE_UNKNOWN, END), "vérifiez l’année"),
    ],
)
def test_dates_that_do_not_hold_are_refused(place: Session, held: Period, told: Period, sentence: str) -> None:
    made = a_network(place, held)
    with pytest.raises(RuleViolation) as refused:
        given(place, made, *told)
    assert re.search(sentence, plain(refused.value.sentence))
    assert periods(place, made) == [held]


@pytest.mark.parametrize(
    ("held", "on", "sentence"),
    [
        ([], TODAY, "n’est pas « Tête de réseau »"),
        ([(START, None)], date(2019, 12, 31), "précède le début, le 1ᵉʳ janvier 2020"),
        ([(START, END)], TODAY, "a cessé d’être « Tête de réseau » après le 30 juin 2024"),
    ],
)
def test_what_cannot_end_is_told(place: Session, held: list[Period], on: date, sentence: str) -> None:
    made = a_network(place, *held)
    with pytest.raises(RuleViolation) as refused:
        ended(place, made, on)
    assert re.search(sentence, plain(refused.value.sentence))


@pytest.mark.parametrize("on", [date(2027, 6, 30), date(2026, 12, 3), date(2030, 1, 1)])
def test_an_end_to_come_is_corrected(place: Session, on: date) -> None:
    made = a_network(place, (START, date(2026, 12, 31)))
    ended(place, made, on)
    assert periods(place, made) == [(START, on)]


def test_an_esus_approval_is_renewed_by_its_end_alone(place: Session) -> None:
    made = organisation(place, 1)
    with pytest.raises(RuleViolation, match="--esus-from"):
        set_esus(place, made, valid_from=None, valid_until=END, actor=SYSTEM, now=NOW)
    set_esus(place, made, valid_from=START, valid_until=None, actor=SYSTEM, now=NOW)
    set_esus(place, made, valid_from=None, valid_until=END, actor=SYSTEM, now=NOW)
    place.commit()
    assert (made.esus_from, made.esus_until, made.is_esus_on(END)) == (START, END, True)
    entry = journal.entries_of(place, "organisation", made.id)[0]
    assert (entry.event, entry.after) == (
        "organisation.esus_set",
        {"esus_from": "2020-01-01", "esus_until": "2024-06-30"},
    )
    with pytest.raises(RuleViolation, match="précède le début"):
        set_esus(place, made, valid_from=TODAY, valid_until=None, actor=SYSTEM, now=NOW)


class Command:
    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(cli.main, ["organisation", *words])


@pytest.fixture
def command(config: Config, place: Session, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`command(SIRET, "--kind", …)` on the test's own transaction."""
    monkeypatch.setattr(cli, "_connected", lambda: config)
    return Command()


def plain(text: str) -> str:
    return text.replace("\u202f", " ")


def test_a_network_is_listed_then_ended_and_the_command_may_be_repeated(command: Command, place: Session) -> None:
    listing = (siret(1).formatted, "--name", "Coorace", "--kind", "network", "--since", "2020-01-01")
    for _ in range(2):
        answer = command(*listing)
        assert (answer.exit_code, plain(answer.output)) == (
            0,
            f"Coorace, SIRET {siret(1).formatted}\nTête de réseau : à compter du 1ᵉʳ janvier 2020\n",
        )
    assert [each.siret for each in queries.networks(place, TODAY)] == [siret(1)]
    for _ in range(2):
        answer = command(
            siret(1), "--end-kind", "NETWORK", "--on", "2024-06-30", "--kind", "ei", "--since", "2024-07-01"
        )
        assert (answer.exit_code, plain(answer.output).splitlines()[1:]) == (
            0,
            [
                "Tête de réseau : du 1ᵉʳ janvier 2020 au 30 juin 2024",
                "Entreprise d’insertion : à compter du 1ᵉʳ juillet 2024",
            ],
        )
    assert queries.networks(place, TODAY) == []


def test_a_kind_is_given_with_its_end_or_ends_and_begins_again(command: Command) -> None:
    bounded = ("--kind", "buyer", "--since", "2020-01-01", "--end-kind", "buyer", "--on", "2021-12-31")
    again = ("--kind", "buyer", "--since", "2022-06-01", "--end-kind", "buyer", "--on", "2021-12-31")
    expected = ["Acheteur public : du 1ᵉʳ janvier 2020 au 31 décembre 2021"]
    for _ in range(2):
        answer = command(siret(1), "--name", "Ville", *bounded)
        assert plain(answer.output).splitlines()[1:] == expected
    expected.append("Acheteur public : à compter du 1ᵉʳ juin 2022")
    for _ in range(2):
        assert plain(command(siret(1), *again).output).splitlines()[1:] == expected


def test_the_siret_alone_only_tells(command: Command, place: Session) -> None:
    made = organisation(place, 1, "Envie", esus_from=START, esus_until=END)
    assert plain(command(siret(1)).output).splitlines() == [
        f"Envie, SIRET {siret(1).formatted}",
        "Entreprise d’insertion : date de début à compléter",
        "Agrément ESUS : du 1ᵉʳ janvier 2020 au 30 juin 2024",
    ]
    place.refresh(made)
    assert made.version == 1


def test_the_name_of_a_listed_organisation_stays(command: Command, place: Session) -> None:
    organisation(place, 1, "Envie")
    answer = command(siret(1), "--name", "Autre", "--esus-from", "2024-01-01")
    assert plain(answer.output).startswith("Envie, SIRET")
    assert plain(answer.output).endswith("Agrément ESUS : à compter du 1ᵉʳ janvier 2024\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["123"], "Le SIRET « 123 » est mal formé"),
        ([siret(1)], "n’est pas dans l’annuaire"),
        ([siret(1), "--name", " ", "--kind", "buyer", "--since", "2020-01-01"], "n’est pas dans l’annuaire"),
        ([siret(1), "--name", "x" * 251, "--kind", "buyer", "--since", "2020-01-01"], "250 caractères au plus"),
        ([siret(1), "--name", "X", "--kind", "buyer", "--since", "0020-01-01"], "vérifiez l’année"),
        ([siret(1), "--kind", "buyer"], "donnez --kind et --since"),
        ([siret(1), "--on", "2020-01-01"], "donnez --end-kind et --on"),
        ([siret(1), "--kind", "réseau", "--since", "2020-01-01"], "« réseau » n’est pas une nature.*network"),
        ([siret(1), "--kind", "buyer", "--since", "1/1/2020"], "« 1/1/2020 » n’est pas une date"),
        (
            [
                siret(1),
                "--name",
                "X",
                "--kind",
                "buyer",
                "--since",
                "2020-01-01",
                "--end-kind",
                "EI",
                "--on",
                "2020-02-01",
            ],
            "il n’y a rien à terminer",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_changes_nothing(
    command: Command, place: Session, words: list[str], sentence: str
) -> None:
    answer = command(*words)
    assert (answer.exit_code, answer.output.count("\n")) == (1, 1)
    assert re.search(sentence, plain(answer.output))
    assert queries.by_siret(place, siret(1)) is None


def test_a_database_that_is_not_migrated_is_told(command: Command, tmp_path: Path) -> None:
    engine = storage.make_engine(f"sqlite:///{tmp_path}/empty.db")
    storage.bind(engine)
    answer = command(siret(1))
    engine.dispose()
    assert (answer.exit_code, "python -m portal migrate" in answer.output) == (1, True)
