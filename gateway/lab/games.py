"""Games of a simulation: a pool, its traffic and a policy, each played in its own process."""

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from gateway.core.leasing.leases import Policy
from gateway.lab.arrivals import LAWS, Arrival, Population, Timeline, make_visits, visits_of
from gateway.lab.ledger import START, SimulatedLedger
from gateway.lab.simulation import Contender, Tally, play
from gateway.lab.sizing import Traffic

DEFAULT = Policy()
_NO_COOLDOWN = replace(DEFAULT, cooldown=timedelta())
CONTENDERS = (
    Contender("leaseline", DEFAULT),
    Contender("by lot, no cooldown", _NO_COOLDOWN, by_lot=True),
    Contender("hard cooldown of 7 days", replace(DEFAULT, hard=True)),
    Contender("20 minutes, no heartbeats", _NO_COOLDOWN, fixed=True),
    Contender("leased on load, not on view", DEFAULT, on_load=True),
    Contender("no provisional lease", replace(DEFAULT, provisional=DEFAULT.length)),
)


@dataclass(frozen=True, slots=True)
class Traces:
    """What the visits of all games are made from: recorded visits, or a number of random ones."""

    time_on_site: timedelta
    visits: int
    calls: float
    recorded: tuple[Arrival, ...]
    seed: int

    def make(self, hourly: int, law: str) -> list[Timeline]:
        """Return the visits at an hourly rate, with calls by a law; the same ones each time."""
        draw = random.Random(self.seed).random  # noqa: S311  not a secret: every game gets the same visits
        if self.recorded:
            return visits_of(self.recorded, self.calls, LAWS[law], draw)
        return make_visits(Traffic(hourly, self.time_on_site), Population(self.visits, self.calls), LAWS[law], draw)


@dataclass(frozen=True, slots=True)
class Game:
    """A pool, its traffic, and the contender that plays it."""

    traces: Traces
    visits_an_hour: int
    numbers: int
    law: str
    contender: Contender

    def play(self) -> Tally:
        """Return what the contender makes of the visits."""
        visits = _made(self.traces, self.visits_an_hour, self.law)
        ledger = SimulatedLedger(self.numbers, self.contender.policy)
        try:
            draw = random.Random(self.traces.seed + 1).random  # noqa: S311  as above
            return play(ledger, ledger.pool, visits, START, self.contender, draw)
        finally:
            ledger.close()


@lru_cache(maxsize=1)
def _made(traces: Traces, hourly: int, law: str) -> list[Timeline]:
    """Return visits, and keep them for the next game: a search for the smallest pool plays them dozens of times."""
    return traces.make(hourly, law)
