"""What a network may take of a pool, and how crowded the pool is."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property

from gateway.core.leasing import crowd
from gateway.core.leasing.crowd import Crowd, Network
from gateway.core.leasing.leases import Choice, Pool
from gateway.store.engines.port import Row
from gateway.store.rows import to_ms
from gateway.store.sql import leases as sql

Run = Callable[[str, Row], list[Row]]


class Limits:
    """What a network may take of a pool, counted once a number is to be taken: a page that shows one takes none."""

    def __init__(self, run: Run, pool: Pool, network: Network | None, now: datetime) -> None:
        self._run = run
        self._pool = pool
        self._network = network
        self._now = now

    @property
    def provisional(self) -> timedelta:
        """Return how long a new lease has until its first heartbeat."""
        provisional = self._pool.policy.provisional
        return min(provisional, crowd.HASTE) if self._crowd.pressed else provisional

    def allow(self, choice: Choice) -> bool:
        """Return whether the network may come by a number in this way."""
        if choice is Choice.SAME:
            return crowd.may_return(*self._live)
        return crowd.may_take(self._crowd, *self._live)

    @cached_property
    def _crowd(self) -> Crowd:
        return crowd_of(self._run, self._pool, self._now)

    @cached_property
    def _live(self) -> tuple[int, int]:
        return live_leases(self._run, self._pool, self._network, self._now)


def crowd_of(run: Run, pool: Pool, now: datetime) -> Crowd:
    """Return how crowded a pool is."""
    values = {"pool": pool.id, "now": to_ms(now), "most": crowd.MOST_RESERVED + 1}
    idle = run(sql.COUNT_IDLE, values)[0]["found"]
    if idle > crowd.MOST_RESERVED:
        return Crowd(idle, 0)
    return Crowd(idle, run(sql.COUNT_NUMBERS, {"pool": pool.id, "most": 2 * idle + 1})[0]["found"])


def live_leases(run: Run, pool: Pool, network: Network | None, now: datetime) -> tuple[int, int]:
    """Return how many leases of a pool a network holds, and how many the wider one around it."""
    if network is None:
        return 0, 0
    names = {
        "today": network.today,
        "yesterday": network.yesterday,
        "around_today": network.around_today,
        "around_yesterday": network.around_yesterday,
    }
    found = run(sql.LIVE_LEASES, {"pool": pool.id, "now": to_ms(now), **names})[0]
    return found["live"], found["around"]
