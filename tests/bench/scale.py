"""Part `scale`: the time of a lease and of a decision, from a hundred numbers to a million, five million past leases.

All databases are open at once and take turns, one operation each, so that a slow minute of the disk is everybody's.
"""

import random
import secrets
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic, perf_counter

from gateway.core.calls.attribution import State
from gateway.core.calls.call import InboundCall
from gateway.core.calls.routing import Hop, Routes, decide
from gateway.core.leasing.leases import Choice, Pool
from gateway.core.visits.visit import read_visit
from tests.bench.bulk import DESTINATION, NOW, Fill, make_pools, number_of
from tests.bench.figures import Row, Timing, timing
from tests.bench.plan import Plan, Say
from tests.live.processes import NotReadyError
from tests.live.rooms import room
from tests.stores import FileStore

PROMISE = "2x"
MOST_TIMES = 2.0
WARM_UP = 20  # operations of each kind that are not counted
MOST_MS = 20_000  # for one kind on one database: what is slow is seen after fewer operations
LEASES_A_DAY = 1.4  # on one number
VISIT = read_visit("https://shop.example/?utm_source=google&utm_campaign=spring&gclid=x", "https://www.google.com/")
ROUTES = Routes({DESTINATION: (Hop(("PJSIP/100",), 20),)}, DESTINATION, "US", {})


