"""How often a network may do what costs us something: so many at once, and then one now and then.

In memory, as the page side is one process. It takes the time as an argument, which the usual libraries do not.
"""

import threading
from datetime import datetime, timedelta

from gateway.core.leasing.crowd import Network

MOST_NETWORKS = 200_000  # that are remembered; a flood of more is everybody's, and no limit would tell them apart


class Rate:
    """A limit for each network: `burst` at once, then one `every` so often."""

    def __init__(self, burst: int, every: timedelta) -> None:
        self._burst = burst
        self._every = every
        self._due: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def allows(self, network: Network | None, now: datetime) -> bool:
        """Return whether the network may do it once more now, and count it; one that is not known always may."""
        if network is None:
            return True
        with self._lock:
            due = max(self._due.get(network.today) or self._due.get(network.yesterday) or now, now)
            if due - now > self._burst * self._every:
                due = now  # the clock was set back
            if due - now > (self._burst - 1) * self._every:
                return False
            if len(self._due) >= MOST_NETWORKS:
                self._forget(now)
            self._due[network.today] = due + self._every
            return True

    @property
    def remembered(self) -> int:
        """Return how many networks are remembered."""
        return len(self._due)

    def _forget(self, now: datetime) -> None:
        self._due = {name: due for name, due in self._due.items() if due > now}
        if len(self._due) >= MOST_NETWORKS:
            self._due.clear()
