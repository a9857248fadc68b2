"""Part `leases`: leases per second over HTTP, beside a route of the same app that does nothing."""

import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from tests.bench.bulk import Fill, fill_pool
from tests.bench.clients import IDLE, ORIGIN, Burst, Clients, open_clients
from tests.bench.figures import Row, Timing, timing
from tests.bench.lines import destinations
from tests.bench.plan import Plan, Say
from tests.bench.serve import serving
from tests.house import House, build
from tests.live.asterisk import ASTERISK
from tests.live.rooms import room

LEASE = "/v1/lease"
PROMISED_RATE = 200
PROMISE = "200/s"
NUMBERS = 20_000  # at least; and one for every lease
FULL = 2  # PRAGMA synchronous

Bursts = dict[tuple[int, str], list[list[Burst]]]


def measure(plan: Plan, where: Path | None, say: Say) -> list[Row]:
    """Serve, lease, and return the rows."""
    with room(where) as home:
        house = build(home, destinations(ASTERISK), origins=[ORIGIN])
        site = fill(house, plan.lease_rounds * plan.leases_a_round * len(plan.clients))
        with serving(house), open_clients(max(plan.clients), house.web_port, site) as clients:
            _check_synchronous(house)
            return _rows(_take_turns(clients, plan, say), plan)


def fill(house: House, leases: int) -> str:
    """Give the pool numbers enough for so many leases, and return the site's key."""
    store = house.store
    pool = store.sites.pool_by_name("web")
    assert pool
    key = store.sites.all()[0].key
    house.store.close()  # filling wants the file to itself
    fill_pool(house.store.path, pool, Fill(max(NUMBERS, leases)))
    return key


def _check_synchronous(house: House) -> None:
    """See that the process that leases writes through to the disk: figures without that would promise nothing."""
    with urllib.request.urlopen(f"{house.web_url}/bench/store", timeout=10) as answer:
        told = json.load(answer)
    assert told == {"writes": f"journal wal, synchronous {FULL}"}, f"the store does not write as it should: {told}"


def _take_turns(clients: Clients, plan: Plan, say: Say) -> Bursts:
    found: Bursts = {(count, path): [] for count in plan.clients for path in (IDLE, LEASE)}
    for turn in range(plan.lease_rounds):
        say(f"  round {turn + 1} of {plan.lease_rounds}")
        for (count, path), rounds in found.items():
            rounds.append(clients.post(path, plan.leases_a_round, count))
    return found


def _rows(found: Bursts, plan: Plan) -> list[Row]:
    return [row for count in plan.clients for row in _pair(count, found[count, IDLE], found[count, LEASE])]


def _pair(count: int, nothing: Sequence[Sequence[Burst]], leases: Sequence[Sequence[Burst]]) -> list[Row]:
    clients = f"{count} client{'s' if count > 1 else ''}"
    base, time, rate = _timing(nothing), _timing(leases), _rate(leases)
    kept = rate >= PROMISED_RATE
    row = Row(
        "leases", f"{clients}: lease", time, rate, "nothing", time.median / base.median,
        time.p99 / base.p99, time.median - base.median, time.p99 - base.p99,
        rate_ratio=rate / _rate(nothing), promise=PROMISE, kept=kept,
    )  # fmt: skip
    return [Row("leases", f"{clients}: nothing", base, _rate(nothing)), row]


def _timing(rounds: Sequence[Sequence[Burst]]) -> Timing:
    bursts = [burst for one in rounds for burst in one]
    return timing([time for burst in bursts for time in burst.times], sum(burst.failed for burst in bursts))


def _rate(rounds: Sequence[Sequence[Burst]]) -> float:
    """Return the good answers per second of all rounds, each from its first request to its last answer."""
    seconds = sum(max(burst.end for burst in one) - min(burst.start for burst in one) for one in rounds)
    return sum(len(burst.times) for one in rounds for burst in one) / seconds
