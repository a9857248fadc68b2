"""More calls than can be decided: the surplus rings the fallback at once, and the others are still decided."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest

from gateway.asterisk import server
from gateway.cli.run.deciders import THREADS, Deciders
from tests.live.ports import free_tcp_port
from tests.undecided import decide_after

ENVIRONMENT = "agi_network_script: route\nagi_uniqueid: {call}\nagi_arg_1: +12125550110\nagi_arg_2: trunk\n\n"
LET_GO = b"failure\n"


@contextmanager
def patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Yield what holds up all decisions until it is set; meanwhile no deadline passes."""
    monkeypatch.setattr(server, "ANSWER_DEADLINE", 60.0)
    decided = threading.Event()
    try:
        yield decided
    finally:
        decided.set()  # or the threads would never end


class Asterisk:
    """Asks as Asterisk does, on a connection for each call."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: list[asyncio.StreamWriter] = []

    async def ask(self, call: str) -> asyncio.StreamReader:
        """Return what is to be heard."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.append(writer)
        writer.write(ENVIRONMENT.format(call=call).encode())
        return reader

    async def first_let_go(self) -> bytes:
        """Ask again and again until a call hears all that there is to be heard."""
        for place in range(100):
            with suppress(TimeoutError):  # it waits for its turn
                return await asyncio.wait_for((await self.ask(f"more-{place}")).read(), 0.1)
        raise AssertionError

    async def close(self) -> None:
        """Hang up all calls."""
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def overload(port: int, decided: threading.Event) -> tuple[bytes, list[bytes]]:
    """Return what the surplus heard, and what those hear whose decision was under way."""
    stop, ready = asyncio.Event(), asyncio.Event()
    deciders = Deciders(decide_after(decided.wait))
    controller = server.Controller(deciders.ask, lambda _: None, lambda: datetime.now(UTC))
    serving = asyncio.create_task(controller.serve("127.0.0.1", port, stop, ready.set))
    await ready.wait()
    asterisk = Asterisk(port)
    first = [asyncio.create_task((await asterisk.ask(f"first-{place}")).readline()) for place in range(THREADS)]
    surplus = await asterisk.first_let_go()
    assert not any(one.done() for one in first)
    decided.set()
    answers = await asyncio.gather(*first)
    await asterisk.close()
    stop.set()
    await serving
    return surplus, answers


def test_the_surplus_is_let_go_while_the_first_calls_are_still_being_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    with patience(monkeypatch) as decided:
        surplus, answers = asyncio.run(overload(free_tcp_port(), decided))
    assert surplus == LET_GO
    assert all(b"DNI_OK=1" in answer for answer in answers)
