"""`python -m tests.freeswitch.blocked PORT FIFO`: our controller, whose decisions wait until the FIFO is written to."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from gevent.event import Event

from gateway.cli.run.deciders import Deciders
from gateway.freeswitch import server
from tests.undecided import decide_after

if __name__ == "__main__":
    server.DEADLINE = 60.0
    deciders = Deciders(decide_after(Path(sys.argv[2]).read_bytes))
    controller = server.Controller(deciders.ask, lambda _: None, lambda: datetime.now(UTC))
    controller.serve("127.0.0.1", int(sys.argv[1]), Event(), ready=lambda: print("ready", flush=True))
