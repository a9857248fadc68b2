"""A database that is gone with its process: for one thread, so that no lock is needed. It reads and writes no file."""

import contextlib
import sqlite3
from collections.abc import Iterator

from sqlite_utils import Database

from gateway.store.engines.port import Parameters, Read, Row
from gateway.store.engines.sqlite import SqliteTransaction, migrations


class Memory:
    """SQLite in memory; satisfies gateway.store.engines.port.Engine."""

    def __init__(self) -> None:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        self._database = Database(connection, execute_plugins=False)
        self._transaction = SqliteTransaction(self._database)

    @property
    def pending(self) -> list[str]:
        """Return the names of migrations that the database still lacks."""
        return [migration.name for migration in migrations().pending(self._database)]

    def read(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Return the rows of a query."""
        return self._transaction.run(sql, parameters or {})

    @contextlib.contextmanager
    def reading(self) -> Iterator[Read]:
        """Give what reads: with one thread every moment is the same."""
        yield self._transaction.run

    @contextlib.contextmanager
    def writing(self) -> Iterator[SqliteTransaction]:
        """Open the one write transaction; commit at the end, roll back on any error."""
        self._database.execute("BEGIN")
        try:
            yield self._transaction
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def migrate(self) -> None:
        """Make the tables."""
        migrations().apply(self._database)

    def check_writable(self) -> str:
        """Return how safely writes are kept."""
        return "in memory"

    def close(self) -> None:
        """Forget everything."""
        self._database.close()
