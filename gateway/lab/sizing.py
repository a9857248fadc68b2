"""How many numbers a pool needs, by other trackers' rules of thumb and by queueing theory.

Theory of operation. Visitors come at random and hold a number while they are on the site, and for the closed-browser
delay after that. How many numbers are held at once then follows the Poisson law, whatever the lengths of the visits,
and Erlang's loss formula says how many visitors find none left. A hard cooldown holds the number as well, which is why
it takes hundreds. With a soft cooldown the number that has cooled longest comes next, so a number goes to somebody else
once all others have been given out: a caller who comes later than that is taken for the new visitor.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from gateway.core.calls.attribution import WEIGHTS
from gateway.core.leasing.leases import Policy

HOUR = timedelta(hours=1)
MOST_NUMBERS = 100_000
DAY_HOURS = 10  # peak hours' worth of visitors in a day, where only the peak is known


@dataclass(frozen=True, slots=True)
class Traffic:
    """The visitors of a pool in its busiest hour, and how long a visitor stays on the site."""

    visits_an_hour: float
    time_on_site: timedelta


@dataclass(frozen=True, slots=True)
class CallLaw:
    """When visitors call: at an even rate while they see the number, then falling as (1 + age / delay) ** -power.

    The power is above 1; otherwise the late calls would never come to an end.
    """

    delay: timedelta
    power: float

    def after(self, age: timedelta) -> float:
        """Return what share of the late callers has called by then."""
        return 1.0 - float((1.0 + age / self.delay) ** (1.0 - self.power))

    @property
    def mass(self) -> timedelta:
        """Return how long the number would have to be seen to bring as many calls as come late."""
        return self.delay / (self.power - 1.0)

    @property
    def median(self) -> timedelta:
        """Return the time after leaving within which half of the late callers call."""
        delays: float = 2.0 ** (1.0 / (self.power - 1.0)) - 1.0
        return self.delay * delays

    def late(self, held: timedelta) -> float:
        """Return what share of all calls comes after the number is no longer held."""
        return self.mass / (self.mass + held)


LAW = CallLaw(WEIGHTS.delay, WEIGHTS.power)  # attribution assumes the same law, so that both err alike


@dataclass(frozen=True, slots=True)
class Advice:
    """How many numbers some rule advises."""

    advice: str
    numbers: int


def rules_of_thumb(traffic: Traffic, lock: timedelta, visits_a_day: float) -> tuple[Advice, ...]:
    """Return the rules that CallMatrix, Dialics, Nimbata and CallTrackingMetrics publish in 2026."""
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
    """Return what share of all calls is attributed to the visitor who made it."""
    late = law.late(held(traffic, policy))
    kept = policy.cooldown if policy.hard else min(policy.cooldown, _handed_on(numbers, traffic, policy))
    return served(numbers, traffic, policy) * (1.0 - late + late * law.after(kept))


def smallest(good: Callable[[int], bool]) -> int | None:
    """Return how few numbers are good enough, or None; more numbers must never be worse."""
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
    """Return how long after it was left a number is shown to somebody else, if the coldest is always next."""
    idle = max(numbers - _load(traffic, policy), 0.0)
    return idle / traffic.visits_an_hour * HOUR
