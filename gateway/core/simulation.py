"""What a pool's policy would make of some traffic: made-up visits, driven through a real ledger.

Theory of operation. Visits are drawn once and played to each contender, so that all see the same traffic. A visit takes
a number, beats while it is on the page, says goodbye or is cut off, and may call the number that it was shown, then or
later. The ledger and the attribution are the product's own; what is counted is whether they name the right visitor.
Nobody taps a link, and nobody calls twice: such evidence only makes a call surer than it is here. Randomness comes as
`draw`, which returns numbers from 0 to 1, so that a seed brings the same table again.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from gateway.core import leases
from gateway.core.attribution import WEIGHTS, Facts, Weights, attribute
from gateway.core.leases import Lease, Policy, Pool
from gateway.core.numbers import Dialled
from gateway.core.reliability import Claim
from gateway.core.sizing import CallLaw, Traffic

Draw = Callable[[], float]
When = Callable[[timedelta, Draw], timedelta]
"""Draws how long after its arrival a visit of some length calls."""
MOMENT = timedelta(milliseconds=1)
LATEST, MOST_DELAYS = timedelta(days=365), 1e6  # of a tail that has no end, which no date can tell


class Shown(Protocol):
    """What the ledger gave a visitor."""

    @property
    def lease(self) -> Lease | None:
        """Return the lease, where the number is the visitor's own."""


class Ledger(Protocol):
    """The part of the store that a simulation drives."""

    def show(self, visitor: str, pool: Pool, now: datetime) -> Shown:
        """Return what a visitor is shown."""

    def put_any_first(self, pool: Pool, now: datetime, draw: Draw) -> None:
        """Let a number drawn by lot be the next one."""

    def renew(self, lease_ids: Sequence[str], now: datetime) -> list[Lease]:
        """Return the leases that a heartbeat renewed."""

    def release(self, lease_ids: Sequence[str], now: datetime) -> None:
        """Let leases end soon."""

    def facts(self, dialled: Dialled, caller: str | None, at: datetime, weights: Weights) -> Facts:
        """Return all that is known for a call."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Made-up visitors: how many, and what share of those who stay calls.

    `bounces` is the share that leaves before the first heartbeat, and never calls; `cut_off` that without a goodbye;
    `passing` how many others come for each of them who never see the number.
    """

    visits: int
    calls: float = 0.5
    bounces: float = 0.3
    cut_off: float = 0.1
    passing: float = 0.5


@dataclass(frozen=True, slots=True)
class Arrival:
    """A recorded visit that saw the number: when it came and was last heard of, and whether it said goodbye."""

    arrives: timedelta
    seen: timedelta
    says_goodbye: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit, as times since the first one; `calls` is None for who never does."""

    arrives: timedelta
    leaves: timedelta
    calls: timedelta | None
    says_goodbye: bool
    sees: bool = True


@dataclass(frozen=True, slots=True)
class Contender:
    """A policy, and how it differs from ours beside its figures.

    A `fixed` lease is neither renewed nor given up; `on_load` leases a number to those as well who never see it.
    """

    name: str
    policy: Policy
    fixed: bool = False
    by_lot: bool = False
    on_load: bool = False


@dataclass(slots=True)
class Tally:
    """What came of it."""

    visits: int = 0
    own: int = 0
    calls: int = 0
    right: int = 0
    claims: list[Claim] = field(default_factory=list)


def make_visits(traffic: Traffic, crowd: Crowd, when: When, draw: Draw) -> list[Visit]:
    """Return visits at random; those of an hour are those that see the number, and others pass beside them."""
    visits, arrives = [], timedelta()
    for _ in range(crowd.visits):
        arrives += _exponential(timedelta(hours=1) / traffic.visits_an_hour, draw)
        visits.append(_visit(arrives, traffic, crowd, when, draw))
        if draw() < crowd.passing:
            visits.append(replace(_visit(arrives, traffic, crowd, when, draw), sees=False, calls=None))
    return visits


def _visit(arrives: timedelta, traffic: Traffic, crowd: Crowd, when: When, draw: Draw) -> Visit:
    bounces = draw() < crowd.bounces
    stays = leases.FIRST_BEAT * draw() if bounces else leases.FIRST_BEAT + _exponential(traffic.time_on_site, draw)
    calls = arrives + when(stays, draw) if draw() < crowd.calls and not bounces else None
    return Visit(arrives, arrives + stays, calls, draw() >= crowd.cut_off)


def visits_of(arrivals: Sequence[Arrival], calls: float, when: When, draw: Draw) -> list[Visit]:
    """Return recorded visits, a share of which calls at random; one that sent no heartbeat never does."""
    visits = []
    for one in arrivals:
        stays = one.seen - one.arrives
        called = draw() < calls and stays > timedelta()
        calls_at = one.arrives + when(stays, draw) if called else None
        visits.append(Visit(one.arrives, one.seen + leases.BEAT_EVERY / 2, calls_at, one.says_goodbye))
    return visits


def by_law(law: CallLaw) -> When:
    """Return the draw of a call's time by the law that attribution itself believes in."""

    def when(stays: timedelta, draw: Draw) -> timedelta:
        if draw() >= law.late(stays):
            return stays * draw()
        delays: float = (1.0 - draw()) ** (1.0 / (1.0 - law.power)) - 1.0
        return stays + min(law.delay * min(delays, MOST_DELAYS), LATEST)

    return when


