"""How a pool's policy would serve some traffic: visits played against a real store.

Theory of operation. Visits are drawn once and played against every contender, so that all see the same traffic. A visit
takes a number, beats while it is on the page, says goodbye or is cut off, and may call the number that it was shown,
then or later. Store and attribution are the product's own; the tally counts how often they name the right visitor.
Calls after the last visit are not played, as no real pool stops handing out its numbers. Nobody taps a link or calls
twice: such evidence would only make attribution surer than it is here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gateway.core.calls.attribution import WEIGHTS, Facts, Weights, attribute
from gateway.core.leasing import leases
from gateway.core.leasing.leases import Lease, Policy, Pool
from gateway.core.numbers import Dialled
from gateway.lab.arrivals import Draw, Timeline
from gateway.lab.reliability import Claim

MOMENT = timedelta(milliseconds=1)
CALL = "call"


class Given(Protocol):
    """What the store gave a visitor."""

    @property
    def lease(self) -> Lease | None:
        """Return the lease, where the number is the visitor's own."""


class DrivenStore(Protocol):
    """The part of the store that a simulation drives."""

    def show(self, visitor: str, pool: Pool, now: datetime) -> Given:
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
class Contender:
    """A policy, and how it differs from ours beyond its figures.

    A `fixed` lease is neither renewed nor given up. `on_load` also leases numbers to visitors who never see them.
    """

    name: str
    policy: Policy
    fixed: bool = False
    by_lot: bool = False
    on_load: bool = False


@dataclass(slots=True)
class Tally:
    """The outcome of a game."""

    visits: int = 0
    own: int = 0
    calls: int = 0
    right: int = 0
    claims: list[Claim] = field(default_factory=list)


def play(
    ledger: DrivenStore, pool: Pool, visits: Sequence[Timeline], start: datetime, contender: Contender, draw: Draw
) -> Tally:
    """Return how a contender serves visits; the pool must be unused."""
    game = _Game(ledger, pool, start, contender, draw)
    steps = {"arrive": game.arrive, "beat": game.beat, CALL: game.call, "leave": game.leave, "see": game.see}
    for at, what, visit in _events(visits, on_load=contender.on_load):
        steps[what](visit, start + at)
    return game.tally


class _Game:
    def __init__(self, ledger: DrivenStore, pool: Pool, start: datetime, contender: Contender, draw: Draw) -> None:
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
            return  # the site's own number, or a shared one, which claims nobody
        number = self._shown[visit].number
        facts = self._ledger.facts(Dialled((number,), number[1:]), None, now, WEIGHTS)
        told = attribute(facts, now, WEIGHTS)
        if told.likelihood is not None:
            right = told.lease == self._shown[visit].id
            self.tally.right += right
            self.tally.claims.append((told.likelihood, right))


def _events(visits: Sequence[Timeline], *, on_load: bool) -> list[tuple[timedelta, str, int]]:
    """Return the events in the order of time."""
    leased = ((place, visit) for place, visit in enumerate(visits) if visit.sees or on_load)
    last = max((visit.arrives for visit in visits), default=timedelta())
    return sorted(
        event for place, visit in leased for event in _of(visit, place) if event[1] != CALL or event[0] <= last
    )


def _of(visit: Timeline, place: int) -> Iterator[tuple[timedelta, str, int]]:
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
        yield visit.calls, CALL, place
