"""Numbers: added, found, paused, resumed, retired and released.

Each step in a number's life is taken in the transaction that looked whether it may be.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from gateway.core.leasing.leases import Pool
from gateway.core.numbers import Kind, lifecycle
from gateway.core.numbers.lifecycle import HOLD, Standing, Step, StepRefusal, WhyNot
from gateway.store.engines.port import Engine, Row, Transaction
from gateway.store.rows import optional_from_ms, span_ms, to_ms
from gateway.store.sites import Site
from gateway.store.sql import numbers as sql

PORTION = 2000  # numbers of one transaction, so that no visitor waits for a long range
_STEPS = {Step.PAUSE: sql.PAUSE, Step.RESUME: sql.RESUME, Step.RETIRE: sql.RETIRE, Step.RELEASE: sql.RELEASE}


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number to add: of a pool, or (`source`, `static`) with a campaign and a destination of its own.

    `label` is what people call it.
    """

    e164: str
    kind: Kind
    pool: Pool | None = None
    campaign: str = ""
    destination: str = ""
    sms: bool = False
    label: str = ""


class Numbers:
    """The numbers of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, numbers: Iterable[NewNumber], now: datetime) -> list[NewNumber]:
        """Store numbers, and put back those that are not in use; return those that were ours already and stay so."""
        known: list[NewNumber] = []
        left = iter(numbers)
        while portion := list(islice(left, PORTION)):
            with self._engine.writing() as transaction:
                known += [one for one in portion if not transaction.run(sql.INSERT_NUMBER, new_number(one, now))]
        return known

    def of_site(self, site: Site) -> list[str]:
        """Return the numbers that visitors of a site may be shown."""
        return [row["e164"] for row in self._engine.read(sql.NUMBERS_OF_SITE, {"site": site.id})]

    def has(self, e164: str) -> bool:
        """Return whether a number is ours."""
        return bool(self._engine.read(sql.HAS_NUMBER, {"e164": e164}))

    def is_in_use(self, e164: str) -> bool:
        """Return whether a number is ours, and neither paused nor retired: `add` would leave it as it is."""
        return bool(self._engine.read(sql.IS_IN_USE, {"e164": e164}))

    def resting(self, pool: Pool, now: datetime) -> list[str]:
        """Return the numbers of a pool that no visitor is shown now."""
        return [row["e164"] for row in self._engine.read(sql.RESTING, {"pool": pool.id, "now": to_ms(now)})]

    def put_first(self, e164: str) -> None:
        """Let a number be the next one of its pool."""
        with self._engine.writing() as transaction:
            transaction.run(sql.PUT_FIRST, {"e164": e164})

    def take(
        self, step: Step, numbers: Iterable[str], now: datetime, *, hold: timedelta = HOLD, force: bool = False
    ) -> list[tuple[str, StepRefusal]]:
        """Take a step with each number; return those with which it cannot be taken, and why.

        `hold` is how long a retired number is kept; `force` releases one before that is over.
        """
        refused: list[tuple[str, StepRefusal]] = []
        left = iter(numbers)
        while portion := list(islice(left, PORTION)):
            with self._engine.writing() as transaction:
                for e164 in portion:
                    refusal = _taken(transaction, step, e164, now, hold, force=force)
                    refused += [(e164, refusal)] if refusal else []
        return refused


def _taken(
    transaction: Transaction, step: Step, e164: str, now: datetime, hold: timedelta, *, force: bool
) -> StepRefusal | None:
    """Take a step; return why it cannot be taken, or None."""
    standing = _standing(transaction, e164)
    if standing is None:
        return StepRefusal(WhyNot.NOT_OURS)
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


def new_number(number: NewNumber, now: datetime) -> Row:
    """Return the columns of a number to add."""
    return {
        "e164": number.e164,
        "tail": number.e164[:0:-1],
        "kind": number.kind.value,
        "pool": number.pool.id if number.pool else None,
        "destination": number.destination,
        "campaign": number.campaign,
        "label": number.label,
        "sms": int(number.sms),
        "now": to_ms(now),
    }
