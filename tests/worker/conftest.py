"""What the tests of this room share."""

from pathlib import Path

import pytest

from tests.conftest import make_pool
from tests.stores import FileStore
from tests.worker.spool import Sweep


@pytest.fixture
def swept(fresh_store: FileStore, tmp_path: Path) -> Sweep:
    make_pool(fresh_store, 1)
    return Sweep(fresh_store, tmp_path / "leaseline-cdr")
