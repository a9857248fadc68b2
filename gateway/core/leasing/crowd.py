"""Which networks may take a free number when many ask, so that no stranger on the internet can drain a pool.

Theory of operation. Robots come from few networks, people from many. So a network holds few leases at once, and fewer
still when the pool is crowded. The last half of the numbers is a reserve: once no more than that are idle, only a
network that holds no lease gets one. Everybody else is shown a shared number or the site's own: a crowd costs
attribution, never a call. A running lease, or a number that still cools for its visitor, is never refused.

Without a client address the network is unknown, and no limit applies.
"""

from dataclasses import dataclass
from datetime import timedelta

MOST_LIVE = 10  # leases of one network: offices and mobile carriers share an address
MOST_LIVE_CROWDED = 3
AROUND = 4  # times as many for the wider network around it
MOST_RESERVED = 500  # numbers; half of a pool of a million would take long to count, and need not be kept free
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
    """How many numbers a pool has, and how many of them are idle: no active lease holds them.

    Counting stops where more would change nothing: at twice the idle numbers and one more. It does not begin where more
    numbers are idle than are ever reserved.
    """

    idle: int
    numbers: int

    @property
    def pressed(self) -> bool:
        """Return whether more than half of the numbers are active."""
        return self.idle * 2 < self.numbers

    @property
    def reserved(self) -> bool:
        """Return whether only the reserve is left."""
        return self.idle * 2 <= self.numbers


def may_return(live: int, live_around: int) -> bool:
    """Return whether a network may have back the number that still cools for its visitor, even from the reserve.

    Without a limit, one network could lease every number in turn, and then have them all back at once.
    """
    return live < MOST_LIVE and live_around < AROUND * MOST_LIVE


def may_take(crowd: Crowd, live: int, live_around: int) -> bool:
    """Return whether a network that holds so many leases of a pool may take one more."""
    most = MOST_LIVE_CROWDED if crowd.pressed else MOST_LIVE
    return live < most and live_around < AROUND * most and not (live and crowd.reserved)
