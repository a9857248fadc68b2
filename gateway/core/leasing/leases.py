"""When a lease runs, when its number cools, when it is free, and which number comes next.

Theory of operation. Nothing is ever swept: a lease runs from `started_at` until its end, its number then cools for
the pool's cooldown and is free after that, all derived from the time that is passed in. A lease is provisional until
its first heartbeat, so that a robot that fetches and leaves holds a number for seconds only.

Which number a visitor gets is the first that can be had of: the one of the lease that already runs for the visitor; the
one of the rule that fits the session, which takes no lease; the one that the same visitor held, while it still cools;
the free one that has been idle longest (longest idle is kindest to late callers, which random choice is not); then
overflow, whose order is the pool's own: with a soft cooldown the one that has cooled longest, the one of the overflow
rule that fits the session, the pool's shared one. Else the page's own stays. An active lease is never taken away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.core.numbers import Format

FIRST_BEAT = timedelta(seconds=10)  # after the swap
BEAT_EVERY = timedelta(seconds=60)  # while the page is visible
BEAT_SPREAD = 0.1  # of that, more or less, so that pages do not all beat at once
BEAT_LATE = timedelta(seconds=15)  # a heartbeat is spread, and travels


class Phase(StrEnum):
    """Where a number, seen through one lease, stands at a moment."""

    ACTIVE = "active"
    COOLING = "cooling"
    FREE = "free"


class Choice(StrEnum):
    """How a visitor came by what the page shows, in the words of the lease API."""

    RUNNING = "running"
    SOURCE = "source"
    SAME = "same"
    IDLE = "idle"
    RECYCLED = "recycled"
    SOURCE_SHARED = "source_shared"
    SHARED = "shared"
    STATIC = "static"


# What is tried in overflow, in this order unless a pool has another; the page's own number always comes last.
OVERFLOW_WAYS = (Choice.RECYCLED, Choice.SOURCE_SHARED, Choice.SHARED)
# Shown without a lease to all, or to all who came the same way: so also to those of whom nothing may be kept.
EVERYBODYS = (Choice.SOURCE, Choice.SOURCE_SHARED, Choice.SHARED)


@dataclass(frozen=True, slots=True)
class Policy:
    """A pool's figures; `hard` keeps a cooling number from everyone but its own visitor, whatever `overflow` names.

    `overflow` is what is tried, in this order, where there is no number to lease; what it leaves out is never shown.
    `held_after_tap` is how long a number is held at least whose link was tapped: its visitor is about to call.
    """

    length: timedelta = timedelta(seconds=1200)
    provisional: timedelta = timedelta(seconds=30)
    cooldown: timedelta = timedelta(days=7)
    closed_browser_delay: timedelta = timedelta(seconds=30)
    hard: bool = False
    held_after_tap: timedelta = timedelta(minutes=30)
    overflow: tuple[Choice, ...] = OVERFLOW_WAYS


@dataclass(frozen=True, slots=True)
class Pool:
    """Numbers leased on a site in place of one swap target; `destination` names an entry of config.toml.

    `condition` is for whom, where several pools replace one target (`core.pools`); the empty text: for all others.

    `vanity` is how the site writes the target with letters, if it does. `country` (ISO 3166) is that of numbers that do
    not say theirs, and the one whose way to write them `format` may mean; without it they are read in the country of
    the configuration, and written in the target's. `version` changes with every change of the pool: what was leased
    before is to be asked for again.
    """

    id: str
    site: str
    name: str
    swap_target: str
    destination: str
    policy: Policy
    vanity: str = ""
    version: str = ""
    country: str = ""
    format: Format = Format.PAGE
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """One visitor's hold on one number. Until `ended_at` is set the lease ends at `expires_at`."""

    id: str
    number: str
    pool: str
    visitor: str
    session: str
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    @property
    def end(self) -> datetime:
        """Return when the lease ends or ended."""
        return self.ended_at or self.expires_at

    @property
    def provisional(self) -> bool:
        """Return whether no heartbeat has come yet."""
        return self.last_seen_at == self.started_at


def phase(lease: Lease, cooldown: timedelta, at: datetime) -> Phase:
    """Return how the lease holds its number at a moment; before it began, the number is free of it."""
    return Phase.FREE if at < lease.started_at else phase_until(lease.end, lease.end + cooldown, at)


def phase_until(busy_until: datetime, free_at: datetime, at: datetime) -> Phase:
    """Return where a number stands at a moment, by when its latest lease ends and when its cooldown is over."""
    if at < busy_until:
        return Phase.ACTIVE
    return Phase.COOLING if at < free_at else Phase.FREE


def order(policy: Policy) -> tuple[Choice, ...]:
    """Return the ways to find a number, in the order in which they are tried before the page's own stays.

    A number that the visitor holds goes before the rule that fits them: the page would change its number else, while
    they may be dialling it.
    """
    return (Choice.RUNNING, Choice.SOURCE, Choice.SAME, Choice.IDLE, *overflow(policy))


def overflow(policy: Policy) -> tuple[Choice, ...]:
    """Return the ways that are tried, in their order, where there is no number to lease."""
    return tuple(way for way in policy.overflow if not (policy.hard and way is Choice.RECYCLED))


def released_until(policy: Policy, now: datetime, seen: datetime) -> datetime:
    """Return when a lease ends whose page was left: after the closed-browser delay.

    Not before another page of the same visitor, in a second tab, has had time for its next heartbeat: it would show a
    number that is somebody else's by then.
    """
    return max(now + policy.closed_browser_delay, seen + BEAT_EVERY + BEAT_LATE)


def held_for(policy: Policy, expires_at: datetime, now: datetime) -> timedelta:
    """Return how long nobody else can be given the number: with a soft cooldown only while the lease runs."""
    return max(expires_at - now, timedelta()) + (policy.cooldown if policy.hard else timedelta())
