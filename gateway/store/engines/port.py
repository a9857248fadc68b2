"""What the store asks of a database engine: rows in, rows out, one write transaction at a time."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = dict[str, Any]
Parameters = Mapping[str, object]
Read = Callable[[str, Parameters], list[Row]]


class StoreError(Exception):
    """The database cannot be used: which one, and the engine's reason."""

    words = "cannot use the database {place}: {reason}"

    def __init__(self, place: object, reason: object) -> None:
        self.place, self.reason = str(place), str(reason)
        super().__init__(self.words.format(place=place, reason=reason))


class Conflict(StoreError):
    """A unique index refused a row: another was there first."""

    words = "{place} has such a row already: {reason}"


class Busy(StoreError):
    """Somebody held the write lock for too long."""

    words = "{place} is locked by {reason}"


class Foreign(StoreError):
    """The file holds something else, or is damaged."""

    words = "{place} is not a Leaseline database: {reason}"


class Transaction(Protocol):
    """The open write transaction."""

    def insert(self, table: str, values: Row) -> None:
        """Insert a row."""

    def run(self, sql: str, parameters: Parameters) -> list[Row]:
        """Run one statement; return its rows where it has RETURNING or is a query."""


class Engine(Protocol):
    """A database. Safe for threads, and for processes that share it where it is a file or a server."""

    @property
    def pending(self) -> list[str]:
        """Return the names of migrations that the database still lacks."""

    def read(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        """Return the rows of a query. Raises StoreError when the database cannot answer."""

    def reading(self) -> AbstractContextManager[Read]:
        """Open one read transaction for several queries: they see one moment, and cost less than one by one."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """Open the one write transaction; commit at the end, roll back on any error.

        Raises Busy after a second, Conflict where a unique index refuses, StoreError where the disk does.
        """

    def migrate(self) -> None:
        """Bring the schema up to date."""

    def check_writable(self) -> str:
        """Take the write lock and let it go; return how safely writes are kept. Raises StoreError."""

    def close(self) -> None:
        """Close all connections."""