def by_exponential(mean: timedelta) -> When:
    """Return the draw of calls that come after the arrival without memory."""
    return lambda _stays, draw: _exponential(mean, draw)


def by_lognormal(median: timedelta, sigma: float) -> When:
    """Return the draw of calls that come after the arrival as most human delays do (Box and Muller's normal)."""

    def when(_stays: timedelta, draw: Draw) -> timedelta:
        normal = math.sqrt(-2.0 * math.log(1.0 - draw())) * math.cos(2.0 * math.pi * draw())
        return median * math.exp(sigma * normal)

    return when


def some_days_later(law: CallLaw, share: float) -> When:
    """Return the draw of calls by a law, but that a share comes one to five days later."""
    usual = by_law(law)

    def when(stays: timedelta, draw: Draw) -> timedelta:
        return timedelta(days=1 + 4 * draw()) if draw() < share else usual(stays, draw)

    return when


def play(
    ledger: Ledger, pool: Pool, visits: Sequence[Visit], start: datetime, contender: Contender, draw: Draw
) -> Tally:
    """Return what a contender makes of visits; nobody may have leased a number of the pool before."""
    game = _Game(ledger, pool, start, contender, draw)
    steps = {"arrive": game.arrive, "beat": game.beat, "call": game.call, "leave": game.leave, "see": game.see}
    for at, what, visit in _events(visits, on_load=contender.on_load):
        steps[what](visit, start + at)
    return game.tally


class _Game:
    def __init__(self, ledger: Ledger, pool: Pool, start: datetime, contender: Contender, draw: Draw) -> None:
        self._ledger, self._pool, self._start = ledger, pool, start
        self._contender, self._draw = contender, draw
        self._shown: dict[int, Lease] = {}
        self.tally = Tally()

    def arrive(self, visit: int, now: datetime) -> None:
        if self._contender.by_lot:
            self._ledger.put_any_first(self._pool, now, self._draw)
        lease = self._ledger.show(str(visit), self._pool, now).lease
        if lease:
            self._shown[visit] = lease
        if lease and self._contender.fixed:
            self._ledger.renew([lease.id], now + MOMENT)

    def see(self, visit: int, _now: datetime) -> None:
        self.tally.visits += 1
        self.tally.own += visit in self._shown

    def beat(self, visit: int, now: datetime) -> None:
        if visit in self._shown and not self._contender.fixed:
            self._ledger.renew([self._shown[visit].id], now)

    def leave(self, visit: int, now: datetime) -> None:
        if visit in self._shown and not self._contender.fixed:
            self._ledger.release([self._shown[visit].id], now)

    def call(self, visit: int, now: datetime) -> None:
        self.tally.calls += 1
        if visit not in self._shown:
            return  # the site's own number, or a shared one: nobody is claimed
        number = self._shown[visit].number
        facts = self._ledger.facts(Dialled((number,), number[1:]), None, now, WEIGHTS)
        told = attribute(facts, now, WEIGHTS)
        if told.likelihood is not None:
            right = told.lease == self._shown[visit].id
            self.tally.right += right
            self.tally.claims.append((told.likelihood, right))


def _events(visits: Sequence[Visit], *, on_load: bool) -> list[tuple[timedelta, str, int]]:
    """Return what happens, in the order of time."""
    leased = ((place, visit) for place, visit in enumerate(visits) if visit.sees or on_load)
    return sorted(event for place, visit in leased for event in _of(visit, place))


def _of(visit: Visit, place: int) -> Iterator[tuple[timedelta, str, int]]:
    yield visit.arrives, "arrive", place
    if visit.sees:
        yield visit.arrives, "see", place
    beat = visit.arrives + leases.FIRST_BEAT
    while beat < visit.leaves:
        yield beat, "beat", place
        beat += leases.BEAT_EVERY
    if visit.says_goodbye:
        yield visit.leaves, "leave", place
    if visit.calls is not None:
        yield visit.calls, "call", place


def _exponential(mean: timedelta, draw: Draw) -> timedelta:
    return -math.log(1.0 - draw()) * mean
