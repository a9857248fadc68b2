"""Visits for a simulation, made up at random or recorded: which of them call, and when.

Theory of operation. A visitor calls at an even rate while they see the number, so a longer stay makes a call likelier,
and at a falling rate after they left: attribution assumes the same (`core.calls.attribution`). How the rate falls is
the law of call delays. The other laws keep the median and the share of late calls, and differ in shape: one has no
tail, one a moderate tail, one some calls days later. Randomness comes from `draw`, which returns numbers from 0 to 1,
so that the same seed makes the same visits.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.core.leasing import leases
from gateway.lab.sizing import LAW, Traffic

Draw = Callable[[], float]
Delay = Callable[[Draw], timedelta]
"""Draws how long after leaving a late caller calls."""
LATEST, MOST_DELAYS = timedelta(days=365), 1e6  # cut off a tail that is longer than any date


@dataclass(frozen=True, slots=True)
class Population:
    """Made-up visitors: how many there are, and what share of those who stay `calls`.

    `bounces` is the share that leaves before the first heartbeat and never calls. `cut_off` is the share that leaves
    without a goodbye. `passing` is how many others, who never see the number, come for each visitor who does.
    """

    visits: int
    calls: float = 0.5
    bounces: float = 0.3
    cut_off: float = 0.1
    passing: float = 0.5


@dataclass(frozen=True, slots=True)
class Arrival:
    """A recorded visit that saw the number: when it began, when it was last heard of, and whether it said goodbye."""

    arrives: timedelta
    seen: timedelta
    says_goodbye: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """One visit, as times since the first visit; `calls` is None where the visitor never calls."""

    arrives: timedelta
    leaves: timedelta
    calls: timedelta | None
    says_goodbye: bool
    sees: bool = True


@dataclass(frozen=True, slots=True)
class Law:
    """When visitors call: after a delay, except for a share of all calls that come 1 to 5 `days` later."""

    delay: Delay
    days: float = 0.0

    def calls_after(self, stays: timedelta, draw: Draw) -> timedelta:
        """Return how long after its arrival a visit of some length calls."""
        if self.days and draw() < self.days:
            return timedelta(days=1 + 4 * draw())
        return stays * draw() if draw() >= LAW.late(stays) else stays + self.delay(draw)


def make_visits(traffic: Traffic, crowd: Population, law: Law, draw: Draw) -> list[Timeline]:
    """Return random visits; the traffic counts those that see the number, and passing ones come on top."""
    visits, arrives = [], timedelta()
    for _ in range(crowd.visits):
        arrives += _exponential(timedelta(hours=1) / traffic.visits_an_hour, draw)
        visits.append(_visit(arrives, traffic, crowd, law, draw))
        if draw() < crowd.passing:
            visits.append(replace(_visit(arrives, traffic, crowd, law, draw), sees=False, calls=None))
    return visits


def visits_of(arrivals: Sequence[Arrival], calls: float, law: Law, draw: Draw) -> list[Timeline]:
    """Return recorded visits, a random share of which calls; a visit without a heartbeat never does."""
    stayed = [one.seen - one.arrives for one in arrivals if one.seen > one.arrives]
    usual = sum(stayed, timedelta()) / max(len(stayed), 1)
    visits = []
    for one in arrivals:
        stays = one.seen - one.arrives
        called = stays > timedelta() and _calls(calls, stays, usual, draw)
        calls_at = one.arrives + law.calls_after(stays, draw) if called else None
        visits.append(Timeline(one.arrives, one.seen + leases.BEAT_EVERY / 2, calls_at, one.says_goodbye))
    return visits


def by_model(draw: Draw) -> timedelta:
    """Return a delay by the law that attribution assumes."""
    delays: float = (1.0 - draw()) ** (1.0 / (1.0 - LAW.power)) - 1.0
    return min(LAW.delay * min(delays, MOST_DELAYS), LATEST)


def by_exponential(draw: Draw) -> timedelta:
    """Return an exponential delay with the model's median."""
    return _exponential(LAW.median / math.log(2.0), draw)


def by_lognormal(sigma: float) -> Delay:
    """Return a draw of lognormal delays, as most human ones are, with the model's median (by Box and Muller)."""

    def delay(draw: Draw) -> timedelta:
        normal = math.sqrt(-2.0 * math.log(1.0 - draw())) * math.cos(2.0 * math.pi * draw())
        return LAW.median * math.exp(sigma * normal)

    return delay


LAWS = {
    "model": Law(by_model),
    "exponential": Law(by_exponential),
    "lognormal": Law(by_lognormal(1.2)),
    "days": Law(by_model, days=0.1),
}


def _visit(arrives: timedelta, traffic: Traffic, crowd: Population, law: Law, draw: Draw) -> Timeline:
    bounces = draw() < crowd.bounces
    stays = leases.FIRST_BEAT * draw() if bounces else leases.FIRST_BEAT + _exponential(traffic.time_on_site, draw)
    called = not bounces and _calls(crowd.calls, stays, leases.FIRST_BEAT + traffic.time_on_site, draw)
    calls = arrives + law.calls_after(stays, draw) if called else None
    return Timeline(arrives, arrives + stays, calls, draw() >= crowd.cut_off)


def _calls(share: float, stays: timedelta, usual: timedelta, draw: Draw) -> bool:
    """Return whether a visitor calls at all: `share` is the probability after a usual stay; longer stays raise it."""
    return draw() < share * ((LAW.mass + stays) / (LAW.mass + usual))


def _exponential(mean: timedelta, draw: Draw) -> timedelta:
    return -math.log(1.0 - draw()) * mean
