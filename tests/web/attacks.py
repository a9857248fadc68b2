"""Robots that try to drain a pool while people visit, played event by event against anything that serves the lease API.

People come at random, each from a network of their own, stay some minutes, beat and leave. Robots ask for new leases
as fast as the attack says, spread over its networks, and beat for ever if it says so.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.core.leasing import leases

Json = dict[str, Any]
Post = Callable[[str, Json, str], tuple[int, Json]]
"""Posts a body to a path as a page of a network (an address) would; returns status and answer."""
MINUTE = 60.0
BEAT_EVERY = leases.BEAT_EVERY.total_seconds()
PEOPLE_A_MINUTE = 4.0
STAY = 4 * MINUTE  # mean
FOUND = "(212) 555-0100"


class Clock(Protocol):
    """Time, which a simulation moves on, or waits for."""

    def forward(self, seconds: float) -> None:
        """Let so many seconds pass."""


@dataclass(frozen=True, slots=True)
class Attack:
    """What the robots do, and the share of people who must get a number of their own all the same."""

    name: str
    networks: int
    asks_a_minute: float
    beats: bool
    least: float


# The rows of the notes' table. A botnet of many networks that sends heartbeats cannot be told from people.
ATTACKS = (
    Attack("no attack", 0, 0, beats=False, least=1.0),
    Attack("1 network", 1, 600, beats=False, least=1.0),
    Attack("200 networks without heartbeats", 200, 60, beats=False, least=0.93),
    Attack("20 networks without heartbeats", 20, 600, beats=False, least=0.95),
    Attack("20 networks with heartbeats", 20, 600, beats=True, least=0.65),
    Attack("200 networks with heartbeats", 200, 600, beats=True, least=0.0),
)


@dataclass
class Outcome:
    """How people fared who came after the attack had run for a while."""

    people: int = 0
    own: int = 0
    faults: list[str] = field(default_factory=list)
    """People who were shown another's number, lost theirs, or were not served: there must be none."""

    @property
    def share(self) -> float:
        """Return the share of people who got a number of their own."""
        return self.own / self.people


class Simulation:
    """One attack on one site, whose pool nobody else uses."""

    def __init__(self, post: Post, clock: Clock, site: str, attack: Attack, seed: int = 1) -> None:
        self._post = post
        self._clock = clock
        self._site = site
        self._attack = attack
        self._random = random.Random(seed)
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._now = 0.0
        self._counted_from = 0.0
        self._shown: dict[str, int] = {}
        self._outcome = Outcome()

    def run(self, minutes: float, counted_from: float) -> Outcome:
        """Play so many minutes; people count who come after the first `counted_from` of them."""
        self._counted_from = counted_from * MINUTE
        for moment in self._arrivals(minutes * MINUTE):
            self._at(moment, self._person)
        if self._attack.asks_a_minute:
            self._at(0.0, self._robot)
        while self._events and self._events[0][0] < minutes * MINUTE:
            moment, _, happen = heapq.heappop(self._events)
            self._clock.forward(moment - self._now)
            self._now = moment
            happen()
        return self._outcome

    def _arrivals(self, end: float) -> Iterator[float]:
        moment = 0.0
        while (moment := moment + self._random.expovariate(PEOPLE_A_MINUTE / MINUTE)) < end:
            yield moment

    def _at(self, moment: float, happen: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (moment, self._count, happen))

    def _person(self) -> None:
        who = self._count = self._count + 1
        network = address(64, who)
        status, answer = self._ask(network)
        if status != 200:
            self._outcome.faults.append(f"a person was answered {status}")
            return
        own = [one["number"] for one in answer["numbers"] if one["choice"] != "shared"]
        if self._now >= self._counted_from:
            self._outcome.people += 1
            self._outcome.own += bool(own)
        if own:
            self._stay(who, network, own[0], answer)

    def _stay(self, who: int, network: str, number: str, answer: Json) -> None:
        if number in self._shown:
            self._outcome.faults.append(f"two people were shown {number}")
        self._shown[number] = who
        leaves = self._now + self._random.expovariate(1 / STAY)
        moment = self._now + answer["next_beat"]
        while moment < leaves:
            self._at(moment, lambda: self._beat(network, number, answer))
            moment += BEAT_EVERY * self._random.uniform(0.9, 1.1)
        self._at(leaves, lambda: self._leave(network, number, answer))

    def _beat(self, network: str, number: str, answer: Json) -> None:
        if self._post("/v1/beat", self._body(lease=answer["lease"]), network)[0] != 200:
            self._outcome.faults.append(f"{number} was taken away")

    def _leave(self, network: str, number: str, answer: Json) -> None:
        del self._shown[number]
        self._post("/v1/bye", self._body(lease=answer["lease"]), network)

    def _robot(self) -> None:
        self._at(self._now + MINUTE / self._attack.asks_a_minute, self._robot)
        network = address(1, self._random.randrange(self._attack.networks))
        _, answer = self._ask(network)
        if self._attack.beats and answer.get("lease"):
            self._at(self._now + answer["next_beat"], lambda: self._robot_beat(network, answer))

    def _robot_beat(self, network: str, answer: Json) -> None:
        if self._post("/v1/beat", self._body(lease=answer["lease"]), network)[0] == 200:
            self._at(self._now + BEAT_EVERY, lambda: self._robot_beat(network, answer))

    def _ask(self, network: str) -> tuple[int, Json]:
        return self._post("/v1/lease", self._body(visitor="", found=[FOUND], referrer=""), network)

    def _body(self, **rest: object) -> Json:
        return {"site": self._site, "url": "https://shop.example/", **rest}


def address(first: int, index: int) -> str:
    """Return a loopback address in a network of its own; no two share a /24."""
    return f"127.{first + index // 256}.{index % 256}.9"
