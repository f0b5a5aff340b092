"""Every closed list: codes that never move, labels that read as French."""

import inspect
import re

import pytest

from portal import vocabulary
from portal.vocabulary import JobName, Listed, StructureKind, decp
from portal.vocabulary.purchasing import Procedure

LISTS = [
    value
    for value in vars(vocabulary).values()
    if inspect.isclass(value) and issubclass(value, Listed) and value is not Listed
]
WORDS_OF_THE_SCHEMA = {value for value in LISTS if value.__module__ == decp.__name__} | {Procedure}


def test_a_member_is_its_code_and_carries_its_label() -> None:
    assert StructureKind.EI == "EI"
    assert f"{StructureKind.EI}" == "EI"
    assert StructureKind("EI") is StructureKind.EI
    assert StructureKind.EI.label == "Entreprise d’insertion"
    assert StructureKind.choices()[0] == ("EI", "Entreprise d’insertion")


def test_a_label_leads_back_to_its_member_or_to_nothing() -> None:
    assert Procedure.of_label("Procédure adaptée") is Procedure.ADAPTED
    assert Procedure.of_label("Marché négocié") is None


def test_a_code_reads_as_its_label_or_as_it_stands() -> None:
    assert JobName.words_of("outbox") == "Envoyer les courriels promis"
    assert JobName.words_of("facteur") == "facteur"


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.__name__)
def test_codes_are_stable_words_and_labels_tell_members_apart(listed: type[Listed]) -> None:
    codes = [code for code, _ in listed.choices()]
    labels = [label for _, label in listed.choices()]
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?|[A-Z][A-Z0-9_]*", code) for code in codes), codes
    assert max(map(len, codes)) <= 32, "a code must fit its column"
    assert all(labels)
    assert len(set(labels)) == len(labels)
    assert listed.__name__ in vocabulary.__all__


@pytest.mark.parametrize(
    "listed", [each for each in LISTS if each not in WORDS_OF_THE_SCHEMA], ids=lambda e: e.__name__
)
def test_labels_keep_french_typography(listed: type[Listed]) -> None:
    assert not [label for _, label in listed.choices() if "'" in label or re.search(r"\d €| [;:!?»]", label)]
