"""Parts that many tests stand on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from gateway.core.leasing.leases import Policy, Pool
from gateway.core.numbers import Kind
from gateway.store import NewNumber, new_pool
from tests.stores import FileStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# A machine with other work is slow now and then: that is no fault of what is tried out.
settings.register_profile("leaseline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("leaseline")
SLOW = ("freeswitch", "live", "browser", "cli", "asterisk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left with it at the end."""
    order = {folder: place for place, folder in enumerate(SLOW)}
    items.sort(key=lambda item: order.get(item.path.parent.name, len(SLOW)))


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
