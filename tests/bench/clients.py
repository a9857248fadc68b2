"""Clients of the lease API, each a process of its own that keeps its connection open."""

import http.client
import itertools
import json
import multiprocessing
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import perf_counter
from typing import cast

from tests.bench.networks import FORWARDED, network

ORIGIN = "http://127.0.0.1:8000"
FOUND = "(212) 555-0100"  # the swap target as the page writes it
PAGE = f"{ORIGIN}/?utm_source=google&utm_medium=cpc&utm_campaign=spring-sale&utm_term=plumber&gclid=bench"
IDLE = "/bench/nothing"
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
HEADERS = {"Content-Type": "text/plain", "Origin": ORIGIN, "User-Agent": CHROME}
MOST_VISITORS = 1_000_000  # of one client: no two come from the same network


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
    for place in range(count):
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, port, site, place * MOST_VISITORS), daemon=True)
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


def _work(orders: Connection, port: int, site: str, first: int) -> None:
    # Without a visitor's token each request is a new visitor's.
    body = json.dumps({"site": site, "url": PAGE, "referrer": "", "found": [FOUND], "view": True})
    visitors = itertools.count(first)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who gives the orders
    orders.send("ready")
    with suppress(EOFError):
        while True:
            path, requests = orders.recv()
            burst = _burst(port, path, itertools.islice(visitors, requests), body)
            with suppress(BrokenPipeError):
                orders.send(burst)


def _burst(port: int, path: str, visitors: Iterable[int], body: str) -> Burst:
    """Post on one connection; it is a new one, as the server closes those that are idle between two bursts."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as server:
        _post(server, IDLE, body, 0)
        times, failed, start = [], 0, perf_counter()
        for visitor in visitors:
            before = perf_counter()
            if _post(server, path, body, visitor):
                times.append((perf_counter() - before) * 1000)
            else:
                failed += 1
        return Burst(start, perf_counter(), tuple(times), failed)


def _post(server: http.client.HTTPConnection, path: str, body: str, visitor: int) -> bool:
    """Return whether the answer was good; of a lease, whether it came with a number of the visitor's own."""
    server.request("POST", path, body, {**HEADERS, FORWARDED: network(visitor)})
    answer = server.getresponse()
    text = answer.read()
    return answer.status == 200 and (path == IDLE or b'"choice":"idle"' in text)
