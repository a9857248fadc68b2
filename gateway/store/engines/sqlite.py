"""The SQLite back end: one connection that writes, some that read, one write at a time over all processes.

SQLite's own busy handler starves writers (seen: 5 s waits with four busy processes), so every write first takes an
flock, which the kernel hands out fairly and frees on `kill -9`, and then `BEGIN IMMEDIATE`. A deferred BEGIN, which
`Database.atomic()` opens, fails with "database is locked" as soon as two processes read before they write. The threads
share their connections: each of its own would read again from the file whatever another one wrote.
"""

import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import sleep
from typing import Any

from sqlite_utils import Database, Migrations

from gateway.store.engines.port import Busy, Conflict, Foreign, Parameters, Read, Row, StoreError
from gateway.store.sql.migrations import MIGRATIONS

# Waits between tries for the write lock, in seconds: 1 s in all, then the caller hears "busy" and serves without us.
LOCK_WAITS = (0.0005,) * 100 + (0.002,) * 100 + (0.01,) * 75
READING = ("query_only = ON",)
WRITING = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON")
CLOSING = 2.0  # seconds that a transaction has to end when the store is closed
READ_TIMEOUT = 0.2  # seconds; WAL readers wait for nobody but a checkpoint or a schema change


class Sqlite:
    """Rows in, rows out, on one SQLite file. Safe for threads and for processes that share the file."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self._turn = threading.Lock()
        self._lock_file: int | None = None
        self._writer: _Connection | None = None
        self._readers: list[_Connection] = []  # free ones; the one used last goes first, as it knows the most

    def read(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Return the rows of a query. Raises StoreError when the database cannot answer."""
        with _explained(self.path), self._reader() as database:
            return _rows(database.execute(sql, dict(parameters or {})))

    @contextlib.contextmanager
    def reading(self) -> Iterator[Read]:
        """Open one read transaction for several queries: they see one moment, and cost less than one by one."""
        with _explained(self.path), self._reader() as database:
            connection = database.conn
            connection.execute("BEGIN")
            yield lambda sql, parameters: _rows(connection.execute(sql, parameters))
            connection.execute("COMMIT")

    @contextlib.contextmanager
    def writing(self) -> Iterator["SqliteTransaction"]:
        """Open the one write transaction; commit at the end, roll back on any error.

        Raises Busy after a second, Conflict where a unique index refuses, StoreError where the disk does.
        """
        with _explained(self.path), self._lock():
            database = self.database
            try:
                database.execute("BEGIN IMMEDIATE")
                yield SqliteTransaction(database)
                database.execute("COMMIT")
            except BaseException as error:
                # A full disk has rolled back already; a second ROLLBACK would hide what really happened.
                if database.conn.in_transaction:
                    database.execute("ROLLBACK")
                if type(error) is sqlite3.DatabaseError:
                    self._forget_writer()  # the file is none of ours, and may be put right
                raise

    def migrate(self) -> None:
        """Bring the schema up to date; under the lock, as two processes that migrate at once both fail."""
        with _explained(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch()  # here only: elsewhere a file that was moved away would come back empty
            with self._lock():
                migrations().apply(self.database)

    @property
    def pending(self) -> list[str]:
        """Return the names of migrations that the file still lacks."""
        with _explained(self.path), self._reader() as database:
            return [migration.name for migration in migrations().pending(database)]

    @property
    def database(self) -> Database:
        """Return the connection that writes, opened at first use; only for who is writing."""
        if self._writer and not self._writer.is_to(self.path):
            self._forget_writer()
        if self._writer is None:
            self._writer = self._connect()
        return self._writer.database

    def check_writable(self) -> str:
        """Take the write lock and let it go; return journal mode and synchronous level (2: FULL). Raises StoreError."""
        with self.writing() as transaction:
            journal = transaction.run("PRAGMA journal_mode", {})[0]["journal_mode"]
            level = transaction.run("PRAGMA synchronous", {})[0]["synchronous"]
            return f"journal {journal}, synchronous {level}"

    def close(self) -> None:
        """Close all connections, once nobody writes any more; nobody may read."""
        written = self._turn.acquire(timeout=CLOSING)
        self._forget_readers()
        if written:
            self._forget_writer()
            if self._lock_file is not None:
                os.close(self._lock_file)
                self._lock_file = None
            self._turn.release()

    def _forget_readers(self) -> None:
        """Close the connections that are free to read."""
        with contextlib.suppress(IndexError):
            while True:
                self._readers.pop().database.close()

    def _forget_writer(self) -> None:
        if self._writer:
            self._writer.database.close()
        self._writer = None

    def _connect(self) -> "_Connection":
        file = _file(self.path)  # before it is opened: replaced in between, it is opened once more
        mode = "ro" if self._read_only else "rw"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None,
            timeout=READ_TIMEOUT if self._read_only else 5, check_same_thread=False,
        )  # fmt: skip
        try:
            for pragma in READING if self._read_only else WRITING:
                connection.execute(f"PRAGMA {pragma}").fetchall()
        except BaseException:
            connection.close()
            raise
        return _Connection(Database(connection, execute_plugins=False), file)

    @contextlib.contextmanager
    def _reader(self) -> Iterator[Database]:
        connection = self._free_reader() or self._connect()
        try:
            yield connection.database
        except BaseException:
            connection.database.close()  # it may never recover, where the file was overwritten and then put back
            raise
        self._readers.append(connection)

    def _free_reader(self) -> "_Connection | None":
        try:
            connection = self._readers.pop()
        except IndexError:
            return None
        if connection.is_to(self.path):
            return connection
        connection.database.close()
        self._forget_readers()  # they are to the same file that is not there any more
        return None

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the thread lock and the file lock, in that order."""
        if not self._turn.acquire(timeout=1):
            raise Busy(self.path, "another thread")
        try:
            if self._lock_file is None:
                lock = self.path.with_name(f"{self.path.name}.lock")
                self._lock_file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            self._wait_for_file(self._lock_file)
            try:
                yield
            finally:
                fcntl.flock(self._lock_file, fcntl.LOCK_UN)
        finally:
            self._turn.release()

    def _wait_for_file(self, file: int) -> None:
        for wait in LOCK_WAITS:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sleep(wait)
            else:
                return
        raise Busy(self.path, "another process")


@dataclass(frozen=True, slots=True)
class _Connection:
    """A connection, and the file that it was opened to.

    Where another file was put in its place, as when a backup is restored, it would go on reading and writing the old.
    """

    database: Database
    file: tuple[int, int] | None

    def is_to(self, path: Path) -> bool:
        """Return whether this is still the file of that path."""
        return self.file == _file(path)


class SqliteTransaction:
    """The open write transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def insert(self, table: str, values: Row) -> None:
        """Insert a row through sqlite-utils."""
        self._database.table(table).insert(values)

    def run(self, sql: str, parameters: Parameters) -> list[Row]:
        """Run one statement; return its rows where it has RETURNING or is a query."""
        return _rows(self._database.execute(_spelled(sql), dict(parameters)))


@cache
def _spelled(sql: str) -> str:
    """Return a statement as SQLite takes it: one writer at a time leaves nothing locked to skip."""
    return sql.replace("{skip_locked}", "")


def _file(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from any other that has had its name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _rows(cursor: sqlite3.Cursor) -> list[Row]:
    if cursor.description is None:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system say into an error of the store's."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Conflict(path, error) from error
    except (OSError, sqlite3.OperationalError) as error:
        raise StoreError(path, error) from error
    except sqlite3.DatabaseError as error:
        raise Foreign(path, error) from error


def migrations() -> Migrations:
    """Return the steps of the schema, as sqlite-utils applies them."""
    found = Migrations("leaseline")
    for name, statements in MIGRATIONS:
        found(name=name)(_runner(statements))
    return found


def _runner(statements: tuple[str, ...]) -> Any:
    def run(database: Database, /) -> None:
        for statement in statements:
            database.execute(statement)

    run.__name__ = "run"
    return run
