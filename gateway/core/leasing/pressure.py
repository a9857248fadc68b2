"""How hard a pool is pressed: what it showed in a time, and how many more numbers it needs.

Theory of operation. Page views are counted by what they showed, in steps of ten minutes: a visitor without a number of
their own leaves no lease, so only the views show that they came. Shares leave out the views of people who must not be
identified, as more numbers would not help them. How many numbers are missing is a rule of thumb: each further number
would serve as many views as each of today's; a lease takes its own time, and as long again to rest.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from gateway.core.leasing.leases import Choice, Policy
from gateway.core.times import EPOCH

STEP = timedelta(minutes=10)
KEPT = timedelta(days=2)
WINDOWS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
OVERFLOW = (Choice.SOURCE_SHARED, Choice.SHARED, Choice.STATIC)
MOST_OVERFLOW = 0.01  # of the page views
MOST_EARLY = 0.2  # of the leases


@dataclass(frozen=True, slots=True)
class Window:
    """What happened in a pool over some time: page views and new leases, by choice.

    `views_without_visitor` could not have had a number of their own. `early` counts the leases whose number another
    visitor had left less than a lease's length before. `lease_time` is the sum of how long the new leases have lasted.
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
        """Return how many page views could have shown a number of the visitor's own, and did not."""
        return sum(self.views.get(choice, 0) for choice in OVERFLOW)

    @property
    def overflow_share(self) -> float:
        """Return the share of such page views."""
        return self.overflow / max(1, sum(self.views.values()))

    @property
    def early_share(self) -> float:
        """Return the share of the new leases whose number another visitor had only just left."""
        return self.early / max(1, self.sessions)


@dataclass(frozen=True, slots=True)
class Empty:
    """The pool has no number, so nobody is shown one of their own."""


@dataclass(frozen=True, slots=True)
class Overflowing:
    """Too many page views showed no number of the visitor's own; so many `more` numbers would serve them."""

    window: Window
    more: int


@dataclass(frozen=True, slots=True)
class TooEarly:
    """Too many leases took a number that another visitor had only just left; `more` numbers would let them rest."""

    window: Window
    more: int


Warned = Empty | Overflowing | TooEarly


def began(moment: datetime) -> datetime:
    """Return when the step of a moment began."""
    return moment - (moment - EPOCH) % STEP


def warnings(policy: Policy, numbers: int, windows: list[Window]) -> Iterator[Warned]:
    """Yield what is wrong with a pool of so many numbers, the shortest window first."""
    if not numbers:
        yield Empty()
        return
    for window in windows:
        if window.overflow_share > MOST_OVERFLOW:
            yield Overflowing(window, _more_to_serve(numbers, window))
        if window.early_share > MOST_EARLY:
            yield TooEarly(window, _more_to_rest(policy, numbers, window))


def recycling_first(policy: Policy) -> Policy:
    """Return a policy that gives more visitors a number of their own without adding numbers."""
    others = (way for way in policy.overflow if way is not Choice.RECYCLED)
    return replace(policy, hard=False, overflow=(Choice.RECYCLED, *others))


def _more_to_serve(numbers: int, window: Window) -> int:
    own = sum(window.views.values()) - window.overflow
    return ceil(numbers * window.overflow / own) if own else numbers


def _more_to_rest(policy: Policy, numbers: int, window: Window) -> int:
    taken = window.lease_time + window.sessions * policy.length
    return max(1, ceil(taken / window.length) - numbers)
