"""Calls that nobody told the end of."""

from datetime import datetime

from gateway.core.calls import UNKNOWN_END
from gateway.store import call_statements as sql
from gateway.store.rows import to_ms
from gateway.store.sqlite import SqliteStore


class OpenCalls:
    """The calls of one store that have no end yet."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def close(self, before: datetime) -> int:
        """Mark those that began before a moment as of unknown end; return how many. A CDR still goes before it."""
        since = {"before": to_ms(before)}
        found: int = self._store.read(sql.OPEN_SINCE, since)[0]["found"]
        if found:  # a write transaction only where there is something to write
            with self._store.writing() as transaction:
                transaction.run(sql.CLOSE_OPEN, {**since, "disposition": UNKNOWN_END})
        return found
