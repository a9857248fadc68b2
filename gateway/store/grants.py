"""One visitor's grants in one transaction, and the same looked at without taking anything."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from gateway.core.leasing import crowd, leases
from gateway.core.leasing.crowd import Crowd, Network
from gateway.core.leasing.leases import Choice, Lease, Pool
from gateway.core.rules.book import Fitting, Rule
from gateway.core.visits.visit import Visit
from gateway.store import rows
from gateway.store.rows import Row, to_ms
from gateway.store.sql import rules
from gateway.store.sql import statements as sql

Run = Callable[[str, Row], list[Row]]
_TAKE = {Choice.SAME: sql.TAKE_SAME, Choice.IDLE: sql.TAKE_IDLE, Choice.RECYCLED: sql.TAKE_RECYCLED}
_NEXT = {Choice.SAME: sql.NEXT_SAME, Choice.IDLE: sql.NEXT_IDLE, Choice.RECYCLED: sql.NEXT_RECYCLED}
NO_RULE: Fitting = {}


@dataclass(frozen=True, slots=True)
class Granted:
    """What a visitor is shown for one pool: their own number, everybody's, or (no number) the page's own.

    `sms` tells whether the number can receive texts; `rule` is the one that shows it.
    """

    pool: Pool
    choice: Choice
    number: str = ""
    lease: Lease | None = None
    sms: bool = False
    rule: Rule | None = None


def new_id() -> str:
    """Return an id of 26 letters and digits that nobody can guess, fit for a SIP header."""
    return secrets.token_hex(13)


class Grant:
    """One visitor's grants in one transaction; the session is written when the first new lease needs it.

    Who came from no known network is limited by no network.
    """

    def __init__(self, run: Run, visitor: str, visit: Visit, now: datetime, network: Network | None) -> None:
        self._run = run
        self._visitor = visitor
        self._visit = visit
        self._now = now
        self._network = network
        self._session = ""

    def one(self, pool: Pool, fitting: Fitting = NO_RULE) -> Granted:
        """Return what the visitor is shown for a pool, by the first way that finds a number."""
        limits = Limits(self._run, pool, self._network, self._now)
        for choice in leases.order(pool.policy):
            if choice is Choice.RUNNING:
                found = self._running(pool)
            elif choice in leases.EVERYBODYS:
                found = everybodys(self._run, pool, choice, fitting)
            else:
                found = self._taken(pool, choice, limits.provisional) if limits.allow(choice) else None
            if found:
                return found
        return Granted(pool, Choice.STATIC)

    def _running(self, pool: Pool) -> Granted | None:
        policy = pool.policy
        ends = {
            "provisional": to_ms(self._now + policy.provisional),
            "expires": to_ms(self._now + policy.length),
            "held_until": to_ms(self._now + policy.held_after_tap),
        }
        found = self._run(sql.RENEW_RUNNING, {**self._whose(pool), **ends})
        if not found:
            return None
        lease = rows.lease(found[0])
        tag(self._run, lease, self._visit.tags)
        return Granted(pool, Choice.RUNNING, lease.number, lease, hold(self._run, lease, pool))

    def _taken(self, pool: Pool, choice: Choice, provisional: timedelta) -> Granted | None:
        expires = self._now + provisional
        values = {
            **self._whose(pool),
            "expires": to_ms(expires),
            "free": to_ms(expires + pool.policy.cooldown),
            "recyclable": to_ms(self._now + pool.policy.cooldown),
        }
        taken = self._run(_TAKE[choice], values)
        if not taken:
            return None
        number = taken[0]["e164"]
        return Granted(pool, choice, number, self._new_lease(pool, choice, number, expires), bool(taken[0]["sms"]))

    def _new_lease(self, pool: Pool, choice: Choice, number: str, expires: datetime) -> Lease:
        whose = self._whose(pool)
        self._run(sql.END_ON_NUMBER, {"number": number, "now": whose["now"]})
        self._run(sql.END_OF_VISITOR, whose)
        self._run(sql.END_ON_REMOVED, whose)
        lease = Lease(
            new_id(), number, pool.id, self._visitor, self._new_session(pool.site), self._now, self._now, expires
        )
        values = {"id": lease.id, "number": number, "session": lease.session, "choice": choice.value}
        network = {
            "network": self._network.today if self._network else None,
            "network_around": self._network.around_today if self._network else None,
        }
        self._run(sql.INSERT_LEASE, {**whose, **values, **network, "expires": to_ms(expires)})
        return lease

    def _new_session(self, site: str) -> str:
        if not self._session:
            self._session = new_id()
            now = to_ms(self._now)
            self._run(sql.INSERT_VISITOR, {"id": self._visitor, "site": site, "now": now})
            values = {"id": self._session, "visitor": self._visitor, "now": now}
            self._run(sql.INSERT_SESSION, {**values, **rows.visit(self._visit)})
        return self._session

    def _whose(self, pool: Pool) -> Row:
        return {"pool": pool.id, "visitor": self._visitor, "now": to_ms(self._now)}


class Limits:
    """What a network may take of a pool, counted once a number is to be taken: a page that shows one takes none."""

    def __init__(self, run: Run, pool: Pool, network: Network | None, now: datetime) -> None:
        self._run = run
        self._pool = pool
        self._network = network
        self._now = now

    @property
    def provisional(self) -> timedelta:
        """Return how long a new lease has until its first heartbeat."""
        provisional = self._pool.policy.provisional
        return min(provisional, crowd.HASTE) if self._crowd.pressed else provisional

    def allow(self, choice: Choice) -> bool:
        """Return whether the network may come by a number in this way."""
        if choice is Choice.SAME:
            return crowd.may_return(*self._live)
        return crowd.may_take(self._crowd, *self._live)

    @cached_property
    def _crowd(self) -> Crowd:
        return crowd_of(self._run, self._pool, self._now)

    @cached_property
    def _live(self) -> tuple[int, int]:
        return live_leases(self._run, self._pool, self._network, self._now)


def look(
    read: Run, visitor: str, pool: Pool, now: datetime, network: Network | None, fitting: Fitting = NO_RULE
) -> Granted:
    """Return what a visitor would be shown for a pool, without the lease; another's next number is not named."""
    whose = {"pool": pool.id, "visitor": visitor, "now": to_ms(now)}
    values = {**whose, "recyclable": to_ms(now + pool.policy.cooldown)}
    limits = Limits(read, pool, network, now)
    for choice in leases.order(pool.policy):
        found: Granted | None = None
        if choice is Choice.RUNNING:
            held = read(sql.RUNNING, whose)
            found = Granted(pool, choice, held[0]["number"]) if held else None
        elif choice in leases.EVERYBODYS:
            found = everybodys(read, pool, choice, fitting)
        elif limits.allow(choice) and read(_NEXT[choice], values):
            found = Granted(pool, choice)
        if found:
            return found
    return Granted(pool, Choice.STATIC)


