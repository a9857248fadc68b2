"""From INVITE to 200 on one switch, by several ways: a plain one, through us, and what else is worth comparing.

The ways take turns in short rounds at every rate, so that whatever else the machine does hits all alike.
"""

import asyncio
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gateway.core.calls.attribution import State
from gateway.core.visits.visit import read_visit
from tests.bench.figures import Row, Timing, timing
from tests.bench.lines import destinations, fallback
from tests.bench.plan import Pace, Say
from tests.bench.uac import Caller, Line, Placed, open_socket
from tests.house import House, build
from tests.live.processes import wait_until
from tests.live.rooms import room
from tests.live.switch import Kind, Setup, Switch

POOL = tuple(f"+121255502{place:02}" for place in range(100))
WARM_UP = 40  # calls each way that are not counted


@dataclass(frozen=True, slots=True)
class Promise:
    """What we cost at the most at one rate, in milliseconds more than the plain way."""

    text: str
    rate: int
    median: float
    p99: float = math.inf


@dataclass(frozen=True, slots=True)
class Contest:
    """What takes turns on a switch."""

    part: str
    kind: Kind
    ways: Mapping[str, str]
    """Way to what a carrier puts before the number to choose it. The first is the plain one, the second is ours."""
    setup: Callable[[House, int], Setup]
    """What the switch is to run, given the port of the line."""
    promise: Promise
    tick: float = 0.0
    """Seconds between two looks of the switch for an answer, if it does not take one as it comes."""
    beside: Callable[[Switch, House], AbstractContextManager[None]] = lambda _switch, _house: nullcontext()
    """What runs beside switch and controller."""

    @property
    def plain(self) -> str:
        """Return the name of the plain way."""
        return next(iter(self.ways))

    @property
    def ours(self) -> str:
        """Return the name of our way."""
        return list(self.ways)[1]


@dataclass(frozen=True, slots=True)
class Block:
    """Calls of one way at one rate, in one round: how they went, by their callers."""

    rate: int
    way: str
    placed: Mapping[str, Placed]


def measure(contest: Contest, paces: Sequence[Pace], where: Path | None, say: Say) -> list[Row]:
    """Place all the calls, and return the rows."""
    kind = contest.kind
    binary = kind.provide(say)
    with asyncio.Runner() as runner, room(where) as home, ExitStack() as stack:
        line = runner.run(open_socket(lambda: Line(contest.tick)))
        house = build(home, destinations(kind), switch=kind.name, fallback=fallback(kind), numbers=POOL)
        stack.callback(house.store.close)
        say(f"  starting {binary.version()}")
        switch = stack.enter_context(kind.running(binary, contest.setup(house, line.port)))
        stack.enter_context(contest.beside(switch, house))
        stack.enter_context(house.running(house.controller))
        numbers = lease_all(house)
        caller = runner.run(open_socket(lambda: Caller(switch.sip_port)))
        blocks = runner.run(_place_all(contest, caller, line, numbers, paces, say))
        return list(_rows(contest, blocks, _states(contest, switch, blocks), paces))


def lease_all(house: House) -> list[str]:
    """Lease every number of the pool to a visitor of its own, each with a heartbeat."""
    now = datetime.now(UTC)
    pool = house.store.sites.pool_by_name("web")
    assert pool
    visit = read_visit("http://127.0.0.1:8000/?utm_source=google&utm_campaign=spring", "")
    granted = [house.store.leases.grant(f"visitor{place}", visit, [pool], now)[0] for place in range(len(POOL))]
    house.store.leases.renew([one.lease.id for one in granted if one.lease], now)
    return [one.number for one in granted]


async def _place_all(
    contest: Contest, caller: Caller, line: Line, numbers: Sequence[str], paces: Sequence[Pace], say: Say
) -> list[Block]:
    people = (f"+1646{2_000_000 + count}" for count in itertools.count())

    async def block(way: str, rate: int, count: int) -> Block:
        who = list(itertools.islice(people, count))
        dialled = [contest.ways[way] + number for number in itertools.islice(itertools.cycle(numbers), count)]
        placed = await caller.place_all(dialled, who, rate)
        return Block(rate, way, {one: _less(call, line, one) for one, call in zip(who, placed, strict=True)})

    for way in contest.ways:
        await block(way, contest.promise.rate, WARM_UP)
    blocks = []
    for pace in paces:
        say(f"  {pace.rate} calls/s: {pace.rounds} rounds of {len(contest.ways)} ways, {pace.seconds:g} s each")
        ways = [way for turn in range(pace.rounds) for way in _rotated(tuple(contest.ways), turn)]
        blocks += [await block(way, pace.rate, int(pace.rate * pace.seconds)) for way in ways]
    return blocks


def _less(call: Placed, line: Line, caller: str) -> Placed:
    """Return a call without the time that the line took to answer it."""
    return call if call.answer_ms is None else Placed(call.answer_ms - line.waited(caller))


def _rotated(ways: tuple[str, ...], turn: int) -> tuple[str, ...]:
    first = turn % len(ways)
    return ways[first:] + ways[:first]


def _states(contest: Contest, switch: Switch, blocks: Sequence[Block]) -> dict[str, str]:
    """Return the state that each call was tagged with, by its caller, from the call records. Plain calls have none."""
    through = [block.placed for block in blocks if block.way != contest.plain]
    expected = {who for placed in through for who, one in placed.items() if one.answer_ms is not None}

    def states() -> dict[str, str]:
        return {end.call.caller: end.tag for end in switch.ends()}

    wait_until(lambda: expected <= states().keys(), 20.0, "the call records")
    return states()


def _rows(contest: Contest, blocks: Sequence[Block], states: Mapping[str, str], paces: Sequence[Pace]) -> Iterator[Row]:
    for rate in (pace.rate for pace in paces):
        times = {}
        for way in contest.ways:
            wanted = None if way == contest.plain else State.ACTIVE.value
            times[way] = _timing([one for one in blocks if (one.rate, one.way) == (rate, way)], states, wanted)
        yield from (_row(contest, rate, way, times) for way in contest.ways)


def _timing(blocks: Sequence[Block], states: Mapping[str, str], wanted: str | None) -> Timing:
    """Return the figures of one way at one rate. A call that was answered but not attributed has failed too."""
    calls = [call for block in blocks for call in block.placed.items()]
    good = [one.answer_ms for who, one in calls if one.answer_ms is not None and states.get(who) == wanted]
    return timing(good, len(calls) - len(good))


def _row(contest: Contest, rate: int, way: str, times: Mapping[str, Timing]) -> Row:
    time, plain = times[way], times[contest.plain]
    case = f"{rate} calls/s: {way}"
    if way == contest.plain:
        return Row(contest.part, case, time, rate)
    added, added_p99 = time.median - plain.median, time.p99 - plain.p99
    promise = contest.promise
    promised = (way, rate) == (contest.ours, promise.rate)
    return Row(
        contest.part, case, time, rate, contest.plain, time.median / plain.median, time.p99 / plain.p99, added,
        added_p99, promise=promise.text if promised else "",
        kept=added <= promise.median and added_p99 <= promise.p99 if promised else None,
    )  # fmt: skip
