"""Files kept under their SHA-256 in the portal's directory, out of the web root: written whole, or not at all."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from config import Config
from portal.kernel import clock

SETTLED = timedelta(days=1)
"""What no row names is left alone for so long: an upload may be under way, a restored database may be put right."""

_UNFINISHED = ".part"


class _Kept:
    directory: Path | None = None


_kept = _Kept()


def use(config: Config) -> None:
    """Tell this process where files are kept."""
    _kept.directory = config.data_dir / "pieces"


def path_of(sha256: str) -> Path:
    """« pieces/ab/cdef… »."""
    return _directory() / sha256[:2] / sha256[2:]


@dataclass(frozen=True)
class Staged:
    """A file on the disk under a temporary name, in the directory where it will stay."""

    sha256: str
    size: int
    unfinished: Path

    def keep(self) -> None:
        """Give it its name, for good: done before the row that names it is committed."""
        self.unfinished.replace(path_of(self.sha256))
        _sync(self.unfinished.parent)


@contextmanager
def staged(content: bytes) -> Iterator[Staged]:
    """Write a file whole, on the disk; unless it is kept, nothing is left of it."""
    sha256 = hashlib.sha256(content).hexdigest()
    folder = path_of(sha256).parent
    _make(folder)
    unfinished = folder / f"{secrets.token_hex(8)}{_UNFINISHED}"
    try:
        _write(unfinished, content)
        yield Staged(sha256, len(content), unfinished)
    finally:
        unfinished.unlink(missing_ok=True)


def unfinished() -> Iterator[Path]:
    """What interrupted uploads left under temporary names."""
    return (path for path in _all() if path.suffix == _UNFINISHED and _is_settled(path))


def settled() -> Iterator[tuple[str, Path]]:
    """The kept files that are old enough to be swept if nothing names them: hash and path."""
    for path in _all():
        if path.suffix != _UNFINISHED and _is_settled(path):
            yield path.parent.name + path.name, path


def _all() -> Iterator[Path]:
    for folder in sorted(_directory().glob("[0-9a-f][0-9a-f]")):
        yield from sorted(folder.iterdir())


def _is_settled(path: Path) -> bool:
    try:
        return path.stat().st_mtime < (clock.real_utc_now() - SETTLED).timestamp()
    except FileNotFoundError:
        return False


def _directory() -> Path:
    if _kept.directory is None:
        raise RuntimeError("where files are kept is not known: call files.use(config) first")
    return _kept.directory


def _make(folder: Path) -> None:
    """Make a folder that outlives a power cut: its name is written in its parent."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)
        _sync(folder.parent.parent)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
