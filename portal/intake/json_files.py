"""Reads and writes JSON files as operators hand them over."""

import codecs
import json
from pathlib import Path
from typing import Any

from portal.intake.reading import UnusableFile, opened

_HEAD = 4_096
_ENCODINGS = ("utf-8-sig", "cp1252")


def is_json(path: Path) -> bool:
    """Whether a file begins like an object or a list. Raises UnusableFile when it cannot be read."""
    with opened(path) as file:
        return file.read(_HEAD).removeprefix(codecs.BOM_UTF8).lstrip()[:1] in {b"{", b"["}


def read_json(path: Path) -> Any:
    """The content of a file, UTF-8 or Windows-1252. Raises UnusableFile with a sentence for the operator."""
    with opened(path) as file:
        text = _decoded(path, file.read())
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise UnusableFile(f"« {path.name} » n’est pas un JSON lisible : vérifiez la ligne {error.lineno}.") from error
    except (ValueError, RecursionError) as error:
        raise UnusableFile(f"« {path.name} » n’est pas un JSON lisible.") from error


def write_json(path: Path, content: Any) -> None:
    try:
        path.write_text(json.dumps(content, ensure_ascii=True, indent=2), encoding="utf-8")
    except OSError as error:
        raise UnusableFile(f"« {path} » ne peut pas être écrit : indiquez un autre fichier.") from error


def _decoded(path: Path, content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnusableFile(f"« {path.name} » n’est pas un texte lisible : enregistrez-le en JSON UTF-8.")
