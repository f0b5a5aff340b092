"""Passwords, codes, sessions, roles: without database."""

import random
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts import keys, rules
from portal.kernel.errors import RuleViolation, Unreadable
from portal.vocabulary import ROLES_OF_KIND, OrganisationKind, Role


@pytest.mark.parametrize(
    "password",
    [
        "court",
        "onze caract",
        "motdepasse2026",
        "MotDePasse2026!",
        "M0tdep@sse2026",
        "bonjourbonjour12",
        "Bordeaux33000!!!",
        "azertyuiop123",
        "azertyuiopqsdf",
        "123456789012",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "qwertyuiop[]12",
        "password12345",
        "libertéégalitéfraternité",
        "commandepublique1",
    ],
)
def test_what_others_guess_first_is_refused(password: str) -> None:
    with pytest.raises(RuleViolation) as refused:
        rules.ensure_good_password(password)
    assert refused.value.field == "password"


@pytest.mark.parametrize("password", ["ClaireAnsel12", "claire.ansel@pont", "amontamontamont", "12 Pont Ansel 33"])
def test_a_password_made_of_ones_name_or_address_is_refused(password: str) -> None:
    with pytest.raises(RuleViolation):
        rules.ensure_good_password(password, about=("Claire Ansel", "claire.ansel@pont.example"))


@pytest.mark.parametrize(
    "password",
    [
        "quatre loutres bleues dansent",
        "Xk9$vQ2!mT7z",
        "€#@!;:?&%§µ£",
        "claire aime quatre loutres",
        "éléphant orange sous la pluie",
    ],
)
def test_a_phrase_or_a_drawn_password_is_accepted(password: str) -> None:
    rules.ensure_good_password(password, about=("Claire Ansel", "claire.ansel@pont.example"))


_WORDS = ["loutre", "violon", "cabane", "nuage", "fenouil", "barque", "timbre", "galet", "hibou", "moutarde", "orage"]


@given(st.lists(st.sampled_from(_WORDS), min_size=4, max_size=6, unique=True), st.sampled_from([" ", "-", ""]))
def test_four_words_without_relation_are_always_accepted(words: list[str], between: str) -> None:
    rules.ensure_good_password(between.join(words))


def test_a_password_has_a_longest_length() -> None:
    drawn = "".join(random.Random(1).choices("abcdefghijklmnop qrstuvwxyz", k=257))
    with pytest.raises(RuleViolation):
        rules.ensure_good_password(drawn)
    rules.ensure_good_password(drawn[:256])


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        (" Claire.Ansel@Pont.EXAMPLE ", "claire.ansel@pont.example"),
        ("a+b@éco.fr", "a+b@xn--co-9ia.fr"),
    ],
)
def test_one_address_is_known_one_way(typed: str, known: str) -> None:
    assert rules.parse_email(typed) == known


@pytest.mark.parametrize(
    "typed", ["", "claire", "claire@", "claire@pont", "é@pont.fr", "a@b.fr\nBcc: c@d.fr", "a b@c.fr"]
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Unreadable):
        rules.parse_email(typed)


SECRET = pyotp.random_base32()
AT = datetime(2026, 11, 22, 12, 0, 10, tzinfo=UTC)
STEP = int(AT.timestamp()) // 30


def _code(steps: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(AT, counter_offset=steps)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_of_this_step_or_of_a_neighbour_opens(steps: int) -> None:
    assert rules.accepted_counter(SECRET, _code(steps), at=AT, last=None) == STEP + steps


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_a_code_of_another_time_does_not(steps: int) -> None:
    assert rules.accepted_counter(SECRET, _code(steps), at=AT, last=None) is None


@given(st.integers(-1, 1), st.integers(-3, 3))
def test_a_code_opens_only_after_the_last_one_used(steps: int, last: int) -> None:
    accepted = rules.accepted_counter(SECRET, _code(steps), at=AT, last=STEP + last)
    assert accepted == (STEP + steps if steps > last else None)


@pytest.mark.parametrize("typed", ["", "12", "abcdef", "１２３４５６", "000000000000"])
def test_what_is_no_code_opens_nothing(typed: str) -> None:
    assert rules.accepted_counter(SECRET, typed, at=AT, last=None) is None


def test_a_code_may_be_typed_with_a_space() -> None:
    code = _code()
    assert rules.accepted_counter(SECRET, f"{code[:3]} {code[3:]}", at=AT, last=None) == STEP


def test_recovery_codes_look_like_none_of_the_telephone_s() -> None:
    assert all(rules.looks_like_recovery_code(code) for code in keys.new_recovery_codes())
    assert not rules.looks_like_recovery_code("123 456")


@given(st.integers(0, 800), st.integers(0, 800))
def test_a_session_ends_when_idle_or_too_old(age: int, idle_for: int) -> None:
    created = AT - timedelta(minutes=age)
    seen = AT - timedelta(minutes=min(age, idle_for))
    holds = rules.session_holds(created, seen, now=AT, idle=timedelta(minutes=60), absolute=timedelta(hours=12))
    assert holds == (min(age, idle_for) < 60 and age < 720)


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:134.0) Gecko/20100101 Firefox/134.0", "Firefox, Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1", "Safari, iPhone"),
        ("curl/8.1", "Autre navigateur"),
        ("", "Autre navigateur"),
    ],
)
def test_a_browser_is_known_by_its_family(agent: str, family: str) -> None:
    assert rules.agent_family(agent) == family


