"""The only SQL, behind one door.

    store = open_sqlite(path)
    store.leases.grant(..)      store.calls.facts(..)      store.sites.pools_of(site)

Values come out, frozen; rows and transactions stay inside. Writes are one transaction each.
"""

from pathlib import Path

from gateway.core.calls.attribution import Weights
from gateway.store.engines.memory import Memory
from gateway.store.engines.port import Busy, Conflict, Engine, Foreign, StoreError
from gateway.store.engines.sqlite import Sqlite
from gateway.store.leasing.grants import Granted, new_id
from gateway.store.leasing.leases import Leases, Tap
from gateway.store.leasing.pressure import Pressure
from gateway.store.listed import Left, ListedLease, ListedNumber, ListedPool, RecordedVisit
from gateway.store.log.calls import Calls, CdrPosition
from gateway.store.log.open_calls import OpenCalls
from gateway.store.log.past import Change, PastCalls
from gateway.store.logged import (
    FormerAttribution,
    LoggedAttribution,
    LoggedCall,
    LoggedCandidate,
    LoggedPage,
    LoggedVisit,
    Told,
)  # fmt: skip
from gateway.store.numbers import NewNumber, Numbers
from gateway.store.reports import Reports
from gateway.store.rules import NewRule, Rules
from gateway.store.sites import Site, Sites, new_pool
from gateway.store.views import PageView, Views

__all__ = [
    "Busy", "CdrPosition", "Change", "Conflict", "Foreign", "FormerAttribution", "Granted", "Left", "ListedLease",
    "ListedNumber", "ListedPool", "LoggedAttribution", "LoggedCall", "LoggedCandidate", "LoggedPage", "LoggedVisit",
    "NewNumber", "NewRule", "PageView", "PastCalls", "RecordedVisit", "Site", "Store", "StoreError", "Tap", "Told",
    "new_id", "new_pool", "open_memory", "open_sqlite",
]  # fmt: skip


class Store:
    """Everything that is kept, by subject, over one database engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.leases = Leases(engine)
        self.calls = Calls(engine)
        self.open_calls = OpenCalls(engine)
        self.sites = Sites(engine)
        self.numbers = Numbers(engine)
        self.rules = Rules(engine)
        self.views = Views(engine)
        self.pressure = Pressure(engine)
        self.reports = Reports(engine)

    @property
    def pending(self) -> list[str]:
        """Return the names of migrations that the database still lacks."""
        return self.engine.pending

    def past_calls(self, weights: Weights) -> PastCalls:
        """Return the calls of the past, to be attributed again by other weights."""
        return PastCalls(self.engine, weights)

    def migrate(self) -> None:
        """Bring the schema up to date."""
        self.engine.migrate()

    def check_writable(self) -> str:
        """Take the write lock and let it go; return how safely writes are kept. Raises StoreError."""
        return self.engine.check_writable()

    def close(self) -> None:
        """Close all connections."""
        self.engine.close()


def open_sqlite(path: Path, *, read_only: bool = False) -> Store:
    """Return the store of an SQLite file, which is opened at first use."""
    return Store(Sqlite(path, read_only=read_only))


def open_memory() -> Store:
    """Return an empty store that is gone with its process, for one thread."""
    store = Store(Memory())
    store.migrate()
    return store
