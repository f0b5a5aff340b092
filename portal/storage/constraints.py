"""Which constraint a refused write ran into, on both databases."""

import re

from sqlalchemy import Index
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.schema import ColumnCollectionConstraint

from portal.storage.base import Base


def violated(error: IntegrityError, *names: str) -> bool:
    """Whether `error` comes from one of the keys, unique indexes or CHECKs called `names`.

    PostgreSQL tells the name. SQLite tells the name of a CHECK, but only the table and columns of a unique key, so
    that two unique keys on the same columns cannot be told apart there.
    """
    diagnostic = getattr(error.orig, "diag", None)
    if diagnostic is not None:
        return diagnostic.constraint_name in names
    message = str(error.orig)
    check = re.fullmatch(r"CHECK constraint failed: (.+)", message)
    if check is not None:
        return check[1] in names
    unique = re.fullmatch(r"UNIQUE constraint failed: (.+)", message)
    return unique is not None and any(set(unique[1].split(", ")) == _columns_of(name) for name in names)


def _columns_of(name: str) -> set[str]:
    for table in Base.metadata.tables.values():
        for unique in (*table.constraints, *table.indexes):
            if isinstance(unique, ColumnCollectionConstraint | Index) and unique.name == name:
                return {f"{table.name}.{column.name}" for column in unique.columns}
    return set()
