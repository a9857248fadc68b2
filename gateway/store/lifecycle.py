"""Numbers paused, resumed, retired and released, each step in the transaction that looked whether it may be taken."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from gateway.core.numbers import Kind, lifecycle
from gateway.core.numbers.lifecycle import HOLD, Refusal, Standing, Step, WhyNot
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
    ) -> list[tuple[str, Refusal]]:
        """Take a step with each number; return those with which it cannot be taken, and why.

        `hold` is how long a retired number is kept; `force` releases one before that is over.
        """
        refused: list[tuple[str, Refusal]] = []
        left = iter(numbers)
        # In portions, so that no visitor waits for a long range.
        while portion := list(islice(left, PORTION)):
            with self._store.writing() as transaction:
                for e164 in portion:
                    refusal = _taken(transaction, step, e164, now, hold, force=force)
                    refused += [(e164, refusal)] if refusal else []
        return refused


def _taken(
    transaction: Transaction, step: Step, e164: str, now: datetime, hold: timedelta, *, force: bool
) -> Refusal | None:
    """Take a step; return why it cannot be taken, or None."""
    standing = _standing(transaction, e164)
    if standing is None:
        return Refusal(WhyNot.NOT_OURS)
    refusal = lifecycle.refusal(step, standing, now, force=force)
    if not refusal:
        transaction.run(_STEPS[step], {"e164": e164, "now": to_ms(now), "hold": span_ms(hold)})
    return refusal


def _standing(transaction: Transaction, e164: str) -> Standing | None:
    for row in transaction.run(sql.STANDING, {"e164": e164}):
        return Standing(
            kind=Kind(row["kind"]),
            paused=row["paused_at"] is not None,
            releasable_at=optional_from_ms(row["releasable_at"]),
            leased_until=optional_from_ms(row["leased_until"]),
            called_at=optional_from_ms(row["called_at"]),
            rule=row["rule"] or "",
        )
    return None
