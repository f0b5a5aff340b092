"""What a database is made of, read from its own catalogs, as lines that can be compared."""

import re
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, text

from tests.storage.trial import TRIAL

_POSTGRESQL = {
    "table": """
        SELECT relname, concat_ws(' ', relname, relkind, relpersistence, reloptions) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('i', 'S')""",
    "column": """
        SELECT c.relname, concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN 'NOT NULL' END, pg_get_expr(d.adbin, d.adrelid),
            a.attidentity, a.attgenerated, a.attstorage, o.collname)
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        LEFT JOIN pg_collation o ON o.oid = a.attcollation
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relnamespace = 'public'::regnamespace""",
    "constraint": """
        SELECT conrelid::regclass::text, concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0""",
    "index": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "trigger": """
        SELECT tgrelid::regclass::text, concat_ws(' ', pg_get_triggerdef(oid), tgenabled)
        FROM pg_trigger WHERE NOT tgisinternal""",
    "function": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'""",
    "type": """
        SELECT t.typname, concat_ws(' ', t.typname, t.typtype, string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder))
        FROM pg_type t LEFT JOIN pg_enum e ON e.enumtypid = t.oid
        WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd') GROUP BY t.typname, t.typtype""",
    "sequence": """
        SELECT sequencename, concat_ws(' ', sequencename, data_type)
        FROM pg_sequences WHERE schemaname = 'public'""",
    "view": "SELECT viewname, viewname || ' ' || definition FROM pg_views WHERE schemaname = 'public'",
}


def schema_of(engine: Engine) -> set[str]:
    """One line for each column, constraint, index, trigger, function… The migrations' own table is left aside."""
    with engine.connect() as connection:
        lines = _sqlite(connection) if engine.dialect.name == "sqlite" else _postgresql(connection)
        return {
            " ".join(line.split())
            for owner, line in lines
            if not owner.startswith(TRIAL) and owner != "alembic_version"
        }


def _postgresql(connection: Connection) -> Iterable[tuple[str, str]]:
    for kind, query in _POSTGRESQL.items():
        for owner, line in connection.execute(text(query)):
            yield owner, f"{kind} {line}"


def _sqlite(connection: Connection) -> Iterable[tuple[str, str]]:
    rows = connection.execute(text("SELECT type, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    for kind, table, sql in rows:
        if kind == "table" and not sql.startswith("CREATE VIRTUAL"):
            yield from ((table, f"{table}: {part}") for part in parts_of_table(sql))
        else:
            yield table, f"{kind} {sql}"


def parts_of_table(sql: str) -> list[str]:
    """The columns and constraints of a CREATE TABLE, whose order says nothing; then what follows the parenthesis.

    A check written beside its column, as ALTER TABLE leaves it, is a constraint like another.
    """
    opening, closing = sql.index("("), sql.rindex(")")
    parts = [piece for part in _split(sql[opening + 1 : closing]) for piece in _BESIDE.split(part)]
    return [*parts, f"options: {sql[closing + 1 :]}"]


_BESIDE = re.compile(r"(?<=\w\)|\w\w) (?=CONSTRAINT \w+ CHECK)")


def _split(body: str) -> list[str]:
    """Cut at the commas that stand neither in parentheses nor in quotes."""
    parts, depth = [""], 0
    for token in re.findall(r"'(?:[^']|'')*'|\"[^\"]*\"|.", body, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return parts
