"""Serve the bench's app as `leaseline web` serves the product's: the same server, the same settings."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from gateway.cli.run.web import run_server
from gateway.config import load
from tests.house import House
from tests.live.processes import helper, wait_until
from tests.live.switch import PROJECT


@contextlib.contextmanager
def serving(house: House) -> Iterator[int]:
    """Serve a house for the length of the block; yield the id of the process that does."""
    output = house.home / "bench.log"

    def ready() -> bool:
        assert process.poll() is None, output.read_text()
        return house.is_ready("web", output.read_text())

    argv = [sys.executable, "-m", "tests.bench.serve", str(house.config)]
    with helper(argv, output, PROJECT, grace=8.0) as process:
        wait_until(ready, 20.0, "the bench's app to be served")
        yield process.pid


if __name__ == "__main__":
    run_server("tests.bench.wsgi:from_environment", Path(sys.argv[1]), load(Path(sys.argv[1])))
