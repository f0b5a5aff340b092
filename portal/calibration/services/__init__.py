"""What a buyer does to size its lots, and what others say of it. Each act records itself; none commits."""

from portal.calibration.services.choices import keep
from portal.calibration.services.lots import prepare_lots
from portal.calibration.services.opinions import Word, tell_opinion
from portal.calibration.services.sharing import concerned, share_variants
from portal.calibration.services.variants import (
    ready_made_terms,
    revise_variant,
    save_ready_made,
    save_variant,
    terms_of,
    withdraw_variant,
)

__all__ = [
    "Word",
    "concerned",
    "keep",
    "prepare_lots",
    "ready_made_terms",
    "revise_variant",
    "save_ready_made",
    "save_variant",
    "share_variants",
    "tell_opinion",
    "terms_of",
    "withdraw_variant",
]
