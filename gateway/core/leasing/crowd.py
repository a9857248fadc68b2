"""Who may take a number that nobody holds, when many ask: a pool that anyone on the internet may ask cannot be drained.

Theory of operation. Robots come from few networks, people from many. So a network holds few leases at once, fewer
still when the pool is crowded, and once no more than half of the numbers are free of an active lease (the reserve),
only a network that holds none gets one. Whoever gets none is shown a shared number or the site's own: a crowd costs
attribution, never a call. A lease that runs, and the number that still cools for its visitor, are never refused.

What cannot be told is not held against anyone: without a client address there is no network and no limit.
"""

from dataclasses import dataclass
from datetime import timedelta

MOST_LIVE = 10  # leases of one network: offices and mobile carriers share an address
MOST_LIVE_CROWDED = 3
AROUND = 4  # times as many for the wider network around it
MOST_RESERVED = 500  # numbers: half of a pool of a million would take long to count, and need not be kept free
HASTE = timedelta(seconds=20)  # until the first heartbeat of a lease, in a crowd


@dataclass(frozen=True, slots=True)
class Network:
    """Where a request came from, as keyed hashes that change daily: the network itself, and the wider one around it.

    Yesterday's names stand beside today's, so that midnight opens no hole.
    """

    today: str
    yesterday: str
    around_today: str
    around_yesterday: str


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many numbers of a pool no active lease holds, and how many it has.

    Counted no further than matters: the numbers up to twice the idle ones and one more, and not at all where more are
    idle than are ever reserved.
    """

    idle: int
    numbers: int

    @property
    def pressed(self) -> bool:
        """Return whether more than half of the numbers are active."""
        return self.idle * 2 < self.numbers

    @property
    def reserved(self) -> bool:
        """Return whether what is left is the reserve."""
        return self.idle * 2 <= self.numbers


def may_return(live: int, live_around: int) -> bool:
    """Return whether a network may take up the number that still cools for its visitor; the reserve is no matter here.

    Without a limit, one network could collect the visitors of all numbers in turn, and have them all back at once.
    """
    return live < MOST_LIVE and live_around < AROUND * MOST_LIVE


def may_take(crowd: Crowd, live: int, live_around: int) -> bool:
    """Return whether a network that holds so many leases of a pool may take one more."""
    most = MOST_LIVE_CROWDED if crowd.pressed else MOST_LIVE
    return live < most and live_around < AROUND * most and not (live and crowd.reserved)
