"""Clients of the lease API, each a process of its own that keeps its connection open."""

import http.client
import json
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import perf_counter
from typing import cast

from tests.house import SWAP_TARGET

ORIGIN = "http://127.0.0.1:8000"
PAGE = f"{ORIGIN}/?utm_source=google&utm_medium=cpc&utm_campaign=spring-sale&utm_term=plumber&gclid=bench"
IDLE = "/bench/nothing"
HEADERS = {"Content-Type": "text/plain", "Origin": ORIGIN, "User-Agent": "Mozilla/5.0"}


@dataclass(frozen=True, slots=True)
class Burst:
    """What one client did: when it began and ended, milliseconds of each good answer, and how many were not."""

    start: float
    end: float
    times: tuple[float, ...]
    failed: int


class Clients:
    """Some clients that wait for orders."""

    def __init__(self, doors: Sequence[Connection]) -> None:
        self._doors = doors

    def post(self, path: str, requests: int, clients: int) -> list[Burst]:
        """Let so many clients post at once, sharing so many requests out among them."""
        for door in self._doors[:clients]:
            door.send((path, requests // clients))
        return [cast("Burst", door.recv()) for door in self._doors[:clients]]


@contextmanager
def open_clients(count: int, port: int, site: str) -> Iterator[Clients]:
    """Run clients for the length of the block."""
    context = multiprocessing.get_context("spawn")
    doors, processes = [], []
    for _ in range(count):
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, port, site), daemon=True)
        process.start()
        theirs.close()
        doors.append(ours)
        processes.append(process)
    try:
        for door in doors:
            door.recv()
        yield Clients(doors)
    finally:
        for door in doors:
            door.close()  # the client reads the end of its orders, and leaves
        for process in processes:
            process.join(5.0)


def _work(orders: Connection, port: int, site: str) -> None:
    # Without a visitor's token each request is a new visitor's.
    body = json.dumps({"site": site, "url": PAGE, "referrer": "", "found": [SWAP_TARGET.lstrip("+")]})
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who gives the orders
    orders.send("ready")
    with suppress(EOFError):
        while True:
            path, requests = orders.recv()
            burst = _burst(port, path, requests, body)
            with suppress(BrokenPipeError):
                orders.send(burst)


def _burst(port: int, path: str, requests: int, body: str) -> Burst:
    """Post on one connection; it is a new one, as the server closes those that are idle between two bursts."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as server:
        _post(server, IDLE, body)
        times, start = [], perf_counter()
        for _ in range(requests):
            before = perf_counter()
            if _post(server, path, body):
                times.append((perf_counter() - before) * 1000)
        return Burst(start, perf_counter(), tuple(times), requests - len(times))


def _post(server: http.client.HTTPConnection, path: str, body: str) -> bool:
    """Return whether the answer was good; of a lease, whether it came with a number of the visitor's own."""
    server.request("POST", path, body, HEADERS)
    answer = server.getresponse()
    text = answer.read()
    return answer.status == 200 and (path == IDLE or b'"choice":"idle"' in text)
