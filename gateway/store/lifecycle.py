"""Numbers paused, resumed, retired and released, each step in the transaction that looked whether it may be taken."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from gateway.core.calls.attribution import Kind
from gateway.core.numbers import lifecycle
from gateway.core.numbers.lifecycle import HOLD, Standing, Step
from gateway.store.engines.sqlite import SqliteStore, Transaction
from gateway.store.rows import optional_from_ms, span_ms, to_ms
from gateway.store.sql import lifecycle as sql

PORTION = 2000  # numbers of one transaction
_STEPS = {Step.PAUSE: sql.PAUSE, Step.RESUME: sql.RESUME, Step.RETIRE: sql.RETIRE, Step.RELEASE: sql.RELEASE}


class Lifecycle:
    """The PBX admin's steps in the life of numbers."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def take(
        self, step: Step, numbers: Iterable[str], now: datetime, *, hold: timedelta = HOLD, force: bool = False
    ) -> list[tuple[str, str]]:
        """Take a step with each number; return those with which it cannot be taken, and why.

        `hold` is how long a retired number is kept; `force` releases one before that is over.
        """
        refused: list[tuple[str, str]] = []
        left = iter(numbers)
        # In portions, so that no visitor waits for a long range.
        while portion := list(islice(left, PORTION)):
            with self._store.writing() as transaction:
                for e164 in portion:
                    reason = _taken(transaction, step, e164, now, hold, force=force)
                    refused += [(e164, reason)] if reason else []
        return refused


def _taken(transaction: Transaction, step: Step, e164: str, now: datetime, hold: timedelta, *, force: bool) -> str:
    """Take a step; return why it cannot be taken, or the empty text."""
    standing = _standing(transaction, e164)
    if standing is None:
        return "it is no number of ours: `leaseline number list` lists those that are"
    reason = lifecycle.why_not(step, standing, now, force=force)
    if not reason:
        transaction.run(_STEPS[step], {"e164": e164, "now": to_ms(now), "hold": span_ms(hold)})
    return reason


def _standing(transaction: Transaction, e164: str) -> Standing | None:
    for row in transaction.run(sql.STANDING, {"e164": e164}):
        return Standing(
            kind=Kind(row["kind"]),
            paused=row["removed_at"] is not None,
            releasable_at=optional_from_ms(row["releasable_at"]),
            leased_until=optional_from_ms(row["leased_until"]),
            called_at=optional_from_ms(row["called_at"]),
            rule=row["rule"] or "",
        )
    return None
