"""What the lists say beyond their words: who is eligible, who may do what, which band, which family."""

from datetime import date

import pytest

from portal.vocabulary import (
    ELIGIBLE_KINDS,
    PERMISSIONS_OF,
    ROLES_OF_KIND,
    SECOND_FACTOR_ROLES,
    THRESHOLDS,
    AmountBand,
    DeclarationState,
    DecpGroupement,
    ExitFamily,
    ExitKind,
    GroupementForm,
    Lever,
    OrganisationKind,
    Permission,
    Public,
    Reservation,
    Role,
    SocialConsideration,
    StructureKind,
    Trade,
    thresholds_on,
)


def test_an_organisation_may_be_any_structure_and_four_other_things() -> None:
    structures = {kind.value: kind.label for kind in OrganisationKind if kind.is_structure}
    assert structures == {kind.value: kind.label for kind in StructureKind}
    assert {kind for kind in OrganisationKind if not kind.is_structure} == {
        OrganisationKind.BUYER,
        OrganisationKind.NETWORK,
        OrganisationKind.FACILITATION,
        OrganisationKind.COMPANY,
    }


@pytest.mark.parametrize(
    ("reservation", "kinds"),
    [
        (Reservation.HANDICAP, {"EA", "EATT", "ESAT"}),
        (Reservation.INSERTION, {"EI", "AI", "ACI", "ETTI", "EITI"}),
        (Reservation.HANDICAP_INSERTION, {"EA", "EATT", "ESAT", "EI", "AI", "ACI", "ETTI", "EITI"}),
        (Reservation.PENITENTIAIRE, {"SEP"}),
        (Reservation.ESS, set()),
        (Reservation.NONE, set(OrganisationKind)),
    ],
)
def test_the_law_says_which_kinds_a_reservation_is_for(reservation: Reservation, kinds: set[str]) -> None:
    assert ELIGIBLE_KINDS[reservation] == kinds


def test_each_reservation_names_its_article() -> None:
    assert [reservation.article for reservation in Reservation] == [
        None,
        "L2113-12",
        "L2113-13",
        "L2113-14",
        "L2113-13-1",
        "L2113-15",
    ]


def test_a_lever_names_its_article_and_its_decp_consideration() -> None:
    assert [lever.article for lever in Lever] == [None, "L2112-2", "R2152-7", "R2123-1"]
    assert Lever.RESERVED.consideration is SocialConsideration.RESERVED
    assert Lever.INSERTION_SERVICE.consideration is None


def test_every_role_has_its_permissions_and_every_permission_its_holder() -> None:
    assert set(PERMISSIONS_OF) == set(Role)
    assert frozenset[Permission]().union(*PERMISSIONS_OF.values()) == set(Permission)


def test_only_purchasing_publishes_and_only_administrators_supervise() -> None:
    assert _holders(Permission.FORECAST_PUBLISH) == {Role.PURCHASING}
    assert _holders(Permission.SUPERVISION) == {Role.ADMINISTRATOR}
    assert _holders(Permission.MEMBERS_MANAGE) == {Role.MANAGER}


def _holders(permission: Permission) -> set[Role]:
    return {role for role, permissions in PERMISSIONS_OF.items() if permission in permissions}


def test_no_manager_can_make_an_administrator() -> None:
    assert set(ROLES_OF_KIND) == set(OrganisationKind)
    assert not [kind for kind, roles in ROLES_OF_KIND.items() if Role.ADMINISTRATOR in roles]


def test_buyer_roles_sign_in_with_a_second_factor() -> None:
    assert ROLES_OF_KIND[OrganisationKind.BUYER] - SECOND_FACTOR_ROLES == {Role.FACILITATEUR, Role.MANAGER}
    assert Role.ADMINISTRATOR in SECOND_FACTOR_ROLES


@pytest.mark.parametrize(
    ("euros", "band"),
    [
        (0, AmountBand.UNDER_40K),
        (39_999, AmountBand.UNDER_40K),
        (40_000, AmountBand.FROM_40K),
        (216_000, AmountBand.FROM_216K),
        (999_999, AmountBand.FROM_500K),
        (1_000_000, AmountBand.FROM_1M),
        (80_000_000, AmountBand.FROM_1M),
    ],
)
def test_an_amount_falls_in_the_band_that_holds_its_lower_bound(euros: int, band: AmountBand) -> None:
    assert AmountBand.of(euros * 100) is band


def test_one_cent_below_a_bound_stays_in_the_band_below() -> None:
    assert AmountBand.of(9_000_000 - 1) is AmountBand.FROM_40K


def test_a_negative_amount_has_no_band() -> None:
    with pytest.raises(ValueError, match="negative"):
        AmountBand.of(-1)


def test_bands_follow_one_another_without_a_gap() -> None:
    bands = list(AmountBand)
    assert [band.high for band in bands] == [*(band.low for band in bands[1:]), None]


def test_decp_loses_whether_the_mandataire_is_solidaire() -> None:
    assert GroupementForm.SOLIDAIRE.decp is DecpGroupement.SOLIDAIRE
    assert GroupementForm.CONJOINT_MANDATAIRE_SOLIDAIRE.decp is GroupementForm.CONJOINT.decp is DecpGroupement.CONJOINT


def test_exempt_supplies_rise_on_the_first_of_april_2026() -> None:
    assert thresholds_on(date(2026, 3, 31)).exempt_supplies_services == 40_000
    assert thresholds_on(date(2026, 4, 1)).exempt_supplies_services == 60_000
    assert thresholds_on(date(2029, 1, 1)) is THRESHOLDS[-1]


def test_thresholds_before_the_table_are_not_guessed() -> None:
    with pytest.raises(LookupError):
        thresholds_on(date(2025, 12, 31))


def test_the_table_of_thresholds_stands_in_order_of_date() -> None:
    assert [line.valid_from for line in THRESHOLDS] == sorted({line.valid_from for line in THRESHOLDS})


def test_four_publics_are_of_the_first_level_and_three_are_sensitive() -> None:
    assert {public for public in Public if public.level == 1} == {"RSA", "ASS", "AAH", "DETLD"}
    assert {public for public in Public if public.is_sensitive} == {"AAH", "TH", "DETENTION"}
    assert all(public.proof for public in Public)


def test_a_dynamic_exit_is_durable_transition_or_positive() -> None:
    assert {kind.family for kind in ExitKind} == set(ExitFamily)
    assert {family for family in ExitFamily if not family.is_dynamic} == {ExitFamily.OTHER, ExitFamily.WITHDRAWN}
    assert ExitKind.CDD_LONG.family is ExitFamily.DURABLE


def test_each_side_reads_a_declaration_in_its_own_words() -> None:
    assert DeclarationState.RETURNED.label == "à corriger"
    assert DeclarationState.RETURNED.facilitateur_label == "renvoyée"
    assert all(state.facilitateur_label for state in DeclarationState)


def test_the_twenty_trades_are_twenty_groups_of_sectors() -> None:
    assert len({trade.sector_group for trade in Trade}) == len(Trade) == 20
