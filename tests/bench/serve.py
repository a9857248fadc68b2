"""Serve the bench's app as `leaseline web` serves the product's: the same server, the same settings."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from gateway.cli.web import BACKLOG, HEADER_TIMEOUT, THREADS
from gateway.config import load
from tests.house import READY, House
from tests.live.asterisk import PROJECT
from tests.live.processes import helper, wait_until


def serve(config: Path) -> None:
    """Serve until told to stop."""
    where = load(config).web
    os.environ["LEASELINE_CONFIG"] = str(config)
    Granian(
        "tests.bench.wsgi:from_environment",
        factory=True,
        interface=Interfaces.WSGI,
        address=where.host,
        port=where.port,
        workers=1,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT),
        respawn_failed_workers=True,
        websockets=False,
    ).serve()


@contextlib.contextmanager
def serving(house: House) -> Iterator[None]:
    """Serve a house for the length of the block."""
    output = house.home / "bench.log"

    def ready() -> bool:
        assert process.poll() is None, output.read_text()
        return READY["web"] in output.read_text()

    argv = [sys.executable, "-m", "tests.bench.serve", str(house.config)]
    with helper(argv, output, PROJECT, grace=8.0) as process:
        wait_until(ready, 20.0, "the bench's app to be served")
        yield


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
