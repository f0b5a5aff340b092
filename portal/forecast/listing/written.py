"""A statement kept as the text it compiles to.

As objects, one shape of the list's statement weighs 740 kB (its expressions, and all that compiling them keeps): a
worker that met a hundred shapes held seventy megabytes of them. As text with its parameters it weighs a fifth.
"""

import re
from typing import Any

from sqlalchemy import BindParameter, Dialect, TextClause, bindparam, text
from sqlalchemy.sql.elements import ClauseElement

_LIST = re.compile(r"\(__\[POSTCOMPILE_(\w+)(?:~~.*?~~REPL~~.*?~~)?\]\)")
_CAST = re.compile(
    r"(:\w+)::(?:VARCHAR(?:\(\d+\))?|TEXT|INTEGER|BIGINT|DATE|NUMERIC(?:\(\d+, \d+\))?|TIMESTAMP WITH TIME ZONE)"
)


class Written:
    """The text of a statement in the language of one database, and the names its parameters have there."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        of_its_kind: Any = type(dialect)
        compiled: Any = statement.compile(dialect=of_its_kind(paramstyle="named"))
        self.names: dict[str, str] = {bind.key: name for bind, name in compiled.bind_names.items()}
        # Lists and casts are written anew from the parameters' own types when the text is sent.
        words = _CAST.sub(r"\1", _LIST.sub(r":\1", compiled.string))
        bound = (_unbound(name, bind) for name, bind in compiled.binds.items() if f":{name}" in words)
        self.statement: TextClause = text(words).bindparams(*bound)


def _unbound(name: str, bind: BindParameter[Any]) -> BindParameter[Any]:
    if bind.required:
        return bindparam(name, type_=bind.type, expanding=bind.expanding)
    return bindparam(name, bind.value, type_=bind.type, expanding=bind.expanding)
