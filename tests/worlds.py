"""What many tests start from: made by services once, then found again by each as it was left."""

import io
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.kernel.clock import PARIS

NOW = datetime(2026, 12, 3, 9, 0, tzinfo=PARIS)
"""Thursday 3 December 2026, 9 in the morning in Paris."""


class _Packer(pickle.Pickler):
    def persistent_id(self, obj: Any) -> str | None:
        return "session" if isinstance(obj, Session) else None


class _Unpacker(pickle.Unpickler):
    def __init__(self, packed: bytes, session: Session) -> None:
        super().__init__(io.BytesIO(packed))
        self._session = session

    def persistent_load(self, pid: Any) -> Session:
        return self._session


@dataclass(frozen=True)
class World:
    """A database where everything is committed, and what its maker returned, with what it had loaded."""

    engine: Engine
    packed: bytes

    def within(self, session: Session) -> Any:
        """What the maker returned, as if it had just been made in this session."""
        made, loaded = _Unpacker(self.packed, session).load()
        session.add_all(loaded)
        return made


def made_in(engine: Engine, make: Callable[[Session], object]) -> bytes:
    """Commit there what `make` makes; what it returned, packed."""
    with Session(engine, expire_on_commit=False) as session:
        made = make(session)
        session.commit()
        packed = io.BytesIO()
        _Packer(packed).dump((made, list(session)))
    return packed.getvalue()
