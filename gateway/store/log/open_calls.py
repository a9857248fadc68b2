"""Calls that nobody told the end of."""

from datetime import datetime

from gateway.core.calls.call import UNKNOWN_END
from gateway.store.engines.port import Engine
from gateway.store.rows import to_ms
from gateway.store.sql import calls as sql


class OpenCalls:
    """The calls of one store that have no end yet."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self, before: datetime) -> int:
        """Mark those that began before a moment as of unknown end; return how many. A CDR still goes before it."""
        since = {"before": to_ms(before)}
        found: int = self._engine.read(sql.OPEN_SINCE, since)[0]["found"]
        if found:  # a write transaction only where there is something to write
            with self._engine.writing() as transaction:
                transaction.run(sql.CLOSE_OPEN, {**since, "disposition": UNKNOWN_END})
        return found
