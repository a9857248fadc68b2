"""Part `pools`: leases on a site with fifty pools, beside a site with one."""

from datetime import UTC, datetime
from pathlib import Path

from gateway.core.calls.attribution import Kind
from gateway.core.leasing.leases import Policy
from gateway.store import NewNumber, new_pool
from tests.bench.clients import ORIGIN, Burst, open_clients
from tests.bench.figures import Row, Timing, timing
from tests.bench.leases import LEASE
from tests.bench.lines import destinations
from tests.bench.plan import Plan, Say
from tests.bench.serve import serving
from tests.house import SWAP_TARGET, build
from tests.live.asterisk import ASTERISK
from tests.live.rooms import room
from tests.stores import FileStore

ONE, MANY = 1, 50
FIRST_NUMBER, FIRST_TARGET = 13105550000, 13125550000
PROMISE, MOST = "no more than with one", 1.1  # a tenth is what two runs of the same differ by
CLIENTS = 1  # whose times are the server's own


def measure(plan: Plan, where: Path | None, say: Say) -> list[Row]:
    """Serve two sites, lease on both in turn, and return the rows."""
    leases = plan.lease_rounds * plan.leases_a_round
    with room(where) as home:
        house = build(home, destinations(ASTERISK), origins=[ORIGIN])
        keys = {pools: _site(house.store, pools, leases) for pools in (ONE, MANY)}
        house.store.close()
        bursts: dict[int, list[Burst]] = {ONE: [], MANY: []}
        with (
            serving(house),
            open_clients(CLIENTS, house.web_port, keys[ONE]) as one,
            open_clients(CLIENTS, house.web_port, keys[MANY]) as many,
        ):
            for turn in range(plan.lease_rounds):
                say(f"  round {turn + 1} of {plan.lease_rounds}")
                bursts[ONE] += one.post(LEASE, plan.leases_a_round, CLIENTS)
                bursts[MANY] += many.post(LEASE, plan.leases_a_round, CLIENTS)
        return _rows(_timing(bursts[ONE]), _timing(bursts[MANY]))


def _site(store: FileStore, pools: int, numbers: int) -> str:
    """Make a site with so many pools, of which pages show the first one's target; return its key."""
    now = datetime.now(UTC)
    site = store.sites.add(f"site of {pools}", [ORIGIN], now)
    for place in range(pools):
        target = f"+{FIRST_TARGET + place}" if place else SWAP_TARGET
        pool = new_pool(site, f"{place} of {pools}", target, "main", Policy())
        store.sites.add_pool(pool, now)
        first = FIRST_NUMBER + pools * 100_000
        made = range(first, first + numbers) if place == 0 else range(first + 50_000 + place, first + 50_001 + place)
        store.numbers.add((NewNumber(f"+{number}", Kind.POOL, pool) for number in made), now)
    return site.key


def _timing(bursts: list[Burst]) -> Timing:
    return timing([time for burst in bursts for time in burst.times], sum(burst.failed for burst in bursts))


def _rows(one: Timing, many: Timing) -> list[Row]:
    ratio = many.median / one.median
    row = Row(
        "pools", f"lease on a site with {MANY} pools", many, beside="one pool", ratio=ratio,
        ratio_p99=many.p99 / one.p99, added=many.median - one.median, promise=PROMISE, kept=ratio <= MOST,
    )  # fmt: skip
    return [Row("pools", "lease on a site with one pool", one), row]
