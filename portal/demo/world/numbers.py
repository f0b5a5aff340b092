"""Numbers that are well formed and belong to nobody."""

from stdnum import luhn

METROPOLE = 10_007
"""The rank of the Métropole's SIREN; the communes' follow from 90 001."""

_STEP = 157


def siren_numbered(rank: int) -> str:
    """A SIREN of the block 000, which INSEE gives to nobody, with its right key; `rank` below 100 000."""
    digits = f"000{rank:05}"
    return digits + luhn.calc_check_digit(digits)


def siret_numbered(rank: int) -> str:
    """The first establishment of that SIREN, with its right key."""
    digits = f"{siren_numbered(rank)}0001"
    return digits + luhn.calc_check_digit(digits)


def rank_of_organisation(index: int) -> int:
    """Ranks of the 500 organisations: distinct, not in sequence, below those of the communes."""
    return METROPOLE + index * _STEP


def telephone(index: int) -> str:
    """A number of the block 05 36 49, which the regulator (ARCEP) keeps for fiction."""
    digits = f"053649{index % 10_000:04}"
    return " ".join(digits[at : at + 2] for at in range(0, 10, 2))
