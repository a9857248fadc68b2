"""How many numbers a pool needs: what the field says, and what a queue says.

Theory of operation. Visitors come at random and hold a number while they are on the site, and for the closed-browser
delay after it. How many are held at once is then the Poisson law, whatever the law of the visits' lengths, and Erlang's
loss formula says how many visitors find none left. A hard cooldown is held as well, which is why it takes hundreds.
With a soft cooldown the coldest number is given out next, so a number that was left is shown to somebody else once the
others were given out: a caller who comes later than that is taken for the new one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from gateway.core.calls.attribution import WEIGHTS
from gateway.core.leasing.leases import Policy

HOUR = timedelta(hours=1)
MOST_NUMBERS = 100_000
DAY_HOURS = 10  # hours of the peak that a day's visitors make, where only the peak is known


@dataclass(frozen=True, slots=True)
class Traffic:
    """The visitors of a pool in its busiest hour, and how long one stays on the site."""

    visits_an_hour: float
    time_on_site: timedelta


@dataclass(frozen=True, slots=True)
class CallLaw:
    """When visitors call: at an even rate while they see the number, then falling as (1 + age / delay) ** -power.

    The power is above 1, as otherwise nobody would ever have called.
    """

    delay: timedelta
    power: float

    def after(self, age: timedelta) -> float:
        """Return what share of those who call after they left has called by then."""
        return 1.0 - float((1.0 + age / self.delay) ** (1.0 - self.power))

    @property
    def mass(self) -> timedelta:
        """Return the time for which the number would be seen if that brought as many calls as leaving does."""
        return self.delay / (self.power - 1.0)

    @property
    def median(self) -> timedelta:
        """Return within what time after leaving half of those call who call late."""
        delays: float = 2.0 ** (1.0 / (self.power - 1.0)) - 1.0
        return self.delay * delays

    def late(self, held: timedelta) -> float:
        """Return what share of all calls comes after the number was held no more."""
        return self.mass / (self.mass + held)


LAW = CallLaw(WEIGHTS.delay, WEIGHTS.power)  # what attribution believes in, so that both err alike


@dataclass(frozen=True, slots=True)
class Advice:
    """A number of numbers, and whose advice it is."""

    advice: str
    numbers: int


def rules_of_thumb(traffic: Traffic, lock: timedelta, visits_a_day: float) -> tuple[Advice, ...]:
    """Return what trackers advise: CallMatrix, Dialics, Nimbata and CallTrackingMetrics, as they publish it in 2026."""
    hourly, seconds = traffic.visits_an_hour, traffic.time_on_site.total_seconds()
    dialics = hourly / 3600 * (seconds + lock.total_seconds()) * 1.1
    return (
        Advice("visits in the peak hour / 4", math.ceil(hourly / 4)),
        Advice("visits an hour / 3600 x (time on site + closed-browser delay) x 1.1", math.ceil(round(dialics, 6))),
        Advice("visits an hour / (60 / minutes on site)", math.ceil(hourly * seconds / 3600)),
        Advice("1 for 20 visits a day", math.ceil(visits_a_day / 20)),
    )


def held(traffic: Traffic, policy: Policy) -> timedelta:
    """Return how long a visitor keeps a number from all others."""
    shown = traffic.time_on_site + policy.closed_browser_delay
    return shown + policy.cooldown if policy.hard else shown


def served(numbers: int, traffic: Traffic, policy: Policy) -> float:
    """Return what share of visitors gets a number of their own (Erlang's loss formula)."""
    return 1.0 - _lost(numbers, _load(traffic, policy))


def attributed(numbers: int, traffic: Traffic, policy: Policy, law: CallLaw) -> float:
    """Return what share of all calls is put down to the visitor who made it."""
    late = law.late(held(traffic, policy))
    kept = policy.cooldown if policy.hard else min(policy.cooldown, _handed_on(numbers, traffic, policy))
    return served(numbers, traffic, policy) * (1.0 - late + late * law.after(kept))


def smallest(good: Callable[[int], bool]) -> int | None:
    """Return the smallest number of numbers that is good, where more are never worse; None where none is."""
    low, high = 0, 1
    while not good(high):
        if high == MOST_NUMBERS:
            return None
        low, high = high, min(high * 2, MOST_NUMBERS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle, high)
    return high


def _load(traffic: Traffic, policy: Policy) -> float:
    return traffic.visits_an_hour * (held(traffic, policy) / HOUR)


def _lost(numbers: int, load: float) -> float:
    """Return Erlang's B by its recursion, which needs no factorials."""
    lost = 1.0
    for place in range(1, numbers + 1):
        lost = load * lost / (place + load * lost)
    return lost


def _handed_on(numbers: int, traffic: Traffic, policy: Policy) -> timedelta:
    """Return how long after it was left a number is shown to somebody else, the coldest going first."""
    idle = max(numbers - _load(traffic, policy), 0.0)
    return idle / traffic.visits_an_hour * HOUR
