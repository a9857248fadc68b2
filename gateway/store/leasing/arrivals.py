"""Recorded arrivals: when visits to a pool's pages began, were last heard of, and how they ended. Nothing of whose."""

from collections.abc import Iterator
from datetime import datetime

from gateway.core.leasing.leases import Pool
from gateway.store.engines.port import Engine, Row
from gateway.store.listed import Left, RecordedVisit
from gateway.store.rows import from_ms, span_ms, to_ms
from gateway.store.sql import reports as sql

PORTION = 5000  # visits read at once: a year of a busy site does not fit into memory


def arrivals(engine: Engine, moment: datetime, pool: Pool, now: datetime) -> Iterator[RecordedVisit]:
    """Yield the visits of a pool that began at a moment or later, in the order in which they began."""
    last: Row = {"started_at": to_ms(moment), "id": ""}
    while found := engine.read(sql.LEASES_AFTER, {"pool": pool.id, **last, "limit": PORTION}):
        for row in found:
            left = _left(row, span_ms(pool.policy.length), to_ms(now))
            yield RecordedVisit(pool.name, from_ms(row["started_at"]), from_ms(row["last_seen_at"]), left)
        last = {"started_at": found[-1]["started_at"], "id": found[-1]["id"]}


def _left(row: Row, length: int, now: int) -> Left:
    """Return how a visit ended, by what was written of its lease; a goodbye is one that shortened it."""
    until, seen = row["expires_at"], row["last_seen_at"]
    if row["ended_at"] is not None and row["ended_at"] < until:
        return Left.MOVED
    if now < until:
        return Left.THERE
    if seen == row["started_at"]:
        return Left.UNSEEN
    if row["held_until"] >= until:
        return Left.TAPPED
    return Left.CLOSED if until < seen + length else Left.SILENT