def everybodys(run: Run, pool: Pool, choice: Choice, fitting: Fitting) -> Granted | None:
    """Return what is shown without a lease: the number of a rule that fits, or the pool's shared one, if any may be."""
    rule = fitting.get(choice)
    found = run(rules.SHOWN_NUMBER, {"number": rule.number}) if rule else []
    if choice is Choice.SHARED:
        found = run(sql.SHARED_NUMBER, {"pool": pool.id})
    return Granted(pool, choice, found[0]["e164"], sms=bool(found[0]["sms"]), rule=rule) if found else None


def shared(run: Run, pool: Pool, fitting: Fitting = NO_RULE) -> Granted:
    """Return what is shown to who gets no number of a pool: a rule's or the shared one, else the page's own."""
    ways = (choice for choice in leases.order(pool.policy) if choice in leases.EVERYBODYS)
    found = (everybodys(run, pool, choice, fitting) for choice in ways)
    return next((one for one in found if one), Granted(pool, Choice.STATIC))


def crowd_of(run: Run, pool: Pool, now: datetime) -> Crowd:
    """Return how crowded a pool is."""
    values = {"pool": pool.id, "now": to_ms(now), "most": crowd.MOST_RESERVED + 1}
    idle = run(sql.COUNT_IDLE, values)[0]["found"]
    if idle > crowd.MOST_RESERVED:
        return Crowd(idle, 0)
    return Crowd(idle, run(sql.COUNT_NUMBERS, {"pool": pool.id, "most": 2 * idle + 1})[0]["found"])


def live_leases(run: Run, pool: Pool, network: Network | None, now: datetime) -> tuple[int, int]:
    """Return how many leases of a pool a network holds, and how many the wider one around it."""
    if network is None:
        return 0, 0
    names = {
        "today": network.today,
        "yesterday": network.yesterday,
        "around_today": network.around_today,
        "around_yesterday": network.around_yesterday,
    }
    found = run(sql.LIVE_LEASES, {"pool": pool.id, "now": to_ms(now), **names})[0]
    return found["live"], found["around"]


def tag(run: Run, lease: Lease, tags: Mapping[str, str]) -> None:
    """Keep what the page says of the visit in words of its own."""
    if tags:
        run(sql.TAG_SESSION, {"session": lease.session, "tags": json.dumps(dict(tags))})


def hold(run: Run, lease: Lease, pool: Pool) -> bool:
    """Let the number follow its lease's new end; return whether it can receive texts."""
    expires, free = to_ms(lease.expires_at), to_ms(lease.expires_at + pool.policy.cooldown)
    found = run(sql.HOLD, {"number": lease.number, "expires": expires, "free": free})
    return bool(found and found[0]["sms"])
