"""What a paper is made of, as plain values for `groupements/print/paper.typ`. Our sentences are set as French is."""

from collections.abc import Iterable, Sequence
from typing import Any

from portal.kernel.french import typo

Block = dict[str, Any]
Pairs = Iterable[tuple[str, str]]
NOTHING = "—"
_SHARES = {"text": 2, "long": 3}


def section(heading: str, *blocks: Block | None) -> Block:
    """Blocks that are None are left out."""
    return {"heading": typo(heading), "blocks": [block for block in blocks if block is not None]}


def told(words: str) -> Block:
    return {"kind": "told", "words": typo(words)}


def facts(pairs: Pairs) -> Block:
    return {"kind": "facts", "pairs": [(typo(label), words or NOTHING) for label, words in pairs]}


def items(words: Iterable[str]) -> Block:
    return {"kind": "items", "words": [typo(each) for each in words]}


def ticks(words: Iterable[str]) -> Block:
    """Each with a box to tick."""
    return {"kind": "ticks", "words": [typo(each) for each in words]}


def blanks(*labels: str) -> Block:
    """Each with a line to write on."""
    return {"kind": "blanks", "labels": [typo(f"{label} :") for label in labels]}


def signatures(names: Iterable[str]) -> Block:
    return {"kind": "signatures", "names": list(names)}


def table(heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]], total: Sequence[str] | None = None) -> Block:
    """Heads with what each column holds: `long` and `text` share the room that `short` and `number` leave."""
    return {
        "kind": "table",
        "heads": [typo(label) for label, _ in heads],
        "widths": [_SHARES.get(holds, 0) for _, holds in heads],
        "numbers": [holds == "number" for _, holds in heads],
        "rows": [list(row) for row in rows],
        "total": None if total is None else list(total),
    }
