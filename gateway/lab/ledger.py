"""The store of a simulation: the product's own, in a database that vanishes with its process."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.core.calls.attribution import Facts, Weights
from gateway.core.leasing.leases import Policy, Pool
from gateway.core.numbers import Dialled, Kind
from gateway.core.visits.visit import Visit
from gateway.lab.arrivals import Draw
from gateway.store import decisions
from gateway.store.admin import Administration, NewNumber, new_pool
from gateway.store.engines.sqlite import MemoryStore
from gateway.store.grants import Granted
from gateway.store.ledger import SqlLedger
from gateway.store.rows import to_ms
from gateway.store.sql import statements as sql

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_NUMBER = 12125550100
TARGET = "+12125550000"
REMEMBERED = timedelta(days=7)  # a tracker without a cooldown knows no less


class SimulatedLedger(SqlLedger):
    """A ledger with one pool of so many numbers."""

    def __init__(self, numbers: int, policy: Policy) -> None:
        super().__init__(MemoryStore())
        self.store.migrate()
        administration = Administration(self.store)
        site = administration.add_site("simulated", (), START)
        self.pool = new_pool(site, "simulated", TARGET, "", policy)
        administration.add_pool(self.pool, START)
        made = (NewNumber(f"+{FIRST_NUMBER + place}", Kind.POOL, self.pool) for place in range(numbers))
        administration.add_numbers(made, START)

    def show(self, visitor: str, pool: Pool, now: datetime) -> Granted:
        """Return what a visitor is shown."""
        return self.grant(visitor, Visit(), [pool], now)[0]

    def facts(self, dialled: Dialled, caller: str | None, at: datetime, weights: Weights) -> Facts:
        """Return all that is known for a call, of the last 7 days at least, whatever the cooldown."""
        number = decisions.own_number(self.store.read, dialled)
        wide = replace(number, cooldown=max(number.cooldown, REMEMBERED)) if number else None
        return decisions.facts_of(self.store.read, wide, caller, at, weights)

    def put_any_first(self, pool: Pool, now: datetime, draw: Draw) -> None:
        """Let a number drawn by lot, of those that nobody is shown now, be the next one."""
        resting = self.store.read(sql.RESTING, {"pool": pool.id, "now": to_ms(now)})
        if resting:
            drawn = resting[int(draw() * len(resting))]["e164"]
            with self.store.writing() as transaction:
                transaction.run(sql.PUT_FIRST, {"e164": drawn})
