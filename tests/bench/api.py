"""Part `api`: the lease API under visits as pages make them, under too many of them, and beside half-open peers."""

import asyncio
import math
import time
import urllib.request
from pathlib import Path

from tests.bench.clients import ORIGIN
from tests.bench.figures import Row, timing
from tests.bench.leases import fill
from tests.bench.lines import destinations
from tests.bench.peers import half_open
from tests.bench.plan import Plan, Say
from tests.bench.processor import spent
from tests.bench.serve import serving
from tests.bench.visits import Crowd, Load
from tests.bench.wire import Wire
from tests.house import House, build
from tests.live.asterisk import ASTERISK
from tests.live.rooms import room

RATE = 200
LOAD_PROMISE, MOST_P99 = "p99 150 ms, no error", 150.0
BURST_RATE = 1000
BURST_PROMISE = "200, 204, 410, 429 only"
SERVED = frozenset({200, 204})
PUT_OFF = frozenset({200, 204, 410, 429})
PEERS, ASKED = 1500, 5
PEERS_PROMISE, MOST_WAIT = "5 of 5 in 1 s", 1000.0
WARM_UP = 2.0  # seconds that are not counted


def measure(plan: Plan, where: Path | None, say: Say) -> list[Row]:
    """Serve, post, and return the rows."""
    with room(where) as home:
        house = build(home, destinations(ASTERISK), origins=[ORIGIN])
        site = fill(house, int(RATE * plan.load + BURST_RATE * plan.burst))
        with serving(house) as server:
            asyncio.run(_come(house, site, RATE, WARM_UP, 0))
            say(f"  {RATE} requests/s for {plan.load:g} s")
            before = spent(server)
            steady = asyncio.run(_come(house, site, RATE, plan.load, 1_000_000))
            rows = _steady(steady, spent(server) - before)
            say(f"  {PEERS} half-open connections")
            rows += [_beside_peers(house)]
            say(f"  {BURST_RATE} requests/s for {plan.burst:g} s")
            burst = asyncio.run(_come(house, site, BURST_RATE, plan.burst, 2_000_000))
            return [*rows, _burst(burst, say)]


async def _come(house: House, site: str, rate: float, seconds: float, first: int) -> Load:
    wire = Wire(house.web_port)
    load = await Crowd(wire, site, first).come(rate, seconds, PUT_OFF if rate == BURST_RATE else SERVED)
    wire.close()
    return load


def _steady(load: Load, cost: float) -> list[Row]:
    """Return the row of all requests, with the server's processor time for each, and a row of each kind."""
    times = timing([time for one in load.times.values() for time in one], load.failed.total())
    kept = times.p99 <= MOST_P99 and not times.failed
    each = cost / max(1, times.count)
    rows = [Row("api", f"{RATE} requests/s", times, RATE, figure=each, unit="ms CPU", promise=LOAD_PROMISE, kept=kept)]
    for kind in ("lease", "beat", "tel", "bye", "miss"):
        own = timing(load.times.get(kind, []), load.failed[kind])
        rows += [Row("api", f"{RATE} requests/s: {kind}", own)]
    return rows


def _burst(load: Load, say: Say) -> Row:
    times = timing([time for one in load.times.values() for time in one], load.failed.total())
    say(f"  answered with {', '.join(f'{status}: {count}' for status, count in sorted(load.statuses.items()))}")
    return Row("api", f"{BURST_RATE} requests/s", times, BURST_RATE, promise=BURST_PROMISE, kept=not times.failed)


def _beside_peers(house: House) -> Row:
    with half_open(house.web_port, PEERS):
        times = [_ask(house) for _ in range(ASKED)]
    good = [time for time in times if time <= MOST_WAIT]
    case = f"{PEERS:,} half-open connections"
    return Row("api", case, timing(good, ASKED - len(good)), promise=PEERS_PROMISE, kept=len(good) == ASKED)


def _ask(house: House) -> float:
    """Return how long the script took to come, in milliseconds; for ever where it did not."""
    start = time.perf_counter()
    try:
        with urllib.request.urlopen(f"{house.web_url}/swap.js", timeout=10) as answer:
            answer.read()
    except OSError:
        return math.inf
    return (time.perf_counter() - start) * 1000
