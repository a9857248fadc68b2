"""`python -m tests.freeswitch.slow PORT FIFO`: our controller over a disk that hangs until the FIFO is written to."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from gevent.event import Event

from gateway.cli.run.deciders import Deciders
from gateway.freeswitch.server import Controller


def fail_slowly(_: object) -> NoReturn:
    """Block the thread, as a disk does, and then fail."""
    Path(sys.argv[2]).read_bytes()
    raise OSError("no disk")


if __name__ == "__main__":
    controller = Controller(Deciders(fail_slowly).ask, fail_slowly, lambda: datetime.now(UTC))
    controller.serve("127.0.0.1", int(sys.argv[1]), Event(), ready=lambda: print("ready", flush=True))
