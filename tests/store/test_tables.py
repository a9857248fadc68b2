"""The schema that people read is the one that the migrations make."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from importlib import resources
from typing import Any

from gateway.store import sql
from tests.stores import FileStore

TABLES = resources.files(sql) / "tables.sql"
SQLITES_OWN = "name LIKE 'sqlite_%' OR tbl_name LIKE '_sqlite_%'"  # the latter: which migrations were applied


def schema(database: sqlite3.Connection) -> dict[str, Any]:
    """Return tables and indexes with all that a database knows of them; the order of columns means nothing."""
    found = database.execute(f"SELECT type, name, sql FROM sqlite_master WHERE NOT ({SQLITES_OWN})")
    return {
        f"{kind} {name}": _table(database, name) if kind == "table" else " ".join(text.split())
        for kind, name, text in found
    }


def _table(database: sqlite3.Connection, name: str) -> list[Any]:
    columns = [row[1:] for row in database.execute(f"PRAGMA table_xinfo({name})")]
    references = [row[2:] for row in database.execute(f"PRAGMA foreign_key_list({name})")]
    keys = [
        (unique, origin, [column for *_, column in database.execute(f"PRAGMA index_info({index})")])
        for _, index, unique, origin, _ in database.execute(f"PRAGMA index_list({name})")
    ]
    return [sorted(columns, key=repr), sorted(references, key=repr), sorted(keys)]


def made_by(statements: Iterable[str]) -> dict[str, Any]:
    with closing(sqlite3.connect(":memory:")) as database:
        for statement in statements:
            database.executescript(statement)
        return schema(database)


def test_the_schema_to_be_read_is_the_one_that_the_migrations_make(fresh_store: FileStore) -> None:
    with closing(sqlite3.connect(fresh_store.path)) as migrated:
        assert made_by([TABLES.read_text("utf-8")]) == schema(migrated)


def test_a_migration_that_the_schema_to_be_read_does_not_show_is_seen() -> None:
    text = TABLES.read_text("utf-8")
    for change in (
        "ALTER TABLE call ADD COLUMN more TEXT",
        "ALTER TABLE page RENAME COLUMN url TO address",
        "DROP INDEX call_open",
        "CREATE INDEX one_more ON lease (session_id)",
        "DROP INDEX lease_open_number; CREATE UNIQUE INDEX lease_open_number ON lease (number)",
    ):
        assert made_by([text, change]) != made_by([text]), change
