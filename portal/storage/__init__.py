"""The database: base, column types, transactions, versions, search, migrations."""

from portal.storage.base import Base, append_only_ddl, declare_append_only, declare_ddl
from portal.storage.constraints import violated
from portal.storage.search import SearchTable, search_table_ddl
from portal.storage.searched_rows import SearchedRows, searched_rows_ddl
from portal.storage.session import bind, bind_to_connection, make_engine, reading, unbind, unit_of_work
from portal.storage.types import Centihours, Cents, MonthColumn, UtcInstant, listed
from portal.storage.versions import Versioned, ensure_current, touch

__all__ = [
    "Base",
    "Centihours",
    "Cents",
    "MonthColumn",
    "SearchTable",
    "SearchedRows",
    "UtcInstant",
    "Versioned",
    "append_only_ddl",
    "bind",
    "bind_to_connection",
    "declare_append_only",
    "declare_ddl",
    "ensure_current",
    "listed",
    "make_engine",
    "reading",
    "search_table_ddl",
    "searched_rows_ddl",
    "touch",
    "unbind",
    "unit_of_work",
    "violated",
]