@pytest.mark.parametrize(
    ("address", "beginning"),
    [
        ("192.0.2.17", "192.0.2.…"),
        ("2001:db8:85a3::8a2e:370:7334", "2001:0db8:85a3:…"),
        (None, "inconnue"),
        ("?", "inconnue"),
    ],
)
def test_only_the_beginning_of_an_address_is_kept(address: str | None, beginning: str) -> None:
    assert rules.address_prefix(address) == beginning


@given(st.frozensets(st.sampled_from(OrganisationKind)))
def test_nobody_gives_the_administrator_s_role(kinds: frozenset[OrganisationKind]) -> None:
    given_roles = rules.roles_given_by(kinds)
    assert Role.ADMINISTRATOR not in given_roles
    assert Role.MANAGER in given_roles
    assert rules.founder_roles(kinds) <= given_roles
    assert rules.usual_roles(kinds) <= given_roles
    assert rules.usual_roles(kinds)


def test_whoever_takes_charge_of_a_buyer_gets_no_power_to_buy() -> None:
    assert rules.founder_roles({OrganisationKind.BUYER}) == {Role.MANAGER}
    assert rules.usual_roles({OrganisationKind.BUYER}) == {Role.PRESCRIPTEUR}
    assert rules.founder_roles({OrganisationKind.ACI}) == {Role.MANAGER, Role.STRUCTURE, Role.TITULAIRE}


@given(st.frozensets(st.sampled_from(Role)), st.frozensets(st.sampled_from(OrganisationKind)))
def test_only_the_roles_of_ones_kinds_may_be_given(roles: frozenset[Role], kinds: frozenset[OrganisationKind]) -> None:
    allowed = {Role.MANAGER}.union(*(ROLES_OF_KIND[kind] for kind in kinds))
    if roles and roles <= allowed:
        rules.ensure_may_be_given(roles, kinds)
    else:
        with pytest.raises(RuleViolation) as refused:
            rules.ensure_may_be_given(roles, kinds)
        assert refused.value.field == "roles"


@pytest.mark.parametrize("kind", [OrganisationKind.BUYER, OrganisationKind.NETWORK, OrganisationKind.FACILITATION])
def test_only_a_buyer_entrusts_an_organisation_that_decides_on_others(kind: OrganisationKind) -> None:
    assert rules.deciding_roles({kind, OrganisationKind.EI}) == {Role.PURCHASING}
    assert Role.NETWORK in rules.deciding_roles({OrganisationKind.EI})


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("2001:db8:1:1:a::9", "2001:db8:1:1::/64"),
        ("::ffff:192.0.2.9", "192.0.2.9"),
        (None, "unknown"),
    ],
)
def test_attempts_are_counted_by_subscriber(address: str | None, network: str) -> None:
    assert rules.network_of(address) == network


@pytest.mark.parametrize(
    "name", ["Voyez http://piege.example", "a\r\nBcc: x", "a\x00b", "a\u202eb", "a\u2028b", "a\u2066b"]
)
def test_a_name_hides_nothing(name: str) -> None:
    assert not rules.is_plain_name(name)


def test_a_plain_name_may_have_any_letter() -> None:
    assert rules.is_plain_name("Élodie N’Guyen-Œuvray & Cie (ESS) : Łódź, 東京")
