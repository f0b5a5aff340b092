"""What the portal's keys make, and what a change of keys leaves working."""

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet, InvalidToken
from hypothesis import given
from hypothesis import strategies as st

from config import Config
from portal.accounts import keys


def test_the_token_of_a_link_is_found_again_and_stored_nowhere() -> None:
    link = keys.new_link("sign_up")
    token = keys.token_of("sign_up", link.nonce, link.token_hash)
    assert token is not None
    assert keys.digest(token) == link.token_hash
    assert token not in (link.nonce, link.token_hash)


def test_a_link_of_one_sort_opens_nothing_of_another() -> None:
    link = keys.new_link("sign_up")
    assert keys.token_of("password_reset", link.nonce, link.token_hash) is None


def test_a_former_key_still_opens_what_it_made(key_config: Config) -> None:
    link = keys.new_link("invitation")
    token = keys.token_of("invitation", link.nonce, link.token_hash)
    keys.use(replace(key_config, secret_key="another", secret_key_fallbacks=(key_config.secret_key,)))
    assert keys.token_of("invitation", link.nonce, link.token_hash) == token
    assert keys.new_link("invitation").token_hash != link.token_hash
    keys.use(replace(key_config, secret_key="another"))
    assert keys.token_of("invitation", link.nonce, link.token_hash) is None


def test_a_sealed_secret_outlives_its_key_as_long_as_the_key_is_kept(key_config: Config) -> None:
    sealed = keys.seal("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    newer = Fernet.generate_key().decode()
    keys.use(replace(key_config, totp_key=f"{newer},{key_config.totp_key}"))
    assert keys.unseal(sealed) == "JBSWY3DPEHPK3PXP"
    keys.use(replace(key_config, totp_key=newer))
    with pytest.raises(InvalidToken):
        keys.unseal(sealed)


def test_what_a_telephone_is_to_learn_stays_the_same_until_something_changes() -> None:
    assert keys.pending_totp_secret(1, 2) == keys.pending_totp_secret(1, 2)
    assert keys.pending_totp_secret(1, 2) != keys.pending_totp_secret(1, 3)
    assert len(keys.pending_totp_secret(1, 2)) == 32


def test_recovery_codes_are_ten_and_differ() -> None:
    codes = keys.new_recovery_codes()
    assert len(set(codes)) == 10
    assert all(len(code) == 19 and code.count("-") == 3 for code in codes)


def test_a_recovery_code_is_read_with_or_without_its_dashes_and_for_one_person_only() -> None:
    code = keys.new_recovery_codes()[0]
    assert keys.recovery_digest(1, code) == keys.recovery_digest(1, code.replace("-", " ").upper())
    assert keys.recovery_digest(1, code) != keys.recovery_digest(2, code)


@given(st.text(min_size=1, max_size=40))
def test_a_password_opens_its_own_hash_only(password: str) -> None:
    stored = keys.hash_password(password)
    assert keys.password_matches(stored, password)
    assert not keys.password_matches(stored, password + "x")


def test_a_password_is_the_same_however_the_keyboard_composes_accents() -> None:
    assert keys.password_matches(keys.hash_password("l\u00e9gende"), "le\u0301gende")


def test_no_account_and_no_password_open_nothing() -> None:
    assert not keys.password_matches(None, "n’importe quoi")
    assert not keys.password_matches("not a hash", "n’importe quoi")


def test_a_cheap_hash_is_made_again_where_passwords_cost_more(key_config: Config) -> None:
    cheap = keys.hash_password("quatre loutres bleues")
    assert not keys.must_hash_again(cheap)
    keys.use(replace(key_config, password_cost="normal"))
    assert keys.must_hash_again(cheap)
    assert keys.password_matches(cheap, "quatre loutres bleues")
