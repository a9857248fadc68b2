"""The store of a simulation: the product's own, in a database that vanishes with its process."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.core.calls.attribution import Facts, Weights
from gateway.core.leasing.leases import Policy, Pool
from gateway.core.numbers import Dialled, Kind
from gateway.core.visits.visit import Visit
from gateway.lab.arrivals import Draw
from gateway.store import Granted, NewNumber, new_pool, open_memory

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_NUMBER = 12125550100
TARGET = "+12125550000"
REMEMBERED = timedelta(days=7)  # a tracker without a cooldown knows no less


class SimulatedLedger:
    """A store with one pool of so many numbers; satisfies gateway.lab.simulation.Ledger."""

    def __init__(self, numbers: int, policy: Policy) -> None:
        self._store = open_memory()
        site = self._store.sites.add("simulated", (), START)
        self.pool = new_pool(site, "simulated", TARGET, "", policy)
        self._store.sites.add_pool(self.pool, START)
        made = (NewNumber(f"+{FIRST_NUMBER + place}", Kind.POOL, self.pool) for place in range(numbers))
        self._store.numbers.add(made, START)
        self.renew, self.release = self._store.leases.renew, self._store.leases.release

    def show(self, visitor: str, pool: Pool, now: datetime) -> Granted:
        """Return what a visitor is shown."""
        return self._store.leases.grant(visitor, Visit(), [pool], now)[0]

    def facts(self, dialled: Dialled, caller: str | None, at: datetime, weights: Weights) -> Facts:
        """Return all that is known for a call, of the last 7 days at least, whatever the cooldown."""
        number = self._store.calls.number(dialled)
        wide = replace(number, cooldown=max(number.cooldown, REMEMBERED)) if number else None
        return self._store.calls.facts_of(wide, caller, at, weights)

    def put_any_first(self, pool: Pool, now: datetime, draw: Draw) -> None:
        """Let a number drawn by lot, of those that nobody is shown now, be the next one."""
        resting = self._store.numbers.resting(pool, now)
        if resting:
            self._store.numbers.put_first(resting[int(draw() * len(resting))])

    def close(self) -> None:
        """Forget everything."""
        self._store.close()
