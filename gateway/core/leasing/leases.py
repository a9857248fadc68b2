"""When a lease runs, when its number cools, when it is free, and which number comes next.

Theory of operation. Nothing is ever swept: a lease runs from `started_at` until its end, its number then cools for
the pool's cooldown and is free after that, all of it derived from the time that is passed in. A lease is provisional
until its first heartbeat, so that a robot that fetches and leaves holds a number for seconds only.

A visitor gets the first number that can be had, in this order: the number of the lease that already runs for them; the
number of the rule that fits the session, which takes no lease; the number that they held before, while it still cools;
the free number that has been idle longest (which, unlike a random one, is kind to late callers). Then comes overflow,
in the pool's own order: with a soft cooldown the number that has cooled longest, the number of the overflow rule that
fits the session, the pool's shared number. Failing all, the page's own stays. An active lease is never taken away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.core.numbers import Format

FIRST_BEAT = timedelta(seconds=10)  # after the swap
BEAT_EVERY = timedelta(seconds=60)  # while the page is visible
BEAT_SPREAD = 0.1  # of that, either way, so that pages do not all beat at once
BEAT_LATE = timedelta(seconds=15)  # a heartbeat is spread, and travels


class Phase(StrEnum):
    """How one lease holds its number at a moment."""

    ACTIVE = "active"
    COOLING = "cooling"
    FREE = "free"


class Choice(StrEnum):
    """Why the page shows the number that it shows, in the words of the lease API."""

    RUNNING = "running"
    SOURCE = "source"
    SAME = "same"
    IDLE = "idle"
    RECYCLED = "recycled"
    SOURCE_SHARED = "source_shared"
    SHARED = "shared"
    STATIC = "static"


# Tried in overflow, in this order unless the pool has its own; the page's own number always comes last.
OVERFLOW_WAYS = (Choice.RECYCLED, Choice.SOURCE_SHARED, Choice.SHARED)
# Shown without a lease, to everybody or to everybody who came the same way, so even without consent to keep anything.
EVERYBODYS = (Choice.SOURCE, Choice.SOURCE_SHARED, Choice.SHARED)


@dataclass(frozen=True, slots=True)
class Policy:
    """A pool's figures; `hard` keeps a cooling number from everyone but its own visitor, whatever `overflow` names.

    `overflow` lists what is tried where there is no number to lease; what it leaves out is never shown.
    `held_after_tap` is the least time for which a number is held whose link was tapped: its visitor is about to call.
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

    `condition` says which visitors it serves where several pools replace one target (`core.rules.pools`); an empty one
    serves all others.

    `vanity` is how the site writes the target with letters, if it does. Numbers without a country code are read, and
    where `format` says so written, as in `country` (ISO 3166); without one they are read in the country of the
    configuration and written in the target's. `version` changes with every change of the pool: pages then ask again.
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

    A number that the visitor holds comes before a rule that fits: otherwise the page would change its number while they
    may be dialling it.
    """
    return (Choice.RUNNING, Choice.SOURCE, Choice.SAME, Choice.IDLE, *overflow(policy))


def overflow(policy: Policy) -> tuple[Choice, ...]:
    """Return the ways to try, in order, where there is no number to lease."""
    return tuple(way for way in policy.overflow if not (policy.hard and way is Choice.RECYCLED))


def released_until(policy: Policy, now: datetime, seen: datetime) -> datetime:
    """Return when a lease ends after its page was left: once the closed-browser delay is over.

    A page in the visitor's second tab gets time for its next heartbeat first, or it would show a number that is
    somebody else's by then.
    """
    return max(now + policy.closed_browser_delay, seen + BEAT_EVERY + BEAT_LATE)


def held_for(policy: Policy, expires_at: datetime, now: datetime) -> timedelta:
    """Return how long nobody else can get the number: with a soft cooldown, only while the lease runs."""
    return max(expires_at - now, timedelta()) + (policy.cooldown if policy.hard else timedelta())
