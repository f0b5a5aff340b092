"""What waits between two postings of one form instead of a name: fingerprints, sealed in the page itself.

Encrypted and signed under the portal's session key, bound to the person typing and to the declaration, for an hour.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

from portal.declarations.fingerprints import Fingerprints
from portal.vocabulary import AgeBand

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_LASTS_SECONDS = 3600


@dataclass(frozen=True)
class Received:
    """What is left of a name and a birth date once they have been read."""

    fingerprints: Fingerprints
    age_band: AgeBand


def seal(received: Received, whose: str) -> str:
    """`whose`: the person typing and what they type it for; nobody else opens it, nor for anything else."""
    prints = received.fingerprints
    words = [whose, prints.exact, prints.phonetic, prints.swapped, received.age_band.value]
    return _cipher().encrypt(json.dumps(words).encode()).decode()


def unseal(sealed: str, whose: str) -> Received | None:
    """None when it is too old, forged, or sealed for somebody or something else."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415 — see docs/decisions/memory.md

    try:
        owner, exact, phonetic, swapped, band = json.loads(_cipher().decrypt(sealed.encode(), ttl=_LASTS_SECONDS))
    except InvalidToken:
        return None
    return Received(Fingerprints(exact, phonetic, swapped), AgeBand(band)) if owner == whose else None


def _cipher() -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415 — see docs/decisions/memory.md

    keys = [current_app.secret_key, *current_app.config["SECRET_KEY_FALLBACKS"]]
    return MultiFernet([Fernet(_derived(str(key))) for key in keys])


def _derived(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"waiting fingerprints:" + key.encode()).digest())
