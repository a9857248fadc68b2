"""Visits as pages make them, from networks of their own: lease, beats, now and then a tap on the number, goodbye.

Requests come at their own times, whether or not the server has answered the others, and each is timed from the moment
at which it was due: a server that stands still for a second is charged with every request of that second. A visit's
next request needs the lease that its last one brought; while none has come, another visitor arrives.
"""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from tests.bench.clients import FOUND, PAGE
from tests.bench.networks import network
from tests.bench.wire import ClosedError, Wire

HREF = "tel:+12125550100"
PER_VISIT = 4.5  # requests: a lease, two beats, three taps in ten visits, a goodbye, a page in five without a number
TAPS = 0.3
MISSES = 0.2


@dataclass(slots=True)
class Visit:
    """One visitor, and what the page is still to post."""

    place: int
    steps: "deque[str]"
    visitor: str = ""
    lease: str = ""


@dataclass(slots=True)
class Load:
    """What became of the requests: milliseconds of the good ones and how many were not, by kind; all statuses."""

    times: dict[str, list[float]] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)


class Crowd:
    """Visitors of one site."""

    def __init__(self, wire: Wire, site: str, first: int = 0) -> None:
        self._wire, self._site = wire, site
        self._random = random.Random(1)
        self._places = count(first)
        self._ready: deque[Visit] = deque()
        self._good: frozenset[int] = frozenset()
        self.load = Load()

    async def come(self, rate: float, seconds: float, good: frozenset[int]) -> Load:
        """Post at a rate for so long, at random moments; return what became of it when the last answer is here."""
        loop, self._good = asyncio.get_running_loop(), good
        start, tasks = loop.time(), []
        for due in self._moments(rate, seconds):
            await asyncio.sleep(start + due - loop.time())
            kind, visit = self._next()
            tasks.append(asyncio.create_task(self._post(kind, visit, start + due)))
        await asyncio.gather(*tasks)
        return self.load

    def _moments(self, rate: float, seconds: float) -> Iterator[float]:
        due = self._random.expovariate(rate)
        while due < seconds:
            yield due
            due += self._random.expovariate(rate)

    def _next(self) -> tuple[str, Visit]:
        if self._ready and self._random.random() > 1 / PER_VISIT:
            visit = self._ready.popleft()
            return visit.steps.popleft(), visit
        taps = ["tel"] if self._random.random() < TAPS else []
        visit = Visit(next(self._places), deque(["beat", *taps, "beat", "bye"]))
        if self._random.random() < MISSES:
            visit.steps.append("miss")
        return "lease", visit

    async def _post(self, kind: str, visit: Visit, due: float) -> None:
        loop = asyncio.get_running_loop()
        try:
            answer = await self._wire.post(f"/v1/{kind}", self._body(kind, visit), network(visit.place))
        except (ClosedError, TimeoutError) as error:
            self.load.statuses[type(error).__name__] += 1
            self.load.failed[kind] += 1
            return
        self.load.statuses[str(answer.status)] += 1
        if answer.status in self._good:
            self.load.times.setdefault(kind, []).append((loop.time() - due) * 1000)
        else:
            self.load.failed[kind] += 1
        if kind == "lease" and answer.status == 200:
            told = answer.json()
            visit.visitor, visit.lease = told["visitor"], told["lease"]
        if visit.steps and visit.lease:
            self._ready.append(visit)

    def _body(self, kind: str, visit: Visit) -> dict[str, object]:
        body: dict[str, object] = {"site": self._site, "url": f"{PAGE}&visit={visit.place}"}
        if kind == "lease":
            return {**body, "visitor": "", "lease": "", "referrer": "https://www.google.com/", "found": [FOUND],
                    "webdriver": False, "consent": "default", "view": True}  # fmt: skip
        if kind == "tel":
            return {**body, "visitor": visit.visitor, "lease": visit.lease, "href": HREF}
        return body if kind == "miss" else {**body, "lease": visit.lease}
