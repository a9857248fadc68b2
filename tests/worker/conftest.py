"""What the tests of this room share."""

from pathlib import Path

import pytest

from gateway.store.engines.sqlite import SqliteStore
from tests.conftest import make_pool
from tests.worker.spool import Sweep


@pytest.fixture
def swept(fresh_store: SqliteStore, tmp_path: Path) -> Sweep:
    make_pool(fresh_store, 1)
    return Sweep(fresh_store, tmp_path / "leaseline-cdr")
