"""Optimistic locking across requests: forms carry the version they were rendered from."""

from typing import Any, Protocol

from sqlalchemy import CursorResult, Table, update
from sqlalchemy.orm import Mapped, Session, attributes, mapped_column, object_mapper, object_session

from portal.kernel.errors import Stale


class Versioned:
    """Mixin of every editable root: `version` grows with each change of the root or of its children."""

    version: Mapped[int] = mapped_column(default=1, nullable=False)


class _Root(Protocol):
    id: int
    version: int


def ensure_current(root: _Root, expected_version: int) -> None:
    """Take the root's next version, if it still is at `expected_version`; its row stays locked until the commit.

    Raises Stale when someone changed it since the form was rendered, even in a race between two commits.
    """
    session = _session_of(root)
    if root.version != expected_version or not _advance(session, root):
        raise Stale(current=_as_it_stands(session, root))


def touch(root: _Root) -> None:
    """Take the root's next version because one of its children changes. Raises Stale in a race."""
    session = _session_of(root)
    if not _advance(session, root):
        raise Stale(current=_as_it_stands(session, root))


def _session_of(root: _Root) -> Session:
    session = object_session(root)
    if session is None:
        raise RuntimeError("the root is not in a session")
    return session


def _advance(session: Session, root: _Root) -> bool:
    session.flush()
    table = object_mapper(root).local_table
    assert isinstance(table, Table)  # noqa: S101 — narrows the declared type
    next_version = root.version + 1
    moved = session.execute(
        update(table).where(table.c.id == root.id, table.c.version == root.version).values(version=next_version)
    )
    assert isinstance(moved, CursorResult)  # noqa: S101
    if moved.rowcount != 1:
        return False
    attributes.set_committed_value(root, "version", next_version)
    return True


def _as_it_stands(session: Session, root: _Root) -> Any:
    """The root's columns as now committed, out of the session so that they can be read after the rollback."""
    session.refresh(root)
    session.expunge(root)
    return root
