"""More calls than can be decided: the surplus rings the fallback at once, and the others are still decided."""

import contextlib
import os
import select
import sys
from pathlib import Path

from gateway.cli.run.deciders import THREADS
from tests.freeswitch.peer import Peer, peer
from tests.freeswitch.recorded import announcement
from tests.live.ports import free_tcp_port
from tests.live.processes import helper, wait_until


def ask(port: int, call: str, stack: contextlib.ExitStack) -> Peer:
    switch = stack.enter_context(peer(port))
    switch.hear()
    switch.say(announcement(call=call, dialled="+12125550110", trunk="external", caller="+12125550199"))
    return switch


def is_silent(switch: Peer, seconds: float = 0.0) -> bool:
    return not select.select([switch.socket], [], [], seconds)[0]


def first_let_go(port: int, stack: contextlib.ExitStack) -> Peer:
    """Ask again and again until a call hears something."""
    for place in range(100):
        switch = ask(port, f"more-{place}", stack)
        if not is_silent(switch, 0.1):
            return switch
    raise AssertionError


def test_the_surplus_is_let_go_while_the_first_calls_are_still_being_decided(tmp_path: Path) -> None:
    port, log, fifo = free_tcp_port(), tmp_path / "blocked.log", tmp_path / "fifo"
    os.mkfifo(fifo)
    argv = [sys.executable, "-m", "tests.freeswitch.blocked", str(port), str(fifo)]
    with helper(argv, log, Path(__file__).parents[2]), contextlib.ExitStack() as stack:
        wait_until(lambda: "ready" in log.read_text(), 20, "the controller")
        first = [ask(port, f"first-{place}", stack) for place in range(THREADS)]
        assert first_let_go(port, stack).hear() == b""
        assert all(is_silent(one) for one in first)
        with fifo.open("wb"):
            pass  # who reads sees its end
        assert all(b"dni_ok=1" in one.hear() for one in first)
