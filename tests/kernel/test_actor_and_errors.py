from dataclasses import replace

import pytest

from portal.kernel.actor import ANONYMOUS, SYSTEM, Actor
from portal.kernel.errors import NotFound, PortalError, Refused, RuleViolation, Stale, TooMany, Unreadable
from portal.vocabulary import PERMISSIONS_OF, Permission, Role

BUYER = Actor(
    account_id=7,
    label="Karim Lestrade",
    organisation_id=1,
    organisation_name="Métropole des Deux Rives",
    roles=frozenset({Role.PURCHASING}),
    permissions=PERMISSIONS_OF[Role.PURCHASING],
)


def test_an_actor_may_what_its_permissions_say() -> None:
    assert BUYER.may(Permission.FORECAST_PUBLISH)
    assert not BUYER.may(Permission.SUPERVISION)
    assert not replace(BUYER, permissions=frozenset()).may(Permission.FORECAST_PUBLISH)


def test_nobody_may_nothing_and_the_portal_may_all() -> None:
    assert not [permission for permission in Permission if ANONYMOUS.may(permission)]
    assert all(SYSTEM.may(permission) for permission in Permission)


def test_only_a_person_is_signed_in() -> None:
    assert BUYER.is_signed_in
    assert not ANONYMOUS.is_signed_in
    assert not SYSTEM.is_signed_in


@pytest.mark.parametrize("error", [PortalError(), Refused(), NotFound(), Stale(), TooMany(60)])
def test_every_refusal_speaks_french_even_without_words_of_its_own(error: PortalError) -> None:
    assert error.sentence.endswith(".")
    assert str(error) == error.sentence
    assert "'" not in error.sentence


def test_a_refusal_carries_what_its_page_needs() -> None:
    violation = RuleViolation("Ajoutez un lot.", field="lots", article="L2113-10")
    assert (violation.sentence, violation.field, violation.article) == ("Ajoutez un lot.", "lots", "L2113-10")
    assert Stale(current=BUYER).current is BUYER
    assert TooMany(retry_after=90).retry_after == 90
    assert Unreadable("Écrivez un nombre.").sentence == "Écrivez un nombre."
