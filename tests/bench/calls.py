"""Part `calls`: from INVITE to 200 through a bare Dial, through us, and through the same app asked by CURL().

The three take turns in short rounds at every rate, so that whatever else the machine does hits all alike.
"""

import asyncio
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.live.cdrs import read_cdrs

from gateway.core.attribution import State
from gateway.core.sources import read_visit
from gateway.store.admin import Administration
from tests.bench.figures import Row, Timing, timing
from tests.bench.plan import Plan, Say
from tests.bench.serve import serving
from tests.bench.switch import DESTINATIONS, FALLBACK, OURS, PLAIN, WAYS, check_curl, setup
from tests.bench.uac import Caller, Line, Placed, open_socket
from tests.house import House, build
from tests.live.asterisk import Asterisk, provide, running
from tests.live.processes import wait_until
from tests.live.rooms import room

POOL = tuple(f"+121255502{place:02}" for place in range(100))
PROMISED_RATE = 50
PROMISED_MEDIAN, PROMISED_P99 = 10.0, 30.0  # milliseconds more than a bare Dial
PROMISE = "+10 ms, p99 +30 ms"
WARM_UP = 40  # calls each way that are not counted


@dataclass(frozen=True, slots=True)
class Block:
    """Calls of one way at one rate, in one round: how they went, by their callers."""

    rate: int
    way: str
    placed: Mapping[str, Placed]


def measure(plan: Plan, where: Path | None, say: Say) -> list[Row]:
    """Place all the calls, and return the rows."""
    binary = provide(say)
    with asyncio.Runner() as runner, room(where) as home, ExitStack() as stack:
        line = runner.run(open_socket(Line))
        house = build(home, DESTINATIONS, fallback=FALLBACK, numbers=POOL)
        stack.callback(house.store.close)
        say(f"  starting {binary.version()}")
        asterisk = stack.enter_context(running(binary, setup(house.port, house.web_url, line.port)))
        check_curl(asterisk)
        stack.enter_context(house.running("agi"))
        stack.enter_context(serving(house))
        numbers = _lease_all(house)
        caller = runner.run(open_socket(lambda: Caller(asterisk.sip_port)))
        blocks = runner.run(_place_all(caller, numbers, plan, say))
        return _rows(blocks, _states(asterisk, blocks), plan)


def _lease_all(house: House) -> list[str]:
    """Lease every number of the pool to a visitor of its own, each with a heartbeat."""
    now = datetime.now(UTC)
    pool = Administration(house.store).pool_by_name("web")
    assert pool
    visit = read_visit("http://127.0.0.1:8000/?utm_source=google&utm_campaign=spring", "")
    granted = [house.ledger.grant(f"visitor{place}", visit, [pool], now)[0] for place in range(len(POOL))]
    house.ledger.renew([one.lease.id for one in granted if one.lease], now)
    return [one.number for one in granted]


async def _place_all(caller: Caller, numbers: Sequence[str], plan: Plan, say: Say) -> list[Block]:
    people = (f"+1646{2_000_000 + count}" for count in itertools.count())
    for way in WAYS:
        await _block(caller, way, PROMISED_RATE, WARM_UP, numbers, people)
    blocks = []
    for rate, rounds, seconds in zip(plan.rates, plan.rounds, plan.round_seconds, strict=True):
        say(f"  {rate} calls/s: {rounds} rounds of {len(WAYS)} ways, {seconds:g} s each")
        ways = [way for turn in range(rounds) for way in _rotated(tuple(WAYS), turn)]
        blocks += [await _block(caller, way, rate, int(rate * seconds), numbers, people) for way in ways]
    return blocks


async def _block(
    caller: Caller, way: str, rate: int, count: int, numbers: Sequence[str], people: Iterator[str]
) -> Block:
    who = list(itertools.islice(people, count))
    dialled = [WAYS[way] + number for number in itertools.islice(itertools.cycle(numbers), count)]
    placed = await caller.place_all(dialled, who, rate)
    return Block(rate, way, dict(zip(who, placed, strict=True)))


def _rotated(ways: tuple[str, ...], turn: int) -> tuple[str, ...]:
    first = turn % len(ways)
    return ways[first:] + ways[:first]


def _states(asterisk: Asterisk, blocks: Sequence[Block]) -> dict[str, str]:
    """Return the state that each call was tagged with, by its caller, from Asterisk's call records."""
    expected = {who for block in blocks for who, one in block.placed.items() if one.answer_ms is not None}

    def states() -> dict[str, str]:
        return {record["dni_caller"]: record["dni_state"] for record in read_cdrs(asterisk.cdr_file)}

    wait_until(lambda: expected <= states().keys(), 20.0, "the call records")
    return states()


def _rows(blocks: Sequence[Block], states: Mapping[str, str], plan: Plan) -> list[Row]:
    rows = []
    for rate in plan.rates:
        times = {way: _timing([one for one in blocks if (one.rate, one.way) == (rate, way)], states) for way in WAYS}
        rows += [_row(rate, way, times) for way in WAYS]
    return rows


def _timing(blocks: Sequence[Block], states: Mapping[str, str]) -> Timing:
    """Return the figures of one way at one rate. A call that was answered but not attributed has failed too."""
    good, calls = [], 0
    for block in blocks:
        wanted = "" if block.way == PLAIN else State.ACTIVE.value
        calls += len(block.placed)
        good += [
            one.answer_ms
            for who, one in block.placed.items()
            if one.answer_ms is not None and states.get(who) == wanted
        ]
    return timing(good, calls - len(good))


def _row(rate: int, way: str, times: Mapping[str, Timing]) -> Row:
    time, plain = times[way], times[PLAIN]
    case = f"{rate} calls/s: {way}"
    if way == PLAIN:
        return Row("calls", case, time, rate)
    added, added_p99 = time.median - plain.median, time.p99 - plain.p99
    promised = way == OURS and rate == PROMISED_RATE
    return Row(
        "calls", case, time, rate, PLAIN, time.median / plain.median, time.p99 / plain.p99, added, added_p99,
        promise=PROMISE if promised else "",
        kept=added <= PROMISED_MEDIAN and added_p99 <= PROMISED_P99 if promised else None,
    )  # fmt: skip