@dataclass(frozen=True, slots=True)
class Size:
    """How large a database is; `states` adds a pool that is all active and one that is all cooling."""

    numbers: int
    leases: int
    states: bool = False

    @property
    def fills(self) -> dict[str, Fill]:
        """Return the pools. What is free has been so for a day, with the default cooldown of seven.

        Numbers are leased equally often in all databases, so that only the sizes differ and not how many visitors
        could have made a call: five million leases on 10,000 numbers are a year.
        """
        days, month = timedelta(days=1), timedelta(days=30)
        history = days * self.leases / (self.numbers * LEASES_A_DAY)
        free = {"free": Fill(self.numbers, self.leases, history + 8 * days, 8 * days)}
        states = {
            "cooling": Fill(self.numbers, self.numbers, 3 * days, days),
            "active": Fill(self.numbers, self.numbers, days, days / 2, length=month),
        }
        return free | states if self.states else free

    def __str__(self) -> str:
        return f"{self.numbers:,} numbers, {self.leases:,} leases"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of lease: of which pool, how it has to end, and how much time passes from one to the next."""

    name: str
    pool: str
    choice: Choice
    step: timedelta


KINDS = (
    # 2 h: with the default cooldown a number is free again after 84 leases, so that a hundred are enough.
    Kind("lease, free number", "free", Choice.IDLE, timedelta(hours=2)),
    Kind("lease, all cooling", "cooling", Choice.RECYCLED, timedelta(minutes=1)),
    Kind("lease, all active", "active", Choice.STATIC, timedelta()),
)
DECISION = "decision"


class Base:
    """One database while it is measured."""

    def __init__(self, size: Size, path: Path, pools: dict[str, Pool]) -> None:
        self.size = size
        self.times: dict[str, list[float]] = {}
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._pools = pools
        self._random = random.Random(1)
        self._writing, self._reading = FileStore(path), FileStore(path, read_only=True)
        self.kinds = tuple(kind for kind in KINDS if kind.pool in pools)

    def close(self) -> None:
        """Close both connections."""
        self._writing.close()
        self._reading.close()

    def lease(self, kind: Kind, turn: int) -> None:
        """Lease a number for a new visitor."""
        if self._spent[kind.name] > MOST_MS:
            return
        visitor, now = secrets.token_hex(16), NOW + turn * kind.step
        start = perf_counter()
        granted = self._writing.leases.grant(visitor, VISIT, [self._pools[kind.pool]], now)
        self._note(kind.name, start, turn)
        assert granted[0].choice is kind.choice, f"{kind.name} with {self.size}: {granted[0]}"

    def decide(self, turn: int) -> None:
        """Decide a call, five minutes into a lease of the last tenth; every other caller has called before."""
        call = self._call(turn)
        start = perf_counter()
        decision = decide(self._reading.calls, ROUTES, call)
        self._note(DECISION, start, turn)
        assert decision.call.attribution.state in (State.ACTIVE, State.COOLING, State.REPEAT), decision

    def _call(self, turn: int) -> InboundCall:
        fill = self.size.fills["free"]
        lease = self._random.randrange(fill.leases - fill.leases // 10, fill.leases)
        caller = fill.caller(lease) if turn % 2 else f"+1917{self._random.randrange(2_000_000, 9_999_999)}"
        at: datetime = fill.started(lease) + timedelta(minutes=5)
        return InboundCall(f"bench.{turn}", number_of(0, lease % fill.numbers), "trunk", caller, at)

    def _note(self, name: str, start: float, turn: int) -> None:
        taken = (perf_counter() - start) * 1000
        self._spent[name] += taken
        if turn >= WARM_UP:
            self.times.setdefault(name, []).append(taken)


def measure(plan: Plan, where: Path | None, say: Say) -> list[Row]:
    """Build the databases, measure, and return the rows."""
    sizes = _sizes(plan)
    with room(where) as home, ExitStack() as stack:
        _check_space(home, plan)
        bases = [stack.enter_context(closing(base)) for base in _build(home, sizes, say)]
        _take_turns(bases, plan.operations, say)
        return _rows({base.size: base.times for base in bases})


def _sizes(plan: Plan) -> list[Size]:
    few, some, many = plan.numbers
    little, more, most = plan.leases
    across = [Size(some, little), Size(many, little), Size(some, more), Size(some, most)]
    return [Size(few, little, states=True), *across, Size(many, most, states=True)]


def _check_space(home: Path, plan: Plan) -> None:
    needed = (max(plan.leases) * 2 + max(plan.numbers) * 4) * 900
    free = shutil.disk_usage(home).free
    if free < needed:
        raise NotReadyError(
            f"the databases need {needed / 1e9:.0f} GB in {home.parent}, where {free / 1e9:.0f} GB are free: "
            "name another directory with --dir, or take --quick"
        )


def _build(home: Path, sizes: Sequence[Size], say: Say) -> Iterator[Base]:
    """Fill the databases, two at a time and the largest first; yield them in the order of `sizes`."""
    paths = {size: home / f"{size.numbers}-{size.leases}.db" for size in sizes}
    started, pools, stopping = monotonic(), {}, Event()
    with ThreadPoolExecutor(2, "build") as builders:  # SQLite lets Python go while it works
        largest_first = sorted(sizes, key=lambda size: -(size.leases + size.numbers))
        tasks = {builders.submit(make_pools, paths[size], size.fills, stopping): size for size in largest_first}
        try:
            for task in as_completed(tasks):
                pools[tasks[task]] = task.result()
                say(f"  built {tasks[task]} ({monotonic() - started:.0f} s)")
        except BaseException:
            stopping.set()
            builders.shutdown(cancel_futures=True)
            raise
    yield from (Base(size, paths[size], pools[size]) for size in sizes)


def _take_turns(bases: Sequence[Base], operations: int, say: Say) -> None:
    kinds: list[Callable[[int], None]] = [partial(base.lease, kind) for base in bases for kind in base.kinds]
    kinds += [base.decide for base in bases]
    for turn in range(WARM_UP + operations):
        random.shuffle(kinds)
        for operate in kinds:
            operate(turn)
        if turn % max(1, operations // 4) == 0:
            say(f"  {turn} of {operations} operations of each kind on each database")


def _rows(times: dict[Size, dict[str, list[float]]]) -> list[Row]:
    found = []
    for name in (*(kind.name for kind in KINDS), DECISION):
        measured = {size: timing(one[name]) for size, one in times.items() if name in one}
        smallest = next(iter(measured))
        found += [_row(name, size, measured, smallest) for size in measured]
    return found


def _row(name: str, size: Size, measured: dict[Size, Timing], smallest: Size) -> Row:
    time, least = measured[size], measured[smallest]
    if size == smallest:
        return Row("scale", f"{name}: {size}", time)
    ratio = time.median / least.median
    return Row(
        "scale", f"{name}: {size}", time, beside=str(smallest), ratio=ratio, ratio_p99=time.p99 / least.p99,
        promise=PROMISE, kept=ratio <= MOST_TIMES,
    )  # fmt: skip
