"""`python -m tests.freeswitch.slow PORT`: our controller over a disk that takes its time and then fails."""

import sys
import time
from datetime import UTC, datetime
from typing import NoReturn

from gevent.event import Event

from gateway.cli.deciders import Deciders
from gateway.freeswitch.server import Controller


def fail_slowly(_: object) -> NoReturn:
    """Block the thread, as a disk does."""
    time.sleep(0.6)
    raise OSError("no disk")


if __name__ == "__main__":
    controller = Controller(Deciders(fail_slowly).ask, fail_slowly, lambda: datetime.now(UTC))
    controller.serve("127.0.0.1", int(sys.argv[1]), Event(), ready=lambda: print("ready", flush=True))
