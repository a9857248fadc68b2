"""Part `attacks`: robots that try to drain a pool, played over HTTP against the running app, hours in seconds.

Each attack has a site and a pool of its own on the same server. The bench's app takes its clock from the requests
(tests/bench/wsgi.py), so that it stands where the simulation stands.
"""

import http.client
import json
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.leases import Policy
from gateway.store import NewNumber, new_pool
from tests.bench.clients import HEADERS, ORIGIN
from tests.bench.figures import Row, timing
from tests.bench.lines import destinations
from tests.bench.networks import FORWARDED
from tests.bench.plan import Plan, Say
from tests.bench.serve import serving
from tests.bench.wsgi import CLOCK
from tests.house import SWAP_TARGET, House, build
from tests.live.asterisk import ASTERISK
from tests.live.rooms import room
from tests.web.attacks import ATTACKS, Attack, Json, Outcome, Simulation

NUMBERS = 50
PEOPLE = 64  # 127.64.0.9 is the first network of a person in the simulation; robots are below
WARM_UP = 0.25  # of an attack: people count who come after that
# Where nothing is promised nothing is played: a botnet of many networks that beats cannot be told from people.
PLAYED = [attack for attack in ATTACKS if attack.least]


@dataclass(slots=True)
class World:
    """The way to the server, the time in it, and what people were shown there."""

    server: http.client.HTTPConnection
    now: datetime
    dialable: frozenset[str]
    times: list[float] = field(default_factory=list)
    """Milliseconds of each answer to a person that leaves a number on the page that rings."""
    unserved: int = 0
    """People who were shown a number that is not ours."""

    def forward(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.now += timedelta(seconds=seconds)

    def post(self, path: str, body: Json, network: str) -> tuple[int, Json]:
        """Post as a page of some network does."""
        start = perf_counter()
        headers = {**HEADERS, FORWARDED: network, CLOCK: self.now.isoformat()}
        self.server.request("POST", path, json.dumps(body), headers)
        reply = self.server.getresponse()
        text = reply.read()
        answer = json.loads(text) if text else {}
        if path == "/v1/lease" and _is_person(network):
            self._look(answer, (perf_counter() - start) * 1000)
        return reply.status, answer

    def _look(self, answer: Json, taken: float) -> None:
        """Note what a person was shown: without a number, whatever the status, the page keeps its own."""
        if {one["number"] for one in answer.get("numbers", ())} <= self.dialable:
            self.times.append(taken)
        else:
            self.unserved += 1


def measure(plan: Plan, where: Path | None, say: Say) -> list[Row]:
    """Serve, attack, and return the rows."""
    with room(where) as home:
        house = build(home, destinations(ASTERISK), origins=[ORIGIN])
        pools = [_add_pool(house, place) for place in range(len(PLAYED))]
        with serving(house):
            return [
                _row(attack, *_play(house, attack, pool, place, plan, say))
                for place, (attack, pool) in enumerate(zip(PLAYED, pools, strict=True))
            ]


def _add_pool(house: House, place: int) -> tuple[str, frozenset[str]]:
    """Return the key of a site with a pool of its own, and the pool's numbers."""
    store, now = house.store, datetime.now(UTC)
    site = store.sites.add(f"attack{place}", [ORIGIN], now)
    pool = new_pool(site, f"attack{place}", SWAP_TARGET, "main", Policy())
    store.sites.add_pool(pool, now)
    numbers = frozenset(f"+1646557{place:02}{index:02}" for index in range(NUMBERS))
    store.numbers.add([NewNumber(number, Kind.POOL, pool) for number in numbers], now)
    return site.key, numbers


def _play(
    house: House, attack: Attack, pool: tuple[str, frozenset[str]], place: int, plan: Plan, say: Say
) -> tuple[World, Outcome]:
    say(f"  {attack.name}, {plan.attack:g} minutes")
    site, numbers = pool
    # A day apart: what the server remembers of an attack's networks is forgotten when the next one begins.
    start = datetime.now(UTC) + timedelta(days=place)
    with closing(http.client.HTTPConnection("127.0.0.1", house.web_port, timeout=30)) as server:
        world = World(server, start, numbers)
        outcome = Simulation(world.post, world, site, attack).run(plan.attack, plan.attack * WARM_UP)
        return world, outcome


def _row(attack: Attack, world: World, outcome: Outcome) -> Row:
    """Return the share of people with a number of their own; those have failed who saw one that does not ring."""
    share = f"{attack.least:.0%}" if attack.least == 1 else f"at least {attack.least:.0%}"
    kept = outcome.share >= attack.least and not outcome.faults and not world.unserved
    return Row(
        "attacks", _case(attack), timing(world.times, world.unserved), figure=outcome.share * 100, unit="% own",
        promise=f"{share}, all dialable", kept=kept,
    )  # fmt: skip


def _case(attack: Attack) -> str:
    return f"{attack.name}, {attack.asks_a_minute:g} asks/min" if attack.networks else attack.name


def _is_person(network: str) -> bool:
    return int(network.split(".")[1]) >= PEOPLE
