"""Text made comparable: for search, sorting and addresses."""

import re
import unicodedata

_PLAIN = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"'})


def fold(text: str) -> str:
    """Lower case, without accents or ligatures, straight quotes, single spaces: folding twice changes nothing."""
    lowered = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(char for char in lowered if not unicodedata.combining(char))
    return " ".join(bare.translate(_PLAIN).split())


def slug(text: str) -> str:
    """The folded text as part of an address: « Marché n° 3 » becomes « marche-no-3 ». May be empty."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")
