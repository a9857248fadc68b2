"""How hard a pool is pressed: what was shown of it in a time, and in words what to do where that is too little.

Theory of operation. Page views are counted by what they showed, in steps of ten minutes: a visitor without a number of
their own writes no lease, so only the views tell of them. Views of people who must not be told from others are left out
of the shares, as no further number would be theirs either. How many numbers are wanted is a rule of thumb: those there
are served so many, the rest would have taken as many each; what a lease takes is its own time and one more to rest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from gateway.core.leasing.leases import Choice, Policy

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=10)
KEPT = timedelta(days=2)
WINDOWS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
OVERFLOW = (Choice.SOURCE_SHARED, Choice.SHARED, Choice.STATIC)
MOST_OVERFLOW = 0.01  # of the page views
MOST_EARLY = 0.2  # of the leases


@dataclass(frozen=True, slots=True)
class Window:
    """What happened in a pool in a time: page views and new leases by choice.

    `views_without_visitor` could have no number of their own. `early` are the leases whose number the visitor before
    had left less than a lease's length ago. `lease_time` is how long the new leases lasted until now, all together.
    """

    name: str
    length: timedelta
    views: Mapping[Choice, int]
    views_without_visitor: int
    leases: Mapping[Choice, int]
    early: int
    lease_time: timedelta

    @property
    def sessions(self) -> int:
        """Return how many visits got a number of their own: each has one lease of a pool."""
        return sum(self.leases.values())

    @property
    def overflow(self) -> int:
        """Return how many page views showed no number of the visitor's own, which could have been."""
        return sum(self.views.get(choice, 0) for choice in OVERFLOW)

    @property
    def overflow_share(self) -> float:
        """Return the share of such page views."""
        return self.overflow / max(1, sum(self.views.values()))

    @property
    def early_share(self) -> float:
        """Return the share of the new leases whose number was left only just before."""
        return self.early / max(1, self.sessions)


def began(moment: datetime) -> datetime:
    """Return when the step of a moment began."""
    return moment - (moment - EPOCH) % STEP


def warnings(pool: str, policy: Policy, numbers: int, windows: list[Window]) -> Iterator[str]:
    """Yield what is wrong with a pool of so many numbers, of the shortest time first, and what to do about it."""
    if not numbers:
        yield f"it has no number, so nobody is shown one of their own: `leaseline number add --pool {pool} NUMBER ..`"
        return
    for window in windows:
        if window.overflow_share > MOST_OVERFLOW:
            yield _overflowing(pool, policy, numbers, window)
        if window.early_share > MOST_EARLY:
            yield _too_early(pool, policy, numbers, window)


def _overflowing(pool: str, policy: Policy, numbers: int, window: Window) -> str:
    own = sum(window.views.values()) - window.overflow
    seen = _counted(window.overflow, own + window.overflow, "page views", window)
    more = ceil(numbers * window.overflow / own) if own else numbers
    return f"{seen} showed no number of the visitor's own: {_add(pool, more)}, or {_other_way(pool, policy)}"


def _other_way(pool: str, policy: Policy) -> str:
    """Return what would give more visitors a number of their own, without a number more."""
    options = ["--soft"] if policy.hard else []
    if policy.overflow[:1] != (Choice.RECYCLED,):
        others = (way for way in policy.overflow if way is not Choice.RECYCLED)
        options.append(f"--overflow {','.join([Choice.RECYCLED, *others])}")
    if options:
        return f"give out numbers that still cool (`leaseline pool change {pool} {' '.join(options)}`)"
    return f"shorten the lease of {_seconds(policy.length)} s (`leaseline pool change {pool} --lease SECONDS`)"


def _too_early(pool: str, policy: Policy, numbers: int, window: Window) -> str:
    seen = _counted(window.early, window.sessions, "leases", window)
    taken = window.lease_time + window.sessions * policy.length
    more = max(1, ceil(taken / window.length) - numbers)
    return (
        f"{seen} took a number that another visitor had left less than {_seconds(policy.length)} s before: "
        f"{_add(pool, more)}; until then calls on such a number are contested"
    )


def _counted(part: int, whole: int, what: str, window: Window) -> str:
    return f"{part / whole:.0%} of the {what} of the last {window.name} ({part} of {whole})"


def _add(pool: str, more: int) -> str:
    return f"add {more} {'number' if more == 1 else 'numbers'} (`leaseline number add --pool {pool} NUMBER ..`)"


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
