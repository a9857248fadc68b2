"""A pool of three numbers, and a visitor who holds one: what tests of changes and of a number's life stand on."""

from datetime import datetime

from gateway.core.leasing.leases import Lease
from gateway.core.visits.visit import Visit
from tests.conftest import NOW, make_pool
from tests.stores import FileStore


class Shop:
    """A pool of three numbers, and a visitor who holds one."""

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self.store = store
        self.store = store
        self.pool = make_pool(store, 3)
        self.lease = self.visit("a")
        self.number = self.lease.number
        self.store.leases.renew([self.lease.id], NOW)

    def visit(self, visitor: str, at: datetime = NOW) -> Lease:
        lease = self.store.leases.grant(visitor, Visit(), [self.pool], at)[0].lease
        assert lease
        return lease
