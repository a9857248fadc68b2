"""Part `decision`: the controllers alone, asked by a driver that speaks the switch's protocol, beside a bare server.

The bare server stands on the same library and answers with constants. CPU is that of the whole process, its call rows
and all: each round ends when the last row is in the database. It says more than the times, which other work changes.
"""

import itertools
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from tests.bench import processor, turns
from tests.bench.bare import READY
from tests.bench.figures import Row, timing
from tests.bench.lines import destinations, fallback
from tests.bench.plan import Plan, Say
from tests.bench.talks import Asked, Talk, ask_all, ask_as_asterisk, ask_as_freeswitch
from tests.house import House, build
from tests.live.asterisk import ASTERISK
from tests.live.freeswitch import FREESWITCH
from tests.live.ports import free_tcp_port
from tests.live.processes import helper, wait_until
from tests.live.rooms import room
from tests.live.switch import PROJECT, Kind

PROMISE, MOST_CPU = "1.5x CPU", 1.5
AT_ONCE = (1, 8)
WARM_UP = 100
BARE = {"asterisk": "bare panoramisk", "freeswitch": "bare greenswitch"}
COUNT_ROWS = "SELECT COUNT(*) AS found FROM call"


@dataclass(slots=True)
class Server:
    """A server under test, and what it has cost so far."""

    name: str
    port: int
    pid: int
    house: House | None = None
    """Ours; None for the bare one."""
    times: dict[int, list[float]] = field(default_factory=dict)
    failed: dict[int, int] = field(default_factory=dict)
    cpu: dict[int, float] = field(default_factory=dict)
    wall: dict[int, float] = field(default_factory=dict)

    def be_asked(self, talk: Talk, asked: Sequence[Asked], at_once: int, *, counted: bool = True) -> None:
        """Answer all of it."""
        rows, cpu, start = self._rows(), processor.ran(self.pid), perf_counter()
        times, heard = ask_all(talk, self.port, asked, at_once)
        wall = perf_counter() - start
        good = [took for took, text in zip(times, heard, strict=True) if b"_state=active" in text.lower()]
        wait_until(lambda: self.house is None or self._rows() >= rows + len(good), 20.0, "the call rows")
        if counted:
            self.times.setdefault(at_once, []).extend(good)
            self.failed[at_once] = self.failed.get(at_once, 0) + len(asked) - len(good)
            self.cpu[at_once] = self.cpu.get(at_once, 0.0) + processor.ran(self.pid) - cpu
            self.wall[at_once] = self.wall.get(at_once, 0.0) + wall

    def _rows(self) -> int:
        return self.house.store.engine.read(COUNT_ROWS)[0]["found"] if self.house else 0

    def row(self, at_once: int, beside: "Server | None") -> Row:
        """Return the figures; `figure` is the CPU of one decision, and the ratio is that of CPU."""
        time = timing(self.times[at_once], self.failed[at_once])
        case = f"{'one connection' if at_once == 1 else f'{at_once} connections'} at a time: {self.name}"
        rate = len(self.times[at_once]) / self.wall[at_once]
        if beside is None:
            return Row("decision", case, time, rate, figure=self._each(at_once), unit="ms CPU")
        ratio = self._each(at_once) / beside._each(at_once)
        theirs = len(beside.times[at_once]) / beside.wall[at_once]
        promised = at_once == 1
        return Row(
            "decision", case, time, rate, beside.name, figure=self._each(at_once), unit="ms CPU", cpu_ratio=ratio,
            rate_ratio=rate / theirs, promise=PROMISE if promised else "",
            kept=ratio <= MOST_CPU if promised else None,
        )  # fmt: skip

    def _each(self, at_once: int) -> float:
        return self.cpu[at_once] / (len(self.times[at_once]) + self.failed[at_once])


def measure(plan: Plan, where: Path | None, say: Say) -> list[Row]:
    """Ask both controllers, and return the rows."""
    return [
        *_measure(ASTERISK, ask_as_asterisk, plan, where, say),
        *_measure(FREESWITCH, ask_as_freeswitch, plan, where, say),
    ]


def _measure(kind: Kind, talk: Talk, plan: Plan, where: Path | None, say: Say) -> Iterator[Row]:
    with room(where) as home, ExitStack() as stack:
        house = build(home, destinations(kind), switch=kind.name, fallback=fallback(kind), numbers=turns.POOL)
        stack.callback(house.store.close)
        bare = _bare(kind, home, stack)
        process = stack.enter_context(house.running(house.controller))
        ours = Server(f"leaseline {house.controller}", house.port, process.pid, house)
        calls = _calls(turns.lease_all(house))
        for turn in range(-1, plan.decision_rounds):
            for at_once, server in itertools.product(AT_ONCE, (bare, ours)):
                count = plan.decisions_a_round if turn >= 0 else WARM_UP
                server.be_asked(talk, list(itertools.islice(calls, count)), at_once, counted=turn >= 0)
            say(f"  {kind.name}: round {turn + 1} of {plan.decision_rounds}")
        yield from (one.row(at_once, None if one is bare else bare) for at_once in AT_ONCE for one in (bare, ours))


def _bare(kind: Kind, home: Path, stack: ExitStack) -> Server:
    port, log = free_tcp_port(), home / "bare.log"
    argv = [sys.executable, "-m", "tests.bench.bare", kind.name, str(port)]
    process = stack.enter_context(helper(argv, log, PROJECT))
    wait_until(lambda: READY in log.read_text(), 20.0, "the bare server")
    return Server(BARE[kind.name], port, process.pid)


def _calls(numbers: Sequence[str]) -> Iterator[Asked]:
    """Yield calls of people who have not called before, to one number after the other."""
    for place, number in enumerate(itertools.cycle(numbers)):
        yield Asked(f"bench-{place}", number, f"+1646{2_000_000 + place}")
