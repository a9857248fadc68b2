"""Parts that many tests stand on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.leases import Policy, Pool
from gateway.store import NewNumber, new_pool
from tests.stores import FileStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def fresh_store(tmp_path: Path) -> Iterator[FileStore]:
    store = FileStore(tmp_path / "leaseline.db")
    store.migrate()
    yield store
    store.close()


def make_pool(store: FileStore, numbers: int, policy: Policy | None = None, name: str = "web") -> Pool:
    """Return a pool of so many numbers on a site of its own."""
    site = store.sites.add(f"site of {name}", ["https://shop.example"], NOW)
    pool = new_pool(site, name, "+12125550100", "main", policy or Policy())
    store.sites.add_pool(pool, NOW)
    store.numbers.add([NewNumber(f"+1212556{place:04}", Kind.POOL, pool) for place in range(numbers)], NOW)
    return pool
