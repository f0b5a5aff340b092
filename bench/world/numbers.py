"""SIREN and SIRET that are well formed and belong to nobody: INSEE gives none that begins with 000."""

from stdnum import luhn

_SIRENS = 100_000


def siren_numbered(rank: int) -> str:
    digits = f"000{rank % _SIRENS:05}"
    return digits + str(luhn.calc_check_digit(digits))


def siret_numbered(rank: int) -> str:
    """Distinct for each rank: past the last SIREN, the next establishment of the first."""
    digits = f"{siren_numbered(rank)}{rank // _SIRENS + 1:04}"
    return digits + str(luhn.calc_check_digit(digits))
