"""What is done of commitments: pools kept, penalties' terms said, decisions traced."""

from portal.commitments.services.penalties import decide, set_terms
from portal.commitments.services.pools import add_to_pool, edit_pool, open_pool

__all__ = ["add_to_pool", "decide", "edit_pool", "open_pool", "set_terms"]
